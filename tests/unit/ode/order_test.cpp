// Orders of the schemes on non-linear, time-dependent problems, from both sides, each with a mutant.
#include "follow.hpp"
#include "models.hpp"

#include <gtest/gtest.h>

#include <array>
#include <functional>

namespace dynkin {
namespace {

using namespace testing_flows;

/// `scheme` with steps of exactly h: step control is switched off by a tolerance that accepts everything.
OdeProblem with_fixed_steps(std::shared_ptr<const Process> process, std::string scheme, double until, double h,
                            std::vector<double> outputs) {
    OdeProblem problem{std::move(process), std::move(scheme), make_time_grid(0.0, until, h, std::move(outputs))};
    problem.rtol = problem.atol = 1e8;
    problem.largest_step = h;
    return problem;
}

/// Seen at `theta` of the last step to t = 1/4, from steps of h and h/2. The poles at t = 0.4 i and 0.6 i keep the
/// errors of order 5 above round-off (1e-13 against 1e-15 at h = 1/256).
double order_on_rational(const std::shared_ptr<const Process>& process, const std::string& scheme, double theta,
                         double coarse = 1.0 / 512) {
    std::vector<double> errors;
    for (const double h : {coarse, coarse / 2}) {
        const double t = 0.25 - (1.0 - theta) * h;
        const auto states = follow(with_fixed_steps(process, scheme, 0.25, h, {t}), {{6.0}, {3.0}});
        errors.push_back(std::abs(states[0].x.row(0)[0] - Rational::exact(6.0, t)) +
                         std::abs(states[0].x.row(0)[1] - Rational::exact(3.0, t)));
    }
    return observed_order(errors);
}

using Rhs = std::function<std::array<double, 2>(double, const std::array<double, 2>&)>;

/// Error of Runge-Kutta 4 with the node c4 of its last stage.
double error_of_rk4(const Rhs& f, std::array<double, 2> y, const std::array<double, 2>& exact, int n, double c4) {
    const double h = 1.5 / n;
    const auto plus = [](const std::array<double, 2>& a, double s, const std::array<double, 2>& b) {
        return std::array<double, 2>{a[0] + s * b[0], a[1] + s * b[1]};
    };
    for (int step = 0; step < n; ++step) {
        const double t = step * h;
        const auto k1 = f(t, y), k2 = f(t + h / 2, plus(y, h / 2, k1)), k3 = f(t + h / 2, plus(y, h / 2, k2));
        const auto k4 = f(t + c4 * h, plus(y, h, k3));
        y = plus(plus(plus(plus(y, h / 6, k1), h / 3, k2), h / 3, k3), h / 6, k4);
    }
    return std::abs(y[0] - exact[0]) + std::abs(y[1] - exact[1]);
}

TEST(OdeOrder, Rk4IsFour) {
    EXPECT_NEAR(order_on_rational(make_process(Rational{}), "rk4", 1.0), 4.0, 0.1);
}

// The side step to an output is of the same order as the path.
TEST(OdeOrder, Rk4IsFourBetweenSteps) {
    EXPECT_NEAR(order_on_rational(make_process(Rational{}), "rk4", 0.37), 4.0, 0.1);
}

TEST(OdeOrder, WrongNodeIsSeenHereAndNotOnTheHarmonicOscillator) {
    const Rhs rational = [](double t, const std::array<double, 2>& y) {
        return std::array<double, 2>{-2.0 * t * y[0] * y[0], 0.0};
    };
    const Rhs harmonic = [](double, const std::array<double, 2>& y) { return std::array<double, 2>{y[1], -y[0]}; };
    const auto order = [](const Rhs& f, std::array<double, 2> start, std::array<double, 2> exact, double c4) {
        return observed_order({error_of_rk4(f, start, exact, 64, c4), error_of_rk4(f, start, exact, 128, c4)});
    };
    const std::array<double, 2> at_end = {std::cos(1.5), -std::sin(1.5)};

    EXPECT_NEAR(order(rational, {1.2, 0.0}, {Rational::exact(1.2, 1.5), 0.0}, 1.0), 4.0, 0.1);
    EXPECT_NEAR(order(rational, {1.2, 0.0}, {Rational::exact(1.2, 1.5), 0.0}, 0.5), 1.0, 0.1);
    EXPECT_NEAR(order(harmonic, {1.0, 0.0}, at_end, 0.5), 4.0, 0.1);
}

TEST(OdeOrder, Dopri5IsFiveAtAndBetweenSteps) {
    const auto process = make_process(Rational{});
    EXPECT_NEAR(order_on_rational(process, "dopri5", 1.0, 1.0 / 128), 5.0, 0.1);
    EXPECT_NEAR(order_on_rational(process, "dopri5", 0.37, 1.0 / 128), 5.0, 0.1);
}

// A continuous extension of order 4 errs by h^5 inside a step. Without its quartic and quintic terms h^4 is left.
TEST(OdeOrder, DenseOutputErrsByTheFifthPowerInsideAStep) {
    const auto process = make_process(Rational{});
    EXPECT_NEAR(order_on_rational(process, "dopri5_dense", 0.37, 1.0 / 128), 5.0, 0.1);

    std::vector<double> errors;
    for (const double h : {1.5 / 64, 1.5 / 128}) {
        const double t0 = 1.5 - h, theta = 0.37, left = 1.0 - theta, t = t0 + theta * h;
        const auto f = [](double at) { return -2.0 * at * Rational::exact(1.2, at) * Rational::exact(1.2, at); };
        const double y0 = Rational::exact(1.2, t0), y1 = Rational::exact(1.2, 1.5);
        const double cubic =
            y0 + theta * theta * (3.0 - 2.0 * theta) * (y1 - y0) + h * theta * left * (left * f(t0) - theta * f(1.5));
        errors.push_back(std::abs(cubic - Rational::exact(1.2, t)));
    }
    EXPECT_NEAR(observed_order(errors), 4.0, 0.1);
}

class ForgetsTimeDerivative final : public Wrapped {
public:
    using Wrapped::Wrapped;
    void drift_time_derivative(Points x, double, Rows out) const override {
        for (Index q = 0; q < x.n; ++q) out.row(0)[q] = 0.0;
    }
};

class ForgetsJacobian final : public Wrapped {
public:
    using Wrapped::Wrapped;
    void drift_jacobian(Points x, double, Rows out) const override {
        for (Index q = 0; q < x.n; ++q) out.row(0)[q] = 0.0;
    }
};

TEST(OdeOrder, Rosenbrock4IsFourAndNeedsBothDerivatives) {
    const auto process = make_process(Rational{});
    EXPECT_NEAR(order_on_rational(process, "rosenbrock4", 1.0), 4.0, 0.1);
    EXPECT_NEAR(order_on_rational(process, "rosenbrock4", 0.37), 4.0, 0.1);
    EXPECT_LT(order_on_rational(std::make_shared<ForgetsTimeDerivative>(process), "rosenbrock4", 1.0), 3.0);
    EXPECT_LT(order_on_rational(std::make_shared<ForgetsJacobian>(process), "rosenbrock4", 1.0), 3.0);
}

/// Time stands still within a step of length h.
class FrozenInStep final : public Wrapped {
public:
    FrozenInStep(std::shared_ptr<const Process> inner, double h) : Wrapped(std::move(inner)), h_(h) {}
    void drift(Points x, double t, Rows out) const override { inner_->drift(x, std::floor(t / h_) * h_, out); }

private:
    double h_;
};

double order_of_symplectic(bool frozen) {
    std::vector<double> errors;
    for (const int n : {64, 128}) {
        const double h = 2.0 / n;
        std::shared_ptr<const Process> process = make_process(ForcedQuartic{});
        if (frozen) process = std::make_shared<FrozenInStep>(process, h);
        const auto states = follow(with_fixed_steps(process, "symplectic", 2.0, h, {2.0}), {{0.0, 1.0}});
        errors.push_back(std::abs(states[0].x.row(0)[0] - std::sin(2.0)) +
                         std::abs(states[0].x.row(1)[0] - std::cos(2.0)));
    }
    return observed_order(errors);
}

TEST(OdeOrder, SymplecticIsFourWithTheTimeOfEachStage) {
    EXPECT_NEAR(order_of_symplectic(false), 4.0, 0.1);
    EXPECT_NEAR(order_of_symplectic(true), 1.0, 0.1);
}

}  // namespace
}  // namespace dynkin
