#pragma once
// What the views of one experiment computed; passed between the parts of run_experiment.
#include "apps/run/simulation.hpp"
#include "solvers/check/comparisons.hpp"

#include <optional>
#include <string>
#include <vector>

namespace dynkin {

struct Views {
    std::optional<DensityAudit> grid;
    std::optional<EnsembleResult> particles;
    std::optional<AuditResult> audit;
    std::vector<Comparison> functionals;
    std::vector<std::string> notes;
};

/// Everything a part needs.
struct RunContext {
    const Experiment& experiment;
    RunFile& file;
    const RunControl& control;

    void log(const std::string& line) const {
        if (control.log) control.log(line);
    }
    void begin(const std::string& stage, double total, const std::string& unit) const {
        if (control.progress != nullptr) control.progress->begin(stage, total, unit);
    }
    void update(double done) const {
        if (control.progress != nullptr) control.progress->update(done);
    }
    void end() const {
        if (control.progress != nullptr) control.progress->end();
    }
};

/// The density through all outputs, on the grid and on its coarser twin.
void run_grid(const RunContext& context, Views& views);
/// The ensemble and the audit of its paths.
void run_particles(const RunContext& context, Views& views);
/// Stationary law and first passages, by both views.
void run_functionals(const RunContext& context, Views& views);

/// The ensemble of the experiment from another law or with other functions and outputs.
EnsembleResult run_ensemble_of(const RunContext& context, const InitialLaw& initial, const TimeGrid& grid,
                               std::uint64_t n, std::uint64_t seed, const std::string& stage);
/// What the time step costs, and how skewed the functions are, at the outputs of `grid`.
AuditResult audit_of(const RunContext& context, const InitialLaw& initial, const TimeGrid& grid, std::uint64_t n);

TimeGrid time_grid_of(const Experiment& experiment);

}  // namespace dynkin
