#include "solvers/grid/axis_rates.hpp"

#include <algorithm>
#include <iterator>

namespace dynkin {

namespace {

constexpr int W = batch_width;

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

LineFactors factors_of_reversed(int n, double tau, const LineRates& rates) {
    const auto reversed = [n](const double* values) {
        return std::vector<double>(std::reverse_iterator(values + n), std::reverse_iterator(values));
    };
    const std::vector<double> up = reversed(rates.down), down = reversed(rates.up), loss = reversed(rates.loss);
    LineFactors factors;
    factors.factor(n, 1, false, tau, {up.data(), down.data(), loss.data()});
    return factors;
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
    if (rates.width() == 1 && rates.lines().n_lines() > 1 && !rates.cyclic())
        factors.reversed = factors_of_reversed(rates.lines().n(), tau, rates.batch(0));
    const Index n_batches = rates.width() == 1 ? 1 : rates.lines().n_batches();
    factors.batches.resize(static_cast<std::size_t>(n_batches));
    team.run(n_batches, [&](Index from, Index to) {
        for (Index b = from; b < to; ++b)
            factors.batches[static_cast<std::size_t>(b)].factor(rates.lines().n(), rates.width(), rates.cyclic(), tau,
                                                                rates.batch(b));
    });
    return factors;
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
