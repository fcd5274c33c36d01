#include "solvers/rates/hitting.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/rates/state_classes.hpp"
#include "solvers/rates/state_reduction.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace dynkin {

namespace {

std::size_t at(Index i) {
    return static_cast<std::size_t>(i);
}

/// Checks a set and returns the rate at which each state outside enters it, (n).
std::vector<double> entry_rates(const SparseRateMatrix& Q, const HittingSet& set, const char* who) {
    const std::size_t n = at(Q.size());
    const std::string prefix = std::string(who) + ": ";
    if (set.states.size() != n)
        throw ConfigError(prefix + "a set marked on " + std::to_string(set.states.size()) + " states; expected " +
                          std::to_string(n));
    if (!set.rates.empty() && set.rates.size() != n)
        throw ConfigError(prefix + std::to_string(set.rates.size()) + " rates into the set; expected " +
                          std::to_string(n) + " or none");
    for (std::size_t i = 0; i < set.rates.size(); ++i)
        if (!std::isfinite(set.rates[i]) || set.rates[i] < 0.0)
            throw ConfigError(prefix + "rate into the set from state " + std::to_string(i) + " is " +
                              std::to_string(set.rates[i]) + "; expected a finite number >= 0");

    std::vector<double> rates(n, 0.0);
    bool empty = true;
    for (std::size_t i = 0; i < n; ++i) {
        empty = empty && !set.states[i];
        if (set.states[i]) continue;
        if (!set.rates.empty()) {
            rates[i] = set.rates[i];
        } else {
            const auto row = Q.out_of(static_cast<Index>(i));
            for (std::size_t k = 0; k < row.states.size(); ++k)
                if (set.states[at(row.states[k])]) rates[i] += row.rates[k];
        }
        empty = empty && rates[i] == 0.0;
    }
    if (empty) throw ConfigError(prefix + "the set is empty, and no rate leads into it");
    return rates;
}

void refuse_sources(const SparseRateMatrix& Q, const char* who) {
    if (Q.largest_source_rate() > 0.0)
        throw ConfigError(std::string(who) + ": the chain has sources; times of single paths need loss >= 0");
}

std::vector<bool> positive(const std::vector<double>& rates) {
    std::vector<bool> mask(rates.size());
    for (std::size_t i = 0; i < rates.size(); ++i) mask[i] = rates[i] > 0.0;
    return mask;
}

std::vector<bool> complement(std::vector<bool> mask) {
    mask.flip();
    return mask;
}

/// Q with the jumps out of `states` cut, on `states` alone, with `more_loss` (n) added to its own loss.
SparseRateMatrix inner_chain(const SparseRateMatrix& Q, const std::vector<Index>& states,
                             const std::vector<double>& more_loss) {
    std::vector<Index> place(at(Q.size()), -1);
    for (Index i = 0; i < std::ssize(states); ++i) place[at(states[at(i)])] = i;
    std::vector<RateEntry> rates;
    std::vector<double> loss;
    for (Index i = 0; i < std::ssize(states); ++i) {
        const Index state = states[at(i)];
        const auto row = Q.out_of(state);
        for (std::size_t k = 0; k < row.states.size(); ++k)
            if (const Index j = place[at(row.states[k])]; j >= 0) rates.push_back({i, j, row.rates[k]});
        loss.push_back(Q.loss()[at(state)] + more_loss[at(state)]);
    }
    return SparseRateMatrix(std::ssize(states), rates, std::move(loss));
}

/// Moments of the time until one of `rates_out`, among states not `in_set`; `lost` is where paths end otherwise.
HittingMoments moments(const SparseRateMatrix& Q, const std::vector<bool>& in_set, const std::vector<double>& rates_out,
                       const std::vector<double>& lost) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const std::size_t n = in_set.size();
    // Caught: never gets to a state with a rate out. Uncertain: may be lost or caught.
    std::vector<bool> bad = complement(states_leading_to(Q, positive(rates_out), in_set));
    for (std::size_t i = 0; i < n; ++i) bad[i] = !in_set[i] && (bad[i] || lost[i] > 0.0);
    const std::vector<bool> uncertain = states_leading_to(Q, bad, in_set);

    HittingMoments result{std::vector<double>(n, 0.0), std::vector<double>(n, 0.0)};
    std::vector<bool> certain(n);
    for (std::size_t i = 0; i < n; ++i) {
        certain[i] = !in_set[i] && !uncertain[i];
        if (uncertain[i]) result.mean[i] = result.second[i] = infinity;
    }
    const std::vector<Index> states = marked_states(certain);
    if (states.empty()) return result;

    // -Q m1 = 1, -Q m2 = 2 m1.
    std::vector<double> x(states.size(), 1.0);
    const StateReduction reduction(inner_chain(Q, states, rates_out));
    reduction.solve(x.data());
    for (std::size_t i = 0; i < states.size(); ++i) {
        result.mean[at(states[i])] = x[i];
        x[i] *= 2.0;
    }
    reduction.solve(x.data());
    for (std::size_t i = 0; i < states.size(); ++i) result.second[at(states[i])] = x[i];
    return result;
}

