#pragma once
// Paths of continuous-time chains, each a function of its draws (Stream::resampling).
#include "solvers/core/random.hpp"
#include "solvers/rates/rate_matrix.hpp"

#include <limits>
#include <vector>

namespace dynkin {

/// A right-continuous path on [0, duration]: states[k] from times[k] until times[k + 1].
struct JumpPath {
    std::vector<double> times;  ///< times[0] = 0, increasing
    std::vector<int> states;    ///< states[0] is the start
    double lost_at = std::numeric_limits<double>::infinity();

    Index n_jumps() const { return static_cast<Index>(states.size()) - 1; }
    /// The state at time t >= 0, -1 once lost.
    int state_at(double t) const;
};

/// The direct method (Gillespie 1977): two draws a jump, exact. With loss, the path ends there.
/// ConfigError: a start out of range, a negative or infinite duration, sources (loss < 0). NumericsError: more than
/// 2^20 jumps, for which Draws has no numbers.
JumpPath gillespie_path(const SparseRateMatrix& Q, int start, double duration, Draws& noise);

/// Uniformisation (Jensen 1953): jumps proposed at the constant rate largest_exit_rate, and taken in proportion to the
/// rates of the state; exact, two draws a proposal. The same law as gillespie_path; better where exit rates are alike.
/// Throws as gillespie_path, with proposals for jumps.
JumpPath uniformised_path(const SparseRateMatrix& Q, int start, double duration, Draws& noise);

/// One step of tau-leaping on a single chain: a jump with probability 1 - exp(-h exit rate), one at most, its target in
/// proportion to the rates. -1 when lost. Order 1 in h. Throws as gillespie_path.
int tau_leap(const SparseRateMatrix& Q, int state, double h, Draws& noise);

}  // namespace dynkin
