// D10, D14, D15: equilibria on the grid and by particles.
#include "apps/verify/equilibria.hpp"

#include "apps/verify/case_functions.hpp"
#include "apps/verify/judges.hpp"
#include "apps/verify/support/ensembles.hpp"
#include "models/double_well.hpp"
#include "models/drifted_brownian.hpp"
#include "models/ornstein_uhlenbeck.hpp"
#include "models/underdamped_langevin.hpp"
#include "solvers/core/test_functions.hpp"
#include "solvers/grid/split_step.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace dynkin::verify {
namespace {

std::string with(const std::string& what, double value) {
    char text[160];
    std::snprintf(text, sizeof text, "%s = %g", what.c_str(), value);
    return text;
}

/// <x^k> under exp(-(x^4/4 - x^2/2) / T), by the trapezoidal rule (exponentially accurate).
double quartic_moment(double T, int k) {
    double sum = 0.0, total = 0.0;
    for (int i = -4000; i <= 4000; ++i) {
        const double x = i * 1e-3, p = std::exp(-(0.25 * x * x * x * x - 0.5 * x * x) / T);
        sum += std::pow(x, k) * p;
        total += p;
    }
    return sum / total;
}

/// Transport along x, noise along v, T = 1/2. Coarser meshes still show the fourth- and fifth-order terms.
void add_langevin_grid(VerifyReport& report) {
    const auto process = make_process(models::UnderdampedLangevin{.gamma = 1.0, .T = 0.5});
    const auto start = gaussian_law({0.0, 0.0}, {0.6, 0.7});
    const std::vector<int> cells = {64, 80, 104, 136};
    std::vector<std::vector<double>> moments;
    for (const int n : cells) {
        GridProblem problem = box_problem(process, -3.2, 3.2, n);
        problem.mesh.faces[1] = uniform_faces(-4.0, 4.0, n);
        moments.push_back(solve_density({.problem = problem,
                                         .initial = *start,
                                         .outputs = {14.0},
                                         .steps = {.tolerance = 1e-3},
                                         .functions = {monomial({2, 0}), monomial({0, 2})}})
                              .rows[0]
                              .expectation);
    }
    const auto found = [&](std::size_t k) {
        return [&, k](int n) {
            return moments[static_cast<std::size_t>(std::find(cells.begin(), cells.end(), n) - cells.begin())][k];
        };
    };
    // Steps and what is left of the start, e^-7 of a small difference.
    const double precision = 1e-4;
    add_convergence(report, "grid: <x^2>, T = 0.5", 0.893464969574, found(0), cells, precision);
    add_convergence(report, "grid: <v^2>, T = 0.5", 0.5, found(1), cells, precision);
}

std::vector<double> boltzmann(const Mesh& mesh, double D, const std::function<double(double)>& U) {
    std::vector<double> p;
    const std::vector<double> x = mesh.centres(0), h = mesh.widths(0);
    double total = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        p.push_back(h[i] * std::exp(-U(x[i]) / D));
        total += p.back();
    }
    for (double& v : p) v /= total;
    return p;
}

}  // namespace

VerifyRow nodal_row(const std::string& label, const CellRates& rates, const std::vector<double>& centres, double u,
                    double D, double L, double allowed) {
    const auto exact = [&](double x) { return std::expm1(-u * x / D) / std::expm1(-u * L / D); };
    // Stationary flux from cell to cell, starting at the wall: out_lower phi_0 leaves through it; the ratios follow.
    const double *up = rates.up.row(0, 0), *down = rates.down.row(0, 0);
    std::vector<double> phi = {1.0};
    const double current = -rates.out_lower.row(0, 0)[0];
    for (std::size_t i = 0; i + 1 < centres.size(); ++i) phi.push_back((up[i] * phi[i] - current) / down[i + 1]);
    const double scale = exact(centres.back()) / phi.back();
    double worst = 0.0;
    for (std::size_t i = 0; i < phi.size(); ++i)
        worst = std::max(worst, std::abs(phi[i] * scale / exact(centres[i]) - 1.0));
    return judged(label, 0.0, worst, allowed);
}

VerifyRow preserved_row(const std::string& label, const SplitOperator& op, const std::vector<double>& masses,
                        double h) {
    SplitStep stepper(op, 1);
    GridField p = op.shape;
    p.load(masses.data());
    StepLedger ledger;
    for (int s = 0; s < 100; ++s) stepper.step(p, s * h, h, ledger);
    std::vector<double> after(masses.size());
    p.store(after.data());
    return judged(label, 0.0, l1_distance(after, masses), 1e-13);
}

