#pragma once
// The Fokker-Planck operator as jumps between cells, before it becomes a matrix; not part of the interface.
#include "solvers/grid/fokker_planck.hpp"
#include "solvers/rates/rate_matrix.hpp"

#include <vector>

namespace dynkin {

struct RateList {
    Index n_cells = 0;
    std::vector<RateEntry> moves;
    std::vector<std::vector<double>>
        out;                      ///< (2 dim)(n_cells) through the walls: axis 0 lower, upper, axis 1 lower, ...
    std::vector<double> killing;  ///< (n_cells)

    /// Walls and killing are losses.
    SparseRateMatrix matrix() const;
    /// Walls are states of their own, n_cells + 2 axis (+ 1 for the upper one), that are never left.
    SparseRateMatrix with_wall_states() const;
};

/// Throws ConfigError when an axis has no diffusivity.
RateList rate_list(const FokkerPlanck& op, double t);

}  // namespace dynkin
