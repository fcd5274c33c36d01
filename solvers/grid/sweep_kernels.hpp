#pragma once
// Both stages of a step along open lines in three passes over the cells, 16 lines side by side, one kernel a vector
// level. Not part of the interface.
//
//   up     y_i  = p_i + forward_i y_{i-1}                                  p read from the field, kept in `start`
//   down   Y_i  = y_i pivot_i + backward_i Y_{i+1}                         the first stage
//          z_i  = weight Y_i + (1 - weight) p_i + forward'_i z_{i+1}       the second stage, eliminated from the top
//   up     p_i := z_i pivot'_i + backward'_i p_{i-1}                       written to the field
//
// The second stage has factors of the line read backwards, so that its elimination runs beside the back substitution of
// the first. What waits for memory and for the last sum of a recurrence is a pass, and four passes with a copy before
// and after became three.
#include "solvers/core/points.hpp"
#include "solvers/grid/line_kernels.hpp"

namespace dynkin::detail {

/// Where 16 lines lie in a field. Along x: cell i of line l at rows[l][i]. Across it (rows null): at
/// first[i * stride + l].
struct SweepLines {
    double* const* rows = nullptr;
    double* first = nullptr;
    Index stride = 0;
};

/// Values at both ends of the lines, for what leaves through the walls.
struct SweepEnds {
    double first_lower[line_lanes], first_upper[line_lanes];    ///< of the first stage
    double second_lower[line_lanes], second_upper[line_lanes];  ///< of the second
};

struct SweepKernels {
    /// `first` are factors of the lines, `second` of the lines read backwards, (n) each, the same for all lines. start
    /// and work have (n, 16) places; `start` keeps what the field was. Returns whether a cell of the result is negative.
    bool (*two_stages)(const OpenLines& first, const OpenLines& second, double weight, const SweepLines& field,
                       double* start, double* work, SweepEnds& ends);
    /// One solution in two passes; fills the ends of the first stage. `factors` are (n), or (n, 16) in the second.
    void (*one_stage)(const OpenLines& factors, const SweepLines& field, double* work, SweepEnds& ends);
    void (*one_stage_own)(const OpenLines& factors, const SweepLines& field, double* work, SweepEnds& ends);
};

/// Of this machine's level.
const SweepKernels& sweep_kernels();

}  // namespace dynkin::detail
