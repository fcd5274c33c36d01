#include "solvers/rates/jump_paths.hpp"

#include "solvers/core/errors.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace dynkin {
namespace {

constexpr int lost = -1;
constexpr Index most_jumps = Index{1} << 20;  // two draws each, two draws a call of the generator

void check_path(const SparseRateMatrix& Q, int start, double duration) {
    if (start < 0 || start >= Q.size())
        throw ConfigError("jump path: start " + std::to_string(start) + ", expected a state in 0 .. " +
                          std::to_string(Q.size() - 1));
    if (!(duration >= 0.0) || std::isinf(duration))
        throw ConfigError("jump path: duration " + std::to_string(duration) + ", expected a finite number >= 0");
    if (Q.largest_source_rate() > 0.0)
        throw ConfigError("jump path: a chain with sources (negative loss) has no paths; propagate laws instead");
}

/// The target of a jump out of `state` for mark in [0, exit rate): rates laid end to end, loss last.
int target_of(const SparseRateMatrix& Q, int state, double mark) {
    const SparseRateMatrix::Rates row = Q.out_of(state);
    double below = 0.0;
    for (std::size_t k = 0; k < row.states.size(); ++k) {
        below += row.rates[k];
        if (mark < below) return row.states[k];
    }
    // Beyond the rates there is loss; without it, only round-off leads here.
    const bool may_be_lost = Q.loss()[static_cast<std::size_t>(state)] > 0.0;
    return may_be_lost || row.states.empty() ? lost : row.states.back();
}

void require_draws(Index n, double t, double duration) {
    if (n >= most_jumps)
        throw NumericsError("jump path: 2^20 jumps by time " + std::to_string(t) + " of " + std::to_string(duration) +
                            "; cut the duration, each part with a step of Draws of its own");
}

/// Enters `state` into the path at time t; false when the path ends there.
bool enter(JumpPath& path, double t, int state) {
    if (state == lost) {
        path.lost_at = t;
        return false;
    }
    path.times.push_back(t);
    path.states.push_back(state);
    return true;
}

}  // namespace

int JumpPath::state_at(double t) const {
    if (t >= lost_at) return lost;
    const auto next = std::upper_bound(times.begin(), times.end(), t);
    return states[static_cast<std::size_t>(std::max<std::ptrdiff_t>(next - times.begin() - 1, 0))];
}

JumpPath gillespie_path(const SparseRateMatrix& Q, int start, double duration, Draws& noise) {
    check_path(Q, start, duration);
    JumpPath path{{0.0}, {start}};
    double t = 0.0;
    for (Index n = 0;; ++n) {
        require_draws(n, t, duration);
        const int state = path.states.back();
        const double exit = Q.exit_rates()[static_cast<std::size_t>(state)];
        if (exit <= 0.0) return path;
        t -= std::log(noise.uniform()) / exit;
        if (t > duration || !enter(path, t, target_of(Q, state, exit * noise.uniform()))) return path;
    }
}

JumpPath uniformised_path(const SparseRateMatrix& Q, int start, double duration, Draws& noise) {
    check_path(Q, start, duration);
    JumpPath path{{0.0}, {start}};
    const double rate = Q.largest_exit_rate();
    if (rate <= 0.0) return path;
    double t = 0.0;
    for (Index n = 0;; ++n) {
        require_draws(n, t, duration);
        t -= std::log(noise.uniform()) / rate;
        if (t > duration) return path;
        const int state = path.states.back();
        const double mark = rate * noise.uniform();
        if (mark >= Q.exit_rates()[static_cast<std::size_t>(state)]) continue;  // proposed, not taken
        if (!enter(path, t, target_of(Q, state, mark))) return path;
    }
}

int tau_leap(const SparseRateMatrix& Q, int state, double h, Draws& noise) {
    check_path(Q, state, h);
    const double exit = Q.exit_rates()[static_cast<std::size_t>(state)];
    if (noise.uniform() >= -std::expm1(-h * exit)) return state;
    return target_of(Q, state, exit * noise.uniform());
}

}  // namespace dynkin
