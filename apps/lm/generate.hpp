#pragma once
// `dynkin lm generate`: a model continues a prompt, from one context or from several at once.
#include "apps/lm/position_options.hpp"
#include "apps/lm/settings.hpp"
#include "models/lm/generation.hpp"
#include "models/lm/prefix_weights.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace dynkin::language {

struct GenerateOptions {
    std::string model, tokenizer, weights = "as_stored";
    std::string prompt;
    std::vector<std::string> contexts;  ///< files
    std::string separator = "\n";       ///< between a context and the prompt
    std::int64_t max_tokens = 256;
    std::uint64_t n_samples = 1, seed = 0;
    lm::TokenFilters filters{};
    std::vector<std::string> stops;
    PositionOptions positions;
    std::optional<std::string> nbce;               ///< the pool of several contexts
    std::optional<double> beta, eta, nbce_top_p;   ///< of it
    std::optional<double> guidance;                ///< classifier-free, of weight beta
    std::optional<std::string> negative_prompt{};  ///< what it leads away from
    std::int64_t n_particles = 0;                  ///< > 0: generate_weighted_texts
    int n_threads = 0;
};

struct GeneratedTexts {
    std::string prompt;
    std::vector<lm::Generated> texts;  ///< with records
    std::size_t n_contexts = 0;        ///< that were composed; 0: one law
    std::uint64_t seed = 0;
    double seconds = 0.0;  ///< from the first token of a prompt to the last of a text
    Settings settings;
};

/// What can be shown of sample `sample` now.
using ShowText = std::function<void(std::size_t sample, const std::string& text)>;

/// Files and options are checked before the first token. Without contexts the prompt is continued. One context is put
/// before it; several, or one with `nbce`, are composed against the prompt alone. Guidance: one context against the
/// prompt alone, which is context-aware decoding, or the prompt against the negative prompt, by default the beginning
/// of a text. ConfigError, IoError, NumericsError as the parts say. A stop that is asked for ends all texts
/// (StopReason::cancelled).
GeneratedTexts generate_texts(const GenerateOptions& options, const RunControl& control, const ShowText& show);

/// {"prompt", "samples": [{"text", "tokens", "reason", ...}], "tokens_per_second", ...}
std::string to_json(const GeneratedTexts& texts);

/// run.h5 with token, log_probability, entropy, context (sample, position) and context_entropy (sample, position,
/// context); text.txt; config.toml. The directory exists. IoError.
void write_texts(const std::filesystem::path& directory, const GeneratedTexts& texts, const std::string& command_line);

/// The composition of whole sequences: particles with the weights that composing token by token leaves out.
struct WeightedGeneration {
    std::string prompt;
    std::vector<std::string> texts;  ///< a particle
    lm::WeightedTexts particles;
    std::uint64_t seed = 0;
    Settings settings;
};

/// n_particles texts of max_tokens tokens, or up to an end token. ConfigError: no composition; several samples, stop
/// strings or filters, which are no composition of sequences; and as generate_texts.
WeightedGeneration generate_weighted_texts(const GenerateOptions& options);
/// {"prompt", "particles": [{"text", "tokens", "weight"}], "effective_sizes", "resamplings", "log_mass", "settings"}
std::string to_json(const WeightedGeneration& texts);
/// run.h5 with token (particle, position), weight (particle), effective_size (position); text.txt; config.toml.
/// IoError.
void write_texts(const std::filesystem::path& directory, const WeightedGeneration& texts,
                 const std::string& command_line);

}  // namespace dynkin::language
