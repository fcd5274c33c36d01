#include "apps/run/views.hpp"
#include "models/parameters.hpp"
#include "solvers/check/flow_audit.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/ode/ode_propagator.hpp"
#include "solvers/particle/coupled.hpp"
#include "solvers/particle/sde_propagator.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dynkin {
namespace {

constexpr double coarser_tolerance = 32.0;  // a step about twice as long with a scheme of order five
constexpr double audit_steps_between_outputs = 32.0, most_audit_steps = 2048.0;
const double nan = std::numeric_limits<double>::quiet_NaN();

bool is_ode(const Experiment& e) {
    return e.process->noise_kind() == NoiseKind::none;
}

std::shared_ptr<const Propagator> propagator_of(const Experiment& e, const TimeGrid& grid, std::uint64_t seed,
                                                double tolerance_factor = 1.0) {
    const ParticleSettings& p = *e.particles;
    if (is_ode(e))
        return make_ode_propagator({e.process, p.scheme, grid, e.domain, p.rtol * tolerance_factor,
                                    p.atol * tolerance_factor, e.output.log_density});
    return std::make_shared<SdePropagator>(particle_problem(e, grid, seed));
}

/// log p of the initial law at the particles, by a small box around each.
void set_log_density(const InitialLaw& law, BlockState& state) {
    const int d = state.x.n_rows();
    state.log_density.resize(1, state.n);
    std::vector<double> lower(static_cast<std::size_t>(d)), upper(lower), low, high;
    law.support(1e-6, low, high);
    for (Index q = 0; q < state.n; ++q) {
        double volume = 1.0;
        for (int j = 0; j < d; ++j) {
            const auto a = static_cast<std::size_t>(j);
            const double half = 1e-4 * (high[a] - low[a]);
            lower[a] = state.x.row(j)[q] - half;
            upper[a] = state.x.row(j)[q] + half;
            volume *= 2.0 * half;
        }
        state.log_density.row(0)[q] = std::log(law.mass(lower.data(), upper.data()) / volume);
    }
}

EnsembleSpec spec_of(const RunContext& context, const Propagator& propagator, const InitialLaw& initial,
                     const TimeGrid& grid, std::uint64_t n, std::uint64_t seed) {
    const Experiment& e = context.experiment;
    EnsembleSpec spec{.propagator = propagator, .initial = initial};
    spec.dim = e.process->dim();
    spec.outputs = grid.outputs;
    spec.n_particles = n;
    spec.seed = seed;
    spec.test_functions = e.functions;
    spec.n_threads = e.particles->n_threads;
    spec.block_size = e.particles->block_size;
    spec.stop = context.control.stop;
    return spec;
}

AuditResult audit_ode(const RunContext& context, const InitialLaw& initial, const TimeGrid& grid, std::uint64_t n) {
    const Experiment& e = context.experiment;
    const bool fixed_steps = e.particles->scheme == "rk4" || e.particles->scheme == "symplectic";
    FlowAuditSpec spec{.process = *e.process, .initial = initial, .domain = e.domain, .functions = e.functions};
    spec.t0 = e.time.start;
    spec.outputs = grid.outputs;
    spec.propagator = [&](const std::vector<double>& outputs, bool coarse) {
        TimeGrid through = grid;
        through.outputs = outputs;
        if (coarse && fixed_steps) through.n_steps = std::max<std::int64_t>(1, (grid.n_steps + 1) / 2);
        return propagator_of(e, through, e.particles->seed, coarse && !fixed_steps ? coarser_tolerance : 1.0);
    };
    spec.n_particles = std::min<std::uint64_t>(n, 4096);
    spec.seed = e.particles->seed;
    spec.n_threads = e.particles->n_threads;
    return audit_flow(spec);
}

/// Exact transitions allow steps of any length, but the time integral of Dynkin's formula is a sum over steps: enough
/// of them between two outputs. The law of the paths is the same.
TimeGrid refined(TimeGrid grid) {
    double shortest = grid.until - grid.t0, before = grid.t0;
    for (const double t : grid.outputs) {
        if (t > before) shortest = std::min(shortest, t - before);
        before = t;
    }
    const double wanted = std::min(most_audit_steps, (grid.until - grid.t0) / shortest * audit_steps_between_outputs);
    const auto factor = static_cast<std::int64_t>(std::ceil(wanted / static_cast<double>(grid.n_steps)));
    grid.n_steps *= std::max<std::int64_t>(1, factor);
    return grid;
}

void write_residuals(const RunContext& context, const AuditResult& audit) {
    const std::size_t K = context.experiment.functions.size(), R = audit.residual_functions.size();
    for (std::size_t t = 0; t < audit.rows.size(); ++t) {
        std::vector<double> residual(K, nan), standard_error(K, nan);
        for (std::size_t r = 0; r < R; ++r) {
            const auto k = static_cast<std::size_t>(audit.residual_functions[r]);
            residual[k] = audit.rows[t].residual[r];
            standard_error[k] = audit.rows[t].residual_covariance.empty()
                                    ? 0.0
                                    : std::sqrt(audit.rows[t].residual_covariance[r * R + r] / audit.rows[t].n);
        }
        context.file.write_particle_residual(static_cast<int>(t), residual, standard_error);
    }
}

}  // namespace

