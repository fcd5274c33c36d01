// Closed answers: there and back, log density and weight along the path.
#include "follow.hpp"
#include "models.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace dynkin {
namespace {

using namespace testing_flows;

const std::vector<std::string> all_but_symplectic = {"rk4", "dopri5", "dopri5_dense", "rosenbrock4"};

OdeProblem tight(std::shared_ptr<const Process> process, const std::string& scheme, double until,
                 std::vector<double> outputs) {
    OdeProblem problem{std::move(process), scheme, make_time_grid(0.0, until, until / 400.0, std::move(outputs))};
    problem.rtol = problem.atol = 1e-10;
    return problem;
}

/// Largest distance of the last state from the start.
double distance_from_start(const OdeProblem& problem, const std::vector<std::vector<double>>& starts) {
    const BlockState end = follow(problem, starts).back();
    double worst = 0.0;
    for (std::size_t q = 0; q < starts.size(); ++q)
        for (int j = 0; j < 2; ++j)
            worst = std::max(worst, std::abs(end.x.row(j)[q] - starts[q][static_cast<std::size_t>(j)]));
    return worst;
}

const std::vector<std::vector<double>> some_points = {{0.2, 0.3}, {0.5, 0.75}, {0.81, 0.4}, {0.1, 0.9}, {0.6, 0.6}};

// 1e-7: rk4 with h = period/400 errs by about (omega h)^4 with rates up to 2 pi; step control is far below it.
TEST(OdeFlow, ReversingSwirlComesBack) {
    for (const std::string& scheme : all_but_symplectic) {
        EXPECT_LT(distance_from_start(tight(make_process(Swirl{}), scheme, 1.5, {1.5}), some_points), 1e-7) << scheme;
        EXPECT_GT(distance_from_start(tight(make_process(Swirl{{}, 1.5, false}), scheme, 1.5, {1.5}), some_points), 0.1)
            << scheme;
    }
}

// rk4: phase error (omega h)^4 / 120 times the angle 2 pi = 3e-9.
TEST(OdeFlow, RotationComesBackAfterOneTurn) {
    const double turn = 2.0 * std::acos(-1.0);
    for (const std::string& scheme : all_but_symplectic) {
        EXPECT_LT(distance_from_start(tight(make_process(Rotation{}), scheme, turn, {turn}), some_points), 1e-8)
            << scheme;
        EXPECT_GT(distance_from_start(tight(make_process(Rotation{{}, 1.001}), scheme, turn, {turn}), some_points),
                  1e-3)
            << scheme;
    }
}

/// The drift Jacobian is reported a thousandth too large.
class WrongJacobian final : public Wrapped {
public:
    using Wrapped::Wrapped;
    void drift_jacobian(Points x, double t, Rows out) const override {
        inner_->drift_jacobian(x, t, out);
        for (int e = 0; e < dim() * dim(); ++e)
            for (Index q = 0; q < x.n; ++q) out.row(e)[q] *= 1.001;
    }
};

double log_density_error_of_logistic(const std::shared_ptr<const Process>& process, const std::string& scheme) {
    OdeProblem problem = tight(process, scheme, 2.0, {0.0, 0.503, 2.0});
    problem.log_density = true;
    double worst = 0.0;
    const std::vector<double> starts = {0.1, 0.4, 0.9};
    const auto states = follow(problem, {{starts[0]}, {starts[1]}, {starts[2]}});
    for (std::size_t k = 0; k < states.size(); ++k)
        for (std::size_t q = 0; q < starts.size(); ++q)
            worst = std::max(worst, std::abs(states[k].log_density.row(0)[q] -
                                             Logistic{}.log_density_gain(starts[q], problem.grid.outputs[k])));
    return worst;
}

TEST(OdeFlow, LogDensityAlongTheLogisticFlow) {
    const auto process = make_process(Logistic{});
    for (const std::string& scheme : all_but_symplectic) {
        EXPECT_LT(log_density_error_of_logistic(process, scheme), 2e-8) << scheme;
        EXPECT_GT(log_density_error_of_logistic(std::make_shared<WrongJacobian>(process), scheme), 1e-4) << scheme;
    }
}

// log p(t) = log p0 - int tr A, tr A = -1.2 (1 + cos t), from a start that is given.
TEST(OdeFlow, LogDensityAlongALinearFlowStartsFromTheGivenOne) {
    for (const std::string& scheme : all_but_symplectic) {
        OdeProblem problem = tight(make_process(Linear{}), scheme, 2.0, {0.7, 2.0});
        problem.log_density = true;
        BlockState state;
        reset(state, 2, 1, 0);
        state.x.row(0)[0] = 0.4;
        state.log_density.resize(1, 1);
        state.log_density.row(0)[0] = -3.0;
        const auto worker = make_ode_propagator(problem)->worker();

        for (const int k : {0, 1}) {
            const double t = problem.grid.outputs[static_cast<std::size_t>(k)];
            const BlockState& now = worker->advance(state, k);
            EXPECT_NEAR(now.log_density.row(0)[0], -3.0 + 1.2 * (t + std::sin(t)), 2e-8) << scheme;
        }
    }
}

TEST(OdeFlow, SymplecticKeepsTheLogDensity) {
    OdeProblem problem{make_process(ForcedQuartic{}), "symplectic", make_time_grid(0.0, 1.0, 0.1, 1)};
    problem.log_density = true;
    const auto states = follow(problem, {{0.0, 1.0}});
    EXPECT_EQ(states[0].log_density.row(0)[0], 0.0);
}

TEST(OdeFlow, WeightOfAKillingRateThatDependsOnTime) {
    for (const std::string& scheme : all_but_symplectic) {
        const OdeProblem problem = tight(make_process(Leaking{}), scheme, 2.0, {0.311, 2.0});
        const auto states = follow(problem, {{1.5}, {-0.4}});
        for (const std::size_t k : {0u, 1u}) {
            const double t = problem.grid.outputs[k];
            EXPECT_NEAR(states[k].weight.row(0)[0], Leaking::weight(1.5, t), 1e-8) << scheme;
            EXPECT_NEAR(states[k].weight.row(0)[1], Leaking::weight(-0.4, t), 1e-8) << scheme;
            // The mutant, a rate that stands still at its start, is far away.
            EXPECT_GT(std::abs(std::exp(-1.5 * 1.5 * t) - Leaking::weight(1.5, t)), 1e-2);
        }
    }
}

// The rows that are carried do not spoil the order: with them rosenbrock4 needs second derivatives of the drift.
TEST(OdeFlow, LogDensityOfRosenbrock4IsOfOrderFour) {
    std::vector<double> errors;
    for (const double h : {1.0 / 32, 1.0 / 64}) {
        OdeProblem problem{make_process(Logistic{}), "rosenbrock4", make_time_grid(0.0, 2.0, h, 1)};
        problem.rtol = problem.atol = 1e8;
        problem.largest_step = h;
        problem.log_density = true;
        errors.push_back(
            std::abs(follow(problem, {{0.1}})[0].log_density.row(0)[0] - Logistic{}.log_density_gain(0.1, 2.0)));
    }
    EXPECT_NEAR(observed_order(errors), 4.0, 0.1);
}

}  // namespace
}  // namespace dynkin
