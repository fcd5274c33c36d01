#include "solvers/grid/diffusive_step.hpp"

#include "solvers/core/dispatch.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/grid/flux_limiter.hpp"

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

bool same(const std::vector<double>& values, int n, Index n_batches, const LineBatches& lines) {
    for (Index b = 0; b < n_batches; ++b)
        for (int i = 0; i < n; ++i)
            for (int l = 0; l < lines.n_lanes(b); ++l)
                if (values[static_cast<std::size_t>((b * n + i) * W + l)] != values[static_cast<std::size_t>(i) * W])
                    return false;
    return true;
}

void keep_first_line(std::vector<double>& values, int n) {
    for (int i = 0; i < n; ++i) values[static_cast<std::size_t>(i)] = values[static_cast<std::size_t>(i) * W];
    values.resize(static_cast<std::size_t>(n));
    values.shrink_to_fit();
}

// Mass through the walls during the two stages, per lane: h (1 - gamma) r1 Y1 + h gamma r2 Y2.
struct WallSums {
    std::array<double, W> lower{}, upper{};

    void add(double weight, const AxisRates& rates, Index b, const double* lines) {
        const double *low = rates.out_lower(b), *high = rates.out_upper(b);
        if (low == nullptr) return;
        const double* top = lines + Index{rates.lines().n() - 1} * W;
        for (std::size_t l = 0; l < W; ++l) {
            const std::size_t r = rates.width() == 1 ? 0 : l;
            lower[l] += weight * low[r] * lines[l];
            upper[l] += weight * high[r] * top[l];
        }
    }
};

struct Scratch {
    std::vector<double> start, lines, low, low4, face;
    explicit Scratch(int n) {
        for (auto* v : {&start, &lines, &low, &low4}) v->resize(static_cast<std::size_t>(n) * W);
        face.resize(static_cast<std::size_t>(n) + 1);
    }
};

