#pragma once
// From logits to the law of the next token.
#include <cstdint>
#include <span>
#include <vector>

#include "solvers/sampling/categorical.hpp"

namespace dynkin::lm {

/// What is done to the law of the next token, in this order.
struct TokenFilters {
    /// > 0, 1 without effect: positive logits of tokens drawn before are divided by it, negative ones multiplied
    /// (Keskar et al. 2019). The prompt does not count: to copy from a context is no repetition.
    double repetition_penalty = 1.0;
    int repetition_window = 0;  ///< the last tokens that count; 0: all
    double temperature = 1.0;   ///< 0: the most probable token, of equal ones one at random
    int top_k = 0;              ///< 0: all
    double top_p = 1.0;
    double min_p = 0.0;
};

/// ConfigError: a value outside its range, named.
void validate(const TokenFilters& filters);

/// Logits after the penalty for the tokens in `drawn`.
std::vector<double> penalised(std::span<const float> logits, std::span<const int> drawn, const TokenFilters& filters);
/// Temperature, top_k, top_p, min_p.
Categorical filtered(Categorical law, const TokenFilters& filters);
/// All of it.
Categorical next_token_law(std::span<const float> logits, std::span<const int> drawn, const TokenFilters& filters);

/// The one random number behind token `position` of sequence `sequence`, in (0, 1). It depends on nothing else.
double token_uniform(std::uint64_t seed, std::uint64_t sequence, std::uint64_t position);

}  // namespace dynkin::lm
