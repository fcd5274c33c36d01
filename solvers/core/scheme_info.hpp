#pragma once
// The line of a table that every scheme fills in, whatever it integrates.
#include "solvers/core/process.hpp"

#include <string>
#include <vector>

namespace dynkin {

/// What a scheme states about itself: the line of docs/schemes.md and of `dynkin schemes`.
struct SchemeInfo {
    std::string name;                  ///< "euler_maruyama": the word of the config
    std::string title;                 ///< "Euler-Maruyama"
    std::vector<NoiseKind> noise;      ///< kinds it may be used with
    double strong_order = 0.5;         ///< for the most general kind in `noise`
    double strong_order_additive = 0;  ///< for additive noise, when that is higher; else 0
    double weak_order = 1.0;
    int normals_per_noise = 1;         ///< 2 when it needs the time integral of the path, 0 when it draws its own
    double drift_evaluations = 1;      ///< per step
    double sigma_evaluations = 1;      ///< per step
    std::string source{};                ///< the paper, with its equation or section
    std::string remark{};                ///< what it asks of a model beyond its noise kind; may be empty
};

}  // namespace dynkin
