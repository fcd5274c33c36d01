#include "apps/commands/commands.hpp"
#include "apps/commands/interruption.hpp"
#include "apps/config/config.hpp"
#include "apps/run/experiment.hpp"
#include "apps/run/provenance.hpp"
#include "apps/run/run_log.hpp"
#include "apps/run/simulation.hpp"
#include "models/parameters.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/store/text_file.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <ostream>

namespace dynkin::commands {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t hash_digits = 12;

fs::path directory_of(const RunOptions& options, const Experiment& experiment, const std::string& hash) {
    if (!options.directory.empty()) return options.directory;
    return fs::path("runs") / (experiment.name + "-" + hash.substr(0, hash_digits));
}

void create(const fs::path& directory) {
    std::error_code error;
    fs::create_directories(directory, error);
    if (error) throw IoError("cannot create the directory '" + directory.string() + "': " + error.message());
    if (!fs::is_directory(directory)) throw IoError("'" + directory.string() + "' is not a directory");
}

std::string plan_of(const Experiment& e) {
    std::string text = e.name + ": " + e.process->name() + " (" + std::to_string(e.process->dim()) + "-D, " +
                       name_of(e.process->noise_kind()) + " noise, " + name_of(e.process->calculus()) +
                       "), t = " + shortest(e.time.start) + " ... " + shortest(e.time.until) + ", " +
                       std::to_string(e.time.outputs.size()) +
                       (e.time.outputs.size() == 1 ? " output\n" : " outputs\n");
    if (e.particles) {
        char line[200];
        std::snprintf(line, sizeof line, "  particles: %llu with %s, dt %.6g, seed %llu\n",
                      static_cast<unsigned long long>(e.particles->n), e.particles->scheme.c_str(), e.particles->dt,
                      static_cast<unsigned long long>(e.particles->seed));
        text += line;
    }
    if (e.grid) {
        text += "  grid: ";
        for (int j = 0; j < e.grid->mesh.dim(); ++j)
            text += (j > 0 ? " x " : "") + std::to_string(e.grid->mesh.n_cells(j));
        text += " cells\n";
    }
    text += "  test functions:";
    for (const auto& phi : e.functions) text += " " + phi->name() + ";";
    text.back() = '\n';
    return text;
}

struct Timing {
    std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
    double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); }
};

void report(const RunOptions& options, const Verdict& verdict, const fs::path& directory, double seconds,
            std::ostream& out) {
    if (options.json) {
        nlohmann::ordered_json object = nlohmann::ordered_json::parse(to_json(verdict));
        object["directory"] = directory.string();
        object["seconds"] = seconds;
        out << object.dump() << '\n';
        return;
    }
    // The verdict's line comes last, where a person looks; to_text has it first.
    const std::string text = to_text(verdict, options.full_table ? TableRows::all : TableRows::suspicious);
    out << text.substr(text.find("\n\n") + 2) << '\n';
    char line[64];
    std::snprintf(line, sizeof line, " (%.3g s)", seconds);
    out << verdict.line << "\n" << (directory / "run.h5").string() << line << '\n';
}

}  // namespace

int run(const RunOptions& options, std::ostream& out) {
    const Timing timing;
    Config config = Config::load(options.config, options.overrides);
    const fs::path beside = options.config == "-" ? fs::path() : fs::path(options.config).parent_path();
    Experiment experiment = read_experiment(config, beside);
    if (experiment.particles && options.n_threads > 0) experiment.particles->n_threads = options.n_threads;
    const std::string hash = config.hash(), resolved = config.resolved_toml();
    const fs::path directory = directory_of(options, experiment, hash);
    if (options.dry_run) {
        if (options.json)
            out << nlohmann::ordered_json{{"valid", true}, {"directory", directory.string()}, {"hash", hash}}.dump()
                << '\n';
        else
            out << plan_of(experiment) << "  directory: " << directory.string() << '\n';
        return ok;
    }
    create(directory);
    RunLog log(directory / "log.txt");
    try {
        log.write(options.command_line);
        const Interruption interruption(options.max_wall);
        Progress progress(options.quiet ? Progress::Mode::quiet : Progress::Mode::automatic);
        RunFile file(directory / "run.h5", experiment, {options.command_line, resolved, hash});
        write_text_atomically(directory / "config.toml", resolved);
        const Verdict verdict =
            run_experiment(experiment, file,
                           {&progress, &interruption.requested(), [&](const std::string& line) { log.write(line); }});
        file.close();
        write_text_atomically(directory / "verdict.json", to_json(verdict));
        log.write("done in " + std::to_string(timing.seconds()) + " s");
        report(options, verdict, directory, timing.seconds(), out);
        return verdict.outcome == Outcome::disagree ? mismatch : ok;
    } catch (const std::exception& error) {
        log.write(std::string("stopped: ") + error.what());
        throw;
    }
}

int validate(const std::string& path, const std::vector<std::string>& overrides, bool json, std::ostream& out) {
    Config config = Config::load(path, overrides);
    const Experiment experiment = read_experiment(config, path == "-" ? fs::path() : fs::path(path).parent_path());
    if (json)
        out << nlohmann::ordered_json{{"valid", true}, {"hash", config.hash()}, {"resolved", config.resolved_toml()}}
                   .dump()
            << '\n';
    else
        out << plan_of(experiment) << "valid\n";
    return ok;
}

}  // namespace dynkin::commands
