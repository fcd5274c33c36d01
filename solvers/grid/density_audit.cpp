#include "solvers/grid/density_audit.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/grid/density_functionals.hpp"
#include "solvers/grid/initial_masses.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dynkin {

namespace {

constexpr double safety = 1.5;
constexpr double looser_tolerance = 16.0;
constexpr double share_of_largest = 0.1;
constexpr double no_mass = 1e-14;
constexpr int fewest_cells = 5, fewest_cells_twice = 9;
constexpr double slowest_shrinkage = 1.5;
constexpr double tiny = std::numeric_limits<double>::min();

// Bound on the error of the finer of two results of order two whose steps differ by a factor of two.
std::vector<double> bounds_from(const std::vector<double>& coarse, const std::vector<double>& fine) {
    std::vector<double> bound(fine.size());
    for (std::size_t k = 0; k < bound.size(); ++k) bound[k] = safety * std::abs(coarse[k] - fine[k]) / 3.0;
    return bound;
}

// The same with the observed shrinkage of errors, from a third result with steps of four times the length (may be
// empty).
std::vector<double> bounds_from(const std::vector<double>& coarsest, const std::vector<double>& coarse,
                                const std::vector<double>& fine) {
    if (coarsest.empty()) return bounds_from(coarse, fine);
    std::vector<double> bound(fine.size());
    for (std::size_t k = 0; k < bound.size(); ++k) {
        const double difference = std::abs(coarse[k] - fine[k]);
        const double shrinkage = std::abs(coarsest[k] - coarse[k]) / std::max(difference, tiny);
        bound[k] = safety * difference / (std::clamp(shrinkage, slowest_shrinkage, 4.0) - 1.0);
    }
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

// What a jump of phi inside a cell owes to the density being taken as flat there: the difference to a density with the
// slope of its neighbours. The coarser mesh cuts its own cells elsewhere and says nothing about this one.
class CutCells {
public:
    CutCells() = default;
    CutCells(const TestFunctions& functions, const Mesh& mesh)
        : n_cells_(mesh.n_cells()), n_functions_(functions.size()) {
        TestFunctions rough;
        for (std::size_t k = 0; k < functions.size(); ++k)
            if (!functions[k]->smooth()) {
                index_.push_back(k);
                rough.push_back(functions[k]);
            }
        for (int axis = 0; !rough.empty() && axis < mesh.dim(); ++axis) {
            Mesh halved = mesh;
            std::vector<double>& faces = halved.faces[static_cast<std::size_t>(axis)];
            for (std::size_t i = faces.size() - 1; i > 0; --i)
                faces.insert(faces.begin() + static_cast<std::ptrdiff_t>(i), 0.5 * (faces[i - 1] + faces[i]));
            halves_.push_back(cell_means(rough, halved));
        }
    }

    std::vector<double> bounds(const std::vector<double>& masses) const {
        std::vector<double> bound(n_functions_, 0.0);
        for (std::size_t axis = 0; axis < halves_.size(); ++axis) {
            std::size_t stride = 1;
            for (std::size_t j = 0; j < axis; ++j) stride *= static_cast<std::size_t>(n_cells_[j]);
            for (std::size_t r = 0; r < index_.size(); ++r)
                bound[index_[r]] += 2.0 * std::abs(along(axis, stride, halves_[axis].row(r), masses));
        }
        return bound;
    }

private:
    // Masses (p - d, p + d) in the halves of a cell instead of (p, p) / 2, with d = (p_next - p_previous) / 16.
    double along(std::size_t axis, std::size_t stride, const double* phi, const std::vector<double>& masses) const {
        const auto n = static_cast<std::size_t>(n_cells_[axis]);
        double sum = 0.0;
        for (std::size_t cell = 0; cell < masses.size(); ++cell) {
            const std::size_t i = cell / stride % n, left = cell % stride + stride * (2 * (cell / stride));
            const double next = i + 1 < n ? masses[cell + stride] : masses[cell],
                         previous = i > 0 ? masses[cell - stride] : masses[cell];
            sum += (next - previous) / 16.0 * (phi[left + stride] - phi[left]);
        }
        return sum;
    }

    std::vector<int> n_cells_;
    std::size_t n_functions_ = 0;
    std::vector<std::size_t> index_;  // of the functions that are not smooth
    std::vector<CellTable> halves_;   // per axis: their means over cells halved along it
};

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

// sqrt(<phi^2, p> - <phi, p>^2 / <1, p>) with phi replaced by its cell means.
std::vector<double> deviations(const CellTable& means, std::size_t n_functions, const std::vector<double>& masses) {
    std::vector<double> sd(n_functions, 0.0);
    for (std::size_t k = 0; k < n_functions; ++k) {
        const double* phi = means.row(k);
        double mass = 0.0, first = 0.0, second = 0.0;
        for (std::size_t i = 0; i < masses.size(); ++i) {
            mass += masses[i];
            first += masses[i] * phi[i];
            second += masses[i] * phi[i] * phi[i];
        }
        if (mass > 0.0) sd[k] = std::sqrt(std::max(0.0, second - first * first / mass));
    }
    return sd;
}

// Chance coincidences of a coarse and a fine error do not make a bound small.
void lift(std::vector<double>& bound, const std::vector<double>& sd, const std::vector<double>* earlier) {
    double largest = 0.0;
    for (std::size_t k = 0; k < bound.size(); ++k) {
        if (earlier != nullptr && (*earlier)[k] > bound[k]) bound[k] = (*earlier)[k];
        if (sd[k] > 0.0 && std::isfinite(bound[k])) largest = std::max(largest, bound[k] / sd[k]);
    }
    for (std::size_t k = 0; k < bound.size(); ++k)
        if (std::isfinite(bound[k])) bound[k] = std::max(bound[k], share_of_largest * largest * sd[k]);
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

bool can_be_coarsened_twice(const Mesh& mesh) {
    const std::vector<int> n = mesh.n_cells();
    return *std::min_element(n.begin(), n.end()) >= fewest_cells_twice;
}

}  // namespace

DensityAudit audit_density(const DensitySpec& spec) {
    DensityAudit audit;
    const std::size_t K = spec.functions.size();
    DensitySpec fine = spec;
    std::vector<std::vector<double>> size, sd, cut;
    CellTable means;
    CutCells cut_cells;
    fine.visit = [&](int output, const std::vector<double>& masses) {
        if (size.empty()) {
            means = cell_means(spec.functions, spec.problem.mesh);
            cut_cells = CutCells(spec.functions, spec.problem.mesh);
        }
        cut.push_back(cut_cells.bounds(masses));
        size.push_back(sizes(means, K, masses));
        sd.push_back(deviations(means, K, masses));
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
    std::vector<DensityRow> coarsest(audit.coarse.size());
    if (can_be_coarsened_twice(spec.problem.mesh)) {
        DensitySpec twice = coarse;
        twice.problem.mesh = coarsened(coarse.problem.mesh);
        coarsest = solve_density(twice).rows;
    }
    const bool rerun = steps_in_time(spec.method) && (spec.steps.fixed_dt > 0.0 || !transport_only(spec));
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
        b.grid = bounds_from(coarsest[r].expectation, wide.expectation, row.expectation);
        b.residual_grid = bounds_from(coarsest[r].residual, wide.residual, row.residual);
        b.time_step = bounds_from(loose[r].expectation, wide.expectation);
        b.residual_time_step = bounds_from(loose[r].residual, wide.residual);
        // With equal steps of order one the difference is the error, not three times it.
        if (spec.method == GridMethod::backward_euler && spec.steps.fixed_dt > 0.0)
            for (std::vector<double>* bound : {&b.time_step, &b.residual_time_step})
                for (double& value : *bound) value *= 3.0;
        for (std::size_t k = 0; k < K; ++k) {
            b.grid[k] += of_point[k] + cut[r][k];
            const double of_estimates = audit.result.counts.time_error * size[r][k];  // NaN with a fixed dt
            if (!rerun || of_estimates < b.time_step[k]) b.time_step[k] = of_estimates;
        }
        b.sd = sd[r];
        const DensityBounds* before = r > 0 ? &audit.bounds.back() : nullptr;
        lift(b.grid, b.sd, before != nullptr ? &before->grid : nullptr);
        lift(b.residual_grid, b.sd, before != nullptr ? &before->residual_grid : nullptr);
        lift(b.residual_time_step, b.sd, before != nullptr ? &before->residual_time_step : nullptr);
        audit.bounds.push_back(std::move(b));
    }
    return audit;
}

}  // namespace dynkin
