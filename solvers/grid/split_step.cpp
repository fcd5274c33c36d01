#include "solvers/grid/split_step.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dynkin {

namespace {

// Step sizes come from a halving sequence, and a step with its two halves uses two or three of them per axis. More
// are kept as far as memory is cheap.
constexpr std::size_t min_cached_factors = 3, max_cached_factors = 12, cached_bytes = 96u << 20;
constexpr double same_tau = 1e-12;

}  // namespace

double StepLedger::removed() const {
    return std::accumulate(absorbed_lower.begin(), absorbed_lower.end(), 0.0) +
           std::accumulate(absorbed_upper.begin(), absorbed_upper.end(), 0.0) + killed;
}

SplitStep::SplitStep(SplitOperator op, int n_threads, SplitMethod method)
    : op_(std::move(op)), method_(method), team_(n_threads) {
    for (std::size_t a = 0; a < op_.diffusive_axes.size(); ++a) {
        Axis axis;
        axis.rates = AxisRates(op_.shape, op_.diffusive_axes[a], op_.cyclic[a]);
        axis.later_rates = axis.rates;
        axes_.push_back(std::move(axis));
    }
    if (!op_.advective_axes.empty())
        advection_.emplace(op_.shape, op_.advective_axes, op_.velocity, op_.flux, op_.autonomous);
    if (op_.killing) killing_rate_ = op_.shape;
}

const AxisRates& SplitStep::rates(std::size_t axis, double t) {
    Axis& a = axes_[axis];
    if (!a.assembled || !op_.autonomous) op_.assemble(op_.diffusive_axes[axis], t, a.rates);
    a.assembled = true;
    return a.rates;
}

const AxisFactors& SplitStep::cached_factors(Axis& axis, double tau, StepLedger& ledger) {
    for (auto it = axis.factors.begin(); it != axis.factors.end(); ++it)
        if (std::abs(it->tau - tau) <= same_tau * tau) {
            axis.factors.splice(axis.factors.begin(), axis.factors, it);
            return axis.factors.front();
        }
    const AxisRates& r = axis.rates;
    const auto lines = r.width() == 1 ? Index{1} : r.lines().n_batches() * batch_width;
    const auto bytes = static_cast<std::size_t>(lines * r.lines().n()) * 3 * sizeof(double);
    if (axis.factors.size() >= std::clamp(cached_bytes / bytes, min_cached_factors, max_cached_factors))
        axis.factors.pop_back();
    axis.factors.push_front(factor_axis(axis.rates, tau, team_));
    ++ledger.n_factorisations;
    return axis.factors.front();
}

void SplitStep::diffuse(std::size_t axis, GridField& masses, double t, double h, StepLedger& ledger) {
    const double tau = sdirk2_gamma * h;
    Axis& a = axes_[axis];
    SweepOutcome outcome;
    if (op_.autonomous) {
        rates(axis, t);
        const AxisStage stage{&a.rates, &cached_factors(a, tau, ledger)};
        outcome = sdirk2_sweep(masses, h, stage, stage, team_);
    } else {
        op_.assemble(op_.diffusive_axes[axis], t + tau, a.rates);
        op_.assemble(op_.diffusive_axes[axis], t + h, a.later_rates);
        const AxisFactors first = factor_axis(a.rates, tau, team_), second = factor_axis(a.later_rates, tau, team_);
        ledger.n_factorisations += 2;
        outcome = sdirk2_sweep(masses, h, {&a.rates, &first}, {&a.later_rates, &second}, team_);
    }
    account(axis, outcome, ledger);
}

void SplitStep::account(std::size_t axis, const SweepOutcome& outcome, StepLedger& ledger) const {
    const auto slot = static_cast<std::size_t>(op_.diffusive_axes[axis]);
    ledger.absorbed_lower[slot] += outcome.absorbed_lower;
    ledger.absorbed_upper[slot] += outcome.absorbed_upper;
    ledger.n_limited += outcome.n_limited;
}

void SplitStep::diffuse_by_euler(std::size_t axis, GridField& masses, double t, double h, StepLedger& ledger) {
    const AxisRates& at_end = rates(axis, t + h);
    if (op_.autonomous)
        return account(axis, backward_euler_sweep(masses, h, {&at_end, &cached_factors(axes_[axis], h, ledger)}, team_),
                       ledger);
    const AxisFactors factors = factor_axis(at_end, h, team_);
    ++ledger.n_factorisations;
    account(axis, backward_euler_sweep(masses, h, {&at_end, &factors}, team_), ledger);
}

void SplitStep::euler_step(GridField& masses, double t, double h, StepLedger& ledger) {
    if (op_.killing) kill(masses, t, h, ledger);
    if (advection_) transport(masses, t, h, ledger);
    for (std::size_t a = 0; a < axes_.size(); ++a) diffuse_by_euler(a, masses, t, h, ledger);
}

void SplitStep::transport(GridField& masses, double t, double h, StepLedger& ledger) {
    const AdvectionOutcome outcome = advection_->advance(masses, t, h, team_);
    for (std::size_t a = 0; a < 3; ++a) {
        ledger.absorbed_lower[a] += outcome.absorbed_lower[a];
        ledger.absorbed_upper[a] += outcome.absorbed_upper[a];
    }
    ledger.n_limited += outcome.n_limited;
}

void SplitStep::kill(GridField& masses, double t, double h, StepLedger& ledger) {
    // The midpoint rule for the integral of the rate is of second order, like the splitting.
    if (!killing_known_ || !op_.autonomous) op_.killing(t + 0.5 * h, killing_rate_);
    killing_known_ = true;
    for (int k = 0; k < masses.n_cells(2); ++k)
        for (int j = 0; j < masses.n_cells(1); ++j) {
            double* m = masses.row(j, k);
            const double* c = killing_rate_.row(j, k);
            for (int i = 0; i < masses.n_cells(0); ++i) {
                const double removed = -std::expm1(-c[i] * h) * m[i];
                ledger.killed += removed;
                m[i] -= removed;
            }
        }
}

void SplitStep::step(GridField& masses, double t, double h, StepLedger& ledger) {
    if (method_ == SplitMethod::lie_backward_euler) return euler_step(masses, t, h, ledger);
    const double half = 0.5 * h;
    const std::size_t n = axes_.size();
    if (op_.killing) kill(masses, t, half, ledger);
    if (advection_ && n == 0) transport(masses, t, h, ledger);
    if (advection_ && n > 0) transport(masses, t, half, ledger);
    for (std::size_t a = 0; a + 1 < n; ++a) diffuse(a, masses, t, half, ledger);
    if (n > 0) diffuse(n - 1, masses, t, h, ledger);
    for (std::size_t a = n; a-- > 1;) diffuse(a - 1, masses, t + half, half, ledger);
    if (advection_ && n > 0) transport(masses, t + half, half, ledger);
    if (op_.killing) kill(masses, t + half, half, ledger);
}

void SplitStep::generator(const GridField& masses, double t, GridField& out) {
    out = masses;
    std::fill(out.storage().begin(), out.storage().end(), 0.0);
    for (std::size_t a = 0; a < axes_.size(); ++a) add_axis_generator(rates(a, t), masses, out);
    if (advection_) advection_->add_generator(t, masses, out, team_);
    if (!op_.killing) return;
    op_.killing(t, killing_rate_);
    killing_known_ = true;
    for (std::size_t i = 0; i < out.storage().size(); ++i)
        out.storage()[i] -= killing_rate_.storage()[i] * masses.storage()[i];
}

}  // namespace dynkin
