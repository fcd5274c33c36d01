// Step control: tolerance, stiffness, and what goes wrong.
#include "follow.hpp"
#include "models.hpp"
#include "solvers/core/errors.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace dynkin {
namespace {

using namespace testing_flows;

OdeProblem problem_of(std::shared_ptr<const Process> process, const std::string& scheme, double until,
                      std::vector<double> outputs, double rtol, double atol) {
    OdeProblem problem{std::move(process), scheme, make_time_grid(0.0, until, 0.01, std::move(outputs))};
    problem.rtol = rtol;
    problem.atol = atol;
    return problem;
}

// With an estimate of order 4 held at the tolerance, h ~ tol^(1/5), and the result of order 5 errs by ~ tol.
TEST(OdeStepControl, ErrorOfDopri5FollowsTheTolerance) {
    std::vector<std::vector<double>> starts;
    for (int k = 0; k < 20; ++k) starts.push_back({0.5 + 0.15 * k});
    const auto mean_error = [&](double tolerance) {
        const auto states =
            follow(problem_of(make_process(Rational{}), "dopri5", 2.0, {2.0}, tolerance, tolerance), starts);
        double sum = 0.0;
        for (std::size_t q = 0; q < starts.size(); ++q)
            sum += std::abs(states[0].x.row(0)[q] - Rational::exact(starts[q][0], 2.0)) / 20.0;
        return sum;
    };

    const double coarse = mean_error(1e-6), fine = mean_error(1e-11);

    // A run that does not see its tolerance has slope 0, an estimate of the wrong order 4/5 or 6/5.
    EXPECT_NEAR(std::log10(coarse / fine) / 5.0, 1.0, 0.15);
    EXPECT_LT(coarse, 1e-5);
}

// rtol 1e-6 lets steps grow to about 0.1; linear interpolation between them is off by h^2/8 |y''| ~ 1e-3.
TEST(OdeStepControl, DenseOutputIsAsAccurateAsTheSteps) {
    const auto process = make_process(Rational{});
    std::vector<double> outputs;
    for (int k = 0; k <= 200; ++k) outputs.push_back(0.01 * k);
    const auto counted = std::make_shared<Wrapped>(process);

    const auto states = follow(problem_of(counted, "dopri5_dense", 2.0, outputs, 1e-6, 1e-6), {{1.0}});

    double worst = 0.0, worst_linear = 0.0;
    for (std::size_t k = 0; k < outputs.size(); ++k) {
        worst = std::max(worst, std::abs(states[k].x.row(0)[0] - Rational::exact(1.0, outputs[k])));
        // The mutant with the spacing of these steps.
        const double left = std::floor(outputs[k] / 0.1) * 0.1, s = (outputs[k] - left) / 0.1;
        const double linear = (1 - s) * Rational::exact(1.0, left) + s * Rational::exact(1.0, left + 0.1);
        worst_linear = std::max(worst_linear, std::abs(linear - Rational::exact(1.0, outputs[k])));
    }
    EXPECT_LT(worst, 5e-6);
    EXPECT_GT(worst_linear, 1e-3);
    // 201 outputs cost no evaluations: a side step each would have cost 6.
    EXPECT_LT(counted->n_evaluations, 400);
}

std::vector<std::vector<double>> fan(int n) {
    std::vector<std::vector<double>> starts;
    for (int k = 0; k < n; ++k) starts.push_back({0.4 + 0.01 * k, 1.0 - 0.02 * k});
    return starts;
}

// `Wrapped` hides the loop over blocks: every particle then goes through Odeint by itself. Same tableau, same control,
// other roundings: some hundred steps of 1e-16 each, which the flow stretches by less than 100.
TEST(OdeStepControl, BlocksFollowThePathsOfOdeint) {
    const std::vector<double> outputs = {0.0, 0.013, 0.7, 0.71, 3.0};
    for (const auto& process : {make_process(Swirl{}), make_process(Rotation{})}) {
        const auto problem = [&](std::shared_ptr<const Process> p, double tolerance) {
            return problem_of(std::move(p), "dopri5", 3.0, outputs, tolerance, tolerance);
        };
        const auto counted = std::make_shared<Wrapped>(process);
        const auto starts = fan(37);

        const auto blocks = follow(problem(process, 1e-7), starts), alone = follow(problem(counted, 1e-7), starts);
        const auto other = follow(problem(process, 1.1e-7), starts);  // the mutant: a tolerance a tenth larger

        EXPECT_GT(counted->n_evaluations, 37 * 60);
        double largest = 0.0, of_mutant = 0.0;
        for (std::size_t k = 0; k < outputs.size(); ++k)
            for (int j = 0; j < 2; ++j)
                for (Index q = 0; q < 37; ++q) {
                    largest = std::max(largest, std::abs(blocks[k].x.row(j)[q] - alone[k].x.row(j)[q]));
                    of_mutant = std::max(of_mutant, std::abs(blocks[k].x.row(j)[q] - other[k].x.row(j)[q]));
                }
        EXPECT_LT(largest, 1e-12);
        EXPECT_GT(of_mutant, 1e-10);
    }
}

TEST(OdeStepControl, AParticleInABlockTakesTheStepsItTakesAlone) {
    const auto starts = fan(29);
    const OdeProblem problem = problem_of(make_process(Swirl{}), "dopri5", 2.0, {0.5, 2.0}, 1e-8, 1e-8);

    const auto together = follow(problem, starts);

    for (std::size_t q = 0; q < starts.size(); ++q) {
        const auto alone = follow(problem, {starts[q]});
        for (std::size_t k = 0; k < 2; ++k)
            for (int j = 0; j < 2; ++j)
                ASSERT_EQ(alone[k].x.row(j)[0], together[k].x.row(j)[static_cast<Index>(q)]) << q;
    }
}

TEST(OdeStepControl, SideStepsDoNotCountAsStepsOfThePath) {
    const auto process = make_process(Swirl{});
    for (const char* scheme : {"dopri5", "dopri5_dense", "rosenbrock4"}) {
        std::vector<double> many;
        for (int k = 1; k <= 75; ++k) many.push_back(k == 75 ? 1.5 : 0.02 * k);
        const auto few = follow(problem_of(process, scheme, 1.5, {1.5}, 1e-7, 1e-7), {{0.3, 0.4}});
        const auto all = follow(problem_of(process, scheme, 1.5, many, 1e-7, 1e-7), {{0.3, 0.4}});
        EXPECT_EQ(few.back().x.row(0)[0], all.back().x.row(0)[0]) << scheme;
        EXPECT_EQ(few.back().x.row(1)[0], all.back().x.row(1)[0]) << scheme;
    }
}

// Van der Pol's equation with eps = 1e-6, t = 2: Hairer & Wanner (1996), section IV.10.
TEST(OdeStepControl, Rosenbrock4GoesThroughVanDerPolWhereDopri5GivesUp) {
    const auto process = std::make_shared<Wrapped>(make_process(VanDerPol{}));
    OdeProblem problem = problem_of(process, "rosenbrock4", 2.0, {2.0}, 1e-8, 1e-8);

    const auto states = follow(problem, {{2.0, -0.66}});

    // The slow parts add up a local error of 1e-8 a step; the fast layers forget what came before.
    EXPECT_NEAR(states[0].x.row(0)[0], 1.706167732170469, 2e-6);
    EXPECT_NEAR(states[0].x.row(1)[0], -0.8928097010248125, 5e-6);
    // The stability limit h |lambda| < 3.3 with |lambda| ~ 1 / eps asks an explicit scheme for 4e6 of them.
    EXPECT_LT(process->n_evaluations, 40000);

    problem.scheme = "dopri5";
    problem.max_steps = 20000;
    const std::string message = message_of([&] { follow(problem, {{2.0, -0.66}}); });
    EXPECT_EQ(message.find("van_der_pol with dopri5: particle 0 took 20000 steps and got to t = 0."), 0u) << message;
    EXPECT_NE(message.find("stiff: use rosenbrock4"), std::string::npos) << message;
}

// An L-stable scheme needs far fewer evaluations than the stability limit of an explicit one allows.
TEST(OdeStepControl, RobertsonConservesMassAndBothSchemesAgree) {
    const auto process = std::make_shared<Wrapped>(make_process(Robertson{}));
    const auto stiff = follow(problem_of(process, "rosenbrock4", 40.0, {40.0}, 1e-8, 1e-12), {{1.0, 0.0, 0.0}});
    const std::int64_t stiff_evaluations = process->n_evaluations.exchange(0);
    const auto plain = follow(problem_of(process, "dopri5", 40.0, {40.0}, 1e-8, 1e-12), {{1.0, 0.0, 0.0}});

    for (const auto& states : {stiff, plain}) {
        const BlockState& end = states[0];
        EXPECT_NEAR(end.x.row(0)[0], 0.7158270688, 1e-6);
        EXPECT_NEAR(end.x.row(1)[0], 9.185534765e-6, 1e-10);
        EXPECT_NEAR(end.x.row(0)[0] + end.x.row(1)[0] + end.x.row(2)[0], 1.0, 1e-12);
    }
    EXPECT_GT(process->n_evaluations, 20 * stiff_evaluations);
}

TEST(OdeStepControl, BlowUpIsReportedWithItsTime) {
    const auto process = make_process(Explosion{});
    for (const char* scheme : {"dopri5", "dopri5_dense", "rosenbrock4"}) {
        OdeProblem problem = problem_of(process, scheme, 3.0, {3.0}, 1e-8, 1e-8);
        const std::string message = message_of([&] { follow(problem, {{0.1}, {0.5}}); });
        EXPECT_EQ(message.find(std::string("explosion with ") + scheme + ": "), 0u) << message;
        EXPECT_NE(message.find("particle 1 "), std::string::npos) << message;
        EXPECT_NE(message.find("at t = 2"), std::string::npos) << message;  // the exact time of the pole
        EXPECT_NE(message.find("end the run earlier"), std::string::npos) << message;
        EXPECT_THROW(follow(problem, {{0.5}}), NumericsError);
        EXPECT_NO_THROW(follow(problem, {{0.1}}));
    }
    OdeProblem fixed = problem_of(process, "rk4", 3.0, {3.0}, 1e-8, 1e-8);
    const std::string message = message_of([&] { follow(fixed, {{0.1}, {0.5}}); });
    EXPECT_EQ(message.find("explosion with rk4: non-finite particle 1 at t = 2."), 0u) << message;
    EXPECT_NE(message.find("reduce dt (now 0.01)"), std::string::npos) << message;
}

// Bounded for a symplectic scheme, growing with t for a scheme that is not, even at a smaller error to begin with.
TEST(OdeStepControl, EnergyStaysBoundedWithTheSymplecticScheme) {
    const auto process = make_process(Quartic{});
    const auto energy_error = [&](const std::string& scheme, double rtol) {
        std::vector<double> outputs;
        for (int k = 1; k <= 400; ++k) outputs.push_back(10.0 * k);
        OdeProblem problem{process, scheme, make_time_grid(0.0, 4000.0, 0.1, outputs)};
        problem.rtol = problem.atol = rtol;
        const auto states = follow(problem, {{1.0, 0.3}});
        std::vector<double> worst = {0.0, 0.0};  // in the first and in the last tenth
        for (std::size_t k = 0; k < states.size(); ++k) {
            const double x = states[k].x.row(0)[0], v = states[k].x.row(1)[0];
            const double error = std::abs(0.5 * v * v + 0.25 * x * x * x * x - 0.295);
            if (k < 40) worst[0] = std::max(worst[0], error);
            if (k >= 360) worst[1] = std::max(worst[1], error);
        }
        return worst;
    };

    const auto symplectic = energy_error("symplectic", 1e-6), controlled = energy_error("dopri5", 1e-6);

    EXPECT_LT(symplectic[1], 1.5 * symplectic[0]);
    EXPECT_LT(symplectic[0], 1e-5);  // C h^4 with C of order 0.1
    EXPECT_GT(controlled[1], 5.0 * controlled[0]);
}

}  // namespace
}  // namespace dynkin
