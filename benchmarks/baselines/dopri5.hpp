#pragma once
// Van der Pol's oscillator, x' = v, v' = (1 - x^2) v - x, for many particles, each through Odeint with its own control.
#include <boost/numeric/odeint.hpp>

#include <array>
#include <vector>

namespace dynkin::benchmarks {

inline void odeint_dopri5(std::vector<std::array<double, 2>>& particles, double until, double tolerance) {
    using State = std::array<double, 2>;
    namespace odeint = boost::numeric::odeint;
    const auto system = [](const State& s, State& out, double) {
        out[0] = s[1];
        out[1] = (1.0 - s[0] * s[0]) * s[1] - s[0];
    };
    const auto stepper = odeint::make_controlled<odeint::runge_kutta_dopri5<State>>(tolerance, tolerance);
    for (State& particle : particles) odeint::integrate_adaptive(stepper, system, particle, 0.0, until, 0.01);
}

}  // namespace dynkin::benchmarks
