#pragma once
// The resolvent (I - tau A)^-1 of a single long line, cut into segments that are solved side by side.
#include "solvers/grid/tridiagonal.hpp"

#include <vector>

namespace dynkin {

/// The line is cut into batch_width segments. The inner cells of all segments are eliminated first, one lane each, and
/// the last cells of the segments after them, as a line of their own (the partition method, Wang 1981). Since only the
/// order of elimination differs from LineFactors, everything said there about signs, accuracy and mass holds.
class SegmentedLine {
public:
    /// Shorter lines gain little, and the plain elimination repeats its mass to fewer units of round-off: 100 steps of
    /// h = 100 from an equilibrium move 1e-15 of it instead of 1e-13.
    static constexpr int min_cells = 32 * batch_width;

    /// n > batch_width cells of an open line.
    void factor(int n, double tau, const LineRates& rates);
    /// x := (I - tau A)^-1 x, (n).
    void solve(double* x) const;

    /// For several solutions in a row: the line as the solver wants it, (stored_size), cell 0 first, cell n - 1 at
    /// stored_last(); places without a cell hold zero.
    Index stored_size() const { return Index{n_rows_} * batch_width; }
    Index stored_last() const { return Index{(n_ - 1) % n_rows_} * batch_width + (n_ - 1) / n_rows_; }
    void load(const double* x, double* lanes) const;
    void store(const double* lanes, double* x) const;
    void solve_lanes(double* lanes) const;

private:
    int n_ = 0, n_rows_ = 0;
    // (n_rows, batch_width): cell i of segment l at i * batch_width + l. `below_`: the share of a cell that goes to the
    // end of the segment below; `border_`: what it gets from there.
    std::vector<double> forward_, pivot_, backward_, below_, border_;
    std::vector<double> end_forward_, end_pivot_, end_backward_;  // (batch_width), of the last cells
};

}  // namespace dynkin
