// B7, C1, C2, C3: transition laws on a line and a plane, by grid and by particles.
#include "apps/verify/case_functions.hpp"
#include "apps/verify/judges.hpp"
#include "apps/verify/support/ensembles.hpp"
#include "apps/verify/support/grids.hpp"
#include "models/benes.hpp"
#include "models/killed_brownian.hpp"
#include "models/ornstein_uhlenbeck.hpp"
#include "solvers/check/exact_moments.hpp"
#include "solvers/core/test_functions.hpp"
#include "solvers/rates/spectrum.hpp"
#include "solvers/rates/stationary.hpp"

#include <cmath>
#include <numbers>

namespace dynkin::verify {
namespace {

/// The density at time t from a point, exact in time (Krylov to 1e-12): what is left is the error of the cells.
DensityResult density_from_point(const GridProblem& problem, double x0, double t) {
    const auto start = point_law({x0});
    return solve_density(
        {.problem = problem, .initial = *start, .outputs = {t}, .method = GridMethod::krylov, .functions = {}});
}

}  // namespace

VerifyReport judge_cameron_martin(const ProcessPtr& process, const VerifyOptions& options) {
    VerifyReport report;
    const double reference = 0.805018182195;
    report.rows.push_back(judged("1 / sqrt(cosh 1)", reference, 1.0 / std::sqrt(std::cosh(1.0)), 1e-12));
    add_convergence(
        report, "grid: mass left at t = 1", reference,
        [&](int n) { return density_from_point(box_problem(process, -7.0, 7.0, n), 0.0, 1.0).rows[0].mass; },
        {50, 100, 200, 400});
    EnsembleMeans what{.process = process, .x0 = {0.0}};
    what.n_steps = 64;
    what.observables = {[](const double*) { return 1.0; }};
    // The trapezoidal sum of W^2 has the mean of the integral: h / 6 (dW)^2 too much a step, on average the h^2 / 6
    // that the bridge adds to it. Its variance differs by O(h^2), and so does the mean weight.
    const double bias = std::pow(1.0 / 64.0, 2);
    report.rows.push_back(
        judged("particles: mean weight at t = 1, h = 1/64", reference, ensemble_means(what, options)[0], bias));
    return report;
}

VerifyReport case_b7(const VerifyOptions& options) {
    return judge_cameron_martin(make_process(models::KilledBrownian{}), options);
}

VerifyReport judge_ornstein_uhlenbeck(const ProcessPtr& process, const VerifyOptions& options) {
    VerifyReport report;
    const double theta = 1.5, s = 0.8, x0 = 1.0, t = 0.7;
    const double mean = x0 * std::exp(-theta * t), variance = s * s * -std::expm1(-2.0 * theta * t) / (2.0 * theta);
    const auto problem = [&](int n) { return box_problem(process, -4.0, 4.0, n); };
    const auto law = [&](double x) { return normal_cdf((x - mean) / std::sqrt(variance)); };
    add_convergence(report, "grid: L1 distance from the normal law", 0.0,
                    [&](int n) {
                        const GridProblem p = problem(n);
                        return l1_distance(density_from_point(p, x0, t).masses, masses_of(p.mesh, law));
                    },
                    {64, 128, 256, 512});
    for (int k = 1; k <= 3; ++k)
        add_convergence(
            report, "grid: eigenvalue " + std::to_string(k) + " theta", k * theta,
            [&](int n) {
                return leading_rates(FokkerPlanck(problem(n)).rate_matrix(), 4)[static_cast<std::size_t>(k)].real();
            },
            {64, 128, 256, 512});
    for (const char* scheme : {"exact", "sra1"}) {
        EnsembleMeans what{.process = process, .scheme = scheme, .x0 = {x0}};
        what.T = t;
        what.n_steps = 70;
        what.observables = {[](const double* x) { return x[0]; },
                            [&](const double* x) { return std::pow(x[0] - mean, 2); },
                            [](const double* x) { return x[0] < 0.0 ? 1.0 : 0.0; }};
        const auto means = ensemble_means(what, options);
        // sra1 on OU: one step multiplies by 1 - z + z^2 / 2, z = theta h: weak order 2, z^2 theta t / 6 relative.
        const double bias = std::string(scheme) == "exact" ? 0.0 : std::pow(theta * 0.01, 2);
        const std::string by = std::string(" by ") + scheme;
        report.rows.push_back(judged("particles: mean" + by, mean, means[0], bias));
        report.rows.push_back(judged("particles: variance" + by, variance, means[1], bias));
        report.rows.push_back(judged("particles: P(X < 0)" + by, law(0.0), means[2], bias));
    }
    return report;
}

VerifyReport case_c1(const VerifyOptions& options) {
    return judge_ornstein_uhlenbeck(
        make_process(checked(models::OrnsteinUhlenbeck{.theta = Matrix::scalar(1.5), .noise = Matrix::scalar(0.8)})),
        options);
}

VerifyReport judge_benes(const ProcessPtr& process, const VerifyOptions& options) {
    VerifyReport report;
    const double x0 = 0.5, reference = 0.29221302364;
    double x = 1.0, p = 0.0;
    process->transition_density(Points{&x, 1, 1, 1}, &x0, 0.0, 1.0, &p);
    report.rows.push_back(judged("p(1, 1 | .5) by the closed form", reference, p, 1e-11));
    add_convergence(report, "grid: p(1, 1 | .5)", reference,
                    [&](int n) {
                        const GridProblem problem = box_problem(process, -7.0, 9.0, n);
                        return at_face(density_from_point(problem, x0, 1.0).masses, problem.mesh, 1.0) * n / 16.0;
                    },
                    {64, 128, 256, 512});
    // The law is that of a drift +1 with probability 1 / (1 + e^{-2 x0}), of -1 otherwise.
    const double up = 1.0 / (1.0 + std::exp(-2.0 * x0));
    const auto cumulative = [&](double y) {
        return up * normal_cdf(y - x0 - 1.0) + (1.0 - up) * normal_cdf(y - x0 + 1.0);
    };
    EnsembleMeans what{.process = process, .scheme = "exact", .x0 = {x0}};
    what.n_steps = 4;
    what.observables = {[](const double* y) { return y[0] < 0.0 ? 1.0 : 0.0; },
                        [](const double* y) { return y[0] < 1.5 ? 1.0 : 0.0; }};
    const auto means = ensemble_means(what, options);
    report.rows.push_back(judged("particles: P(X_1 < 0), four exact transitions", cumulative(0.0), means[0]));
    report.rows.push_back(judged("particles: P(X_1 < 1.5), four exact transitions", cumulative(1.5), means[1]));
    return report;
}

VerifyReport case_c2(const VerifyOptions& options) {
    return judge_benes(make_process(models::Benes{}), options);
}

namespace {

/// Stationary covariance of dX = -theta X dt + dW / 2, theta = [[.5, 2], [-2, 1]].
constexpr double rotating_covariance[] = {0.175925925926, 0.0185185185185, 0.162037037037};
const std::vector<int> rotating_cells = {20, 30, 45, 66};

/// E (x b_y - y b_x) = 2 <x x> - <x y> / 2 + 2 <y y> = 2/3: zero in every equilibrium.
double turning(const double* x) {
    return x[0] * (2.0 * x[0] - x[1]) - x[1] * (-0.5 * x[0] - 2.0 * x[1]);
}

double stationary_mean(const GridProblem& problem, const Observable& phi) {
    const std::vector<double> p = stationary_law(FokkerPlanck(problem).rate_matrix()), c = problem.mesh.centres(0);
    double sum = 0.0;
    for (std::size_t j = 0; j < c.size(); ++j)
        for (std::size_t i = 0; i < c.size(); ++i) {
            const double x[] = {c[i], c[j]};
            sum += p[i + j * c.size()] * phi(x);
        }
    return sum;
}

}  // namespace

VerifyReport judge_rotating(const ProcessPtr& process, const VerifyOptions& options) {
    VerifyReport report;
    const char* names[] = {"<x x>", "<x y>", "<y y>", "circulation E(x b_y - y b_x)"};
    const double references[] = {rotating_covariance[0], rotating_covariance[1], rotating_covariance[2], 2.0 / 3.0};
    const std::vector<int> degrees[] = {{2, 0}, {1, 1}, {0, 2}};
    const auto table = exact_moments(*process, *point_law({0.0, 0.0}), 0.0, {40.0}, {-2.0, -2.0}, {2.0, 2.0}, 2);
    for (std::size_t k = 0; k < 3; ++k)
        report.rows.push_back(judged(std::string("closed moments: ") + names[k], references[k],
                                     table ? table->at(0, degrees[k]).value_or(NAN) : NAN, 1e-10));
    EnsembleMeans what{.process = process, .scheme = "exact", .x0 = {0.0, 0.0}};
    what.T = 20.0;
    what.n_steps = 2;
    what.observables = {[](const double* x) { return x[0] * x[0]; }, [](const double* x) { return x[0] * x[1]; },
                        [](const double* x) { return x[1] * x[1]; }, turning};
    const auto means = ensemble_means(what, options);
    for (std::size_t k = 0; k < 4; ++k)
        report.rows.push_back(judged(std::string("particles: ") + names[k], references[k], means[k]));
    for (const std::size_t k : {0u, 2u, 3u})
        add_convergence(
            report, std::string("grid: ") + names[k], references[k],
            [&](int n) { return stationary_mean(box_problem(process, -2.4, 2.4, n), what.observables[k]); },
            rotating_cells);
    return report;
}

VerifyReport case_c3(const VerifyOptions& options) {
    models::OrnsteinUhlenbeck model{.noise = Matrix::diagonal({0.5, 0.5}), .mean = {0.0, 0.0}};
    model.theta = Matrix(2, 2);
    model.theta(0, 0) = 0.5, model.theta(0, 1) = 2.0, model.theta(1, 0) = -2.0, model.theta(1, 1) = 1.0;
    return judge_rotating(make_process(checked(model)), options);
}

}  // namespace dynkin::verify
