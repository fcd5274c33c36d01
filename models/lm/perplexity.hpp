#pragma once
// How well a decoder predicts a text.
#include <cstdint>
#include <span>

#include "models/lm/decoder.hpp"

namespace dynkin::lm {

struct TextScore {
    std::int64_t n_tokens = 0;  ///< scored
    double loss = 0.0;          ///< mean of -log p(token | all before it); e^loss is the perplexity  [nats]
    double accuracy = 0.0;      ///< share of tokens that were the most probable
};

/// Scores tokens[first ... ] of one sequence, each given all before it. For contexts of growing length score the same
/// last tokens behind more and more text. Memory for 64 rows of logits. ConfigError: first < 1 or nothing to score,
/// otherwise as Decoder::extend; bidirectional attention, which would see what it predicts.
TextScore score_text(Decoder& decoder, std::span<const int> tokens, std::int64_t first = 1);

}  // namespace dynkin::lm
