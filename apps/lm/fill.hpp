#pragma once
// `dynkin lm fill`: token diffusion; a model trained on masked tokens fills the gaps of a text.
#include "apps/lm/model_files.hpp"
#include "apps/lm/settings.hpp"
#include "solvers/sampling/token_sampler.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace dynkin::language {

struct FillOptions {
    std::string model, tokenizer;
    std::string text, mask = "_";  ///< each occurrence of `mask` is one token to be filled
    std::string sampler = "first_hitting";
    TokenSamplerOptions sampling{};
    int n_steps = 0;       ///< 0: 1 for first_hitting, else as many as masks
    int block_length = 0;  ///< 0: all masks together
    std::uint64_t n_samples = 1, seed = 0;
    int n_threads = 0;
};

struct FilledTexts {
    std::vector<int> given;                ///< tokens, the mask among them
    std::vector<std::vector<int>> tokens;  ///< a sample
    std::vector<std::int64_t> n_finished;  ///< a sample: masks that the sampler had left
    std::vector<std::string> texts;
    int mask = 0;
    double seconds = 0.0;
    std::uint64_t seed = 0;
    Settings settings;
};

/// Masks that a sampler leaves at its last time are filled by first hitting. Sample k draws from path k: nothing
/// depends on threads or on how many samples there are. ConfigError: a model that was not trained so, a text without
/// masks, longer than the context or with characters that have no token, and what make_token_sampler and fill_masks
/// refuse. IoError, Interrupted.
FilledTexts fill_text(const FillOptions& options, const RunControl& control);

std::string to_json(const FilledTexts& texts);
/// run.h5 with given (position) and token (sample, position); text.txt; config.toml. IoError.
void write_filled(const std::filesystem::path& directory, const FilledTexts& texts, const std::string& command_line);

}  // namespace dynkin::language
