#pragma once
// Weight per grid cell, summed in integers: the same for any order of particles.
#include "solvers/core/points.hpp"

#include <atomic>
#include <cstdint>
#include <vector>

namespace dynkin {

/// Cells between given faces; cell (i, j, k) is number i + nx (j + ny k). A cell holds its lower faces; the last one of
/// an axis holds its upper face as well, where walls leave particles.
class Histogram {
public:
    /// faces: one increasing list per axis, two entries or more. Throws ConfigError otherwise.
    /// `n_particles` bounds the weights that can be held (see add).
    Histogram(std::vector<std::vector<double>> faces, std::uint64_t n_particles);

    std::size_t n_cells() const { return n_cells_; }
    /// Adds weight[q] of n particles. Safe from several threads at once.
    /// Weights are held in steps of 2^-k, k as large as n_particles weights of 1024 allow and at most 40; a larger weight
    /// throws NumericsError.
    void add(Points x, const double* weight);

    /// Weight per cell.
    std::vector<double> cells() const;
    double outside() const { return static_cast<double>(outside_.load()) / unit_; }

private:
    std::ptrdiff_t cell_on_axis(std::size_t axis, double x) const;

    std::vector<std::vector<double>> faces_;
    std::vector<double> inverse_width_;  // of equal cells; 0 when the cells of an axis differ
    std::size_t n_cells_ = 1;
    double unit_ = 1.0;
    std::vector<std::atomic<std::int64_t>> counts_;
    std::atomic<std::int64_t> outside_{0};
};

}  // namespace dynkin
