#pragma once
// One formula for guidance, products of experts and naive-Bayes context extension, on token laws and on scores.
#include "solvers/sampling/categorical.hpp"

#include <limits>
#include <span>
#include <string>
#include <vector>

namespace dynkin {

/// How n conditionals become one. mean: of log-probabilities or scores (a geometric mean of laws). max: the largest
/// log-probability token by token; of scores, that of the context with the largest log-density. min_entropy: the
/// context whose law has the least entropy.
enum class Pool { mean, max, min_entropy };

/// "mean", "max", "min_entropy". ConfigError: unknown name, with the nearest.
Pool pool_of(const std::string& name);

/// log p(T | S_1 ... S_n) = (beta + 1) Pool_k[log p(T | S_k)] - beta log p(T) + const.
///
/// beta = n - 1 with the mean is Bayes' rule for contexts independent given T (Su et al. 2024); n = 1 is
/// classifier-free guidance of scale 1 + beta (Ho & Salimans 2022); the practice of context extension is min_entropy,
/// beta = 0.25, top_p = 0.95, eta = 0.1. No composition commutes with noising: the composed score is not the score of
/// the noised composed law, except without noise.
struct Composition {
    Pool pool = Pool::mean;
    double beta = 0.25;
    double top_p = 1.0;  ///< laws only: tokens kept in each of the n + 1 laws; 1 keeps all
    double eta = 0.0;    ///< taken from the entropy of the context used last, so that it is left less often  [nats]
    double temperature = 1.0;  ///< laws only, of the composed law
};

/// The powers to which n conditionals and, last, the unconditional law enter a law composed with Pool::mean, (n + 1):
/// (beta + 1) / n each, and -beta.
std::vector<double> mean_exponents(std::size_t n, double beta);

/// sum_i += exponent * values_i: a factor p^exponent, in logarithms or in scores. combine() and composed_score() are
/// made of it.
void add_power(double exponent, std::span<const double> values, double* sum);

/// out_i = (beta + 1) P_i - beta u_i with P the mean over rows of `conditionals` (n, m; rows one after the other),
/// their largest entry, or row `context`; P_i alone where u_i = -inf, -inf where P_i = -inf. The formula both worlds
/// share; no argument is checked beyond sizes (ConfigError). `context`: the row for Pool::min_entropy; for Pool::max,
/// >= 0 takes that row, -1 the largest entry.
std::vector<double> combine(std::span<const double> conditionals, std::span<const double> unconditional, Pool pool,
                            double beta, int context = -1);

/// A composed law and the context that min_entropy chose (-1 for other pools): the `last_context` of the next token.
struct ComposedLaw {
    Categorical law;
    int context = -1;
    /// log of the sum of exp(combine(...)) over tokens, before temperature. Composing token by token is not composing
    /// sequences: a drawn sequence has to be weighted by the product of its normalisers (Feynman-Kac weights). With
    /// them the mean with beta = n - 1 is Bayes' rule for whole sequences (temperature 1, no truncation).
    double log_normaliser = 0.0;
    std::vector<double> entropies{};  ///< (n) of the truncated conditionals, before eta  [nats]
};

/// The law of the next token. In this order: log-softmax of each of the n + 1 rows; top-p mask (-inf outside, not
/// renormalised); entropies -sum p log p of the masked rows; eta off that of `last_context`; argmin over the n
/// conditionals, ties to the first; combine; temperature.
/// `logits` (n, m) row by row and `unconditional` (m): log-weights, any constant added.
/// ConfigError: sizes, a row that is no law, last_context >= n, beta <= -1, top_p, eta < 0, temperature.
/// NumericsError: no token is left in the pool (mean of truncated laws without a common token).
ComposedLaw compose_laws(std::span<const double> logits, std::span<const double> unconditional,
                         const Composition& composition, int last_context = -1);

/// A composed score and the context whose score was taken (-1 for the mean).
struct ComposedScore {
    std::vector<double> score;
    int context = -1;
};

/// The score (beta + 1) Pool_k[s_k] - beta s_0 at one point, `scores` (n, dim) row by row, `unconditional` (dim).
/// `ranking` (n), or empty for the mean: log-densities log p(x | S_k) for max, entropies for min_entropy, from which
/// eta is taken for `last_context`. Any finite beta: -1 is s_0 itself. ConfigError: sizes, entries not finite,
/// last_context >= n.
ComposedScore compose_scores(std::span<const double> scores, std::span<const double> unconditional,
                             const Composition& composition, std::span<const double> ranking = {},
                             int last_context = -1);

}  // namespace dynkin
