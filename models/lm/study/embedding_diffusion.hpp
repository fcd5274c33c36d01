#pragma once
// Continuous diffusion in the space of a tied embedding, whose softmax is the exact denoiser.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/lm/train/batched_decoder.hpp"

namespace dynkin::lm {

struct EmbeddingDiffusionOptions {
    std::vector<std::string> samplers{"ddim", "heun", "euler_maruyama"};  ///< of sampler_list()
    std::vector<int> n_steps{4, 8, 16, 32};
    std::int64_t n_samples = 40000;
    double sigma_max = 20.0, sigma_min = 0.02;  ///< in units of the embedding's root mean square entry
    std::uint64_t seed = 1;
    int n_threads = 1;
};

struct EmbeddingDiffusionRow {
    std::string sampler;
    int n_steps = 0;
    double model_calls = 0;      ///< of a run
    double total_variation = 0;  ///< between the tokens of the samples and the prior
    double floor = 0;            ///< its expectation for as many independent draws from the prior
};

/// X = e_J + sigma xi with J of law `prior` is started at sigma_max, taken to sigma_min by each sampler with the score
/// of TiedEmbedding (Karras spacing, rho = 7), and read as its most probable token. embeddings (V)(d), prior (V).
/// ConfigError: see TiedEmbedding and make_sampler; fewer than one sample.
std::vector<EmbeddingDiffusionRow> embedding_diffusion(const std::vector<std::vector<double>>& embeddings,
                                                       const std::vector<double>& prior,
                                                       const EmbeddingDiffusionOptions& options = {});

/// The embedding of a trained decoder as rows (vocabulary)(width).
std::vector<std::vector<double>> embedding_rows(const DecoderSpec& spec, std::span<const float> parameters);

}  // namespace dynkin::lm
