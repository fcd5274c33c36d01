#pragma once
// Sequences of tokens as states: their numbering, laws as tensors, and chains that act on each position alone.
#include "solvers/rates/rate_matrix.hpp"

#include <span>
#include <vector>

namespace dynkin {

/// Sequences x of D positions with V tokens each. Where laws on all of them are asked for, sequence x is number
/// sum_d x_d V^d: a law is a tensor (V, ..., V) with position 0 running fastest.
struct SequenceSpace {
    int n_tokens = 0;     ///< V
    int n_positions = 0;  ///< D

    /// V^D. ConfigError: V or D < 1, or more than 2^31 - 1 sequences.
    Index n_states() const;
    Index number(std::span<const int> x) const;
    void sequence(Index number, std::span<int> x) const;
};

/// The law of a sequence of independent positions with laws `laws` (D, V), row by row: (V^D). Signed laws too.
std::vector<double> product_law(const SequenceSpace& space, std::span<const double> laws);

/// p P at one position: out(.., b, ..) = sum_a p(.., a, ..) P(a, b) for P (V, V) row by row, V^{D+1} products.
std::vector<double> apply_at_position(const SequenceSpace& space, const std::vector<double>& p, int position,
                                      std::span<const double> P);

/// The chain in which each position jumps by itself with the rates of one token chain Q (V states): the generator
/// sum_d I x .. x Q x .. x I, applied axis by axis in D V^{D-1} products with Q. No matrix on V^D is stored.
/// Loss of the token chain adds up over positions.
class SequenceRateMatrix final : public RateMatrix {
public:
    /// ConfigError: Q and the space differ in V. `token_chain` must outlive this.
    SequenceRateMatrix(const SequenceSpace& space, const SparseRateMatrix& token_chain);

    Index size() const override { return n_; }
    void apply(const double* u, double* out) const override;
    void apply_adjoint(const double* p, double* out) const override;
    double largest_exit_rate() const override { return space_.n_positions * chain_.largest_exit_rate(); }
    double largest_source_rate() const override { return space_.n_positions * chain_.largest_source_rate(); }

private:
    template <bool adjoint>
    void add_axes(const double* in, double* out) const;

    SequenceSpace space_;
    const SparseRateMatrix& chain_;
    Index n_;
};

}  // namespace dynkin
