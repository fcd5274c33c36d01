#pragma once
// What `dynkin lm train` runs: a text, a decoder, steps.
#include "apps/config/config.hpp"
#include "apps/lm/model_files.hpp"
#include "models/lm/train/trainer.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace dynkin::language {

struct TrainingExperiment {
    std::string name;
    lm::Tokenizer tokenizer;
    Task task = Task::next_token;
    lm::DecoderSpec spec;
    lm::TrainingOptions options;
    std::int64_t length = 0;                                        ///< tokens of a row
    std::shared_ptr<const lm::BatchSource> training{}, held_out{};  ///< held_out may be none
    std::int64_t n_training_tokens = 0, n_held_out_tokens = 0;
    std::int64_t checkpoint_every = 0, evaluate_every = 0;  ///< steps; 0: only at the end, never
    std::string description{};                              ///< all that determines the numbers, for checkpoints

    std::int64_t n_parameters() const {
        return static_cast<std::int64_t>(lm::ParameterList(spec.shape, spec.head).size());
    }
};

/// Does the file describe one of these rather than an experiment of `dynkin run`?
bool is_training(const Config& config);

/// Reads and checks everything: [text], [model], [model.positions], [training]. Throws ConfigError with the place in
/// the config, IoError.
TrainingExperiment read_training(Config& config, const std::filesystem::path& directory);

/// For people, several lines.
std::string plan_of(const TrainingExperiment& experiment);

}  // namespace dynkin::language
