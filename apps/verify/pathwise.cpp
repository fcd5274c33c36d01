// A1, A3, A5, A6, A8: schemes against the exact solution on the same Brownian path.
// KP: Kloeden & Platen (1992), Numerical Solution of Stochastic Differential Equations.
#include "apps/verify/pathwise.hpp"

#include "apps/verify/case_functions.hpp"
#include "apps/verify/support/ensembles.hpp"
#include "apps/verify/support/problems.hpp"
#include "models/geometric_brownian.hpp"
#include "solvers/check/exact_moments.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin::verify {
namespace {

LevelStudy study_of(const PathwiseProblem& problem, const Stepper& stepper) {
    LevelStudy study{.process = problem.process, .stepper = stepper, .x0 = {problem.x0}};
    study.T = problem.T;
    study.first = problem.first;
    study.last = problem.last;
    study.exact = problem.exact;
    study.paths_per_batch = problem.paths_per_batch;
    return study;
}

/// The mean of X_T by a scheme with 2^level steps: bias measured on coupled paths, the rest is sampling.
VerifyRow mean_row(const PathwiseProblem& problem, const std::string& scheme, int level, double expected,
                   const VerifyOptions& options) {
    EnsembleMeans what{.process = problem.process, .scheme = scheme, .x0 = {problem.x0}};
    what.T = problem.T;
    what.n_steps = std::int64_t{1} << level;
    what.observables = {[](const double* x) { return x[0]; }};
    return judged(problem.label + ": E X_T by " + scheme, expected, ensemble_means(what, options)[0],
                  measured_bias(problem, scheme, level, options));
}

PathwiseProblem geometric(Calculus calculus) {
    const double a = 1.01, b = 0.87, x0 = 0.5;
    const double growth = calculus == Calculus::ito ? a - 0.5 * b * b : a;
    return {.label = calculus == Calculus::ito ? "Ito" : "Stratonovich",
            .process = make_process(models::GeometricBrownian{.mu = a, .volatility = b, .calculus = calculus}),
            .x0 = x0,
            .exact = [=](const double* W, double T, double* x) { x[0] = x0 * std::exp(growth * T + b * W[0]); }};
}

PathwiseProblem arctan_problem(double b) {
    return {.label = b == 0.1 ? "as stated" : "noise of order one",
            .process = make_process(ArctanPath{.b = b}),
            .x0 = 1.0,
            .exact = [=](const double* W, double, double* x) { x[0] = std::atan(b * W[0] + std::tan(1.0)); },
            .paths_per_batch = 256};
}

PathwiseProblem decaying_problem(double alpha, double beta) {
    return {.label = alpha == 0.1 ? "as stated" : "noise of order one",
            .process = make_process(DecayingPath{.alpha = alpha, .beta = beta}),
            .x0 = 1.0,
            .exact = [=](const double* W, double T, double* x) {
                x[0] = (1.0 + beta * (T + alpha * W[0])) / std::sqrt(1.0 + T);
            }};
}

void add_decaying_moments(VerifyReport& report, const PathwiseProblem& problem, double alpha, double beta) {
    const double T = problem.T, mean = (1.0 + beta * T) / std::sqrt(1.0 + T);
    const double variance = beta * beta * alpha * alpha * T / (1.0 + T);
    const auto table = exact_moments(*problem.process, *point_law({1.0}), 0.0, {T}, {-3.0}, {3.0}, 2);
    const double m1 = table ? table->at(0, {1}).value_or(NAN) : NAN;
    const double m2 = table ? table->at(0, {2}).value_or(NAN) : NAN;
    // Relative tolerance 1e-11 a step of the integrator; the variance is a difference of numbers near 1.
    report.rows.push_back(judged(problem.label + ": E X_1 by closed moment equations", mean, m1, 1e-9));
    report.rows.push_back(judged(problem.label + ": Var X_1 by closed moment equations", variance, m2 - m1 * m1, 1e-9));
}

}  // namespace

VerifyRow strong_order_row(const PathwiseProblem& problem, const std::string& what, const Stepper& stepper,
                           double stated, const VerifyOptions& options) {
    LevelStudy study = study_of(problem, stepper);
    if (!problem.exact) {
        // A reference of a higher order by another construction; its own error is 8^-1.5 of the finest one measured.
        study.reference = stepper_of(problem.process, what == "sra1" ? "shark" : "sra1");
        study.reference_level = problem.last + 3;
    }
    return judged_order(problem.label + ": strong order of " + what, stated, measure(study, options).fit());
}

void add_strong_orders(VerifyReport& report, const PathwiseProblem& problem, const VerifyOptions& options,
                       const std::map<std::string, double>& here) {
    for (const SchemeInfo& info : scheme_list()) {
        if (!takes_increments(info, *problem.process)) continue;
        const auto other = here.find(info.name);
        const double stated =
            other != here.end() ? other->second : make_scheme(info.name, *problem.process)->strong_order();
        if (stated > 0.0)
            report.rows.push_back(
                strong_order_row(problem, info.name, stepper_of(problem.process, info.name), stated, options));
    }
}

