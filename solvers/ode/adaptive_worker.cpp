#include "solvers/ode/path_state.hpp"
#include "solvers/ode/setup.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

bool is_finite(const std::vector<double>& y) {
    return std::all_of(y.begin(), y.end(), [](double v) { return std::isfinite(v); });
}

class AdaptiveWorker final : public Propagator::Worker {
public:
    AdaptiveWorker(OdeSetupPtr setup, std::unique_ptr<AdaptiveMethod> method)
        : setup_(std::move(setup)), flow_(setup_->problem), method_(std::move(method)) {}

    const BlockState& advance(BlockState& state, int output) override {
        if (output == 0) begin(state);
        const double until = problem().grid.outputs[static_cast<std::size_t>(output)];
        for (Index q = 0; q < state.n; ++q) {
            Leg& leg = legs_[static_cast<std::size_t>(q)];
            follow(leg, until, output_.particle(q));
            look(leg, until, q);
        }
        output_.write(flow_, initial_weight_, state);
        return state;
    }

private:
    const OdeProblem& problem() const { return setup_->problem; }

    void begin(const BlockState& state) {
        initial_weight_ = state.weight;
        output_.read(flow_, state);
        legs_.resize(std::max(legs_.size(), static_cast<std::size_t>(state.n)));
        for (Index q = 0; q < state.n; ++q) {
            Leg& leg = legs_[static_cast<std::size_t>(q)];
            for (std::vector<double>* row : {&leg.y0, &leg.y1, &leg.f0, &leg.f1, &leg.c0, &leg.c1, &y_})
                row->resize(static_cast<std::size_t>(flow_.n_rows()));
            for (int row = 0; row < flow_.n_rows(); ++row)
                leg.y0[static_cast<std::size_t>(row)] = output_.y.row(row)[q];
            leg.t0 = leg.t1 = problem().grid.t0;
            leg.h = problem().grid.dt();
            leg.absorbed = output_.alive.row(0)[q] == 0.0;
            if (!leg.absorbed && setup_->sides.any())
                leg.absorbed = setup_->sides.admit(leg.y0.data(), 1, leg.t0, output_.particle(q)).absorbed;
            if (!leg.absorbed) method_->start(leg);
            leg.y1 = leg.y0;
            leg.f1 = leg.f0;
        }
    }

    // Accepted steps until one ends at or behind t.
    void follow(Leg& leg, double t, std::uint64_t particle) {
        std::int64_t n_trials = 0;
        bool moved = false;
        while (leg.t1 < t && !leg.absorbed) {
            next_leg(leg, t, particle, n_trials);
            moved = true;
        }
        if (moved && leg.t1 > t) method_->keep(leg);
    }

    void next_leg(Leg& leg, double target, std::uint64_t particle, std::int64_t& n_trials) {
        const Outflow& sides = setup_->sides;
        std::swap(leg.y0, leg.y1);
        std::swap(leg.f0, leg.f1);
        leg.t0 = leg.t1;
        if (sides.any() && sides.settle(leg.y0.data(), 1, leg.t0, particle).moved) method_->start(leg);

        const double end = problem().grid.until;
        for (;;) {
            if (++n_trials > problem().max_steps) too_many_steps(*setup_, particle, leg.t0, target, leg.h);
            leg.h = std::min(leg.h, problem().largest_step);
            const bool last = leg.t0 + leg.h >= end;
            if (last) leg.h = end - leg.t0;
            const double h = leg.h;
            if (!(leg.t0 + h > leg.t0))
                vanishing_step(*setup_, particle, leg.t0, is_finite(leg.y1) && is_finite(leg.y0));
            const bool accepted = method_->try_step(leg);
            if (!is_finite(leg.y1)) {
                leg.h = 0.1 * h;
                continue;
            }
            if (!accepted) continue;
            leg.t1 = last ? end : leg.t0 + h;
            break;
        }
        if (!sides.absorbing()) return;
        y_ = leg.y1;
        leg.absorbed = sides.settle(y_.data(), 1, leg.t1, particle).absorbed;
    }

    // The output at t of the particle whose leg holds t or ended before it.
    void look(const Leg& leg, double t, Index q) {
        if (t < leg.t1)
            method_->at(leg, t, y_);
        else
            y_ = leg.y1;
        bool gone = leg.absorbed && t >= leg.t1;
        if (setup_->sides.any())
            gone = setup_->sides.settle(y_.data(), 1, std::min(t, leg.t1), output_.particle(q)).absorbed || gone;
        for (int row = 0; row < flow_.n_rows(); ++row) output_.y.row(row)[q] = y_[static_cast<std::size_t>(row)];
        output_.alive.row(0)[q] = gone ? 0.0 : 1.0;
    }

    OdeSetupPtr setup_;
    Flow flow_;
    std::unique_ptr<AdaptiveMethod> method_;
    std::vector<Leg> legs_;
    PathState output_;
    Block initial_weight_;
    std::vector<double> y_;
};

}  // namespace

std::unique_ptr<Propagator::Worker> adaptive_worker(OdeSetupPtr setup, std::unique_ptr<AdaptiveMethod> method) {
    return std::make_unique<AdaptiveWorker>(std::move(setup), std::move(method));
}

}  // namespace dynkin
