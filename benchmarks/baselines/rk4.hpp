#pragma once
// An ensemble of Duffing oscillators, x' = v, v' = x - x^3 - delta v + gamma cos(omega t), by Odeint's runge_kutta4.
#include <boost/numeric/odeint.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

namespace dynkin::benchmarks {

inline constexpr double duffing_delta = 0.3, duffing_gamma = 0.5, duffing_omega = 1.2;

/// All particles in one state, first all x, then all v.
inline void odeint_rk4_whole_vector(std::vector<double>& y, double dt, int n_steps) {
    const std::size_t n = y.size() / 2;
    const auto system = [n](const std::vector<double>& s, std::vector<double>& out, double t) {
        const double force = duffing_gamma * std::cos(duffing_omega * t);
        for (std::size_t i = 0; i < n; ++i) {
            const double x = s[i], v = s[n + i];
            out[i] = v;
            out[n + i] = x - x * x * x - duffing_delta * v + force;
        }
    };
    boost::numeric::odeint::runge_kutta4<std::vector<double>> stepper;
    boost::numeric::odeint::integrate_n_steps(stepper, system, y, 0.0, dt, static_cast<std::size_t>(n_steps));
}

/// Blocks of 512 particles that stay in L1 through all steps, of a size the compiler knows.
inline void odeint_rk4_blocks(std::vector<double>& y, double dt, int n_steps) {
    constexpr std::size_t size = 512;
    using State = std::array<double, 2 * size>;
    const auto system = [](const State& s, State& out, double t) {
        const double force = duffing_gamma * std::cos(duffing_omega * t);
        for (std::size_t i = 0; i < size; ++i) {
            const double x = s[i], v = s[size + i];
            out[i] = v;
            out[size + i] = x - x * x * x - duffing_delta * v + force;
        }
    };
    boost::numeric::odeint::runge_kutta4<State> stepper;
    const std::size_t n = y.size() / 2;
    State block;
    for (std::size_t first = 0; first + size <= n; first += size) {
        const auto x = y.begin() + static_cast<std::ptrdiff_t>(first), v = x + static_cast<std::ptrdiff_t>(n);
        std::copy_n(x, size, block.begin());
        std::copy_n(v, size, block.begin() + size);
        boost::numeric::odeint::integrate_n_steps(stepper, system, block, 0.0, dt, static_cast<std::size_t>(n_steps));
        std::copy_n(block.begin(), size, x);
        std::copy_n(block.begin() + size, size, v);
    }
}

}  // namespace dynkin::benchmarks
