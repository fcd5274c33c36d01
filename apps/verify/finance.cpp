// B8, B10: a call, multilevel variances, a bond.
#include "apps/verify/finance.hpp"

#include "apps/verify/case_functions.hpp"
#include "apps/verify/judges.hpp"
#include "apps/verify/support/ensembles.hpp"
#include "apps/verify/support/grids.hpp"
#include "models/cir_bond.hpp"
#include "models/geometric_brownian.hpp"
#include "solvers/particle/coupled.hpp"
#include "solvers/particle/parallel.hpp"
#include "solvers/rates/propagate.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace dynkin::verify {
namespace {

constexpr double spot = 100.0, strike = 100.0, interest = 0.05, volatility = 0.2;

double discounted_call(const double* x) {
    return std::exp(-interest) * std::max(x[0] - strike, 0.0);
}

double black_scholes() {
    const double d1 = (std::log(spot / strike) + interest + 0.5 * volatility * volatility) / volatility;
    return spot * normal_cdf(d1) - strike * std::exp(-interest) * normal_cdf(d1 - volatility);
}

/// The bond price from .05 by the backward equation, E[weight | X_0 = x] between centres by a cubic.
double bond_on_grid(const std::shared_ptr<const Process>& process, double maturity, int n) {
    GridProblem problem = box_problem(process, 0.0, 16.0, n);
    problem.mesh.faces[0] = graded_faces(0.0, 16.0, n, 0.0, 100.0);
    const std::vector<double> ones(static_cast<std::size_t>(n), 1.0), x = problem.mesh.centres(0);
    const auto u = propagate_function(FokkerPlanck(problem).rate_matrix(), ones, maturity, PropagationMethod::krylov);
    const double at = 0.05;
    const auto above = static_cast<std::size_t>(std::lower_bound(x.begin(), x.end(), at) - x.begin());
    const std::size_t first = std::max<std::size_t>(above, 2) - 2;
    double value = 0.0;
    for (std::size_t a = first; a < first + 4; ++a) {
        double weight = 1.0;
        for (std::size_t b = first; b < first + 4; ++b)
            if (b != a) weight *= (at - x[b]) / (x[a] - x[b]);
        value += weight * u[a];
    }
    return value;
}

}  // namespace

ErrorTable level_variances(const std::shared_ptr<const Process>& process, const std::string& scheme,
                           const VerifyOptions& options) {
    const int n_batches = 16;
    const Index n = 2048;
    ErrorTable table;
    table.batch.assign(n_batches, {});
    for (const int n_steps : {8, 16, 32, 64}) {
        table.h.push_back(1.0 / n_steps);
        ParticleProblem problem;
        problem.process = process;
        problem.scheme = scheme;
        problem.grid.n_steps = n_steps;
        problem.grid.outputs.push_back(1.0);
        problem.seed = options.seed;
        const CoupledPaths paths(problem);
        std::vector<double> squares(n_batches, 0.0);
        parallel_blocks(n_batches, usable_threads(options.n_threads, n_batches), [&](std::int64_t b, int) {
            BlockState start;
            start.x.resize(1, n), start.weight.resize(1, n), start.alive.resize(1, n);
            std::fill_n(start.x.row(0), n, spot);
            std::fill_n(start.weight.row(0), n, 1.0);
            std::fill_n(start.alive.row(0), n, 1.0);
            start.n = n;
            start.first_particle = static_cast<std::uint64_t>(b * n);
            const auto worker = paths.worker();
            worker->start(start);
            worker->advance(0);
            for (Index q = 0; q < n; ++q)
                squares[static_cast<std::size_t>(b)] += std::pow(discounted_call(worker->fine().x.row(0) + q) -
                                                                     discounted_call(worker->coarse().x.row(0) + q),
                                                                 2) /
                                                        static_cast<double>(n);
        });
        for (std::size_t b = 0; b < squares.size(); ++b) table.batch[b].push_back(squares[b]);
    }
    return table;
}

VerifyReport case_b8(const VerifyOptions& options) {
    VerifyReport report;
    const double reference = 10.4505835721856;
    const auto process = make_process(models::GeometricBrownian{.mu = interest, .volatility = volatility});
    report.rows.push_back(judged("call by the closed form", reference, black_scholes(), 1e-11));
    EnsembleMeans what{.process = process, .scheme = "exact", .x0 = {spot}};
    what.n_particles = std::uint64_t{1} << 20;
    what.observables = {discounted_call, [](const double* x) { return std::exp(-interest) * x[0]; }};
    const auto means = ensemble_means(what, options);
    report.rows.push_back(judged("call by exact transitions", reference, means[0]));
    report.rows.push_back(judged("discounted spot (a martingale)", spot, means[1]));
    report.rows.push_back(
        judged_order("level variance, Euler-Maruyama", 1.0, level_variances(process, "euler_maruyama", options).fit()));
    report.rows.push_back(
        judged_order("level variance, Milstein", 2.0, level_variances(process, "milstein", options).fit()));
    return report;
}

VerifyReport judge_bond(const ProcessPtr& process, const VerifyOptions& options) {
    VerifyReport report;
    for (const auto& [maturity, reference] : {std::pair{5.0, 0.82165641627}, std::pair{10.0, 0.723687625316}}) {
        char name[64];
        std::snprintf(name, sizeof name, "T = %g, ", maturity);
        // Where the density is singular there is no clean order: the bound is that of audit_density, by the factor r
        // that errors are seen to shrink by.
        const double coarsest = bond_on_grid(process, maturity, 80),
                     coarse_cells = bond_on_grid(process, maturity, 160);
        const double value = bond_on_grid(process, maturity, 320), change = std::abs(value - coarse_cells);
        const double r = std::clamp(std::abs(coarse_cells - coarsest) / change, 1.5, 4.0);
        report.rows.push_back(
            judged(std::string(name) + "grid, 320 cells", reference, value, 1.5 * change / (r - 1.0)));
        EnsembleMeans what{.process = process, .scheme = "exact", .x0 = {0.05}};
        what.T = maturity;
        what.n_particles = std::uint64_t{1} << 17;
        what.observables = {[](const double*) { return 1.0; }};
        what.n_steps = static_cast<std::int64_t>(2.0 * maturity);
        const Estimate coarse = ensemble_means(what, options)[0];
        what.n_steps *= 2;
        const Estimate fine = ensemble_means(what, options)[0];
        // The discount is integrated by the trapezoidal rule: of order two, a third of the difference is left.
        report.rows.push_back(judged(std::string(name) + "particles, exact transitions", reference, fine,
                                     std::abs(fine.mean - coarse.mean) / 3.0));
    }
    report.notes.push_back(
        "the rate reaches 0, where its density is singular like x^-.92: cells are a hundred times finer "
        "there, and the observed order falls from 1.1 to 0.8 as they shrink, so none is stated");
    return report;
}

VerifyReport case_b10(const VerifyOptions& options) {
    return judge_bond(make_process(models::CirBond{}), options);
}

}  // namespace dynkin::verify
