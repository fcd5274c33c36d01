#include "models/lm/study/study_training.hpp"

#include "solvers/core/errors.hpp"

namespace dynkin::lm {

DecoderSpec StudyDecoder::spec(std::int64_t vocabulary, const PositionSpec& positions) const {
    if (n_heads < 1 || width % n_heads != 0)
        throw ConfigError("study: width = " + std::to_string(width) +
                          " is no multiple of n_heads = " + std::to_string(n_heads));
    DecoderSpec spec;
    spec.shape.vocabulary = vocabulary;
    spec.shape.width = width;
    spec.shape.n_layers = n_layers;
    spec.shape.n_heads = spec.shape.n_kv_heads = n_heads;
    spec.shape.head_width = width / n_heads;
    spec.shape.hidden = width * 11 / 4;
    spec.shape.context = length;
    spec.shape.rotary_pairing = RotaryPairing::halves;
    spec.positions = positions;
    return spec;
}

std::vector<float> train_decoder(const DecoderSpec& spec, const StudyDecoder& sizes,
                                 std::shared_ptr<const BatchSource> source, const std::string& stage,
                                 const StudyObserver& observer) {
    TrainingOptions options;
    options.n_steps = sizes.n_steps;
    options.rows_per_step = sizes.rows_per_step;
    options.n_threads = sizes.n_threads;
    options.seed = sizes.seed;
    options.learning_rate.peak = sizes.learning_rate;
    Trainer trainer(spec, options, std::move(source),
                    TrainingState::begin(initial_parameters<float>(spec.shape, spec.head, sizes.seed)));
    trainer.run([&](const TrainingReport& report) {
        if (observer && !observer(stage, report)) throw Interrupted("study: stopped during the training of " + stage);
        return true;
    });
    return trainer.state().parameters;
}

}  // namespace dynkin::lm
