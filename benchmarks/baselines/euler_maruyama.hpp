#pragma once
// An ensemble of double-well particles, dX = (X - X^3) dt + sqrt(2 D) dW, as a user writes it today.
#include <boost/numeric/odeint.hpp>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <random>
#include <utility>
#include <vector>

namespace dynkin::benchmarks {

/// Scalar C++: one particle after the other, the generator of the standard library.
inline void std_double_well(std::vector<double>& x, double D, double dt, int n_steps) {
    static std::mt19937_64 engine(1);
    std::normal_distribution<double> normal;
    const double scale = std::sqrt(2.0 * D * dt);
    for (double& xi : x)
        for (int k = 0; k < n_steps; ++k) xi += (xi - xi * xi * xi) * dt + scale * normal(engine);
}

/// The stepper of Odeint's documentation (libs/numeric/odeint/examples/stochastic_euler.cpp) for a state of any size.
template <class State>
class StochasticEuler {
public:
    using state_type = State;
    using deriv_type = State;
    using value_type = double;
    using time_type = double;
    using order_type = unsigned short;
    using stepper_category = boost::numeric::odeint::stepper_tag;
    static order_type order() { return 1; }

    template <class System>
    void do_step(System system, State& x, double, double dt) {
        typename boost::numeric::odeint::unwrap_reference<System>::type& parts = system;
        if (det_.size() != x.size()) resize(x);
        parts.first(x, det_);
        parts.second(x, stoch_);
        const double root = std::sqrt(dt);
        for (std::size_t i = 0; i < x.size(); ++i) x[i] += dt * det_[i] + root * stoch_[i];
    }

private:
    void resize(const std::vector<double>& x) { det_.resize(x.size()), stoch_.resize(x.size()); }
    template <std::size_t N>
    void resize(const std::array<double, N>&) {}
    State det_{}, stoch_{};
};

/// Drift and noise of the double well for a state of any size, the ziggurat of Boost.
template <class State>
auto double_well_system(double D) {
    static boost::random::mt19937_64 engine(1);
    const double s = std::sqrt(2.0 * D);
    auto drift = [](const State& y, State& out) {
        for (std::size_t i = 0; i < y.size(); ++i) out[i] = y[i] - y[i] * y[i] * y[i];
    };
    auto noise = [s](const State& y, State& out) {
        boost::random::normal_distribution<double> normal;
        for (std::size_t i = 0; i < y.size(); ++i) out[i] = s * normal(engine);
    };
    return std::make_pair(drift, noise);
}

/// Odeint with all particles in one state.
inline void odeint_whole_vector(std::vector<double>& x, double D, double dt, int n_steps) {
    auto system = double_well_system<std::vector<double>>(D);
    StochasticEuler<std::vector<double>> stepper;
    boost::numeric::odeint::integrate_n_steps(std::ref(stepper), std::ref(system), x, 0.0, dt,
                                              static_cast<std::size_t>(n_steps));
}

/// Odeint for someone who knows the cache: blocks of particles that stay in L1 through all steps.
inline void odeint_blocks(std::vector<double>& x, double D, double dt, int n_steps) {
    constexpr std::size_t size = 512;
    using State = std::array<double, size>;
    auto system = double_well_system<State>(D);
    StochasticEuler<State> stepper;
    State y;
    for (std::size_t first = 0; first + size <= x.size(); first += size) {
        std::copy_n(x.begin() + static_cast<std::ptrdiff_t>(first), size, y.begin());
        boost::numeric::odeint::integrate_n_steps(std::ref(stepper), std::ref(system), y, 0.0, dt,
                                                  static_cast<std::size_t>(n_steps));
        std::copy_n(y.begin(), size, x.begin() + static_cast<std::ptrdiff_t>(first));
    }
}

}  // namespace dynkin::benchmarks
