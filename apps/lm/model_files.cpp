#include "apps/lm/model_files.hpp"

#include "models/lm/json_input.hpp"
#include "models/lm/model_directory.hpp"
#include "models/lm/tokenizer_json.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/store/text_file.hpp"

#include <limits>

namespace dynkin::language {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t most_padding = 1024;  // rows; files of Hugging Face are padded to multiples of 128 or so
const char* const record_file = "dynkin.json";

void require_fit(const ModelFiles& files, const std::string& model) {
    const std::int64_t tokens = files.tokenizer.vocabulary(), rows = files.checkpoint.shape().vocabulary;
    if (tokens <= rows && rows - tokens < most_padding) return;
    throw ConfigError(model + ": the model has rows for " + std::to_string(rows) + " tokens, the tokenizer " +
                      std::to_string(tokens) + ": they do not belong together");
}

}  // namespace

Task task_of(const std::string& name) {
    if (name == "next_token") return Task::next_token;
    if (name == "masked") return Task::masked;
    throw ConfigError(unknown_name("task", name, {"next_token", "masked"}));
}

std::string name_of(Task task) {
    return task == Task::masked ? "masked" : "next_token";
}

void write_training_record(const fs::path& directory, const TrainingRecord& record) {
    const lm::PositionSpec& p = record.positions;
    const nlohmann::ordered_json json{{"task", name_of(record.task)},
                                      {"length", record.length},
                                      {"positions",
                                       {{"scheme", lm::name_of(p.scheme)},
                                        {"window", p.window},
                                        {"factor", p.factor},
                                        {"expansion", p.expansion},
                                        {"base_factor", p.base_factor},
                                        {"scale", lm::name_of(p.scale)},
                                        {"training_length", p.training_length}}}};
    write_text_atomically(directory / record_file, json.dump(2) + "\n");
}

std::optional<TrainingRecord> read_training_record(const fs::path& directory) {
    const fs::path path = directory / record_file;
    if (!fs::exists(path)) return {};
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    const lm::Json json = lm::parse_json(read_text(path), path.string());
    const lm::JsonValue root(json, path.string());
    const lm::JsonValue positions = root.at("positions");
    TrainingRecord record;
    try {
        record.task = task_of(root.at("task").text());
        record.length = root.at("length").integer(1, most);
        record.positions = {.scheme = lm::position_scheme_of(positions.at("scheme").text()),
                            .window = positions.integer_or("window", 0, most, 0),
                            .factor = positions.real_or("factor", 0.0),
                            .expansion = positions.real_or("expansion", 0.0),
                            .base_factor = positions.real_or("base_factor", 1.0),
                            .scale = lm::attention_scale_of(positions.text_or("scale", "none")),
                            .training_length = positions.integer_or("training_length", 0, most, 0)};
    } catch (const ConfigError& error) {
        throw IoError(path.string() + ": " + error.what());
    }
    return record;
}

ModelFiles open_model(const std::string& model, const std::string& tokenizer) {
    const bool is_directory = fs::is_directory(model);
    if (!is_directory && tokenizer.empty() && fs::exists(model))
        throw ConfigError(model + ": a file holds no tokenizer; name one by --tokenizer, such as tokenizer.bin");
    lm::Checkpoint checkpoint = lm::open_checkpoint(model);
    ModelFiles files{std::move(checkpoint), lm::read_tokenizer(tokenizer.empty() ? model : tokenizer),
                     is_directory ? read_training_record(model) : std::nullopt};
    require_fit(files, model);
    return files;
}

std::vector<int> prompt_tokens(const lm::Tokenizer& tokenizer, const std::string& text) {
    std::vector<int> tokens = tokenizer.encode(text, tokenizer.begins_with_bos() || text.empty());
    if (tokens.empty())
        throw ConfigError("the prompt is empty, and the tokenizer has no token that texts begin with; give some text");
    return tokens;
}

}  // namespace dynkin::language
