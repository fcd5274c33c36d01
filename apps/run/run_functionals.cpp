#include "apps/run/views.hpp"
#include "solvers/grid/cell_law.hpp"
#include "solvers/grid/density_functionals.hpp"
#include "solvers/grid/first_passage_grid.hpp"
#include "solvers/grid/initial_masses.hpp"
#include "solvers/rates/stationary.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

constexpr double grid_safety = 1.5;
constexpr std::uint64_t other_seed = 0x9E3779B97F4A7C15u;  // functionals draw apart from the ensemble

FokkerPlanck operator_on(const Experiment& e, Mesh mesh) {
    return FokkerPlanck({e.process, std::move(mesh), e.domain, e.grid->flux});
}

std::vector<double> expectations(const TestFunctions& functions, const Mesh& mesh, const std::vector<double>& masses) {
    GridField field(mesh.n_cells());
    field.load(masses.data());
    const CellTable means = cell_means(functions, mesh);
    std::vector<double> sums;
    for (std::size_t k = 0; k < functions.size(); ++k) sums.push_back(means.pair(k, field));
    return sums;
}

void run_stationary(const RunContext& context, Views& views) {
    const Experiment& e = context.experiment;
    const Mesh& mesh = e.grid->mesh;
    const Mesh wide = coarsened(mesh);
    const std::vector<double> masses = stationary_law(operator_on(e, mesh).rate_matrix());
    const std::vector<double> coarse = stationary_law(operator_on(e, wide).rate_matrix());
    const std::vector<double> expected = expectations(e.functions, mesh, masses);
    const std::vector<double> other = expectations(e.functions, wide, coarse);
    std::vector<double> bound;
    for (std::size_t k = 0; k < expected.size(); ++k)
        bound.push_back(richardson_bound(expected[k], other[k], 2.0, grid_safety));
    context.log("stationary law on " + std::to_string(masses.size()) + " cells");
    if (!e.particles || e.particles->n_audited == 0) {
        context.file.write_stationary(masses, expected, {}, {});
        return;
    }
    // Invariance: particles that start from the law must have it at the end.
    const auto law = cell_law(mesh, masses);
    const TimeGrid grid =
        make_time_grid(e.time.start, e.time.until, e.particles->dt, std::vector<double>{e.time.until});
    const EnsembleResult ensemble =
        run_ensemble_of(context, *law, grid, e.particles->n, e.particles->seed ^ other_seed, "stationary");
    const AuditResult audit = audit_of(context, *law, grid, e.particles->n_audited);
    context.file.write_stationary(masses, expected, ensemble.rows[0].mean, ensemble.rows[0].standard_error);
    views.functionals.push_back(stationary_comparison(e.functions, ensemble.rows[0], audit.rows[0], expected, bound));
}

FirstPassageOnGrid passage_numbers(const GridFirstPassage& fine, const GridFirstPassage& coarse) {
    FirstPassageOnGrid numbers;
    numbers.survival = fine.survival;
    for (std::size_t t = 0; t < fine.survival.size(); ++t)
        numbers.survival_bound.push_back(richardson_bound(fine.survival[t], coarse.survival[t], 2.0, grid_safety));
    numbers.mean_until = fine.mean_until;
    numbers.mean_until_bound = richardson_bound(fine.mean_until, coarse.mean_until, 2.0, grid_safety);
    return numbers;
}

GridFirstPassage on_mesh(const Experiment& e, const LevelSet& set, const Mesh& mesh) {
    const std::vector<double> p0 = cell_masses(*e.initial, mesh, e.domain, e.process->name(), e.process->variables());
    return first_passage_on_grid(operator_on(e, mesh), set, p0, e.time.start, e.time.outputs, e.time.until);
}

FirstPassageResult by_particles(const RunContext& context, const FirstPassageSettings& settings, std::size_t number,
                                std::int64_t step_factor) {
    const Experiment& e = context.experiment;
    TimeGrid grid = time_grid_of(e);
    grid.n_steps = std::max<std::int64_t>(1, grid.n_steps / step_factor);
    const ParticleProblem problem = particle_problem(e, grid, e.particles->seed ^ (other_seed + number + 1));
    FirstPassageSpec spec{
        .problem = problem, .initial = *e.initial, .set = *settings.set, .n_particles = settings.n_particles};
    spec.n_threads = e.particles->n_threads;
    spec.stop = context.control.stop;
    spec.progress = [&](std::uint64_t done) { context.update(static_cast<double>(done)); };
    context.begin("passage " + settings.set->name(), static_cast<double>(settings.n_particles), " particles");
    FirstPassageResult result = run_first_passage(spec);
    context.end();
    return result;
}

void run_first_passage_of(const RunContext& context, Views& views, std::size_t number) {
    const Experiment& e = context.experiment;
    const FirstPassageSettings& settings = e.first_passages[number];
    const std::string name = "first_passage_" + std::to_string(number);
    std::optional<GridFirstPassage> grid, coarse_grid;
    const std::string obstacle = obstacle_to_rate_matrix(e);
    if (e.grid && !obstacle.empty())
        views.notes.push_back("first passage into " + settings.set->name() + ": from the particles alone, since " +
                              obstacle);
    if (e.grid && obstacle.empty()) {
        grid = on_mesh(e, *settings.set, e.grid->mesh);
        coarse_grid = on_mesh(e, *settings.set, coarsened(e.grid->mesh));
    }
    std::optional<FirstPassageResult> particles;
    if (e.particles) particles = by_particles(context, settings, number, 1);
    context.file.write_first_passage(number, settings.set->name(), grid ? grid->mean : std::vector<double>{},
                                     grid ? grid->survival : std::vector<double>{}, particles ? &*particles : nullptr);
    context.log("first passage into " + settings.set->name());
    if (!particles || !grid) return;
    const FirstPassageResult coarse = by_particles(context, settings, number, 2);
    for (Comparison& c : first_passage_comparisons(name, *particles, coarse, passage_numbers(*grid, *coarse_grid)))
        views.functionals.push_back(std::move(c));
}

}  // namespace

void run_functionals(const RunContext& context, Views& views) {
    if (context.experiment.stationary) run_stationary(context, views);
    for (std::size_t k = 0; k < context.experiment.first_passages.size(); ++k) run_first_passage_of(context, views, k);
}

}  // namespace dynkin
