#include "apps/commands/commands.hpp"
#include "apps/commands/run_directory.hpp"
#include "apps/config/config.hpp"
#include "apps/lm/training_experiment.hpp"
#include "apps/run/experiment.hpp"
#include "apps/run/simulation.hpp"
#include "apps/sample/sampling_experiment.hpp"
#include "models/parameters.hpp"
#include "solvers/core/errors.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <filesystem>
#include <ostream>

namespace dynkin::commands {
namespace {

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

}  // namespace

int run(const RunOptions& options, std::ostream& out) {
    Config config = Config::load(options.config, options.overrides);
    Experiment experiment = read_experiment(config, beside(options.config));
    if (experiment.particles && options.n_threads > 0) experiment.particles->n_threads = options.n_threads;
    const std::string hash = config.hash(), resolved = config.resolved_toml();
    const auto compute = [&](const std::filesystem::path& path, const RunIdentity& identity,
                             const RunControl& control) {
        RunFile file(path, experiment, identity);
        const Verdict verdict = run_experiment(experiment, file, control);
        file.close();
        return verdict;
    };
    return run_in_directory(options, {experiment.name, plan_of(experiment), resolved, hash}, compute, out);
}

int validate(const std::string& path, const std::vector<std::string>& overrides, bool json, std::ostream& out) {
    Config config = Config::load(path, overrides);
    const std::string plan = language::is_training(config)
                                 ? language::plan_of(language::read_training(config, beside(path)))
                             : is_sampling(config) ? plan_of(read_sampling(config, beside(path)))
                                                   : plan_of(read_experiment(config, beside(path)));
    if (json)
        out << nlohmann::ordered_json{{"valid", true}, {"hash", config.hash()}, {"resolved", config.resolved_toml()}}
                   .dump()
            << '\n';
    else
        out << plan << "valid\n";
    return ok;
}

}  // namespace dynkin::commands
