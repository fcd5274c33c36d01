#include "solvers/ode/setup.hpp"

#include <boost/numeric/odeint/algebra/default_operations.hpp>
#include <boost/numeric/odeint/algebra/range_algebra.hpp>
#include <boost/numeric/odeint/stepper/controlled_runge_kutta.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta_dopri5.hpp>

namespace dynkin {
namespace {

namespace odeint = boost::numeric::odeint;
using State = std::vector<double>;

class Dopri5 : public AdaptiveMethod {
public:
    explicit Dopri5(const OdeProblem& problem)
        : flow_(problem),
          controlled_({problem.atol, problem.rtol, 1.0, 0.0}, odeint::default_step_adjuster<double, double>()),
          f_(static_cast<std::size_t>(flow_.n_rows())) {}

    void start(Leg& leg) override { derivative(leg.y0, leg.f0, leg.t0); }

    // The first-same-as-last derivative is handed over: the stepper is shared by all particles of the thread.
    bool try_step(Leg& leg) override {
        double t = leg.t0;
        return controlled_.try_step(system(), leg.y0, leg.f0, t, leg.y1, leg.f1, leg.h) == odeint::success;
    }

    void at(const Leg& leg, double t, State& y) override {
        stepper().do_step(system(), leg.y0, leg.f0, leg.t0, y, f_, t - leg.t0);
    }

protected:
    using Stepper = odeint::runge_kutta_dopri5<State, double>;
    Stepper& stepper() { return controlled_.stepper(); }

private:
    struct System {
        Flow* flow;
        void operator()(const State& y, State& f, double t) const {
            const int n_rows = flow->n_rows();
            flow->derivative({y.data(), n_rows, 1, 1}, t, {f.data(), 1});
        }
    };
    System system() { return {&flow_}; }
    void derivative(const State& y, State& f, double t) { system()(y, f, t); }

    Flow flow_;
    odeint::controlled_runge_kutta<Stepper> controlled_;
    State f_;
};

// With theta = (t - t0) / (t1 - t0), the continuous extension (Hairer, Norsett & Wanner 1993, section II.6) is the
// cubic through both ends and their derivatives plus theta^2 (1 - theta)^2 (c0 + c1 theta). Odeint evaluates it from
// stages that the next particle overwrites; two values of it give c0 and c1, which the leg keeps.
class Dopri5Dense final : public Dopri5 {
public:
    explicit Dopri5Dense(const OdeProblem& problem) : Dopri5(problem) {}

    void keep(Leg& leg) override {
        const double h = leg.t1 - leg.t0;
        third_.resize(leg.y0.size());
        two_thirds_.resize(leg.y0.size());
        stepper().calc_state(leg.t0 + h / 3.0, third_, leg.y0, leg.f0, leg.t0, leg.y1, leg.f1, leg.t1);
        stepper().calc_state(leg.t0 + 2.0 * h / 3.0, two_thirds_, leg.y0, leg.f0, leg.t0, leg.y1, leg.f1, leg.t1);
        for (std::size_t j = 0; j < leg.y0.size(); ++j) {
            // theta^2 (1 - theta)^2 = 4/81 at both.
            const double r1 = 20.25 * (third_[j] - cubic(leg, 1.0 / 3.0, j));
            const double r2 = 20.25 * (two_thirds_[j] - cubic(leg, 2.0 / 3.0, j));
            leg.c0[j] = 2.0 * r1 - r2;
            leg.c1[j] = 3.0 * (r2 - r1);
        }
    }

    void at(const Leg& leg, double t, State& y) override {
        const double theta = (t - leg.t0) / (leg.t1 - leg.t0), bump = theta * (1.0 - theta);
        for (std::size_t j = 0; j < y.size(); ++j)
            y[j] = cubic(leg, theta, j) + bump * bump * (leg.c0[j] + leg.c1[j] * theta);
    }

private:
    static double cubic(const Leg& leg, double theta, std::size_t j) {
        const double h = leg.t1 - leg.t0, left = 1.0 - theta, rise = leg.y1[j] - leg.y0[j];
        return leg.y0[j] + theta * theta * (3.0 - 2.0 * theta) * rise +
               h * theta * left * (left * leg.f0[j] - theta * leg.f1[j]);
    }

    State third_, two_thirds_;
};

}  // namespace

std::unique_ptr<AdaptiveMethod> make_dopri5(const OdeProblem& problem) {
    return std::make_unique<Dopri5>(problem);
}

std::unique_ptr<AdaptiveMethod> make_dopri5_dense(const OdeProblem& problem) {
    return std::make_unique<Dopri5Dense>(problem);
}

}  // namespace dynkin
