#pragma once
// Solutions of open tridiagonal systems, lanes over lines, one kernel a vector level. Not part of the interface.
#include "solvers/core/points.hpp"

namespace dynkin::detail {

inline constexpr int line_lanes = 16;

/// y_i = r_i + forward_i y_{i-1}, then x_i = y_i pivot_i + backward_i x_{i+1}.
struct OpenLines {
    int n = 0;
    const double *forward = nullptr, *pivot = nullptr, *backward = nullptr;
};

/// r_i = weight x_i + (1 - weight) other_i; weight 0 and 1 are not calculated with. Row i of `other` is at i * stride.
struct RightSide {
    double weight = 1.0;
    const double* other = nullptr;
    Index stride = line_lanes;
};

/// The inner cells of SegmentedLine, each array (n_rows, line_lanes).
struct SegmentFactors {
    int n_rows = 0;
    const double *forward = nullptr, *pivot = nullptr, *backward = nullptr, *below = nullptr, *border = nullptr;
};

/// x (n, line_lanes) becomes the solution; returns whether a cell of it is negative. The factors are (n), or
/// (n, line_lanes) in the second function.
struct LineKernels {
    bool (*shared)(const OpenLines& lines, const RightSide& right, double* x);
    bool (*own)(const OpenLines& lines, const RightSide& right, double* x);
    /// y_i = x_i + forward_i y_{i-1} in place; below (line_lanes) gets sum_i below_i y_i.
    void (*segments_forward)(const SegmentFactors& segments, double* x, double* below);
    /// x_i = y_i pivot_i + border_i ends + backward_i x_{i+1} in place, lane l with ends[l]; the last row is ends[l +
    /// 1].
    void (*segments_backward)(const SegmentFactors& segments, const double* ends, double* x);
};

/// Of this machine's level.
const LineKernels& line_kernels();

}  // namespace dynkin::detail
