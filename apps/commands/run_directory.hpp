#pragma once
// What `run` and `sample` share: a directory with run.h5, verdict.json, config.toml and log.txt, and the report.
#include "apps/commands/commands.hpp"
#include "apps/run/run_file.hpp"
#include "apps/run/simulation.hpp"

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>

namespace dynkin::commands {

/// Of the config file: where relative names in it start.
std::filesystem::path beside(const std::string& config);

/// -o, or runs/<name>-<hash>.
std::filesystem::path directory_of(const RunOptions& options, const std::string& name, const std::string& hash);
/// Throws IoError.
void create(const std::filesystem::path& directory);

struct RunSubject {
    std::string name, plan, resolved_config, hash;
};

/// Computes and writes run.h5, and says whether the views agree.
using RunBody =
    std::function<Verdict(const std::filesystem::path& file, const RunIdentity& identity, const RunControl& control)>;

/// With --dry-run prints the plan. Otherwise runs the body in the directory, writes what belongs beside run.h5 and
/// reports; returns the exit code. Errors pass, after a line in log.txt.
int run_in_directory(const RunOptions& options, const RunSubject& subject, const RunBody& body, std::ostream& out);

}  // namespace dynkin::commands
