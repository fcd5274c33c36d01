#pragma once
// The loss of a decoder before training, when input and output share their embedding, against its formulas. Su,
// Scientific Spaces 9698.
#include <cstdint>
#include <vector>

#include "models/lm/output_head.hpp"

namespace dynkin::lm {

/// log(e^(d sigma) + n - 1), the formula of the article: logits of other tokens taken as 0. The refined one,
/// initial_loss of models/lm/output_head.hpp, takes them as normal with variance d sigma^2; this one is too small by
/// up to d sigma^2 / 2 nats.  [nats]
double initial_loss(double d, double sigma, double n);

struct EmbeddingScale {
    std::int64_t width;
    double sigma;  ///< standard deviation of the embedding; <= 0: (log n) / d, where d sigma = log n
};

struct SharedEmbeddingOptions {
    std::int64_t vocabulary = 2000;
    std::vector<EmbeddingScale> scales{{256, 1.0 / 16}, {64, 0.1}, {64, 0.0}, {256, 0.02}, {768, 0.02}};
    std::int64_t targets_per_token = 8;
    std::uint64_t seed = 1;
};

struct SharedEmbeddingRow {
    OutputHead head = OutputHead::tied;
    std::int64_t width = 0;
    double sigma = 0;
    double measured = 0;        ///< mean over every token as input and random other tokens as targets  [nats]
    double standard_error = 0;  ///< of that, for the given embedding
    double formula = 0;         ///< initial_loss(d, sigma, n) when tied, log n for the others
    double refined = 0;         ///< of models/lm/output_head.hpp
};

/// For every scale and every head, a decoder whose residual branches are 0, as they nearly are at the start. About
/// 2 n^2 d multiply-adds a row. ConfigError: sizes (vocabulary >= 3, even widths).
std::vector<SharedEmbeddingRow> shared_embedding_study(const SharedEmbeddingOptions& options = {});

}  // namespace dynkin::lm
