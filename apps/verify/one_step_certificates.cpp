#include "apps/verify/one_step_certificates.hpp"

#include "apps/verify/case_functions.hpp"
#include "apps/verify/support/problems.hpp"
#include "solvers/core/test_functions.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin::verify {
namespace {

// A bump beside the starts: no derivative of it, mixed ones included, vanishes there.
TestFunctionPtr bump(int dim) {
    return dim == 1 ? gaussian_bump({0.25}, {0.9}) : gaussian_bump({0.25, -0.55}, {0.9, 1.2});
}

double value_at(const TestFunction& phi, const double* x) {
    double value = 0.0;
    phi.value(Points{x, phi.dim(), 1, 1}, &value);
    return value;
}

StepExpectation expectation_of(const StepProblem& problem, const Stepper& stepper, int normals_per_noise) {
    const bool many = problem.process->noise_dim() * normals_per_noise > 2;  // 15^2 nodes a step instead of 13 * 7
    return {problem.process, stepper, many ? 5 : 13, normals_per_noise < 2 ? 0 : many ? 3 : 7};
}

}  // namespace

std::vector<StepProblem> step_problems() {
    const std::vector<std::vector<double>> line = {{-1.3}, {-0.5}, {0.4}, {1.1}};
    const std::vector<std::vector<double>> plane = {{0.4, -0.3}, {-0.8, 0.6}};
    return {{make_process(SineDrift{}), line},
            {make_process(CosineNoise{}), plane},
            {make_process(SharedNoise{}), plane},
            {make_process(TurningNoise{}), plane},
            {make_process(DrivenPendulum{}), plane}};
}

VerifyRow local_order_row(const std::string& scheme, const StepProblem& problem, const Stepper& stepper,
                          int normals_per_noise, double weak_order, int first_level) {
    const Process& process = *problem.process;
    const StepExpectation expectation = expectation_of(problem, stepper, normals_per_noise);
    const auto phi = bump(process.dim());
    const Observable observable = [&](const double* x) { return value_at(*phi, x); };
    std::vector<double> h, error;
    for (int level = first_level; level < first_level + 4; ++level) {
        h.push_back(std::ldexp(1.0, -level));
        error.push_back(0.0);
        for (const auto& x0 : problem.starts)
            error.back() += std::abs(expectation.mean(observable, x0, problem.t, h.back(), 1) -
                                     expectation.mean(observable, x0, problem.t, h.back(), 2));
    }
    return judged_order(scheme + ", " + process.name() + ": order of one step", weak_order + 1.0, fit_order(h, error));
}

VerifyRow generator_row(const std::string& scheme, const StepProblem& problem, const Stepper& stepper,
                        int normals_per_noise) {
    const Process& process = *problem.process;
    const StepExpectation expectation = expectation_of(problem, stepper, normals_per_noise);
    const auto phi = bump(process.dim());
    const Observable observable = [&](const double* x) { return value_at(*phi, x); };
    const std::vector<double>& x0 = problem.starts.front();
    const double start = value_at(*phi, x0.data());
    const auto rate = [&](double h) { return (expectation.mean(observable, x0, problem.t, h) - start) / h; };
    const double h = 1e-4;
    double generator = 0.0;
    apply_generator(process, *phi, Points{x0.data(), process.dim(), 1, 1}, problem.t, &generator);
    // Extrapolated, the rate has an error of a few h^2 and of round-off / h.
    return judged(scheme + ", " + process.name() + ": (E phi(X_h) - phi) / h", generator, 2.0 * rate(0.5 * h) - rate(h),
                  1e-6);
}

VerifyReport case_s3(const VerifyOptions&) {
    VerifyReport report;
    for (const StepProblem& problem : step_problems()) {
        for (const SchemeInfo& info : scheme_list()) {
            if (!takes_increments(info, *problem.process)) continue;
            const bool additive = problem.process->noise_kind() == NoiseKind::additive;
            const double weak =
                additive && (info.name == "stochastic_heun" || info.name == "sriw1") ? 2.0 : info.weak_order;
            const Stepper stepper = stepper_of(problem.process, info.name);
            // A local error A h^2.5 + B h^3 with a small A shows its order at short steps only.
            const int first_level = weak == 1.5 ? 11 : 6;
            report.rows.push_back(
                local_order_row(info.name, problem, stepper, info.normals_per_noise, weak, first_level));
            report.rows.push_back(generator_row(info.name, problem, stepper, info.normals_per_noise));
        }
    }
    report.notes.push_back(
        "expectations by Gauss-Hermite quadrature; the order of one step is the weak order + 1, Heun's "
        "weak order is 2 for additive noise");
    return report;
}

}  // namespace dynkin::verify