// The first-order result in `scratch.low` and the mass it loses through the walls.
WallSums positive_result(int n, Index b, double h, const AxisStage& stage, Scratch& scratch) {
    WallSums walls;
    scratch.low = scratch.start;
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

SweepOutcome step_batch(GridField& masses, Index b, double h, const AxisStage& first, const AxisStage& second,
                        Scratch& scratch) {
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
    for (std::size_t l = 0; l < W; ++l) {
        outcome.absorbed_lower += walls.lower[l];
        outcome.absorbed_upper += walls.upper[l];
    }
    lines.scatter(scratch.lines.data(), b, masses);
    return outcome;
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

AxisRates::AxisRates(const GridField& shape, int axis, bool cyclic) : lines_(shape, axis), cyclic_(cyclic) {}

void AxisRates::assign(const GridField& up, const GridField& down, const GridField& out_lower,
                       const GridField& out_upper) {
    if (lines_.n_lines() == 1 && lines_.axis() == 0) return assign_single(up, down, out_lower, out_upper);
    const int n = lines_.n();
    const Index n_batches = lines_.n_batches(), block = Index{n} * W;
    for (auto* v : {&up_, &down_, &loss_}) v->resize(static_cast<std::size_t>(n_batches * block));
    out_lower_.resize(static_cast<std::size_t>(n_batches * W));
    out_upper_.resize(static_cast<std::size_t>(n_batches * W));
    std::vector<double> wall(static_cast<std::size_t>(block));
    for (Index b = 0; b < n_batches; ++b) {
        lines_.gather(up, b, up_.data() + b * block);
        lines_.gather(down, b, down_.data() + b * block);
        double* loss = loss_.data() + b * block;
        std::fill_n(loss, block, 0.0);
        lines_.gather(out_lower, b, wall.data());
        for (int l = 0; l < W; ++l)
            loss[l] = out_lower_[static_cast<std::size_t>(b * W + l)] = wall[static_cast<std::size_t>(l)];
        lines_.gather(out_upper, b, wall.data());
        for (int l = 0; l < W; ++l) {
            const double rate = wall[static_cast<std::size_t>(block - W + l)];
            out_upper_[static_cast<std::size_t>(b * W + l)] = rate;
            loss[block - W + l] += rate;
        }
    }
    summarise();
    width_ = W;
    if (same(up_, n, n_batches, lines_) && same(down_, n, n_batches, lines_) && same(loss_, n, n_batches, lines_)) {
        width_ = 1;
        for (auto* v : {&up_, &down_, &loss_}) keep_first_line(*v, n);
        for (auto* v : {&out_lower_, &out_upper_}) v->resize(1);
    }
}

void AxisRates::summarise() {
    largest_rate_ = 0.0;
    for (std::size_t i = 0; i < up_.size(); ++i) largest_rate_ = std::max(largest_rate_, up_[i] + down_[i] + loss_[i]);
    has_walls_ = std::any_of(loss_.begin(), loss_.end(), [](double rate) { return rate > 0.0; });
}

void AxisRates::assign_single(const GridField& up, const GridField& down, const GridField& out_lower,
                              const GridField& out_upper) {
    const int n = lines_.n();
    up_.assign(up.row(0, 0), up.row(0, 0) + n);
    down_.assign(down.row(0, 0), down.row(0, 0) + n);
    out_lower_.assign(1, out_lower.row(0, 0)[0]);
    out_upper_.assign(1, out_upper.row(0, 0)[n - 1]);
    loss_.assign(static_cast<std::size_t>(n), 0.0);
    loss_.front() = out_lower_[0];
    loss_.back() += out_upper_[0];
    width_ = 1;
    summarise();
}

LineRates AxisRates::batch(Index b) const {
    const Index o = width_ == 1 ? 0 : b * lines_.n() * W;
    return {up_.data() + o, down_.data() + o, loss_.data() + o};
}

const double* AxisRates::out_lower(Index b) const {
    return has_walls_ ? out_lower_.data() + (width_ == 1 ? 0 : b * W) : nullptr;
}

const double* AxisRates::out_upper(Index b) const {
    return has_walls_ ? out_upper_.data() + (width_ == 1 ? 0 : b * W) : nullptr;
}

AxisFactors factor_axis(const AxisRates& rates, double tau, WorkerTeam& team) {
    AxisFactors factors;
    factors.tau = tau;
    if (rates.lines().n_lines() == 1 && !rates.cyclic() && rates.lines().n() >= SegmentedLine::min_cells) {
        factors.single.emplace().factor(rates.lines().n(), tau, rates.batch(0));
        return factors;
    }
    const Index n_batches = rates.width() == 1 ? 1 : rates.lines().n_batches();
    factors.batches.resize(static_cast<std::size_t>(n_batches));
    team.run(n_batches, [&](Index from, Index to) {
        for (Index b = from; b < to; ++b)
            factors.batches[static_cast<std::size_t>(b)].factor(rates.lines().n(), rates.width(), rates.cyclic(), tau,
                                                                rates.batch(b));
    });
    return factors;
}

SweepOutcome sdirk2_sweep(GridField& masses, double h, const AxisStage& first, const AxisStage& second,
                          WorkerTeam& team) {
    const LineBatches& lines = second.rates->lines();
    if (lines.n_lines() == 1) return step_single_line(masses, h, first, second);
    std::vector<SweepOutcome> outcomes(static_cast<std::size_t>(lines.n_batches()));
    team.run(lines.n_batches(), [&](Index from, Index to) {
        Scratch scratch(lines.n());
        for (Index b = from; b < to; ++b)
            outcomes[static_cast<std::size_t>(b)] = step_batch(masses, b, h, first, second, scratch);
    });
    SweepOutcome total;
    for (const SweepOutcome& o : outcomes) {
        total.absorbed_lower += o.absorbed_lower;
        total.absorbed_upper += o.absorbed_upper;
        total.n_limited += o.n_limited;
    }
    return total;
}

void add_axis_generator(const AxisRates& rates, const GridField& masses, GridField& out) {
    const LineBatches& lines = rates.lines();
    const int n = lines.n();
    if (lines.n_lines() == 1 && lines.axis() == 0) {
        std::vector<double> change(static_cast<std::size_t>(n));
        apply_line_generator(n, 1, rates.cyclic(), rates.batch(0), masses.row(0, 0), change.data());
        for (int i = 0; i < n; ++i) out.row(0, 0)[i] += change[static_cast<std::size_t>(i)];
        return;
    }
    const auto block = static_cast<std::size_t>(n) * W;
    std::vector<double> p(block), sum(block), change(block), wide;
    const auto widen = [&](const double* v) {
        std::vector<double> w(block);
        for (std::size_t i = 0; i < block; ++i) w[i] = v[i / W];
        return w;
    };
    std::vector<double> up, down, loss;
    if (rates.width() == 1) {
        const LineRates r = rates.batch(0);
        up = widen(r.up);
        down = widen(r.down);
        loss = widen(r.loss);
    }
    for (Index b = 0; b < lines.n_batches(); ++b) {
        lines.gather(masses, b, p.data());
        lines.gather(out, b, sum.data());
        const LineRates r = rates.width() == 1 ? LineRates{up.data(), down.data(), loss.data()} : rates.batch(b);
        apply_line_generator(n, W, rates.cyclic(), r, p.data(), change.data());
        for (std::size_t i = 0; i < block; ++i) sum[i] += change[i];
        lines.scatter(sum.data(), b, out);
    }
}

}  // namespace dynkin