TimeGrid time_grid_of(const Experiment& e) {
    return make_time_grid(e.time.start, e.time.until, e.particles->dt, e.time.outputs);
}

EnsembleResult run_ensemble_of(const RunContext& context, const InitialLaw& initial, const TimeGrid& grid,
                               std::uint64_t n, std::uint64_t seed, const std::string& stage) {
    const auto propagator = propagator_of(context.experiment, grid, seed);
    EnsembleSpec spec = spec_of(context, *propagator, initial, grid, n, seed);
    spec.progress = [&](std::uint64_t done) { context.update(static_cast<double>(done)); };
    context.begin(stage, static_cast<double>(n), " particles");
    EnsembleResult result = run_ensemble(spec);
    context.end();
    return result;
}

AuditResult audit_of(const RunContext& context, const InitialLaw& initial, const TimeGrid& run_grid, std::uint64_t n) {
    const Experiment& e = context.experiment;
    if (is_ode(e)) return audit_ode(context, initial, run_grid, n);
    const TimeGrid grid = e.particles->scheme == "exact" ? refined(run_grid) : run_grid;
    const CoupledPaths paths(particle_problem(e, grid, e.particles->seed));
    AuditSpec spec{.paths = paths, .initial = initial, .functions = e.functions, .n_particles = n};
    spec.n_threads = e.particles->n_threads;
    spec.stop = context.control.stop;
    spec.progress = [&](std::uint64_t done) { context.update(static_cast<double>(done)); };
    context.begin("audit", static_cast<double>(n), " particles");
    AuditResult audit = audit_particles(spec);
    context.end();
    return audit;
}

void run_particles(const RunContext& context, Views& views) {
    const Experiment& e = context.experiment;
    const ParticleSettings& p = *e.particles;
    const TimeGrid grid = time_grid_of(e);
    const auto propagator = propagator_of(e, grid, p.seed);
    EnsembleSpec spec = spec_of(context, *propagator, *e.initial, grid, p.n, p.seed);
    if (e.grid && e.output.histogram) spec.faces = e.grid->mesh.faces;
    if (e.output.log_density) spec.prepare = [&](BlockState& state) { set_log_density(*e.initial, state); };
    if (e.output.particles)
        spec.visit = [&](int output, const BlockState& state) { context.file.write_particles(output, state); };
    spec.progress = [&](std::uint64_t done) { context.update(static_cast<double>(done)); };
    context.begin("particles", static_cast<double>(p.n), " particles");
    views.particles = run_ensemble(spec);
    context.end();
    context.file.write_ensemble(*views.particles);
    context.log("particles: " + std::to_string(p.n) + ", " + propagator->description() + ", " +
                std::to_string(grid.n_steps) + " steps of " + shortest(grid.dt()));
    const std::uint64_t n_audited = is_ode(e) ? p.n : p.n_audited;
    if (n_audited == 0) {
        views.notes.push_back(
            "no particle was audited (particles.audited = 0): the error of the time step is not known, "
            "and the particles are not compared with anything");
        return;
    }
    views.audit = audit_of(context, *e.initial, grid, n_audited);
    if (!views.audit->residual_functions.empty()) write_residuals(context, *views.audit);
    views.notes.insert(views.notes.end(), views.audit->notes.begin(), views.audit->notes.end());
}

}  // namespace dynkin
