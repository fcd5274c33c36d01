#pragma once
// Rate matrices Q of continuous-time Markov chains with loss: the discrete generator and its transpose.
#include "solvers/core/points.hpp"

#include <span>
#include <vector>

namespace dynkin {

/// A chain on states 0 .. n - 1 that jumps from i to j at rate q_ij >= 0 and is lost from i at rate loss_i:
///   (Q phi)_i = sum_j q_ij (phi_j - phi_i) - loss_i phi_i,       q_ii = -sum_{j != i} q_ij - loss_i.
/// Laws solve p' = Q^T p (Kolmogorov's forward equation), expectations u = E[phi(X_t) | X_0 = i] solve u' = Q u
/// (backward). loss_i > 0 is killing or absorption, loss_i < 0 a source.  [all rates 1 / time]
class RateMatrix {
public:
    virtual ~RateMatrix() = default;

    virtual Index size() const = 0;
    /// out = Q u for functions u (n). `out` must not overlap `u`.
    virtual void apply(const double* u, double* out) const = 0;
    /// out = Q^T p for laws p (n), the exact transpose: <p, Q u> = <Q^T p, u> to round-off.
    virtual void apply_adjoint(const double* p, double* out) const = 0;
    /// max_i (sum_j q_ij + loss_i), at least 0.
    virtual double largest_exit_rate() const = 0;
    /// max_i (-loss_i), at least 0. Nothing grows faster than exp(largest_source_rate * t).
    virtual double largest_source_rate() const { return 0.0; }
};

/// The rate q of jumps from one state to another.  [1 / time]
struct RateEntry {
    Index from = 0, to = 0;
    double rate = 0.0;
};

/// Stored by rows and, for the transpose, by columns: both products gather, neither scatters.
/// Q applied to a constant is exactly -loss times it; column sums of Q^T are -loss to round-off.
class SparseRateMatrix final : public RateMatrix {
public:
    /// `rates` in any order; entries with the same (from, to) are added up, zeros dropped. `loss` is (n_states), or
    /// empty for none. ConfigError: a rate that is negative or not finite, a state out of range, a rate from a state
    /// to itself, a loss of the wrong length or not finite.
    SparseRateMatrix(Index n_states, const std::vector<RateEntry>& rates, std::vector<double> loss = {});

    Index size() const override { return static_cast<Index>(loss_.size()); }
    void apply(const double* u, double* out) const override;
    void apply_adjoint(const double* p, double* out) const override;
    double largest_exit_rate() const override { return largest_exit_rate_; }
    double largest_source_rate() const override { return largest_source_rate_; }

    /// The non-zero q_ij of one state: as a row (j and rate out) or a column (i and rate in), states increasing.
    struct Rates {
        std::span<const int> states;
        std::span<const double> rates;
    };
    Rates out_of(Index i) const { return rows_.at(i); }
    Rates into(Index j) const { return columns_.at(j); }
    /// sum_j q_ij + loss_i = -q_ii, (n).
    const std::vector<double>& exit_rates() const { return exit_; }
    const std::vector<double>& loss() const { return loss_; }
    /// Number of non-zero off-diagonal rates.
    Index n_rates() const { return static_cast<Index>(rows_.states.size()); }

private:
    struct Compressed {
        std::vector<Index> start;
        std::vector<int> states;
        std::vector<double> rates;

        Rates at(Index i) const;
    };
    static Compressed transposed(const Compressed& a);

    Compressed rows_, columns_;
    std::vector<double> loss_, exit_;
    double largest_exit_rate_ = 0.0, largest_source_rate_ = 0.0;
};

}  // namespace dynkin
