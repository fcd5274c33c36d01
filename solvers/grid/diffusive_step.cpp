#include "solvers/grid/diffusive_step.hpp"

#include "solvers/core/dispatch.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/grid/flux_limiter.hpp"
#include "solvers/grid/sweep_kernels.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace dynkin {

namespace {

constexpr int W = batch_width;
constexpr double gamma_h = sdirk2_gamma;
// Second stage: Y2 = (I - gamma h A)^-1 (p + (1 - gamma) / gamma (Y1 - p)), and the step ends in Y2.
constexpr double weight_stage = (1.0 - gamma_h) / gamma_h;
// 1 / gamma = 2 + sqrt(2) backward-Euler steps of gamma h make up h: a mixture of three and four of them.
constexpr double weight_three = 4.0 - 1.0 / gamma_h;

// lines := weight_stage * lines + (1 - weight_stage) * start
DYNKIN_CLONES void second_right_side(Index n, const double* __restrict start, double* __restrict lines) {
    for (Index i = 0; i < n; ++i) lines[i] = weight_stage * lines[i] + (1.0 - weight_stage) * start[i];
}

DYNKIN_CLONES bool any_negative(Index n, const double* __restrict x) {
    int count = 0;
    for (Index i = 0; i < n; ++i) count += x[i] < 0.0;
    return count > 0;
}

// Mass through the walls during the two stages, per lane: h (1 - gamma) r1 Y1 + h gamma r2 Y2.
struct WallSums {
    std::array<double, W> lower{}, upper{};

