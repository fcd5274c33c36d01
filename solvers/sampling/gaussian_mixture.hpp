#pragma once
// Mixtures of Gaussians: noised, they stay such mixtures with the same axes, so everything is exact.
#include "solvers/core/initial_law.hpp"
#include "solvers/sampling/score.hpp"

#include <vector>

namespace dynkin {

/// sum_k weights_k N(means_k, C_k) in R^dim, C_k with standard deviations sds_k along orthonormal axes. weights (K) >
/// 0; means, sds (K)(dim); axes (K)(dim * dim), axis j of component k in entries j * dim ...; empty: those of R^dim, so
/// that C_k = diag(sds_k^2).
struct GaussianMixture {
    std::vector<double> weights;
    std::vector<std::vector<double>> means, sds;
    std::vector<std::vector<double>> axes{};

    int dim() const { return static_cast<int>(means.front().size()); }
    std::size_t n_components() const { return weights.size(); }
};

/// ConfigError: no components, sizes that differ, axes that are not orthonormal to 1e-9, weights or sds that are not >
/// 0 (sds >= 0 with `atoms`), not finite.
enum class Atoms { allowed, refused };
void check(const GaussianMixture& mixture, Atoms atoms = Atoms::refused);

/// The mixture with these covariances, (K)(dim * dim) row by row. ConfigError: sizes, not symmetric to 1e-9, not
/// positive definite; see check().
GaussianMixture mixture_of_covariances(std::vector<double> weights, std::vector<std::vector<double>> means,
                                       const std::vector<std::vector<double>>& covariances);

/// The law of alpha X_0 + sigma xi.
GaussianMixture noised(const GaussianMixture& mixture, NoiseLevel level);

/// The mixture as a law particles and grids can start from; with axes of its own, particles only: boxes have no closed
/// mass then, and asking for one is a ConfigError.
std::shared_ptr<const InitialLaw> initial_law(const GaussianMixture& mixture);

/// P(X <= x) in one dimension, and its inverse to 1e-14 relative to the width of the law. ConfigError: dim != 1.
double cumulative(const GaussianMixture& mixture, double x);
double quantile(const GaussianMixture& mixture, double u);

/// Exact denoiser, score, Jacobian of the score and log density at any noise level, sigma = 0 included where every
/// sd > 0. Components with sd = 0 (atoms) are allowed. Throws ConfigError, see check().
DenoiserPtr mixture_denoiser(GaussianMixture mixture);

}  // namespace dynkin