VerifyReport judge_langevin(const ProcessPtr& process, double T, double square, const VerifyOptions& options) {
    VerifyReport report;
    EnsembleMeans what{.process = process, .scheme = "baoab", .x0 = {1.0, 0.0}};
    what.T = 24.0;  // even moments relax at a rate near 1/2: e^-12
    what.n_particles = std::uint64_t{1} << 17;
    what.observables = {[](const double* x) { return x[0] * x[0]; },
                        [](const double* x) { return std::pow(x[0], 4) - x[0] * x[0]; },
                        [](const double* x) { return x[1] * x[1]; }};
    what.n_steps = 120;
    const auto coarse = ensemble_means(what, options);
    what.n_steps = 240;
    const auto fine = ensemble_means(what, options);
    const double expected[] = {square, T, T};
    const char* names[] = {"<x^2>", "<x^4> - <x^2>", "<v^2>"};
    // Order two: a third of the difference is left; e^-12 of a start of order one.
    for (std::size_t k = 0; k < 3; ++k)
        report.rows.push_back(judged(with(std::string("particles by baoab: ") + names[k] + ", T", T), expected[k],
                                     fine[k], std::abs(coarse[k].mean - fine[k].mean) / 3.0 + 1e-5));
    return report;
}

VerifyReport case_d10(const VerifyOptions& options) {
    VerifyReport report;
    for (const auto& [T, reference] : {std::pair{0.5, 0.893464969574}, std::pair{0.1, 0.871362908042}}) {
        report.rows.push_back(judged(with("<x^2> by quadrature, T", T), reference, quartic_moment(T, 2), 1e-11));
        report.rows.push_back(
            judged(with("<x^4> - <x^2> by quadrature, T", T), T, quartic_moment(T, 4) - quartic_moment(T, 2), 1e-11));
        const VerifyReport particles =
            judge_langevin(make_process(models::UnderdampedLangevin{.gamma = 1.0, .T = T}), T, reference, options);
        report.rows.insert(report.rows.end(), particles.rows.begin(), particles.rows.end());
    }
    add_langevin_grid(report);
    return report;
}

VerifyReport case_d14(const VerifyOptions&) {
    VerifyReport report;
    const double u = 10.0, D = 1.0, L = 10.0;
    const auto process = make_process(models::DriftedBrownian{.mu = {-u}, .noise = {std::sqrt(2.0 * D)}});
    for (const int n : {10, 40}) {
        GridProblem problem = box_problem(process, 0.0, L, n);
        problem.domain[0].at_lower = Boundary::absorbing;
        const FokkerPlanck op(problem);
        report.rows.push_back(nodal_row(with("largest relative error at the centres, cells", n), op.cell_rates(0, 0.0),
                                        problem.mesh.centres(0), u, D, L, 1e-13));
    }
    return report;
}

VerifyReport case_d15(const VerifyOptions&) {
    VerifyReport report;
    const double T = 0.3;
    const auto ou = make_process(
        checked(models::OrnsteinUhlenbeck{.theta = Matrix::scalar(1.0), .noise = Matrix::scalar(std::sqrt(2.0 * T))}));
    const auto well = make_process(models::DoubleWell{.D = T});
    // Friction gamma = 2.5 and the Maxwellian exp(-v^2 / 2T): D = gamma T.
    const auto friction = make_process(checked(
        models::OrnsteinUhlenbeck{.theta = Matrix::scalar(2.5), .noise = Matrix::scalar(std::sqrt(2.0 * 2.5 * T))}));
    const auto harmonic = [](double x) { return 0.5 * x * x; };
    const auto quartic = [](double x) { return 0.25 * x * x * x * x - 0.5 * x * x; };
    struct Equilibrium {
        std::string name;
        GridProblem problem;
        std::function<double(double)> U;
    };
    GridProblem graded = box_problem(well, -2.5, 2.5, 150);
    graded.mesh.faces[0] = graded_faces(-2.5, 2.5, 150, 0.4, 5.0);
    for (const Equilibrium& e : {Equilibrium{"OU", box_problem(ou, -4.0, 4.0, 200), harmonic},
                                 Equilibrium{"double well", box_problem(well, -2.5, 2.5, 150), quartic},
                                 Equilibrium{"double well on graded cells", graded, quartic},
                                 Equilibrium{"Maxwellian", box_problem(friction, -4.0, 4.0, 120), harmonic}}) {
        const std::vector<double> p = boltzmann(e.problem.mesh, T, e.U);
        const FokkerPlanck op(e.problem);
        const SparseRateMatrix Q = op.rate_matrix();
        std::vector<double> change(p.size());
        Q.apply_adjoint(p.data(), change.data());
        double flux = 0.0;
        for (const double c : change) flux = std::max(flux, std::abs(c));
        // Round-off of rates times masses.
        report.rows.push_back(
            judged(e.name + ": largest |Q^T p| / (exit rate)", 0.0, flux / Q.largest_exit_rate(), 1e-15));
        for (const double h : {1e-3, 0.1, 100.0})
            report.rows.push_back(
                preserved_row(e.name + with(": L1 change after 100 steps of h", h), op.split_operator(), p, h));
    }
    return report;
}

}  // namespace dynkin::verify
