// Wrong schemes through the checks of A1 - A8, B1, S1 - S3.
#include "apps/verify/discrete_laws.hpp"
#include "apps/verify/one_step_certificates.hpp"
#include "apps/verify/pathwise.hpp"
#include "apps/verify/support/problems.hpp"
#include "apps/verify/weak.hpp"
#include "models/geometric_brownian.hpp"
#include "models/ornstein_uhlenbeck.hpp"
#include "models/underdamped_langevin.hpp"
#include "tests/verification/judging.hpp"

#include <cmath>

namespace dynkin {
namespace {

using namespace testing_cases;
using namespace verify;

PathwiseProblem tanh_problem() {
    PathwiseProblem problem{.label = "tanh", .process = make_process(TanhPath{})};
    problem.x0 = 0.1;
    problem.exact = [](const double* W, double T, double* x) { x[0] = std::tanh(std::atanh(0.1) - T + 0.8 * W[0]); };
    problem.paths_per_batch = 128;
    return problem;
}

/// A scheme that is given dW times `factor`.
Stepper with_scaled_noise(const Stepper& stepper, double factor, int n_rows = 1) {
    return [=](Rows x, Index n, const Step& step, Increments dW, Scratch& scratch) {
        Block scaled(2 * n_rows, n);
        for (int r = 0; r < 2 * n_rows; ++r)
            for (Index q = 0; q < n; ++q) scaled.row(r)[q] = factor * dW.row(r)[q];
        stepper(x, n, step, scaled.rows(), scratch);
    };
}

/// dX = b dt + s dW + c s s' (dW^2 - h) for geometric noise s = b x: c = 1/2 is Milstein's scheme.
Stepper milstein_like(double a, double b, double c) {
    return [=](Rows x, Index n, const Step& step, Increments dW, Scratch&) {
        for (Index q = 0; q < n; ++q) {
            const double w = dW.row(0)[q];
            x.row(0)[q] *= 1.0 + a * step.h + b * w + c * b * b * (w * w - step.h);
        }
    };
}

TEST(StrongOrderMutants, NoiseTenPerCentTooLargeDoesNotConverge) {
    const PathwiseProblem problem = tanh_problem();
    for (const char* scheme : {"euler_maruyama", "milstein", "sriw1"}) {
        const Stepper right = stepper_of(problem.process, scheme);
        const double stated = make_scheme(scheme, *problem.process)->strong_order();
        expect_passes(strong_order_row(problem, scheme, right, stated, {}));
        expect_caught(strong_order_row(problem, scheme, with_scaled_noise(right, 1.1), stated, {}));
    }
}

TEST(StrongOrderMutants, MilsteinWithoutItsHalfIsOfOrderOneHalf) {
    const double a = 1.01, b = 0.87;
    PathwiseProblem problem{.label = "geometric",
                            .process = make_process(models::GeometricBrownian{.mu = a, .volatility = b})};
    problem.x0 = 0.5;
    problem.exact = [=](const double* W, double T, double* x) {
        x[0] = 0.5 * std::exp((a - 0.5 * b * b) * T + b * W[0]);
    };
    expect_passes(strong_order_row(problem, "by hand", milstein_like(a, b, 0.5), 1.0, {}));
    expect_caught(strong_order_row(problem, "by hand", milstein_like(a, b, 1.0), 1.0, {}));
    // Not only is its order 1 missed: it is 1/2.
    expect_passes(strong_order_row(problem, "by hand", milstein_like(a, b, 1.0), 0.5, {}));
}

TEST(StrongOrderMutants, StratonovichReadAsIto) {
    const double a = 1.01, b = 0.87;
    PathwiseProblem problem{.label = "Stratonovich",
                            .process = make_process(models::GeometricBrownian{
                                .mu = a, .volatility = b, .calculus = Calculus::stratonovich})};
    problem.x0 = 0.5;
    problem.exact = [=](const double* W, double T, double* x) { x[0] = 0.5 * std::exp(a * T + b * W[0]); };
    const auto ito = make_process(models::GeometricBrownian{.mu = a, .volatility = b});
    expect_caught(strong_order_row(problem, "milstein", stepper_of(ito, "milstein"), 1.0, {}));
}

TEST(StrongOrderMutants, TimeFrozenInTheCompanionOfA6) {
    PathwiseProblem problem{.label = "sine drift", .process = make_process(SineDrift{})};
    problem.x0 = 0.4;
    problem.first = 5;
    problem.last = 8;
    problem.paths_per_batch = 128;
    const Stepper right = stepper_of(problem.process, "sra1");
    // Time is seen at the start of pairs of steps only: order one.
    const Stepper frozen = [=](Rows x, Index n, const Step& step, Increments dW, Scratch& scratch) {
        Step late = step;
        late.t = step.h * std::floor(0.5 * step.t / step.h) * 2.0;
        right(x, n, late, dW, scratch);
    };
    expect_passes(strong_order_row(problem, "sra1", right, 1.5, {}));
    expect_caught(strong_order_row(problem, "sra1", frozen, 1.5, {}));
}

TEST(StrongOrderMutants, TooFewPathsAreNoProof) {
    PathwiseProblem problem = tanh_problem();
    problem.paths_per_batch = 1;
    const VerifyRow row =
        strong_order_row(problem, "euler_maruyama", stepper_of(problem.process, "euler_maruyama"), 0.5, {});
    EXPECT_GE(row.order_error, 0.03);
    expect_caught(row);
}

WeakProblem ou_problem(const Stepper& stepper, const std::shared_ptr<const Process>& process) {
    WeakProblem problem;
    problem.recursion.process = process;
    problem.recursion.stepper = stepper;
    problem.recursion.points_of_integral = 5;
    problem.recursion.coordinate = {[](double x) { return x; }, [](double z) { return z; }, -5.0, 5.0, 161};
    problem.recursion.phi = [](const double* x) { return x[0] * x[0]; };
    problem.x0 = 0.7;
    // E X^2 at t = 1 for theta = 1.5, sigma = .8.
    problem.exact = 0.49 * std::exp(-3.0) + 0.64 * (1.0 - std::exp(-3.0)) / 3.0;
    problem.first = 3;
    problem.last = 6;
    return problem;
}

TEST(WeakOrderMutants, NoiseTwoPerCentTooLargeDoesNotConverge) {
    const auto process =
        make_process(checked(models::OrnsteinUhlenbeck{.theta = Matrix::scalar(1.5), .noise = Matrix::scalar(0.8)}));
    const Stepper right = stepper_of(process, "sra1");
    expect_passes(weak_order_row("sra1", ou_problem(right, process), 2.0));
    expect_caught(weak_order_row("sra1", ou_problem(with_scaled_noise(right, 1.02), process), 2.0));
    expect_caught(weak_order_row("euler", ou_problem(stepper_of(process, "euler_maruyama"), process), 2.0));
}

TEST(OneStepMutants, TwiceTheDiffusivityPassesTheSlopeButNotTheGenerator) {
    for (const StepProblem& problem : step_problems()) {
        const Stepper wrong = with_scaled_noise(stepper_of(problem.process, "euler_maruyama"), std::sqrt(2.0),
                                                problem.process->noise_dim());
        expect_passes(local_order_row("euler_maruyama", problem, wrong, 1, 1.0));
        expect_caught(generator_row("euler_maruyama", problem, wrong, 1));
    }
}

TEST(OneStepMutants, EulerIsNotOfWeakOrderTwo) {
    const StepProblem problem = step_problems().front();
    expect_caught(local_order_row("euler_maruyama", problem, stepper_of(problem.process, "euler_maruyama"), 1, 2.0));
}

TEST(OneStepMutants, DriftOfAnotherCalculusBreaksTheGenerator) {
    const auto ito = make_process(models::GeometricBrownian{.mu = 0.4, .volatility = 0.7});
    const auto other =
        make_process(models::GeometricBrownian{.mu = 0.4, .volatility = 0.7, .calculus = Calculus::stratonovich});
    const StepProblem problem{ito, {{0.6}}, 0.0};
    expect_passes(generator_row("milstein", problem, stepper_of(ito, "milstein"), 1));
    expect_caught(generator_row("milstein", problem, stepper_of(other, "milstein"), 1));
}

TEST(DiscreteLawMutants, MilsteinWithoutItsHalfMissesTheSecondMoment) {
    const GeometricStep g{.a = 1.5, .b = 1.0, .n_steps = 8, .bias = -0.527395156, .fourth_order = 0.5};
    VerifyReport right, wrong;
    add_geometric_moments(right, "by hand", milstein_like(1.5, 1.0, 0.5), g);
    add_geometric_moments(wrong, "by hand", milstein_like(1.5, 1.0, 1.0), g);
    EXPECT_TRUE(right.pass()) << to_text(right);
    expect_caught(wrong, {"E Y_1^2"});
}

TEST(DiscreteLawMutants, EulerIsNotBaoab) {
    const auto oscillator =
        make_process(models::UnderdampedLangevin{.gamma = 1.0, .T = 1.0, .potential = {0.0, 0.0, 0.5}});
    VerifyReport wrong;
    add_langevin_variances(wrong, stepper_of(oscillator, "euler_maruyama"), 0.25);
    expect_caught(wrong, {"<x^2>", "<v^2>"});
}

}  // namespace
}  // namespace dynkin
