#pragma once
// Laws on finitely many tokens: filters that map a law to a law, and draws that are functions of a uniform number.
#include <span>
#include <vector>

namespace dynkin {

/// A normalised law on tokens 0 ... n - 1, kept as probabilities and as their logarithms (-inf for probability 0).
class Categorical {
public:
    /// From weights >= 0 of any positive finite sum. ConfigError: none, one negative or not finite, all zero.
    static Categorical from_weights(std::span<const double> weights);
    /// From log-weights, -inf for weight 0 (a log-softmax). ConfigError: none, NaN, +inf, all -inf.
    static Categorical from_log_weights(std::span<const double> log_weights);

    int size() const { return static_cast<int>(probabilities_.size()); }
    const std::vector<double>& probabilities() const { return probabilities_; }
    const std::vector<double>& log_probabilities() const { return log_probabilities_; }
    /// -sum p log p >= 0, tokens of probability 0 counting nothing.  [nats]
    double entropy() const;

private:
    Categorical(std::vector<double> probabilities, std::vector<double> log_probabilities)
        : probabilities_(std::move(probabilities)), log_probabilities_(std::move(log_probabilities)) {}

    std::vector<double> probabilities_, log_probabilities_;
};

/// p^(1/T), renormalised. T = 0 is the limit: uniform over the most probable tokens. ConfigError: T < 0 or not finite.
Categorical with_temperature(const Categorical& law, double temperature);

/// The k most probable tokens, renormalised; of equal ones those of smaller number. k >= size keeps all.
/// ConfigError: k < 1.
Categorical top_k(const Categorical& law, int k);

/// The smallest set of most probable tokens whose mass reaches p (Holtzman et al. 2020), renormalised.
/// At least one token stays; p = 1 keeps all. ConfigError: p outside (0, 1].
Categorical top_p(const Categorical& law, double p);

/// The tokens at least p times as probable as the most probable one (Nguyen et al. 2024), renormalised.
/// ConfigError: p outside [0, 1].
Categorical min_p(const Categorical& law, double p);

/// Which tokens top_p keeps, for n >= 1 probabilities that need not be normalised: p is a part of their sum.
/// ConfigError: p outside (0, 1].
std::vector<bool> top_p_mask(std::span<const double> probabilities, double p);

/// The token k with P(< k) <= u < P(<= k), in double precision: never a token of probability 0. `u` in [0, 1);
/// ConfigError otherwise.
///
/// Gumbel's trick in single precision is no substitute: -log(-log u) of a 24-bit u ends at 16.6, so tokens less
/// probable than about exp(-16.6 - 2.8) of the best are never drawn (Zheng et al. 2025, who met it in masked diffusion).
int draw(const Categorical& law, double u);
/// The same for weights >= 0 of sum `total` > 0 that nobody has wrapped: no check, for inner loops.
int draw_weights(std::span<const double> weights, double total, double u);

}  // namespace dynkin
