#include "apps/verify/weak.hpp"

#include "apps/verify/case_functions.hpp"
#include "apps/verify/support/problems.hpp"

#include <cmath>

namespace dynkin::verify {
namespace {

double cubic_of_asinh(const double* x) {
    const double z = std::asinh(x[0]);
    return ((z - 6.0) * z + 8.0) * z;
}

double reference(double t) {
    return ((t - 3.0) * t + 2.0) * t;
}

/// The ensemble mean; bias measured on coupled paths.
VerifyRow particle_row(const std::string& at, const std::shared_ptr<const Process>& process, double t,
                       const VerifyOptions& options) {
    EnsembleMeans what{.process = process, .scheme = "sriw1", .x0 = {0.0}};
    what.T = t;
    what.n_steps = 64;
    what.observables = {cubic_of_asinh};
    LevelStudy study{.process = process, .stepper = stepper_of(process, "sriw1"), .x0 = {0.0}};
    study.T = t;
    study.first = study.last = 6;
    study.exact = [](const double* W, double T, double* x) { x[0] = std::sinh(T + W[0]); };
    study.error = [](const double* x, const double* y) { return cubic_of_asinh(x) - cubic_of_asinh(y); };
    const Estimate bias = measure(study, options).at(0);
    return judged(at + " by sriw1", reference(t), ensemble_means(what, options)[0],
                  std::abs(bias.mean) + 4.0 * bias.standard_error);
}

WeakProblem sinh_problem(const std::shared_ptr<const Process>& process, const std::string& scheme) {
    LineRecursion recursion{
        .process = process,
        .stepper = stepper_of(process, scheme),
        .coordinate = {[](double x) { return std::asinh(x); }, [](double z) { return std::sinh(z); }},
        .phi = cubic_of_asinh};
    if (scheme == "sriw1") recursion.points_of_integral = 4;
    return {std::move(recursion), 0.0, reference(1.0)};
}

}  // namespace

VerifyRow weak_order_row(const std::string& quantity, const WeakProblem& problem, double stated) {
    std::vector<double> h, error;
    for (int level = problem.first; level <= problem.last; ++level) {
        h.push_back(problem.recursion.T / std::ldexp(1.0, level));
        error.push_back(std::abs(line_expectation(problem.recursion, problem.x0, 1 << level) - problem.exact));
    }
    return judged_order(quantity, stated, fit_order(h, error));
}

// KP chapter 17: dX = (X / 2 + sqrt(X^2 + 1)) dt + sqrt(X^2 + 1) dW, X = sinh(t + W), so asinh X is N(t, t).
VerifyReport case_b1(const VerifyOptions& options) {
    VerifyReport report;
    const auto process = make_process(SinhPath{});
    for (const double t : {0.5, 1.0}) {
        const double exact = normal_mean([t](double z) {
            const double x = std::sinh(t + std::sqrt(t) * z);
            return cubic_of_asinh(&x);
        });
        const std::string at = "E p(asinh X_t), t = " + std::string(t == 0.5 ? "0.5" : "1");
        // asinh(sinh(z)) loses 1e-16 e^|z| for negative z, weighted by the normal density.
        report.rows.push_back(judged(at + " by quadrature of the solution", reference(t), exact, 1e-10));
        report.rows.push_back(particle_row(at, process, t, options));
    }
    for (const char* scheme : {"euler_maruyama", "milstein", "stochastic_heun", "sriw1"})
        report.rows.push_back(weak_order_row(std::string("weak order of ") + scheme, sinh_problem(process, scheme),
                                             std::string(scheme) == "sriw1" ? 1.5 : 1.0));
    report.notes.push_back("weak orders by the backward recursion of each scheme's kernel, without sampling");
    return report;
}

}  // namespace dynkin::verify
