#pragma once
// `dynkin lm train`: a training run through, or on from its last checkpoint.
#include "apps/lm/settings.hpp"
#include "apps/lm/training_experiment.hpp"

#include <filesystem>

namespace dynkin::language {

enum class Beginning { refuse_unfinished, resume, fresh };

struct TrainingSummary {
    std::int64_t n_steps = 0, first_step = 0, n_tokens = 0;  ///< first_step: where this part began
    double first_loss = 0.0;                                 ///< of the first step  [nats a token]
    double last_loss = 0.0;                                  ///< mean of the last twentieth of the steps
    double validation_loss = 0.0;                            ///< at the end; NaN without held-out text
    double tokens_per_second = 0.0;
};

/// Leaves config.toml, run.h5 (the loss curve), training.h5 (checkpoint, the one before as training.h5.previous) and,
/// at the end, the model: config.json, model.safetensors, tokenizer.json, dynkin.json. A stop that is asked for ends
/// the step, writes a checkpoint and throws Interrupted; with Beginning::resume the run goes on to the same bits as if
/// it had not been stopped. ConfigError: an unfinished training and neither resume nor fresh, one of another config, a
/// directory with a model that was not trained here. NumericsError, IoError.
TrainingSummary train(const TrainingExperiment& experiment, const std::filesystem::path& directory, Beginning beginning,
                      const RunIdentity& identity, const RunControl& control);

std::string to_text(const TrainingSummary& summary);
nlohmann::ordered_json to_json(const TrainingSummary& summary);

}  // namespace dynkin::language
