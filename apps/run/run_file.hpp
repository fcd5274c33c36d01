#pragma once
// The layout of run.h5: which variables a run leaves behind. docs/store.md shows it.
#include "apps/run/experiment.hpp"
#include "solvers/check/verdict.hpp"
#include "solvers/core/propagator.hpp"
#include "solvers/particle/ensemble.hpp"
#include "solvers/particle/first_passage.hpp"
#include "solvers/store/run_writer.hpp"

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

namespace dynkin {

/// What a run says of itself beyond its numbers.
struct RunIdentity {
    std::string command_line, config_text, config_hash;
};

/// Title, version, provenance and config of a run, as attributes of its file.
void write_identity(RunWriter& writer, const std::string& title, std::uint64_t seed, const RunIdentity& identity);

/// Rows come in any order of views; flushed after every output of the grid and after every view.
class RunFile {
public:
    /// Creates `path`.partial with all dimensions and coordinates. Throws IoError.
    RunFile(const std::filesystem::path& path, const Experiment& experiment, const RunIdentity& identity);

    /// masses (n_cells), x fastest.
    void write_density(int output, const std::vector<double>& masses);
    void write_grid_row(int output, const DensityRow& row);
    void write_ensemble(const EnsembleResult& result);
    /// Thread-safe with respect to itself; only when the experiment asks for particles.
    void write_particles(int output, const BlockState& state);
    void write_exact(int output, const std::vector<double>& values);
    /// Dynkin's residual of the particles with its standard error, (K); NaN where it does not apply.
    void write_particle_residual(int output, const std::vector<double>& residual,
                                 const std::vector<double>& standard_error);

    /// Cell averages of the stationary density from its masses, and moments of both views.
    void write_stationary(const std::vector<double>& masses, const std::vector<double>& moments_grid,
                          const std::vector<double>& moments_particles, const std::vector<double>& standard_error);
    /// mean: over the cells; survival: at the outputs for the initial law. Either may be empty.
    void write_first_passage(std::size_t number, const std::string& set, const std::vector<double>& mean,
                             const std::vector<double>& survival, const FirstPassageResult* particles);
    void write_verdict(const Verdict& verdict);
    void flush() { writer_.flush(); }

    /// Adds the end of the run and publishes the file under its final name.
    void close();

private:
    void add_axes();
    void add_views();
    std::vector<std::string> over_cells(bool with_time) const;
    std::vector<double> cell_averages(const std::vector<double>& masses) const;

    const Experiment& experiment_;
    RunWriter writer_;
    std::mutex mutex_;
    std::vector<std::string> axis_names_;  // x first
    std::vector<double> volumes_;
    RunWriter::Variable time_, density_, moments_grid_, residual_, grid_mass_, killed_, particles_, weight_,
        log_density_, moments_particles_, moments_stderr_, covariance_, mass_, mass_stderr_, survival_, histogram_, exact_,
        particle_residual_, particle_residual_stderr_, zscore_;
    std::vector<RunWriter::Variable> absorbed_lower_, absorbed_upper_;
};

}  // namespace dynkin
