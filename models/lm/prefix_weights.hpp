#pragma once
// Composition of whole sequences: what composing token by token leaves out, as weights of particles.
#include <cstdint>
#include <span>
#include <vector>

#include "models/lm/decoder.hpp"
#include "models/lm/generation.hpp"
#include "solvers/sampling/composition.hpp"

namespace dynkin::lm {

/// The composed law of sequences is proportional to prod_t exp(combine(...)_t(x_t | x_<t)) (for the mean with beta = n
/// - 1 that is Bayes' rule). Drawing each token from its composed law gives prod_t exp(combine_t) / Z_t(x_<t) instead,
/// so a particle carries the weight prod_t Z_t(x_<t), self-normalised over particles, which are drawn anew when their
/// weights spread (sequential Monte Carlo; Lew et al. 2023).
struct WeightedGenerationOptions {
    Composition composition{};  ///< temperature 1: another one is not a composition of sequences
    std::size_t n_particles = 16;
    std::int64_t n_tokens = 16;
    std::vector<int> stop_tokens{};  ///< after one of them a particle is finished
    double threshold = 0.5;          ///< resample when the effective sample size falls below this share; 0: never
    std::uint64_t seed = 0;
};

struct WeightedTexts {
    std::vector<std::vector<int>> tokens;  ///< (n_particles), a stop token included
    std::vector<double> weights;           ///< (n_particles) sum 1
    std::vector<double> effective_sizes;   ///< a step, before resampling, as shares of n_particles
    int n_resamplings = 0;
    double log_mass = 0.0;  ///< estimate of the log of the sum of prod exp(combine) over sequences; unbiased in mass
};

/// n + 1 sequences a particle, all of them one batch. ConfigError: as generate; n_particles < 1, threshold outside
/// [0, 1], temperature != 1, prompts too long for n_tokens more.
WeightedTexts generate_weighted(Decoder& decoder, const Request& request, const WeightedGenerationOptions& options);

}  // namespace dynkin::lm
