#pragma once
// What studies have in common: a decoder of usual proportions, trained on a text, with somebody watching.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/lm/train/trainer.hpp"

namespace dynkin::lm {

/// Called after every step of a training with what is being trained; false stops the study: Interrupted.
using StudyObserver = std::function<bool(const std::string& stage, const TrainingReport& report)>;

/// Sizes of a small decoder and its training.
struct StudyDecoder {
    std::int64_t width = 64, n_layers = 2, n_heads = 2;
    std::int64_t length = 64;  ///< L, of a row
    std::int64_t n_steps = 600, rows_per_step = 32;
    double learning_rate = 2e-3;
    std::uint64_t seed = 1;
    int n_threads = 1;

    /// Heads of width / n_heads channels, feed-forward layers of 11/4 width, context L, rotary pairs in halves.
    DecoderSpec spec(std::int64_t vocabulary, const PositionSpec& positions) const;
};

/// The parameters after n_steps on rows of the source. ConfigError, NumericsError: see Trainer.
std::vector<float> train_decoder(const DecoderSpec& spec, const StudyDecoder& sizes,
                                 std::shared_ptr<const BatchSource> source, const std::string& stage,
                                 const StudyObserver& observer);

}  // namespace dynkin::lm
