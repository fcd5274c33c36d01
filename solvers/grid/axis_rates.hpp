#pragma once
// The generators along the lines of one axis, and their resolvents.
#include "solvers/grid/grid_field.hpp"
#include "solvers/grid/segmented_line.hpp"
#include "solvers/grid/tridiagonal.hpp"
#include "solvers/core/worker_team.hpp"

#include <optional>
#include <vector>

namespace dynkin {

/// The generator of every line of an axis, in the layout of LineBatches; one line only where all lines are equal.
class AxisRates {
public:
    AxisRates() = default;
    /// The axis is cyclic when its sides are periodic.
    AxisRates(const GridField& shape, int axis, bool cyclic);

    /// Rates of cell i to its neighbour above and below along the axis, and out of the domain through the lower wall
    /// (only first cells) and upper wall (only last cells).  [1 / time], each >= 0.
    void assign(const GridField& up, const GridField& down, const GridField& out_lower, const GridField& out_upper);

    const LineBatches& lines() const { return lines_; }
    bool cyclic() const { return cyclic_; }
    /// 1 when one line stands for all.
    int width() const { return width_; }
    LineRates batch(Index b) const;
    /// Rates through the walls, (width) for batch b; null where no line of the axis loses anything.
    const double* out_lower(Index b) const;
    const double* out_upper(Index b) const;
    /// The largest rate at which a cell is left.
    double largest_rate() const { return largest_rate_; }

private:
    void assign_single(const GridField& up, const GridField& down, const GridField& out_lower,
                       const GridField& out_upper);
    void summarise();

    LineBatches lines_;
    bool cyclic_ = false, has_walls_ = false;
    int width_ = 1;
    double largest_rate_ = 0.0;
    std::vector<double> up_, down_, loss_, out_lower_, out_upper_;
};

/// (I - tau A)^-1 of every line.
struct AxisFactors {
    double tau = 0.0;
    std::vector<LineFactors> batches;  ///< one for all lines, or one a batch
    /// Of the line read backwards, where one open line stands for many: for sweeps of two stages.
    std::optional<LineFactors> reversed;
    /// In place of them where the axis is a single long open line.
    std::optional<SegmentedLine> single;

    const LineFactors& batch(Index b) const { return batches[batches.size() == 1 ? 0 : static_cast<std::size_t>(b)]; }
    /// x := (I - tau A)^-1 x for an axis of one line.
    void solve_line(double* x) const { single ? single->solve(x) : batches.front().solve_line(x); }
    /// The same in the order of SegmentedLine where there is one.
    void solve_stored(double* x) const { single ? single->solve_lanes(x) : batches.front().solve_line(x); }
};

AxisFactors factor_axis(const AxisRates& rates, double tau, WorkerTeam& team);

/// out += A p along the axis, for masses p.
void add_axis_generator(const AxisRates& rates, const GridField& masses, GridField& out);

}  // namespace dynkin
