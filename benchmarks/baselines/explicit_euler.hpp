#pragma once
// The Fokker-Planck equation on a line by explicit Euler steps, as a user writes it today.
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace dynkin::benchmarks {

/// p' = A p for a tridiagonal A: a cell gains from its neighbours below and above and changes by itself.  [1 / time]
struct Tridiagonal {
    std::vector<double> from_below, itself, from_above;
};

/// Steps at the limit of stability, 1 / max |A_ii| (beyond it cells turn negative and soon blow up).
inline void explicit_euler(const Tridiagonal& rates, double until, std::vector<double>& p) {
    double fastest = 0.0;
    for (const double rate : rates.itself) fastest = std::fmax(fastest, -rate);
    const auto n_steps = static_cast<long>(std::ceil(until * fastest));
    const double dt = until / static_cast<double>(n_steps);
    const std::size_t n = p.size();
    std::vector<double> below(n), itself(n), above(n), next(n);
    for (std::size_t i = 0; i < n; ++i) {
        below[i] = dt * rates.from_below[i];
        itself[i] = 1.0 + dt * rates.itself[i];
        above[i] = dt * rates.from_above[i];
    }
    for (long step = 0; step < n_steps; ++step) {
        next[0] = itself[0] * p[0] + above[0] * p[1];
        for (std::size_t i = 1; i + 1 < n; ++i) next[i] = below[i] * p[i - 1] + itself[i] * p[i] + above[i] * p[i + 1];
        next[n - 1] = below[n - 1] * p[n - 2] + itself[n - 1] * p[n - 1];
        std::swap(p, next);
    }
}

}  // namespace dynkin::benchmarks