/// Q with every loss dropped, where the loss itself is the event waited for.
SparseRateMatrix without_loss(const SparseRateMatrix& Q) {
    std::vector<RateEntry> rates;
    rates.reserve(at(Q.n_rates()));
    for (Index i = 0; i < Q.size(); ++i) {
        const auto row = Q.out_of(i);
        for (std::size_t k = 0; k < row.states.size(); ++k) rates.push_back({i, row.states[k], row.rates[k]});
    }
    return SparseRateMatrix(Q.size(), rates);
}

/// P(one of rates_out happens before loss), where states of `in_set` are ones and of `barred` zeros.
std::vector<double> probability(const SparseRateMatrix& Q, const std::vector<bool>& in_set,
                                const std::vector<bool>& barred, const std::vector<double>& rates_out,
                                const std::vector<double>& more_loss) {
    const std::size_t n = in_set.size();
    std::vector<bool> ends(n);
    for (std::size_t i = 0; i < n; ++i) ends[i] = in_set[i] || barred[i];
    const std::vector<bool> can = states_leading_to(Q, positive(rates_out), ends);

    std::vector<double> result(n, 0.0), leaves(n, 0.0), x;
    const std::vector<Index> states = marked_states(can);
    for (std::size_t i = 0; i < n; ++i) result[i] = in_set[i] ? 1.0 : 0.0;
    if (states.empty()) return result;
    for (const Index i : states) {
        // A jump to where the set is out of reach is a loss; jumps into sets are counted by their rates.
        const auto row = Q.out_of(i);
        leaves[at(i)] = rates_out[at(i)] + more_loss[at(i)];
        for (std::size_t k = 0; k < row.states.size(); ++k)
            if (const std::size_t j = at(row.states[k]); !can[j] && !ends[j]) leaves[at(i)] += row.rates[k];
        x.push_back(rates_out[at(i)]);
    }
    StateReduction(inner_chain(Q, states, leaves)).solve(x.data());
    for (std::size_t i = 0; i < states.size(); ++i) result[at(states[i])] = x[i];
    return result;
}

}  // namespace

HittingMoments hitting_moments(const SparseRateMatrix& Q, const HittingSet& set) {
    refuse_sources(Q, "hitting time");
    return moments(Q, set.states, entry_rates(Q, set, "hitting time"), Q.loss());
}

std::vector<double> hitting_times(const SparseRateMatrix& Q, const HittingSet& set) {
    return hitting_moments(Q, set).mean;
}

std::vector<double> hitting_times(const SparseRateMatrix& Q, const std::vector<bool>& in_set) {
    return hitting_times(Q, HittingSet{in_set, {}});
}

HittingMoments exit_moments(const SparseRateMatrix& Q) {
    refuse_sources(Q, "exit time");
    const std::size_t n = at(Q.size());
    return moments(without_loss(Q), std::vector<bool>(n, false), Q.loss(), std::vector<double>(n, 0.0));
}

std::vector<double> hitting_probability(const SparseRateMatrix& Q, const HittingSet& set) {
    refuse_sources(Q, "hitting probability");
    const std::vector<double> rates = entry_rates(Q, set, "hitting probability");
    const std::size_t n = at(Q.size());
    return probability(Q, set.states, std::vector<bool>(n, false), rates, std::vector<double>(n, 0.0));
}

std::vector<double> committor(const SparseRateMatrix& Q, const HittingSet& a, const HittingSet& b) {
    refuse_sources(Q, "committor");
    std::vector<double> into_a = entry_rates(Q, a, "committor"), into_b = entry_rates(Q, b, "committor");
    for (std::size_t i = 0; i < a.states.size(); ++i) {
        if (a.states[i] && b.states[i]) throw ConfigError("committor: state " + std::to_string(i) + " is in both sets");
        if (a.states[i] || b.states[i]) into_a[i] = into_b[i] = 0.0;
    }
    return probability(Q, a.states, b.states, into_a, into_b);
}

std::vector<double> survival(const SparseRateMatrix& Q, const HittingSet& set, const std::vector<double>& p0,
                             const std::vector<double>& times, PropagationMethod method, double tolerance) {
    const std::vector<double> rates = entry_rates(Q, set, "survival");
    if (std::ssize(p0) != Q.size())
        throw ConfigError("survival: a law of " + std::to_string(p0.size()) + " states; expected " +
                          std::to_string(Q.size()));
    if (!times.empty() && (!(times.front() >= 0.0) || !std::ranges::is_sorted(times)))
        throw ConfigError("survival: times must be >= 0 and increase");
    const std::vector<Index> states = marked_states(complement(set.states));
    if (states.empty()) return std::vector<double>(times.size(), 0.0);
    const SparseRateMatrix inner = inner_chain(Q, states, rates);
    std::vector<double> p, remaining;
    for (const Index i : states) p.push_back(p0[at(i)]);

    double t = 0.0;
    for (const double next : times) {
        if (next > t) p = propagate_law(inner, p, next - t, method, tolerance / static_cast<double>(times.size()));
        t = next;
        double mass = 0.0;
        for (const double value : p) mass += value;
        remaining.push_back(mass);
    }
    return remaining;
}

std::vector<double> survival(const SparseRateMatrix& Q, const std::vector<bool>& in_set, const std::vector<double>& p0,
                             const std::vector<double>& times, PropagationMethod method, double tolerance) {
    return survival(Q, HittingSet{in_set, {}}, p0, times, method, tolerance);
}

}  // namespace dynkin
