#pragma once
// A decoder small enough to be trained in a fraction of a second, on a text with something to learn.
#include <memory>
#include <vector>

#include "models/lm/train/trainer.hpp"

namespace dynkin::lm::test {

inline DecoderSpec small_spec() {
    DecoderSpec spec;
    spec.shape.vocabulary = 7;
    spec.shape.width = 16;
    spec.shape.n_layers = 1;
    spec.shape.n_heads = 2;
    spec.shape.n_kv_heads = 1;
    spec.shape.head_width = 8;
    spec.shape.hidden = 24;
    spec.shape.context = 12;
    return spec;
}

inline TrainingOptions small_options() {
    TrainingOptions options;
    options.n_steps = 40;
    options.rows_per_step = 13;  // blocks of 2, the last of 1
    options.rows_per_block = 2;
    options.learning_rate.warm_up = 5;
    options.learning_rate.peak = 1e-2;
    return options;
}

/// 0 1 2 3 4 5 6 0 1 ... with a second track now and then.
inline std::shared_ptr<const BatchSource> small_source() {
    std::vector<int> text;
    for (int i = 0; i < 500; ++i) text.push_back(i % 23 < 14 ? i % 7 : i % 3);
    return std::make_shared<NextTokenRows>(std::make_shared<TextWindows>(text, 13), 12);
}

inline TrainingState small_start() {
    const DecoderSpec spec = small_spec();
    return TrainingState::begin(initial_parameters<float>(spec.shape, spec.head, 4));
}

}  // namespace dynkin::lm::test
