#pragma once
// `dynkin lm perplexity`: what more context in front of it does to the loss of the same text.
#include "apps/lm/position_options.hpp"
#include "apps/lm/settings.hpp"
#include "apps/lm/study_table.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace dynkin::language {

struct PerplexityOptions {
    std::string model, tokenizer, weights = "as_stored";
    std::string text;                   ///< file
    std::vector<std::int64_t> lengths;  ///< tokens seen, rising; empty: 1, 2, 4, ... segments as far as they go
    std::int64_t segment = 0;           ///< tokens scored; 0: 64, or the smallest length
    std::int64_t n_windows = 16;
    PositionOptions positions;
    int n_threads = 0;
};

struct PerplexityTable {
    std::vector<std::int64_t> lengths;
    std::int64_t segment = 0, n_windows = 0;
    std::vector<double> loss;      ///< (length, window) mean over the segment  [nats a token]
    std::vector<double> accuracy;  ///< (length, window) of the most probable token
    double bytes_per_token = 0.0;  ///< of the segments
    Settings settings;
};

/// n_windows windows end evenly spread over the text, at the same places for every length; the last `segment` tokens of
/// each are scored, the last one behind n tokens and each given all tokens of its window before it, for every n of
/// `lengths`. Where the model's texts begin with bos it stands in front of every window and counts. ConfigError:
/// lengths that do not rise, are smaller than the segment or larger than the positions allow, a text too short.
/// IoError, NumericsError, Interrupted.
PerplexityTable perplexity(const PerplexityOptions& options, const RunControl& control);

/// Loss, perplexity, bits a byte, accuracy, and the change against the first row with its standard error.
StudyTable as_table(const PerplexityTable& table);

/// run.h5: loss, accuracy (length, window); config.toml. IoError.
void write_perplexity(const std::filesystem::path& directory, const PerplexityTable& table,
                      const std::string& command_line);

}  // namespace dynkin::language
