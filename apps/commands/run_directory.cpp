#include "apps/commands/run_directory.hpp"

#include "apps/commands/interruption.hpp"
#include "apps/run/progress.hpp"
#include "apps/run/run_log.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/store/text_file.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdio>
#include <ostream>

namespace dynkin::commands {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t hash_digits = 12;

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

void say_what_would_run(const RunOptions& options, const RunSubject& subject, const fs::path& directory,
                        std::ostream& out) {
    if (options.json)
        out << nlohmann::ordered_json{{"valid", true}, {"directory", directory.string()}, {"hash", subject.hash}}.dump()
            << '\n';
    else
        out << subject.plan << "  directory: " << directory.string() << '\n';
}

}  // namespace

fs::path beside(const std::string& config) {
    return config == "-" ? fs::path() : fs::path(config).parent_path();
}

fs::path directory_of(const RunOptions& options, const std::string& name, const std::string& hash) {
    if (!options.directory.empty()) return options.directory;
    return fs::path("runs") / (name + "-" + hash.substr(0, hash_digits));
}

void create(const fs::path& directory) {
    std::error_code error;
    fs::create_directories(directory, error);
    if (error) throw IoError("cannot create the directory '" + directory.string() + "': " + error.message());
    if (!fs::is_directory(directory)) throw IoError("'" + directory.string() + "' is not a directory");
}

int run_in_directory(const RunOptions& options, const RunSubject& subject, const RunBody& body, std::ostream& out) {
    const Timing timing;
    const fs::path directory = directory_of(options, subject.name, subject.hash);
    if (options.dry_run) {
        say_what_would_run(options, subject, directory, out);
        return ok;
    }
    create(directory);
    RunLog log(directory / "log.txt");
    try {
        log.write(options.command_line);
        const Interruption interruption(options.max_wall);
        Progress progress(options.quiet ? Progress::Mode::quiet : Progress::Mode::automatic);
        write_text_atomically(directory / "config.toml", subject.resolved_config);
        const Verdict verdict =
            body(directory / "run.h5", {options.command_line, subject.resolved_config, subject.hash},
                 {&progress, &interruption.requested(), [&](const std::string& line) { log.write(line); }});
        write_text_atomically(directory / "verdict.json", to_json(verdict));
        log.write("done in " + std::to_string(timing.seconds()) + " s");
        report(options, verdict, directory, timing.seconds(), out);
        return verdict.outcome == Outcome::disagree ? mismatch : ok;
    } catch (const std::exception& error) {
        log.write(std::string("stopped: ") + error.what());
        throw;
    }
}

}  // namespace dynkin::commands
