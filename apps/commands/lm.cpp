#include "apps/commands/interruption.hpp"
#include "apps/commands/lm_commands.hpp"
#include "apps/commands/run_directory.hpp"
#include "apps/run/progress.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/store/text_file.hpp"

#include <algorithm>
#include <cstdio>
#include <ostream>

namespace dynkin::commands {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t hash_digits = 12;

std::string text_or_standard_input(const std::string& text) {
    return text == "-" ? read_text("/dev/stdin") : text;
}

Progress::Mode mode_of(const LmOutput& output) {
    return output.quiet ? Progress::Mode::quiet : Progress::Mode::automatic;
}

fs::path table_directory(const LmOutput& output, const std::string& name, const language::Settings& settings) {
    if (!output.directory.empty()) return output.directory;
    return fs::path("runs") / (name + "-" + language::identity_of(settings, "").config_hash.substr(0, hash_digits));
}

/// A table on standard output and in the store.
void report(const language::StudyTable& table, const language::Settings& settings, const fs::path& directory, bool json,
            std::ostream& out) {
    if (json) {
        nlohmann::ordered_json object = language::to_json(table);
        object["settings"] = settings;
        object["directory"] = directory.string();
        out << language::one_line(object) << '\n';
    } else {
        out << language::to_text(table) << (directory / "run.h5").string() << '\n';
    }
}

int lm_generate_weighted(const language::GenerateOptions& options, const LmOutput& output, std::ostream& out) {
    const language::WeightedGeneration texts = language::generate_weighted_texts(options);
    if (!output.directory.empty()) {
        create(output.directory);
        language::write_texts(output.directory, texts, output.command_line);
    }
    if (output.json) {
        out << language::to_json(texts) << '\n';
        return ok;
    }
    char weight[32];
    for (std::size_t p = 0; p < texts.texts.size(); ++p) {
        std::snprintf(weight, sizeof weight, "%.4f  ", texts.particles.weights[p]);
        out << weight << options.prompt << texts.texts[p] << '\n';
    }
    return ok;
}

}  // namespace

std::vector<std::int64_t> integers_of(const std::string& list, const char* option) {
    std::vector<std::int64_t> numbers;
    std::string word;
    for (const char c : list + ",") {
        if (c != ',') {
            if (c != ' ') word += c;
            continue;
        }
        const bool digits =
            !word.empty() && word.size() < 10 && word.find_first_not_of("0123456789") == std::string::npos;
        if (!digits || std::stoll(word) < 1)
            throw ConfigError(std::string(option) + ": found '" + word + "' in '" + list +
                              "', expected integers >= 1 with commas, such as 64,128,256");
        numbers.push_back(std::stoll(word));
        word.clear();
    }
    return numbers;
}

int lm_generate(language::GenerateOptions options, const LmOutput& output, std::ostream& out) {
    options.prompt = text_or_standard_input(options.prompt);
    if (options.n_particles > 0) return lm_generate_weighted(options, output, out);
    const Interruption interruption(0.0);
    const bool streams = !output.json && options.n_samples == 1;
    bool begun = false;
    const language::ShowText show = [&](std::size_t, const std::string& text) {
        if (!streams) return;
        if (!begun) out << options.prompt;
        begun = true;
        out << text << std::flush;
    };
    if (!output.directory.empty()) create(output.directory);
    const language::GeneratedTexts texts =
        language::generate_texts(options, {nullptr, &interruption.requested(), {}}, show);
    if (output.json)
        out << language::to_json(texts) << '\n';
    else if (streams)
        out << (begun ? "" : options.prompt) << '\n';
    else
        for (const lm::Generated& text : texts.texts) out << options.prompt << text.text << '\n';
    if (!output.directory.empty()) language::write_texts(output.directory, texts, output.command_line);
    if (!interruption.requested()) return ok;
    if (output.json) return stopped;  // the object is there, with the reason in it
    throw Interrupted("lm generate: stopped");
}

int lm_fill(language::FillOptions options, const LmOutput& output, std::ostream& out) {
    options.text = text_or_standard_input(options.text);
    const Interruption interruption(0.0);
    const language::FilledTexts texts = language::fill_text(options, {nullptr, &interruption.requested(), {}});
    if (output.json)
        out << language::to_json(texts) << '\n';
    else
        for (const std::string& text : texts.texts) out << text << '\n';
    if (!output.directory.empty()) {
        create(output.directory);
        language::write_filled(output.directory, texts, output.command_line);
    }
    return ok;
}

int lm_perplexity(const language::PerplexityOptions& options, const LmOutput& output, std::ostream& out) {
    const Interruption interruption(0.0);
    Progress progress(mode_of(output));
    const language::PerplexityTable table = language::perplexity(options, {&progress, &interruption.requested(), {}});
    const fs::path directory = table_directory(output, "perplexity", table.settings);
    create(directory);
    language::write_perplexity(directory, table, output.command_line);
    report(language::as_table(table), table.settings, directory, output.json, out);
    return ok;
}

int lm_study(const std::string& name, const language::StudyOptions& options, const LmOutput& output,
             std::ostream& out) {
    const Interruption interruption(0.0);
    Progress progress(mode_of(output));
    const RunControl control{&progress, &interruption.requested(), {}};
    const language::Study study = name == "positions"          ? language::study_positions(options, control)
                                  : name == "shared-embedding" ? language::study_shared_embedding(options)
                                                               : language::study_nbce(options, control);
    progress.end();
    const fs::path directory = table_directory(output, "study-" + name, study.settings);
    create(directory);
    language::write_table(directory, study.table, study.settings, options.seed, output.command_line);
    report(study.table, study.settings, directory, output.json, out);
    return study.table.all_reached() ? ok : mismatch;
}

}  // namespace dynkin::commands
