#include "solvers/grid/fokker_planck.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/grid/face_rates.hpp"
#include "solvers/grid/quadrature.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>

namespace dynkin {

namespace {

constexpr double negligible_cross_term = 1e-12;

// Calls visit(x, j, k) with the centres of every row of cells.
template <class Visit>
void for_rows_of_centres(const Mesh& mesh, Visit visit) {
    const Index n = mesh.n_cells(0);
    Block x(mesh.dim(), n);
    const std::vector<double> cx = mesh.centres(0);
    const std::vector<double> cy = mesh.dim() > 1 ? mesh.centres(1) : std::vector<double>{0.0};
    const std::vector<double> cz = mesh.dim() > 2 ? mesh.centres(2) : std::vector<double>{0.0};
    std::copy(cx.begin(), cx.end(), x.row(0));
    for (std::size_t k = 0; k < cz.size(); ++k)
        for (std::size_t j = 0; j < cy.size(); ++j) {
            if (mesh.dim() > 1) std::fill_n(x.row(1), n, cy[j]);
            if (mesh.dim() > 2) std::fill_n(x.row(2), n, cz[k]);
            visit(x.points(), static_cast<int>(j), static_cast<int>(k));
        }
}

void check_sides(const GridProblem& problem) {
    const Process& process = *problem.process;
    const auto d = static_cast<std::size_t>(process.dim());
    if (problem.mesh.faces.size() != d || problem.domain.size() != d)
        throw ConfigError(process.name() + " on the grid: the model has " + std::to_string(d) +
                          " variables, the mesh " + std::to_string(problem.mesh.faces.size()) +
                          " axes and the domain " + std::to_string(problem.domain.size()));
    for (std::size_t a = 0; a < d; ++a) {
        const AxisDomain& sides = problem.domain[a];
        const std::string where = process.name() + " on the grid: axis " + process.variables()[a];
        if ((sides.at_lower == Boundary::periodic) != (sides.at_upper == Boundary::periodic))
            throw ConfigError(where + " is periodic on one side only; give both sides or none");
        const double low = problem.mesh.faces[a].front(), high = problem.mesh.faces[a].back(),
                     slack = 1e-9 * (high - low);
        for (const auto& [side, end] : {std::pair{sides.lower, low}, std::pair{sides.upper, high}})
            if (std::isfinite(side) && sides.has_wall() && !(std::abs(side - end) <= slack))
                throw ConfigError(where + ": the domain ends at " + std::to_string(side) + ", the mesh at " +
                                  std::to_string(end) + "; they must be the same");
    }
}

struct LargestEntry {
    double size = 0.0, value = 0.0, t = 0.0;
    std::vector<double> at;
};

[[noreturn]] void refuse_cross_term(const Process& process, int i, int j, const LargestEntry& entry) {
    const auto name = [&](int a) { return process.variables()[static_cast<std::size_t>(a)]; };
    std::ostringstream text;
    text << process.name() << " on the grid: the noises of " << name(i) << " and " << name(j)
         << " are correlated (entry a_" << name(i) << name(j) << " of sigma sigma^T is " << entry.value << " at";
    for (int a = 0; a < process.dim(); ++a)
        text << (a ? ", " : " ") << name(a) << " = " << entry.at[static_cast<std::size_t>(a)];
    text << ", t = " << entry.t
         << "), and cross terms cannot yet be solved on a grid; drop [grid], or choose variables "
         << "whose noises are independent";
    throw ConfigError(text.str());
}

[[noreturn]] void refuse_noise(const Process& process, Points x, Index q, double t) {
    std::ostringstream text;
    text << process.name() << " on the grid: sigma is not finite at";
    for (int a = 0; a < process.dim(); ++a)
        text << (a ? ", " : " ") << process.variables()[static_cast<std::size_t>(a)] << " = " << x.component(a)[q];
    text << ", t = " << t << "; move the sides of the grid to where the model is defined";
    throw NumericsError(text.str());
}

// Which diagonal entries of a are non-zero anywhere; throws when others are, or when one is not finite.
std::vector<bool> axes_with_diffusivity(const GridProblem& problem, const std::vector<double>& times) {
    const Process& process = *problem.process;
    const int d = process.dim(), m = process.noise_dim();
    std::vector<LargestEntry> largest(static_cast<std::size_t>(d * d));
    const Index n = problem.mesh.n_cells(0);
    Block sigma(std::max(d * m, 1), n), a(d * d, n);
    for (const double t : times)
        for_rows_of_centres(problem.mesh, [&](Points x, int, int) {
            if (m > 0) process.sigma(x, t, sigma.rows());
            diffusion_matrix(d, m, n, sigma.rows(), a.rows());
            for (int e = 0; e < d * d; ++e)
                for (Index q = 0; q < n; ++q) {
                    const double value = a.row(e)[q];
                    if (!std::isfinite(value)) refuse_noise(process, x, q, t);
                    LargestEntry& entry = largest[static_cast<std::size_t>(e)];
                    if (!(std::abs(value) > entry.size)) continue;
                    entry = {std::abs(value), value, t, {}};
                    for (int j = 0; j < d; ++j) entry.at.push_back(x.component(j)[q]);
                }
        });
    std::vector<bool> diffusive;
    for (int i = 0; i < d; ++i) {
        const double own = largest[static_cast<std::size_t>(i * d + i)].size;
        diffusive.push_back(own > 0.0);
        for (int j = i + 1; j < d; ++j) {
            const double scale = std::sqrt(own * largest[static_cast<std::size_t>(j * d + j)].size);
            const LargestEntry& cross = largest[static_cast<std::size_t>(i * d + j)];
            if (cross.size > negligible_cross_term * scale) refuse_cross_term(process, i, j, cross);
        }
    }
    return diffusive;
}

AdvectiveSide advective(Boundary side) {
    if (side == Boundary::periodic) return AdvectiveSide::periodic;
    return side == Boundary::absorbing ? AdvectiveSide::outflow : AdvectiveSide::closed;
}

// Mean of b_axis over every face of the axis.
void face_averages(const GridProblem& problem, int axis, double t, GridField& velocity) {
    const int d = problem.mesh.dim();
    const Index n = velocity.n_cells(0);
    Block x(d, n), b(d, n);
    int n_nodes = 1;
    for (int a = 0; a + 1 < d; ++a) n_nodes *= 3;
    const auto coordinate = [&](int a, int index, std::size_t g) {
        const std::vector<double>& f = problem.mesh.faces[static_cast<std::size_t>(a)];
        const auto i = static_cast<std::size_t>(index);
        return a == axis ? f[i] : f[i] + (f[i + 1] - f[i]) * gauss3_node[g];
    };
    for (int k = 0; k < velocity.n_cells(2); ++k)
        for (int j = 0; j < velocity.n_cells(1); ++j) {
            double* out = velocity.row(j, k);
            std::fill_n(out, n, 0.0);
            for (int node = 0; node < n_nodes; ++node) {
                double weight = 1.0;
                int digits = node;
                for (int a = 0; a < d; ++a) {
                    const auto g = static_cast<std::size_t>(a == axis ? 0 : digits % 3);
                    if (a != axis) {
                        weight *= gauss3_weight[g];
                        digits /= 3;
                    }
                    for (Index q = 0; q < n; ++q)
                        x.row(a)[q] = coordinate(a, a == 0 ? static_cast<int>(q) : a == 1 ? j : k, g);
                }
                problem.process->ito_drift(x.points(), t, b.rows());
                for (Index q = 0; q < n; ++q) out[q] += weight * b.row(axis)[q];
            }
        }
}

}  // namespace

FokkerPlanck::FokkerPlanck(GridProblem problem, const std::vector<double>& probe_times) {
    if (problem.process == nullptr) throw ConfigError("density on a grid: no process is given");
    check(problem.mesh);
    check_sides(problem);
    diffusive_ = axes_with_diffusivity(problem, probe_times);
    problem_ = std::make_shared<const GridProblem>(std::move(problem));
}

CellRates FokkerPlanck::cell_rates(int axis, double t) const {
    return FaceRates(problem_, axis).at(t);
}

SplitOperator FokkerPlanck::split_operator() const {
    SplitOperator op;
    op.shape = GridField(problem_->mesh.n_cells());
    op.flux = problem_->flux;
    op.autonomous = problem_->process->autonomous();
    std::vector<std::shared_ptr<const FaceRates>> faces(diffusive_.size());
    for (int a = 0; a < problem_->mesh.dim(); ++a) {
        const AxisDomain& sides = problem_->domain[static_cast<std::size_t>(a)];
        if (diffusive(a)) {
            op.diffusive_axes.push_back(a);
            op.cyclic.push_back(sides.at_lower == Boundary::periodic);
            faces[static_cast<std::size_t>(a)] = std::make_shared<const FaceRates>(problem_, a);
        } else {
            op.advective_axes.push_back(
                {a, problem_->mesh.widths(a), advective(sides.at_lower), advective(sides.at_upper)});
        }
    }
    op.assemble = [faces](int axis, double t, AxisRates& rates) {
        const CellRates r = faces[static_cast<std::size_t>(axis)]->at(t);
        rates.assign(r.up, r.down, r.out_lower, r.out_upper);
    };
    if (!op.advective_axes.empty())
        op.velocity = [problem = problem_](int axis, double t, GridField& velocity) {
            face_averages(*problem, axis, t, velocity);
        };
    if (problem_->process->has_killing())
        op.killing = [problem = problem_](double t, GridField& rate) {
            Block c(1, problem->mesh.n_cells(0));
            for_rows_of_centres(problem->mesh, [&](Points x, int j, int k) {
                problem->process->killing_rate(x, t, c.rows());
                std::copy_n(c.row(0), x.n, rate.row(j, k));
            });
        };
    return op;
}

}  // namespace dynkin
