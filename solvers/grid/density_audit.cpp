#include "solvers/grid/density_audit.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/grid/density_functionals.hpp"
#include "solvers/grid/initial_masses.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {

namespace {

constexpr double safety = 1.5;
constexpr double looser_tolerance = 16.0;
constexpr double no_mass = 1e-14;
constexpr int fewest_cells = 5;

// Bound on the error of the finer of two results of order two whose steps differ by two.
std::vector<double> bounds_from(const std::vector<double>& coarse, const std::vector<double>& fine) {
    std::vector<double> bound(fine.size());
    for (std::size_t k = 0; k < bound.size(); ++k) bound[k] = safety * std::abs(coarse[k] - fine[k]) / 3.0;
    return bound;
}

// |<phi, p_0> - phi(at)|, zero for laws with a density.
std::vector<double> representation_error(const DensitySpec& spec, const CellTable& means) {
    std::vector<double> error(spec.functions.size(), 0.0);
    if (!spec.initial.is_point()) return error;
    const Process& process = *spec.problem.process;
    const std::vector<double> at = spec.initial.mean();
    GridField start(spec.problem.mesh.n_cells());
    start.load(
        cell_masses(spec.initial, spec.problem.mesh, spec.problem.domain, process.name(), process.variables()).data());
    const Points x{at.data(), static_cast<int>(at.size()), 1, 1};
    for (std::size_t k = 0; k < error.size(); ++k) {
        double phi = 0.0;
        spec.functions[k]->value(x, &phi);
        error[k] = std::abs(means.pair(k, start) - phi);
    }
    return error;
}

// max |phi| over the cells that hold mass.
std::vector<double> sizes(const CellTable& means, std::size_t n_functions, const std::vector<double>& masses) {
    std::vector<double> size(n_functions, 0.0);
    for (std::size_t k = 0; k < n_functions; ++k) {
        const double* phi = means.row(k);
        for (std::size_t i = 0; i < masses.size(); ++i)
            if (masses[i] > no_mass) size[k] = std::max(size[k], std::abs(phi[i]));
    }
    return size;
}

bool transport_only(const DensitySpec& spec) {
    const FokkerPlanck op(spec.problem, {spec.t0, 0.5 * (spec.t0 + spec.outputs.back())});
    return op.split_operator().diffusive_axes.empty();
}

void check_coarsening(const GridProblem& problem) {
    for (int axis = 0; axis < problem.mesh.dim(); ++axis)
        if (problem.mesh.n_cells(axis) < fewest_cells)
            throw ConfigError(problem.process->name() + " on the grid: axis " +
                              problem.process->variables()[static_cast<std::size_t>(axis)] + " has " +
                              std::to_string(problem.mesh.n_cells(axis)) +
                              " cells; the error of a grid is measured by halving them, which takes at least " +
                              std::to_string(fewest_cells));
}

}  // namespace

DensityAudit audit_density(const DensitySpec& spec) {
    DensityAudit audit;
    const std::size_t K = spec.functions.size();
    DensitySpec fine = spec;
    std::vector<std::vector<double>> size;
    CellTable means;
    fine.visit = [&](int output, const std::vector<double>& masses) {
        if (size.empty()) means = cell_means(spec.functions, spec.problem.mesh);
        size.push_back(sizes(means, K, masses));
        if (spec.visit) spec.visit(output, masses);
    };
    if (spec.problem.process != nullptr && spec.problem.mesh.dim() == spec.problem.process->dim()) {
        check(spec.problem.mesh);
        check_coarsening(spec.problem);
    }
    audit.result = solve_density(fine);

    DensitySpec coarse = spec;
    coarse.problem.mesh = coarsened(spec.problem.mesh);
    coarse.visit = {};
    coarse.progress = {};
    audit.coarse = solve_density(coarse).rows;
    const bool rerun = spec.method == GridMethod::sdirk2 && (spec.steps.fixed_dt > 0.0 || !transport_only(spec));
    std::vector<DensityRow> loose = audit.coarse;
    if (rerun) {
        coarse.steps.tolerance *= looser_tolerance;
        coarse.steps.fixed_dt *= 2.0;
        loose = solve_density(coarse).rows;
    }

    const std::vector<double> of_point = representation_error(spec, means);
    for (std::size_t r = 0; r < audit.result.rows.size(); ++r) {
        const DensityRow &row = audit.result.rows[r], &wide = audit.coarse[r];
        DensityBounds b;
        b.time = row.time;
        b.grid = bounds_from(wide.expectation, row.expectation);
        b.residual_grid = bounds_from(wide.residual, row.residual);
        b.time_step = bounds_from(loose[r].expectation, wide.expectation);
        b.residual_time_step = bounds_from(loose[r].residual, wide.residual);
        for (std::size_t k = 0; k < K; ++k) {
            b.grid[k] += of_point[k];
            const double of_estimates = audit.result.counts.time_error * size[r][k];  // NaN with a fixed dt
            if (!rerun || of_estimates < b.time_step[k]) b.time_step[k] = of_estimates;
        }
        audit.bounds.push_back(std::move(b));
    }
    return audit;
}

}  // namespace dynkin
