#pragma once
// The parts of read_experiment, one file each; not for use elsewhere.
#include "apps/run/experiment.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/core/test_functions.hpp"
#include "solvers/store/columns.hpp"

namespace dynkin::reading {

/// `name`, by default that of the file; reads `title`.
std::string read_name(const Config& config);

/// A model with the numbers among its parameters.
struct ReadModel {
    std::shared_ptr<const Process> process;
    Constants constants;
};

/// [model]: built-in by name, or expressions.
ReadModel read_model(const Section& model);

/// [grid], and the sides that go with it. Nothing when the section is absent.
std::optional<GridSettings> read_grid(const Section& root, const std::shared_ptr<const Process>& process,
                                      Domain& domain);
/// [domain]: sides of a run without grid; natural ones when absent.
Domain read_domain(const Section& root, const Process& process);

/// [particles]; nothing when absent.
std::optional<ParticleSettings> read_particles(const Section& root, const Process& process, const TimeSettings& time);

/// [initial]
std::shared_ptr<const InitialLaw> read_initial_law(const Section& initial, const ReadModel& model, const Domain& domain,
                                                   const std::filesystem::path& directory);

/// Columns of the file that `file`, `columns`, `dataset` and `missing` of a section name; all columns when it names
/// none. Relative names start at the config's directory, or else where the command runs. Throws ConfigError, IoError.
Table read_table(const Section& section, const std::filesystem::path& directory,
                 std::optional<std::size_t> n_columns = {});

/// [[test_functions]], or the default family.
TestFunctions read_test_functions(const Section& root, const ReadModel& model, const Domain& domain);
/// The same for functions of named variables without a process.
TestFunctions read_test_functions(const Section& root, const std::vector<std::string>& variables,
                                  const Constants& constants, const Domain& domain, Mass mass);

/// Runs `make`; a ConfigError that does not say where it is gets the place and name of the key.
template <class Make>
auto located(const Section& section, const std::string& key, Make make) {
    try {
        return make();
    } catch (const ConfigError& error) {
        const std::string what = error.what();
        if (what.find(section.location().file) == 0 || what.find("-s ") == 0) throw;
        section.fail(key, what);
    }
}

}  // namespace dynkin::reading
