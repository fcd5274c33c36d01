#pragma once
// Laws that sit on finitely many points: a data set, the embeddings of a vocabulary.
#include "solvers/sampling/score.hpp"

#include <memory>
#include <vector>

namespace dynkin {

/// sum_j w_j delta(y_j) in R^dim as a denoiser: E[X_0 | x] = sum_j w_j y_j N(x; alpha y_j, sigma^2) / sum_j ..., with
/// sigma > 0. Sixteen points meet tiles of rows, and rows run in the order of a space-filling curve. A row whose term is
/// below e^-60 of the largest so far counts nothing for that point (a relative error below 1e-20 for a million rows), so
/// tiles far from all sixteen cost their distances only. n_points * n_rows * dim multiply-adds for those, as many again
/// and n_points * n_rows exponentials (3.3e-16) at most for the sums. log_density is that of the noised law.
/// rows (n)(dim) finite; weights (n) >= 0, empty: equal. ConfigError: no rows, rows of different length, numbers that
/// are not finite, negative weights, all weights zero.
DenoiserPtr data_denoiser(const std::vector<std::vector<double>>& rows, std::vector<double> weights = {});

/// A tied output embedding read as a denoiser: p(j | x) = softmax_j(<x, e_j> alpha / sigma^2 - alpha^2 |e_j|^2 / (2
/// sigma^2) + log pi_j) is the posterior of the token, exact for X = alpha e_J + sigma xi with P(J = j) = pi_j.
class TiedEmbedding final : public Denoiser {
public:
    /// embeddings (V)(dim), prior (V) >= 0, normalised here; empty: uniform. ConfigError as for data_denoiser.
    explicit TiedEmbedding(std::vector<std::vector<double>> embeddings, std::vector<double> prior = {});

    int n_tokens() const { return static_cast<int>(log_prior_.size()); }
    /// p(j | x) in row j.  (V)
    void posterior(Points x, NoiseLevel level, Rows out) const;
    /// sum_j p(j | x) e_j
    void denoise(Points x, NoiseLevel level, Rows out) const override;

private:
    std::vector<double> embeddings_;   // (V, dim) by rows
    std::vector<double> half_square_;  // (V) |e_j|^2 / 2
    std::vector<double> log_prior_;    // (V)
};

}  // namespace dynkin
