// C5, C6, C7: reflecting and absorbing walls, and the ring that tells the calculi apart.
#include "apps/verify/walls.hpp"

#include "apps/verify/case_functions.hpp"
#include "apps/verify/support/ensembles.hpp"
#include "models/drifted_brownian.hpp"
#include "models/ring.hpp"
#include "solvers/core/test_functions.hpp"
#include "solvers/rates/spectrum.hpp"

#include <cmath>
#include <numbers>

namespace dynkin::verify {
namespace {

using std::numbers::pi;

/// D = 1.
std::shared_ptr<const Process> unit_diffusivity() {
    return make_process(models::DriftedBrownian{.mu = {0.0}, .noise = {std::numbers::sqrt2}});
}

/// Starting points and evaluation points lie on faces of every mesh used, so errors have one sign and one order.
DensityResult from_point(const GridProblem& problem, double x0, double t) {
    const auto start = point_law({x0});
    return solve_density(
        {.problem = problem, .initial = *start, .outputs = {t}, .method = GridMethod::krylov, .functions = {}});
}

/// P(X < x) of the reflected motion: the integral of its cosine series.
double reflected_cumulative(double x, double x0, double t) {
    double sum = x;
    for (int n = 1; n < 60; ++n)
        sum += 2.0 / (n * pi) * std::sin(n * pi * x) * std::cos(n * pi * x0) * std::exp(-n * n * pi * pi * t);
    return sum;
}

double ring_reference(Calculus calculus) {
    switch (calculus) {
        case Calculus::ito: return -0.267949192431;
        case Calculus::stratonovich: return -0.135222221038;
        default: return 0.0;
    }
}

}  // namespace

void add_reflected_density(VerifyReport& report, const std::string& label, double shift) {
    const auto process = unit_diffusivity();
    add_convergence(report, label, 0.913545758867,
                    [&](int n) {
                        const double d = shift / n;
                        const GridProblem problem =
                            box_problem(process, -d, 1.0 + d, n + (shift > 0.0 ? 1 : 0), Boundary::reflecting);
                        return at_face(from_point(problem, 0.2, 0.05).masses, problem.mesh, 0.5) * n;
                    },
                    {40, 80, 160, 320});
}

VerifyReport case_c5(const VerifyOptions& options) {
    VerifyReport report;
    const auto process = unit_diffusivity();
    const double x0 = 0.2, t = 0.05;
    add_reflected_density(report, "grid: p(.5, .05 | .2)", 0.0);
    EnsembleMeans what{.process = process, .x0 = {x0}};
    what.domain = {AxisDomain{0.0, 1.0, Boundary::reflecting, Boundary::reflecting}};
    what.T = t;
    what.n_steps = 10;
    what.observables = {[](const double* x) { return x[0] < 0.1 ? 1.0 : 0.0; },
                        [](const double* x) { return x[0] < 0.5 ? 1.0 : 0.0; }};
    const auto means = ensemble_means(what, options);
    // Folding is exact for a flat wall and constant coefficients.
    report.rows.push_back(judged("particles: P(X < .1)", reflected_cumulative(0.1, x0, t), means[0]));
    report.rows.push_back(judged("particles: P(X < .5)", reflected_cumulative(0.5, x0, t), means[1]));
    return report;
}

void add_absorbed_survival(VerifyReport& report, const std::string& label, double shift) {
    const auto process = unit_diffusivity();
    add_convergence(report, label, 0.63040107114,
                    [&](int n) {
                        const double d = shift / n;
                        GridProblem problem =
                            box_problem(process, -d, 1.0 + d, n + (shift > 0.0 ? 1 : 0), Boundary::absorbing);
                        return from_point(problem, 0.3, 0.05).rows[0].mass;
                    },
                    {40, 80, 160, 320});
}

VerifyReport case_c6(const VerifyOptions& options) {
    VerifyReport report;
    add_absorbed_survival(report, "grid: S(.3, .05)", 0.0);
    const auto process = unit_diffusivity();
    add_convergence(report, "grid: decay rate", pi * pi,
                    [&](int n) {
                        return leading_rates(
                                   FokkerPlanck(box_problem(process, 0.0, 1.0, n, Boundary::absorbing)).rate_matrix(),
                                   1)[0]
                            .real();
                    },
                    {40, 80, 160, 320});
    EnsembleMeans what{.process = process, .x0 = {0.3}};
    what.domain = {AxisDomain{0.0, 1.0, Boundary::absorbing, Boundary::absorbing}};
    what.T = 0.05;
    what.n_steps = 50;
    what.observables = {[](const double*) { return 1.0; }};
    // Each wall is exact by itself; in a step of .001 no path sees both.
    report.rows.push_back(judged("particles: S(.3, .05)", 0.63040107114, ensemble_means(what, options)[0]));
    return report;
}

void add_ring_rows(VerifyReport& report, Calculus calculus, const std::shared_ptr<const Process>& process,
                   const VerifyOptions& options) {
    const double reference = ring_reference(calculus);
    const std::string name = name_of(calculus);
    const auto start = gaussian_law({0.3}, {0.1});
    const auto on_grid = [&](int n) {
        return solve_density({.problem = box_problem(process, 0.0, 1.0, n, Boundary::periodic),
                              .initial = *start,
                              .outputs = {1.0},
                              .method = GridMethod::krylov,
                              .functions = {fourier({1}, {0.0}, {1.0}, FourierPhase::sine)}})
            .rows[0]
            .expectation[0];
    };
    if (reference == 0.0) {  // uniform on every mesh: nothing to converge
        report.rows.push_back(judged(name + ", grid: <sin 2 pi x>", 0.0, on_grid(64), 1e-11));
    } else {
        add_convergence(report, name + ", grid: <sin 2 pi x>", reference, on_grid, {16, 32, 64, 128});
    }
    // The slowest mode decays faster than e^{-30 t}: what is left of the start at t = .35 is below 3e-5.
    EnsembleMeans what{
        .process = process, .scheme = "euler_maruyama", .x0 = {0.25}, .domain = process->natural_domain()};
    what.T = 0.35;
    what.n_particles = std::uint64_t{1} << 15;
    what.observables = {[](const double* x) { return std::sin(2.0 * pi * x[0]); }};
    what.n_steps = 128;
    const Estimate coarse = ensemble_means(what, options)[0];
    what.n_steps = 256;
    const Estimate fine = ensemble_means(what, options)[0];
    // Weak order one: the bias of the finer run is the difference.
    report.rows.push_back(
        judged(name + ", particles: <sin 2 pi x>", reference, fine, std::abs(coarse.mean - fine.mean) + 3e-5));
}

VerifyReport case_c7(const VerifyOptions& options) {
    VerifyReport report;
    for (const Calculus calculus : {Calculus::ito, Calculus::stratonovich, Calculus::haenggi_klimontovich})
        add_ring_rows(report, calculus, make_process(models::Ring{.eps = 0.5, .calculus = calculus}), options);
    return report;
}

}  // namespace dynkin::verify