double measured_bias(const PathwiseProblem& problem, const std::string& scheme, int level,
                     const VerifyOptions& options) {
    LevelStudy study = study_of(problem, stepper_of(problem.process, scheme));
    study.first = study.last = level;
    study.error = [](const double* x, const double* target) { return x[0] - target[0]; };
    const Estimate bias = measure(study, options).at(0);
    return std::abs(bias.mean) + 4.0 * bias.standard_error;
}

VerifyReport case_a1(const VerifyOptions& options) {
    VerifyReport report;
    for (const Calculus calculus : {Calculus::ito, Calculus::stratonovich}) {
        const PathwiseProblem problem = geometric(calculus);
        add_strong_orders(report, problem, options, {{"tamed_euler", 0.0}});
        const double rate = calculus == Calculus::ito ? 1.01 : 1.01 + 0.5 * 0.87 * 0.87;
        report.rows.push_back(mean_row(problem, "sriw1", 6, 0.5 * std::exp(rate), options));
    }
    report.notes.push_back(
        "tamed_euler is left out: on an unbounded drift its taming error, of order 1, still "
        "dominates at these steps; it is measured in A3 and A5");
    return report;
}

VerifyReport case_a3(const VerifyOptions& options) {
    const double a = 1.0, b = 0.8, x0 = 0.1;
    const PathwiseProblem problem{
        .label = "A3",
        .process = make_process(TanhPath{.a = a, .b = b}),
        .x0 = x0,
        .exact = [=](const double* W, double T, double* x) { x[0] = std::tanh(std::atanh(x0) - a * T + b * W[0]); }};
    VerifyReport report;
    const double reference = -0.557200059764;
    const double exact = normal_mean([&](double z) { return std::tanh(std::atanh(x0) - a + b * z); });
    report.rows.push_back(judged("A3: E X_1 by quadrature of the solution", reference, exact, 1e-12));
    report.rows.push_back(mean_row(problem, "sriw1", 6, reference, options));
    add_strong_orders(report, problem, options);
    return report;
}

VerifyReport case_a5(const VerifyOptions& options) {
    VerifyReport report;
    for (const double b : {0.1, 0.8}) {
        const PathwiseProblem problem = arctan_problem(b);
        add_strong_orders(report, problem, options);
        const double mean = normal_mean([&](double z) { return std::atan(b * z + std::tan(1.0)); });
        report.rows.push_back(mean_row(problem, "sriw1", 6, mean, options));
    }
    report.notes.push_back(
        "the stated coefficients .01 and .1 are small; .64 and .8 in the same equation show "
        "wrong terms more clearly");
    return report;
}

VerifyReport case_a6(const VerifyOptions& options) {
    VerifyReport report;
    for (const auto& [alpha, beta] : {std::pair{0.1, 0.05}, std::pair{1.5, 0.8}}) {
        const PathwiseProblem problem = decaying_problem(alpha, beta);
        add_decaying_moments(report, problem, alpha, beta);
        const double shark = alpha == 0.1 ? 0.0 : 2.0;
        add_strong_orders(report, problem, options,
                          {{"stochastic_heun", 2.0}, {"sra1", 2.0}, {"shark", shark}, {"sriw1", 2.0}});
    }
    const PathwiseProblem companion{
        .label = "non-linear companion", .process = make_process(SineDrift{}), .x0 = 0.4, .paths_per_batch = 128};
    add_strong_orders(report, companion, options);
    report.notes.push_back(
        "here sigma' = b' sigma, so the error of order 1 of Heun's scheme and those of order 1.5 of "
        "the schemes above it vanish: they are held to order 2");
    report.notes.push_back(
        "the companion dX = (1.5 sin(2 X + t) - .3 X) dt + (.8 + .6 sin 2t) dW has none of these "
        "coincidences; its target is a scheme of order 1.5 with steps 8 times shorter");
    return report;
}

VerifyReport case_a8(const VerifyOptions& options) {
    const double a = -0.02, b1 = 1.0, b2 = 2.0, x0 = 1.0;
    const PathwiseProblem problem{.label = "A8",
                                  .process = make_process(TwoNoises{.a = a, .b1 = b1, .b2 = b2}),
                                  .x0 = x0,
                                  .T = 0.25,
                                  .exact = [=](const double* W, double T, double* x) {
                                      x[0] = x0 * std::exp((a - 0.5 * (b1 * b1 + b2 * b2)) * T + b1 * W[0] + b2 * W[1]);
                                  }};
    VerifyReport report;
    add_strong_orders(report, problem, options);
    report.rows.push_back(mean_row(problem, "milstein", 7, x0 * std::exp(a * problem.T), options));
    report.notes.push_back(
        "T = 1/4: at T = 1 the log-normal X_T has a coefficient of variation of 12, and a mean "
        "error is carried by a few paths");
    return report;
}

}  // namespace dynkin::verify
