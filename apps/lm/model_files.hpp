#pragma once
// A model with its tokenizer, and what is known of how it was trained.
#include "models/lm/checkpoint.hpp"
#include "models/lm/rotary_positions.hpp"
#include "models/lm/tokenizer.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace dynkin::language {

/// What a decoder is trained to give: the law of the next token, or that of masked ones from all others.
enum class Task { next_token, masked };
/// "next_token", "masked". ConfigError: unknown name, with the nearest.
Task task_of(const std::string& name);
std::string name_of(Task task);

/// The name of the mask's token.
inline const char* const mask_name = "<mask>";

/// dynkin.json beside config.json: what the other files of a directory have no word for.
struct TrainingRecord {
    Task task = Task::next_token;
    std::int64_t length = 0;  ///< tokens of a row in training
    lm::PositionSpec positions{};
};
/// IoError.
void write_training_record(const std::filesystem::path& directory, const TrainingRecord& record);
/// Nothing when the directory has none. IoError: it is no such file.
std::optional<TrainingRecord> read_training_record(const std::filesystem::path& directory);

struct ModelFiles {
    lm::Checkpoint checkpoint;
    lm::Tokenizer tokenizer;
    std::optional<TrainingRecord> trained;

    Task task() const { return trained ? trained->task : Task::next_token; }
};

/// A directory or a file of llama2.c; `tokenizer`: a file or directory, "" for that of the model's directory.
/// IoError: files. ConfigError: no tokenizer for a file, a tokenizer that does not fit the model: more tokens than the
/// model has rows, or 1024 rows more than tokens (fewer are taken for padding).
ModelFiles open_model(const std::string& model, const std::string& tokenizer);

/// The tokens of a text to be continued, begun as the model's texts begin; "" is the beginning of a text.
/// ConfigError: nothing to begin with, a character without token.
std::vector<int> prompt_tokens(const lm::Tokenizer& tokenizer, const std::string& text);

}  // namespace dynkin::language
