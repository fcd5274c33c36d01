// S1, S2: moments of the schemes themselves, in closed form. One real step is expanded, by quadrature exact for its
// polynomials or by unit vectors, and iterated without sampling.
#include "apps/verify/discrete_laws.hpp"

#include "apps/verify/case_functions.hpp"
#include "models/geometric_brownian.hpp"
#include "models/ornstein_uhlenbeck.hpp"
#include "models/underdamped_langevin.hpp"

#include <cmath>
#include <cstdio>

namespace dynkin::verify {
namespace {

std::string with_step(const std::string& what, double h) {
    char text[160];
    std::snprintf(text, sizeof text, "%s, h = %.4g", what.c_str(), h);
    return text;
}

}  // namespace

void add_geometric_moments(VerifyReport& report, const std::string& label, const Stepper& stepper,
                           const GeometricStep& g) {
    const auto process = make_process(models::GeometricBrownian{.mu = g.a, .volatility = g.b});
    const StepExpectation expectation(process, stepper, 8, 0);
    const double h = 1.0 / g.n_steps;
    // The step is homogeneous in x: Y_{n+1} / Y_n are independent with the moments of one step from 1.
    const double first = expectation.mean([](const double* x) { return x[0]; }, {1.0}, 0.0, h);
    const double second = expectation.mean([](const double* x) { return x[0] * x[0]; }, {1.0}, 0.0, h);
    const double mean = std::pow(1.0 + g.a * h, g.n_steps);
    const double square =
        std::pow(std::pow(1.0 + g.a * h, 2) + g.b * g.b * h + g.fourth_order * std::pow(g.b, 4) * h * h, g.n_steps);
    // Round-off of n products.
    report.rows.push_back(judged(with_step(label + ": E Y_1", h), mean, std::pow(first, g.n_steps), 1e-12 * mean));
    report.rows.push_back(
        judged(with_step(label + ": E Y_1^2", h), square, std::pow(second, g.n_steps), 1e-11 * square));
    if (!std::isnan(g.bias))  // references given to ten digits
        report.rows.push_back(judged(with_step(label + ": bias of the mean", h), g.bias,
                                     std::pow(first, g.n_steps) - std::exp(g.a), 1e-9));
}

void add_langevin_variances(VerifyReport& report, const Stepper& stepper, double h) {
    const auto process =
        make_process(models::UnderdampedLangevin{.gamma = 1.0, .T = 1.0, .potential = {0.0, 0.0, 0.5}});
    const std::vector<double> covariance = stationary_covariance(linear_step(*process, stepper, h));
    report.rows.push_back(judged(with_step("BAOAB on the oscillator: <x^2>", h), 1.0, covariance[0], 1e-12));
    report.rows.push_back(judged(with_step("BAOAB on the oscillator: <x v>", h), 0.0, covariance[1], 1e-12));
    report.rows.push_back(
        judged(with_step("BAOAB on the oscillator: <v^2>", h), 1.0 - 0.25 * h * h, covariance[3], 1e-12));
}

VerifyReport case_s1(const VerifyOptions&) {
    VerifyReport report;
    const auto process = make_process(models::GeometricBrownian{.mu = 1.5, .volatility = 1.0});
    const double biases[] = {-0.527395156, -0.2871035196, -0.150226968};
    for (int k = 0; k < 3; ++k) {
        GeometricStep g{.a = 1.5, .b = 1.0, .n_steps = 8 << k, .bias = biases[k]};
        add_geometric_moments(report, "Euler", stepper_of(process, "euler_maruyama"), g);
        g.fourth_order = 0.5;
        add_geometric_moments(report, "Milstein", stepper_of(process, "milstein"), g);
    }
    return report;
}

VerifyReport case_s2(const VerifyOptions&) {
    VerifyReport report;
    const double theta = 1.3, s = 0.8;
    const auto ou =
        make_process(checked(models::OrnsteinUhlenbeck{.theta = Matrix::scalar(theta), .noise = Matrix::scalar(s)}));
    for (const double h : {0.5, 0.1})
        report.rows.push_back(
            judged(with_step("Euler on OU: stationary variance", h), s * s / (2.0 * theta - theta * theta * h),
                   stationary_covariance(linear_step(*ou, stepper_of(ou, "euler_maruyama"), h))[0], 1e-12));
    const auto oscillator =
        make_process(models::UnderdampedLangevin{.gamma = 1.0, .T = 1.0, .potential = {0.0, 0.0, 0.5}});
    for (const double h : {1.0, 0.5, 0.25}) add_langevin_variances(report, stepper_of(oscillator, "baoab"), h);
    return report;
}

}  // namespace dynkin::verify
