#pragma once
// When a chain first enters a set, whether it does before it is lost, and how much of a law has not yet.
#include "solvers/rates/propagate.hpp"
#include "solvers/rates/rate_matrix.hpp"

#include <vector>

namespace dynkin {

/// A set of states A and how it is entered.
///
/// Without `rates`, by the jumps q_ij of the matrix into states j of A. On a grid the first cell of A is then hit at
/// its centre, half a cell inside: an error of first order in h. With `rates` (n, each >= 0), A is entered from state i
/// outside at rates[i] in place of sum_{j in A} q_ij: rates through half a cell, up to the face that bounds A, make the
/// time second order. `states` may then be all false, as for the wall of a domain.
struct HittingSet {
    std::vector<bool> states;   ///< (n)
    std::vector<double> rates;  ///< (n), or empty   [1 / time]
};

struct HittingMoments {
    std::vector<double> mean;    ///< (n) E[tau | X_0 = i]; 0 in the set, infinite where tau is not almost surely finite
    std::vector<double> second;  ///< (n) E[tau^2 | X_0 = i]
};

/// Moments of the time tau until the set is entered, by subtraction-free elimination (StateReduction): small relative
/// errors, whatever the ratio of tau to the time of a jump. Infinite where a path can be lost, or caught in states that
/// do not lead to the set, before it enters; those states are found in the graph of jumps, not by the solver.
/// ConfigError: wrong lengths, a rate < 0 or not finite, an empty set, sources (loss < 0).
HittingMoments hitting_moments(const SparseRateMatrix& Q, const HittingSet& set);

/// The mean alone, (n).
std::vector<double> hitting_times(const SparseRateMatrix& Q, const HittingSet& set);
std::vector<double> hitting_times(const SparseRateMatrix& Q, const std::vector<bool>& in_set);

/// Moments of the time until the chain is lost: the exit time of a domain with absorbing walls, with killing as one
/// more way out. Infinite where a path may stay for ever.
HittingMoments exit_moments(const SparseRateMatrix& Q);

/// P(the set is entered at all, and before the loss | X_0 = i), (n): 1 in the set, exactly 0 where it cannot be
/// reached.
std::vector<double> hitting_probability(const SparseRateMatrix& Q, const HittingSet& set);

/// P(a is entered before b and before the loss | X_0 = i), (n). ConfigError: also when a and b share a state.
std::vector<double> committor(const SparseRateMatrix& Q, const HittingSet& a, const HittingSet& b);

/// P(not in the set and not lost up to t) at each of `times` (increasing, >= 0) for the law p0 (n), whose mass in the
/// set counts as arrived at once. Without loss this is P(tau > t). Errors add up to `tolerance` over all times.
/// ConfigError as above, and for times that decrease.
std::vector<double> survival(const SparseRateMatrix& Q, const HittingSet& set, const std::vector<double>& p0,
                             const std::vector<double>& times,
                             PropagationMethod method = PropagationMethod::uniformisation, double tolerance = 1e-12);
std::vector<double> survival(const SparseRateMatrix& Q, const std::vector<bool>& in_set, const std::vector<double>& p0,
                             const std::vector<double>& times,
                             PropagationMethod method = PropagationMethod::uniformisation, double tolerance = 1e-12);

}  // namespace dynkin
