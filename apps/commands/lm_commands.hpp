#pragma once
// The verbs of `dynkin lm`. Each prints to `out`, returns the exit code and lets errors pass.
#include "apps/commands/commands.hpp"
#include "apps/lm/fill.hpp"
#include "apps/lm/generate.hpp"
#include "apps/lm/perplexity.hpp"
#include "apps/lm/study.hpp"

#include <iosfwd>
#include <string>

namespace dynkin::commands {

/// What all of them share.
struct LmOutput {
    std::string directory;  ///< empty: none for texts, runs/<name>-<hash> for tables
    std::string command_line;
    bool json = false, quiet = false;
};

struct LmTrainOptions : RunOptions {
    bool resume = false, fresh = false;
};

/// Streams a single text as it comes; several follow one another. "-" as the prompt is standard input.
int lm_generate(language::GenerateOptions options, const LmOutput& output, std::ostream& out);
int lm_perplexity(const language::PerplexityOptions& options, const LmOutput& output, std::ostream& out);
int lm_fill(language::FillOptions options, const LmOutput& output, std::ostream& out);
/// Exit code 1 when a gate is missed. `study`: "positions", "shared-embedding", "nbce".
int lm_study(const std::string& study, const language::StudyOptions& options, const LmOutput& output,
             std::ostream& out);
int lm_train(const LmTrainOptions& options, std::ostream& out);

/// "64,128" -> {64, 128}. ConfigError that names the option.
std::vector<std::int64_t> integers_of(const std::string& list, const char* option);

}  // namespace dynkin::commands
