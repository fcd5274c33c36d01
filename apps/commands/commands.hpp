#pragma once
// One function a verb. Each prints to `out`, returns the exit code and lets errors pass to main.
#include <iosfwd>
#include <string>
#include <vector>

namespace dynkin::commands {

/// 0 ok, 1 the views disagree or a case fails, 2 config or usage, 3 numerical failure, 4 stopped, 5 input or output.
enum ExitCode { ok = 0, mismatch = 1, bad_input = 2, numerics = 3, stopped = 4, io = 5 };

struct RunOptions {
    std::string config;                  ///< a path, "-" for standard input
    std::vector<std::string> overrides;  ///< "key=value"
    std::string directory;               ///< empty: runs/<name>-<hash>
    int n_threads = 0;                   ///< > 0 overrides the config
    double max_wall = 0.0;               ///< [s], 0: no limit
    bool dry_run = false, json = false, quiet = false, full_table = false;
    std::string command_line;
};

/// `dynkin sample`: those of `run`, and a comparison of samplers in place of a run.
struct SampleOptions : RunOptions {
    std::string compare, nfe, steps;  ///< lists with commas; `compare` empty: a run
};

int run(const RunOptions& options, std::ostream& out);
int sample(const SampleOptions& options, std::ostream& out);
int samplers(const std::string& name, bool json, bool markdown, std::ostream& out);
int validate(const std::string& config, const std::vector<std::string>& overrides, bool json, std::ostream& out);
int verify(const std::string& which, bool list, bool json, int n_threads, std::ostream& out);
int models(const std::string& name, bool json, bool markdown, std::ostream& out);
int schemes(const std::string& name, bool json, bool markdown, std::ostream& out);
int info(const std::string& path, bool json, std::ostream& out);
int init(const std::string& path, const std::string& model, bool force, std::ostream& out);

}  // namespace dynkin::commands
