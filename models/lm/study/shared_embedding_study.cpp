#include "models/lm/study/shared_embedding_study.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/lm/train/batched_decoder.hpp"
#include "models/lm/train/row_kernels.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/core/random.hpp"

namespace dynkin::lm {
namespace {

DecoderSpec bare_decoder(std::int64_t vocabulary, std::int64_t width, OutputHead head) {
    DecoderSpec spec;
    spec.shape.vocabulary = vocabulary;
    spec.shape.width = width;
    spec.shape.n_layers = spec.shape.n_heads = spec.shape.n_kv_heads = spec.shape.context = 1;
    spec.shape.head_width = 2;
    spec.shape.hidden = 1;
    spec.shape.norm_epsilon = 1e-12;  // 1e-5 would weaken logits by 1 % at sigma = 0.02
    spec.head = head;
    return spec;
}

/// Mean and standard error of the cross-entropy over tokens, each with random other tokens as targets.
void measure(const DecoderSpec& spec, const SharedEmbeddingOptions& options, SharedEmbeddingRow& row) {
    InitialScales scales;
    scales.embedding = row.sigma;
    scales.residual = 0.0;
    const auto parameters = initial_parameters<float>(spec.shape, spec.head, options.seed, scales);
    const BatchedDecoder<float> decoder(spec, Phase::training);
    const auto V = static_cast<std::size_t>(options.vocabulary);
    std::vector<int> tokens(V);
    std::iota(tokens.begin(), tokens.end(), 0);
    DecoderWorkspace<float> workspace;
    std::vector<float> logits;
    decoder.logits(parameters, tokens, 1, {}, workspace, logits);

    double sum = 0.0, squares = 0.0;
    for (std::size_t token = 0; token < V; ++token) {
        float* scores = logits.data() + token * V;
        const std::vector<float> kept(scores, scores + V);
        const double normaliser = cross_entropy(scores, options.vocabulary, 0, 1.0f) + static_cast<double>(kept[0]);
        Draws draws({options.seed, Stream::resampling, 0}, token);
        double mean = 0.0;
        for (std::int64_t k = 0; k < options.targets_per_token; ++k) {
            auto other = static_cast<std::size_t>(draws.uniform() * static_cast<double>(V - 1));
            if (other >= token) ++other;
            mean += (normaliser - static_cast<double>(kept[other])) / static_cast<double>(options.targets_per_token);
        }
        sum += mean;
        squares += mean * mean;
    }
    const double n = static_cast<double>(V);
    row.measured = sum / n;
    row.standard_error = std::sqrt(std::max(0.0, squares / n - row.measured * row.measured) / n);
}

}  // namespace

double initial_loss(double d, double sigma, double n) {
    const double a = d * sigma, b = std::log(n - 1.0);
    return std::max(a, b) + std::log1p(std::exp(-std::abs(a - b)));
}

std::vector<SharedEmbeddingRow> shared_embedding_study(const SharedEmbeddingOptions& options) {
    if (options.vocabulary < 3 || options.targets_per_token < 1)
        throw ConfigError("study of shared embeddings: a vocabulary of 3 and a target a token at least");
    const auto n = static_cast<double>(options.vocabulary);
    std::vector<SharedEmbeddingRow> rows;
    for (const EmbeddingScale& scale : options.scales)
        for (const OutputHead head : {OutputHead::tied, OutputHead::untied, OutputHead::tied_projection,
                                      OutputHead::tied_half_swap, OutputHead::tied_shuffle}) {
            SharedEmbeddingRow row;
            const auto d = static_cast<double>(scale.width);
            row.head = head;
            row.width = scale.width;
            row.sigma = scale.sigma > 0 ? scale.sigma : std::log(n) / d;
            measure(bare_decoder(options.vocabulary, scale.width, head), options, row);
            row.formula = head == OutputHead::tied ? initial_loss(d, row.sigma, n) : std::log(n);
            row.refined = initial_loss(head, options.vocabulary, scale.width, row.sigma);
            rows.push_back(row);
        }
    return rows;
}

}  // namespace dynkin::lm
