#pragma once
// The model of the particle benchmarks, written as a user writes her own.
#include "solvers/core/model.hpp"

#include <cmath>
#include <string_view>

namespace dynkin::benchmarks {

/// dX = (X - X^3) dt + sqrt(2 D) dW
struct DoubleWell {
    static constexpr std::string_view name = "double_well";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    double D = 0.2;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = x[0] - x[0] * x[0] * x[0];
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        s(0, 0) = S(std::sqrt(2.0 * D));
    }
};

}  // namespace dynkin::benchmarks
