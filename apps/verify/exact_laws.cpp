// B9, B12, C10: laws in closed form against exact transition samplers, transition densities and closed moments.
#include "apps/verify/case_functions.hpp"
#include "apps/verify/judges.hpp"
#include "apps/verify/support/ensembles.hpp"
#include "apps/verify/support/grids.hpp"
#include "models/bessel.hpp"
#include "models/cir.hpp"
#include "models/geometric_brownian.hpp"
#include "models/wright_fisher.hpp"
#include "solvers/check/exact_moments.hpp"
#include "solvers/rates/hitting.hpp"

#include <cmath>
#include <numbers>

namespace dynkin::verify {
namespace {

Observable below(double level) {
    return [level](const double* x) { return x[0] < level ? 1.0 : 0.0; };
}

/// int f(x) p(x, dt | x0) dx over (0, upper) by the trapezoidal rule in log x: p and f are smooth there.
double density_mean(const Process& process, double x0, double dt, double lower, double upper, const Observable& f) {
    const int n = 4000;
    const double a = std::log(lower), b = std::log(upper);
    Block x(1, n + 1);
    for (int i = 0; i <= n; ++i) x.row(0)[i] = std::exp(a + (b - a) * i / n);
    std::vector<double> p(static_cast<std::size_t>(n) + 1);
    process.transition_density(x.points(), &x0, 0.0, dt, p.data());
    double sum = 0.0;
    for (int i = 0; i <= n; ++i)
        sum += (i == 0 || i == n ? 0.5 : 1.0) * p[static_cast<std::size_t>(i)] * f(&x.row(0)[i]) * x.row(0)[i];
    return sum * (b - a) / n;
}

void add_lognormal_rows(VerifyReport& report, const VerifyOptions& options) {
    const double mu = 0.3, s = 0.6, x0 = 0.8;
    for (const Calculus calculus : {Calculus::ito, Calculus::stratonovich}) {
        const auto process = make_process(models::GeometricBrownian{.mu = mu, .volatility = s, .calculus = calculus});
        const double log_mean = std::log(x0) + mu - (calculus == Calculus::ito ? 0.5 * s * s : 0.0);
        EnsembleMeans what{.process = process, .scheme = "exact", .x0 = {x0}};
        what.n_steps = 3;
        what.observables = {below(0.6), below(1.0), below(2.0)};
        const auto means = ensemble_means(what, options);
        const std::string name = calculus == Calculus::ito ? "GBM, Ito: " : "GBM, Stratonovich: ";
        const double levels[] = {0.6, 1.0, 2.0};
        const char* labels[] = {"P(X_1 < .6)", "P(X_1 < 1)", "P(X_1 < 2)"};
        for (std::size_t k = 0; k < 3; ++k)
            report.rows.push_back(judged(name + labels[k], normal_cdf((std::log(levels[k]) - log_mean) / s), means[k]));
        report.rows.push_back(judged(name + "E X_1 by the transition density", std::exp(log_mean + 0.5 * s * s),
                                     density_mean(*process, x0, 1.0, 1e-4, 1e3, [](const double* x) { return x[0]; }),
                                     1e-9));
    }
}

}  // namespace

VerifyReport judge_cir(const ProcessPtr& cir, const VerifyOptions& options) {
    VerifyReport report;
    const double mean = 0.04, variance = 0.0252848223531;
    const auto table = exact_moments(*cir, *point_law({0.04}), 0.0, {1.0}, {0.0}, {1.0}, 2);
    const double m1 = table ? table->at(0, {1}).value_or(NAN) : NAN;
    const double m2 = table ? table->at(0, {2}).value_or(NAN) : NAN;
    report.rows.push_back(judged("mean by closed moments", mean, m1, 1e-9));
    report.rows.push_back(judged("variance by closed moments", variance, m2 - m1 * m1, 1e-9));
    for (const int n_steps : {1, 4}) {
        EnsembleMeans what{.process = cir, .scheme = "exact", .x0 = {0.04}};
        what.n_steps = n_steps;
        what.n_particles = std::uint64_t{1} << 19;
        what.observables = {[](const double* x) { return x[0]; }, [](const double* x) { return x[0] * x[0]; },
                            below(0.01), below(0.1)};
        const auto means = ensemble_means(what, options);
        const std::string how = n_steps == 1 ? ", one exact transition" : ", four exact transitions";
        report.rows.push_back(judged("E X_1" + how, mean, means[0]));
        report.rows.push_back(judged("E X_1^2" + how, variance + mean * mean, means[1]));
        report.rows.push_back(judged("P(X_1 < .01)" + how, 0.830072568, means[2]));
        report.rows.push_back(judged("P(X_1 < .1)" + how, 0.913457018, means[3]));
    }
    report.notes.push_back("kappa = .5, theta = .04, sigma = 1: the origin is reached (Feller's condition fails)");
    return report;
}

VerifyReport case_b9(const VerifyOptions& options) {
    return judge_cir(make_process(models::Cir{.kappa = 0.5, .theta = 0.04, .volatility = 1.0}), options);
}

VerifyReport judge_bessel(const ProcessPtr& bessel, const VerifyOptions& options) {
    VerifyReport report;
    const double reference = std::erf(1.0 / std::numbers::sqrt2);
    const Observable inverse = [](const double* x) { return 1.0 / x[0]; };
    report.rows.push_back(judged("E 1/R_1 by the transition density", reference,
                                 density_mean(*bessel, 1.0, 1.0, 1e-6, 15.0, inverse), 1e-9));
    for (const int n_steps : {1, 4}) {
        EnsembleMeans what{.process = bessel, .scheme = "exact", .x0 = {1.0}};
        what.n_steps = n_steps;
        what.n_particles = std::uint64_t{1} << 19;
        what.observables = {inverse, [](const double* x) { return x[0] * x[0]; }};
        const auto means = ensemble_means(what, options);
        const std::string how = n_steps == 1 ? ", one exact transition" : ", four exact transitions";
        report.rows.push_back(judged("E 1/R_1" + how, reference, means[0]));
        report.rows.push_back(judged("E R_1^2" + how, 4.0, means[1]));
    }
    return report;
}

VerifyReport case_b12(const VerifyOptions& options) {
    return judge_bessel(make_process(models::Bessel{.delta = 3.0}), options);
}

VerifyReport judge_wright_fisher(const ProcessPtr& process, const VerifyOptions& options) {
    VerifyReport report;
    const double x0 = 0.3, t = 0.5, reference = x0 * (1.0 - x0) * std::exp(-t);
    const auto table = exact_moments(*process, *point_law({x0}), 0.0, {t}, {0.0}, {1.0}, 2);
    const double exact = table ? table->at(0, {1}).value_or(NAN) - table->at(0, {2}).value_or(NAN) : NAN;
    report.rows.push_back(judged("Wright-Fisher: E X(1 - X) by closed moments", reference, exact, 1e-9));
    EnsembleMeans what{.process = process, .scheme = "euler_maruyama", .x0 = {x0}, .domain = process->natural_domain()};
    what.T = t;
    what.n_particles = std::uint64_t{1} << 17;
    what.observables = {[](const double* x) { return x[0] * (1.0 - x[0]); }};
    std::vector<Estimate> at;
    for (const int n_steps : {64, 128, 256}) {
        what.n_steps = n_steps;
        at.push_back(ensemble_means(what, options)[0]);
    }
    // sigma vanishes at the ends and the bridge freezes it: the order of the wall error lies between 1/2 and 1, so the
    // last change times 1 / (sqrt(2) - 1) bounds what is left.
    const double bias = std::abs(at[2].mean - at[1].mean) / (std::numbers::sqrt2 - 1.0);
    report.rows.push_back(
        judged("Wright-Fisher: E X(1 - X) by Euler, absorbing ends, h = 1/512", reference, at[2], bias));
    add_convergence(report, "Wright-Fisher, grid: E T_absorb from 1/2", 2.0 * std::numbers::ln2,
                    [&](int n) {
                        const GridProblem problem = box_problem(process, 0.0, 1.0, n, Boundary::absorbing);
                        return at_face(exit_moments(FokkerPlanck(problem).rate_matrix()).mean, problem.mesh, 0.5);
                    },
                    {32, 64, 128, 256});
    return report;
}

VerifyReport case_c10(const VerifyOptions& options) {
    VerifyReport report = judge_wright_fisher(make_process(models::WrightFisher{}), options);
    add_lognormal_rows(report, options);
    return report;
}

}  // namespace dynkin::verify
