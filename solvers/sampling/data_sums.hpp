#pragma once
// The sums behind the score of a data set, for a few points at a time. Private to this folder.
#include "solvers/core/points.hpp"

#include <vector>

namespace dynkin::detail {

inline constexpr Index unit = 16;  ///< points that meet the rows together
inline constexpr int tile = 64;    ///< rows that are looked at before any exponential is taken
inline constexpr int strip = 4;    ///< rows whose distances stay in registers; tiles are whole strips

/// Below e^-60 = 9e-27 of the largest term so far a row counts nothing: a million of them are 1e-20 of the sum. The
/// rule looks at one pair of point and row, so a result does not depend on the block of its point.
inline constexpr double negligible = -60.0;

using Numbers = std::vector<double, CacheLineAllocator<double>>;

/// sum_j e^(l_j - largest) and the same times y_j for `unit` points, l_j = log w_j - precision |x - y_j|^2.
struct DataSums {
    Numbers largest, total;  ///< (unit)
    Numbers weighted;        ///< (dim, unit)
    Numbers x;               ///< (dim, unit) the points
    Numbers l;               ///< (tile, unit) scratch

    explicit DataSums(int dim);
    /// Forgets all rows.
    void clear();
    /// Adds n_rows rows y (n_rows, dim) row by row, with the logarithms of their weights (n_rows); a multiple of
    /// `strip`, at most `tile`.
    void add(const double* y, const double* log_weight, int n_rows, double precision);
};

}  // namespace dynkin::detail