    void add(double weight, const AxisRates& rates, Index b, const double* lines) {
        add(weight, rates, b, lines, lines + Index{rates.lines().n() - 1} * W);
    }
    void add(double weight, const AxisRates& rates, Index b, const double* first_row, const double* last_row) {
        const double *low = rates.out_lower(b), *high = rates.out_upper(b);
        if (low == nullptr) return;
        for (std::size_t l = 0; l < W; ++l) {
            const std::size_t r = rates.width() == 1 ? 0 : l;
            lower[l] += weight * low[r] * first_row[l];
            upper[l] += weight * high[r] * last_row[l];
        }
    }
    void add_to(SweepOutcome& outcome) const {
        for (std::size_t l = 0; l < W; ++l) {
            outcome.absorbed_lower += lower[l];
            outcome.absorbed_upper += upper[l];
        }
    }
};

struct Scratch {
    std::vector<double, CacheLineAllocator<double>> start, lines;
    std::vector<double> low, low4, face, idle;
    explicit Scratch(int n) {
        for (auto* v : {&start, &lines}) v->resize(static_cast<std::size_t>(n) * W);
        for (auto* v : {&low, &low4}) v->resize(static_cast<std::size_t>(n) * W);
        face.resize(static_cast<std::size_t>(n) + 1);
        idle.resize(static_cast<std::size_t>(n));
    }
};

/// Where the lines of a batch lie; those that do not exist are all `idle`, which is zero and stays so.
class BatchInField {
public:
    BatchInField(GridField& masses, const LineBatches& lines, Index b, double* idle) {
        const auto [first, stride] = lines.rows_of(masses, b);
        if (first != nullptr) {
            const auto cell = lines.first_cell(b, 0);
            lines_.first = masses.row(cell[1], cell[2]) + cell[0];
            lines_.stride = stride;
            return;
        }
        for (int l = 0; l < W; ++l) {
            const auto cell = lines.first_cell(b, l);
            rows_[static_cast<std::size_t>(l)] = l < lines.n_lanes(b) ? masses.row(cell[1], cell[2]) : idle;
        }
        lines_.rows = rows_.data();
    }
    BatchInField(const BatchInField&) = delete;
    BatchInField& operator=(const BatchInField&) = delete;
    const detail::SweepLines& operator*() const { return lines_; }

private:
    std::array<double*, W> rows_{};
    detail::SweepLines lines_;
};

detail::OpenLines open_lines(const LineFactors& factors) {
    return {factors.n(), factors.forward(), factors.pivot(), factors.backward()};
}

bool shared_and_open(const AxisFactors& factors) {
    return factors.reversed.has_value();
}

// The first-order result in `scratch.low` and the mass it loses through the walls.
WallSums positive_result(int n, Index b, double h, const AxisStage& stage, Scratch& scratch) {
    WallSums walls;
    std::copy(scratch.start.begin(), scratch.start.end(), scratch.low.begin());
    const LineFactors& factors = stage.factors->batch(b);
    for (int s = 0; s < 3; ++s) {
        factors.solve_batch(scratch.low.data());
        walls.add(gamma_h * h, *stage.rates, b, scratch.low.data());
    }
    scratch.low4 = scratch.low;
    factors.solve_batch(scratch.low4.data());
    walls.add((1.0 - weight_three) * gamma_h * h, *stage.rates, b, scratch.low4.data());
    for (std::size_t i = 0; i < static_cast<std::size_t>(n) * W; ++i)
        scratch.low[i] = weight_three * scratch.low[i] + (1.0 - weight_three) * scratch.low4[i];
    return walls;
}

// Replaces the lanes with a negative cell; returns their number.
Index limit_lanes(int n, Index b, double h, const AxisStage& stage, WallSums& walls, Scratch& scratch) {
    const WallSums low_walls = positive_result(n, b, h, stage, scratch);
    std::vector<double> low(static_cast<std::size_t>(n)), high(low);
    Index n_limited = 0;
    for (std::size_t l = 0; l < W; ++l) {
        for (std::size_t i = 0; i < low.size(); ++i) {
            low[i] = scratch.low[i * W + l];
            high[i] = scratch.lines[i * W + l];
        }
        if (*std::min_element(high.begin(), high.end()) >= 0.0) continue;
        ++n_limited;
        transfers_between(low, high, low_walls.lower[l] - walls.lower[l], walls.upper[l] - low_walls.upper[l],
                          stage.rates->cyclic(), scratch.face);
        limit_transfers(low, scratch.face, stage.rates->cyclic());
        for (std::size_t i = 0; i < low.size(); ++i) scratch.lines[i * W + l] = low[i];
        walls.lower[l] = low_walls.lower[l] - scratch.face.front();
        walls.upper[l] = low_walls.upper[l] + scratch.face.back();
        if (stage.rates->cyclic()) walls.lower[l] = walls.upper[l] = 0.0;
    }
    return n_limited;
}

// One line stands for all: both stages in three passes over the field (sweep_kernels.hpp).
SweepOutcome step_shared_batch(GridField& masses, Index b, double h, const AxisStage& first, const AxisStage& second,
                               Scratch& scratch) {
    const LineBatches& lines = second.rates->lines();
    const BatchInField field(masses, lines, b, scratch.idle.data());
    detail::SweepEnds ends;
    const bool negative =
        detail::sweep_kernels().two_stages(open_lines(first.factors->batch(0)), open_lines(*second.factors->reversed),
                                           weight_stage, *field, scratch.start.data(), scratch.lines.data(), ends);
    WallSums walls;
    walls.add((1.0 - gamma_h) * h, *first.rates, b, ends.first_lower, ends.first_upper);
    walls.add(gamma_h * h, *second.rates, b, ends.second_lower, ends.second_upper);
    SweepOutcome outcome;
    if (negative) {
        lines.gather(masses, b, scratch.lines.data());
        outcome.n_limited = limit_lanes(lines.n(), b, h, second, walls, scratch);
        lines.scatter(scratch.lines.data(), b, masses);
    }
    walls.add_to(outcome);
    return outcome;
}

SweepOutcome step_batch(GridField& masses, Index b, double h, const AxisStage& first, const AxisStage& second,
                        Scratch& scratch) {
    if (shared_and_open(*first.factors) && shared_and_open(*second.factors))
        return step_shared_batch(masses, b, h, first, second, scratch);
    const LineBatches& lines = second.rates->lines();
    const int n = lines.n();
    // Across x the lines are read where they are.
    const auto in_place = lines.rows_of(masses, b);
    if (in_place.first == nullptr) lines.gather(masses, b, scratch.start.data());
    const double* start = in_place.first != nullptr ? in_place.first : scratch.start.data();
    const Index stride = in_place.first != nullptr ? in_place.stride : W;
    WallSums walls;

    first.factors->batch(b).solve_batch_of(start, stride, scratch.lines.data());
    walls.add((1.0 - gamma_h) * h, *first.rates, b, scratch.lines.data());

    const bool negative = second.factors->batch(b).solve_batch_mixed(weight_stage, start, stride, scratch.lines.data());
    walls.add(gamma_h * h, *second.rates, b, scratch.lines.data());

    SweepOutcome outcome;
    if (negative) {
        if (in_place.first != nullptr) lines.gather(masses, b, scratch.start.data());
        outcome.n_limited = limit_lanes(n, b, h, second, walls, scratch);
    }
    walls.add_to(outcome);
    lines.scatter(scratch.lines.data(), b, masses);
    return outcome;
}

SweepOutcome euler_batch(GridField& masses, Index b, double h, const AxisStage& stage, Scratch& scratch) {
    const LineBatches& lines = stage.rates->lines();
    WallSums walls;
    const LineFactors& factors = stage.factors->batch(b);
    if (!factors.cyclic()) {
        const BatchInField field(masses, lines, b, scratch.idle.data());
        detail::SweepEnds ends;
        const auto& kernels = detail::sweep_kernels();
        (factors.width() == 1 ? kernels.one_stage : kernels.one_stage_own)(open_lines(factors), *field,
                                                                           scratch.lines.data(), ends);
        walls.add(h, *stage.rates, b, ends.first_lower, ends.first_upper);
    } else {
        lines.gather(masses, b, scratch.lines.data());
        factors.solve_batch(scratch.lines.data());
        walls.add(h, *stage.rates, b, scratch.lines.data());
        lines.scatter(scratch.lines.data(), b, masses);
    }
    SweepOutcome outcome;
    walls.add_to(outcome);
    return outcome;
}

/// All batches, shared among the threads, and their sums in order.
template <class Batch>
SweepOutcome for_all_batches(const LineBatches& lines, WorkerTeam& team, const Batch& batch) {
    std::vector<SweepOutcome> outcomes(static_cast<std::size_t>(lines.n_batches()));
    team.run(lines.n_batches(), [&](Index from, Index to) {
        Scratch scratch(lines.n());
        for (Index b = from; b < to; ++b) outcomes[static_cast<std::size_t>(b)] = batch(b, scratch);
    });
    SweepOutcome total;
    for (const SweepOutcome& o : outcomes) {
        total.absorbed_lower += o.absorbed_lower;
        total.absorbed_upper += o.absorbed_upper;
        total.n_limited += o.n_limited;
    }
    return total;
}

// The same for a grid of one line, without the transposition and the idle lanes.
SweepOutcome step_single_line(GridField& masses, double h, const AxisStage& first, const AxisStage& second) {
    const auto n = static_cast<std::size_t>(second.rates->lines().n());
    const bool cyclic = second.rates->cyclic();
    double* p = masses.storage().data();
    const SegmentedLine* segments = first.factors->single ? &*first.factors->single : nullptr;
    const auto size = segments != nullptr ? static_cast<std::size_t>(segments->stored_size()) : n;
    const std::size_t last = segments != nullptr ? static_cast<std::size_t>(segments->stored_last()) : n - 1;
    SweepOutcome out;
    const auto add_walls = [](double weight, const AxisRates& rates, double y0, double yn, SweepOutcome& to) {
        if (rates.out_lower(0) == nullptr) return;
        to.absorbed_lower += weight * rates.out_lower(0)[0] * y0;
        to.absorbed_upper += weight * rates.out_upper(0)[0] * yn;
    };
    thread_local std::vector<double> start, stage;
    start.resize(size);
    segments != nullptr ? segments->load(p, start.data()) : void(std::copy_n(p, n, start.data()));
    stage = start;
    first.factors->solve_stored(stage.data());
    add_walls((1.0 - gamma_h) * h, *first.rates, stage[0], stage[last], out);
    second_right_side(static_cast<Index>(size), start.data(), stage.data());
    second.factors->solve_stored(stage.data());
    add_walls(gamma_h * h, *second.rates, stage[0], stage[last], out);

    std::vector<double> low;
    const bool negative = any_negative(static_cast<Index>(size), stage.data());
    if (negative) low.assign(p, p + n);
    segments != nullptr ? segments->store(stage.data(), p) : void(std::copy_n(stage.data(), n, p));
    if (!negative) return out;

    SweepOutcome low_walls;
    std::vector<double> low4, high(p, p + n), face(n + 1);
    for (int s = 0; s < 3; ++s) {
        second.factors->solve_line(low.data());
        add_walls(gamma_h * h, *second.rates, low.front(), low.back(), low_walls);
    }
    low4 = low;
    second.factors->solve_line(low4.data());
    add_walls((1.0 - weight_three) * gamma_h * h, *second.rates, low4.front(), low4.back(), low_walls);
    for (std::size_t i = 0; i < n; ++i) low[i] = weight_three * low[i] + (1.0 - weight_three) * low4[i];

    transfers_between(low, high, low_walls.absorbed_lower - out.absorbed_lower,
                      out.absorbed_upper - low_walls.absorbed_upper, cyclic, face);
    limit_transfers(low, face, cyclic);
    std::copy(low.begin(), low.end(), p);
    if (cyclic) return {0.0, 0.0, 1};
    return {low_walls.absorbed_lower - face.front(), low_walls.absorbed_upper + face.back(), 1};
}

}  // namespace

SweepOutcome sdirk2_sweep(GridField& masses, double h, const AxisStage& first, const AxisStage& second,
                          WorkerTeam& team) {
    const LineBatches& lines = second.rates->lines();
    if (lines.n_lines() == 1) return step_single_line(masses, h, first, second);
    return for_all_batches(lines, team,
                           [&](Index b, Scratch& scratch) { return step_batch(masses, b, h, first, second, scratch); });
}

SweepOutcome backward_euler_sweep(GridField& masses, double h, const AxisStage& stage, WorkerTeam& team) {
    const LineBatches& lines = stage.rates->lines();
    if (lines.n_lines() > 1)
        return for_all_batches(lines, team,
                               [&](Index b, Scratch& scratch) { return euler_batch(masses, b, h, stage, scratch); });
    double* p = masses.storage().data();
    stage.factors->solve_line(p);
    if (stage.rates->out_lower(0) == nullptr) return {};
    return {h * stage.rates->out_lower(0)[0] * p[0], h * stage.rates->out_upper(0)[0] * p[lines.n() - 1], 0};
}

}  // namespace dynkin
