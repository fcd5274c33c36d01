#pragma once
// Resolvents (I - tau A)^-1 of one-dimensional generators, factored once and applied many times.
#include "solvers/core/points.hpp"

#include <vector>

namespace dynkin {

/// Lines solved side by side by one kernel call: two AVX-512 registers, enough to hide the latency of the recurrence.
inline constexpr int batch_width = 16;

/// Rates of a line of n cells, or of `width` lines side by side (entry i * width + l belongs to cell i of line l).
/// up: from cell i to i + 1; down: from cell i to i - 1; loss: out of the line.  [1 / time], all >= 0.
/// On a cyclic line up of the last cell leads to cell 0 and down of cell 0 to the last; else both are ignored.
struct LineRates {
    const double* up = nullptr;
    const double* down = nullptr;
    const double* loss = nullptr;
};

/// LU factors of I - tau A for tridiagonal (or cyclic) A with A_{i+1,i} = up_i, A_{i-1,i} = down_i,
/// A_ii = -(up_i + down_i + loss_i): the columns of I - tau A sum to 1 + tau loss.
///
/// The pivots are built from sums of non-negative terms only (Grassmann, Taksar & Heyman 1985; O'Cinneide 1993), and
/// so is the solution of a non-negative right-hand side. Hence solutions are >= 0 without a tolerance, each
/// component is accurate relative to itself, and mass is kept to round-off whatever tau is. A cyclic line is
/// eliminated with its last cell as border, in place of the Sherman-Morrison formula, whose difference of two large
/// numbers would lose both properties.
class LineFactors {
public:
    /// n >= 1 cells (cyclic: n >= 3), width 1 or batch_width lines, tau >= 0.
    void factor(int n, int width, bool cyclic, double tau, const LineRates& rates);

    int n() const { return n_; }
    int width() const { return width_; }
    bool cyclic() const { return cyclic_; }
    /// (n, width) each: y_i = r_i + forward_i y_{i-1}, then x_i = y_i pivot_i + backward_i x_{i+1}. Not of cyclic lines.
    const double* forward() const { return forward_.data(); }
    const double* pivot() const { return pivot_.data(); }
    const double* backward() const { return backward_.data(); }

    /// x := (I - tau A)^-1 x for one line with unit stride. Only when width() == 1.
    void solve_line(double* x) const;
    /// The same for batch_width lines, x (n, batch_width). Factors of width 1 serve all lines of the batch. Like the
    /// following, returns whether a cell of the solution is negative.
    bool solve_batch(double* x) const;
    /// x := (I - tau A)^-1 right. Row i of `right`, batch_width numbers, is at right + i * stride.
    bool solve_batch_of(const double* right, Index stride, double* x) const;
    /// x := (I - tau A)^-1 (weight x + (1 - weight) other), in one pass with the elimination.
    bool solve_batch_mixed(double weight, const double* other, Index stride, double* x) const;

private:
    int n_ = 0, width_ = 1;
    bool cyclic_ = false;
    // Forward: y_i = x_i + forward_i y_{i-1}. Backward: x_i = y_i pivot_i + backward_i x_{i+1} (+ border_i x_{n-1}).
    // Cyclic: the last right-hand side gathers last_row_i y_i.  Each (n, width).
    std::vector<double> forward_, pivot_, backward_, border_, last_row_;
};

/// out := A x for one line or a batch (width 1 or batch_width), x and out (n, width).
void apply_line_generator(int n, int width, bool cyclic, const LineRates& rates, const double* x, double* out);

}  // namespace dynkin
