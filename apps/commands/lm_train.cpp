#include "apps/commands/interruption.hpp"
#include "apps/commands/lm_commands.hpp"
#include "apps/commands/run_directory.hpp"
#include "apps/lm/train.hpp"
#include "apps/run/progress.hpp"
#include "apps/run/run_log.hpp"
#include "solvers/core/errors.hpp"

#include <ostream>

namespace dynkin::commands {
namespace {

namespace fs = std::filesystem;

void say_what_would_run(const LmTrainOptions& options, const language::TrainingExperiment& experiment,
                        const fs::path& directory, const std::string& hash, std::ostream& out) {
    if (options.json)
        out << nlohmann::ordered_json{{"valid", true}, {"directory", directory.string()}, {"hash", hash}}.dump()
            << '\n';
    else
        out << language::plan_of(experiment) << "  directory: " << directory.string() << '\n';
}

void report(const LmTrainOptions& options, const language::TrainingSummary& summary, const fs::path& directory,
            std::ostream& out) {
    if (options.json) {
        nlohmann::ordered_json object = language::to_json(summary);
        object["directory"] = directory.string();
        out << language::one_line(object) << '\n';
        return;
    }
    out << language::to_text(summary) << directory.string() << '\n';
}

}  // namespace

int lm_train(const LmTrainOptions& options, std::ostream& out) {
    if (options.resume && options.fresh) throw ConfigError("--resume and --fresh: one of them");
    Config config = Config::load(options.config, options.overrides);
    language::TrainingExperiment experiment = language::read_training(config, beside(options.config));
    if (options.n_threads > 0) experiment.options.n_threads = options.n_threads;
    const std::string resolved = config.resolved_toml(), hash = config.hash();
    const fs::path directory = directory_of(options, experiment.name, hash);
    if (options.dry_run) {
        say_what_would_run(options, experiment, directory, hash, out);
        return ok;
    }
    create(directory);
    RunLog log(directory / "log.txt");
    try {
        log.write(options.command_line);
        const Interruption interruption(options.max_wall);
        Progress progress(options.quiet ? Progress::Mode::quiet : Progress::Mode::automatic);
        const language::Beginning beginning = options.resume  ? language::Beginning::resume
                                              : options.fresh ? language::Beginning::fresh
                                                              : language::Beginning::refuse_unfinished;
        const language::TrainingSummary summary =
            language::train(experiment, directory, beginning, {options.command_line, resolved, hash},
                            {&progress, &interruption.requested(), [&](const std::string& line) { log.write(line); }});
        log.write(language::to_text(summary));
        report(options, summary, directory, out);
        return ok;
    } catch (const std::exception& error) {
        log.write(std::string("stopped: ") + error.what());
        throw;
    }
}

}  // namespace dynkin::commands
