#include "solvers/particle/coupled.hpp"

#include "models.hpp"
#include "observables.hpp"
#include "solvers/particle/stepper.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace dynkin {
namespace {

using namespace testing_models;

BlockState block_at(double x, Index n, std::uint64_t first = 0) {
    BlockState state;
    reset(state, 1, n, first);
    std::fill_n(state.x.row(0), n, x);
    return state;
}

TEST(CoupledPaths, FineIsThePathOfThePropagator) {
    const auto process = make_process(SineNoise{});
    ParticleProblem problem{process, "sriw1", make_time_grid(0.0, 1.0, 1.0 / 7.0, 5), {}, 13};
    problem.domain = {{-1.0, 1.2, Boundary::reflecting, Boundary::absorbing}};
    const SdePropagator propagator(problem);
    const auto alone = propagator.worker();
    const CoupledPaths paths(problem);
    const auto coupled = paths.worker();
    BlockState state = block_at(0.3, 500, 1000);
    coupled->start(state);

    for (int output = 0; output < 5; ++output) {
        const BlockState& expected = alone->advance(state, output);
        coupled->advance(output, [](const FineStep&) {});
        for (Index q = 0; q < 500; ++q) {
            ASSERT_EQ(coupled->fine().x.row(0)[q], expected.x.row(0)[q]) << output;
            ASSERT_EQ(coupled->fine().alive.row(0)[q], expected.alive.row(0)[q]) << output;
        }
    }
}

TEST(CoupledPaths, CoarseIsThePathWithTwiceTheStep) {
    // Brownian motion: both paths are W itself, at every output, on either grid or on none.
    const auto process = make_process(Brownian{0.3, 1.2});
    for (const char* scheme : {"euler_maruyama", "sra1"}) {
        const ParticleProblem problem{process, scheme, make_time_grid(0.0, 1.0, 0.2, std::vector<double>{0.1, 0.2, 0.33, 0.6, 0.8, 1.0}), {}, 13};
        const auto worker = CoupledPaths(problem).worker();
        worker->start(block_at(0.0, 200));
        for (int output = 0; output < 6; ++output) {
            worker->advance(output);
            for (Index q = 0; q < 200; ++q)
                ASSERT_NEAR(worker->coarse().x.row(0)[q], worker->fine().x.row(0)[q], 1e-14) << scheme << output;
        }
    }
}

TEST(CoupledPaths, DifferenceHasTheStrongOrder) {
    const auto process = make_process(Tanh{});
    const auto rms = [&](const char* scheme, double h) {
        const ParticleProblem problem{process, scheme, make_time_grid(0.0, 1.0, h, 1), {}, 3};
        const auto worker = CoupledPaths(problem).worker();
        worker->start(block_at(0.1, 4096));
        worker->advance(0);
        double sum = 0.0;
        for (Index q = 0; q < 4096; ++q) sum += std::pow(worker->fine().x.row(0)[q] - worker->coarse().x.row(0)[q], 2);
        return 0.5 * std::log2(sum);
    };

    EXPECT_NEAR((rms("euler_maruyama", 1.0 / 64) - rms("euler_maruyama", 1.0 / 1024)) / 4, 0.5, 0.1);
    EXPECT_NEAR((rms("milstein", 1.0 / 64) - rms("milstein", 1.0 / 1024)) / 4, 1.0, 0.1);
    EXPECT_NEAR((rms("sriw1", 1.0 / 32) - rms("sriw1", 1.0 / 512)) / 4, 1.5, 0.1);
}

// With constant coefficients the bridge on both halves is exact for the coarse path as well.
TEST(CoupledPaths, AbsorptionIsRightOnBothAndNearlyTheSame) {
    const auto process = make_process(Brownian{});
    ParticleProblem problem{process, "euler_maruyama", make_time_grid(0.0, 1.0, 0.05, 1), {}, 4};
    problem.domain = {{-std::numeric_limits<double>::infinity(), 1.0, Boundary::open, Boundary::absorbing}};
    const auto worker = CoupledPaths(problem).worker();
    const Index n = 1 << 16;
    worker->start(block_at(0.0, n));

    worker->advance(0);

    double fine = 0.0, coarse = 0.0, different = 0.0;
    for (Index q = 0; q < n; ++q) {
        fine += 1 - worker->fine().alive.row(0)[q];
        coarse += 1 - worker->coarse().alive.row(0)[q];
        different += std::abs(worker->fine().alive.row(0)[q] - worker->coarse().alive.row(0)[q]);
    }
    const double exact = 0.317310507863, se = std::sqrt(exact * (1 - exact) / static_cast<double>(n));
    EXPECT_NEAR(fine / static_cast<double>(n), exact, 4 * se);
    EXPECT_NEAR(coarse / static_cast<double>(n), exact, 4 * se);
    EXPECT_EQ(different, 0.0);
}

// x_after - x_before = b h + sigma dW + push, summed over the hook, is where the path is.
TEST(CoupledPaths, HookSeesEveryStepOnce) {
    const auto process = make_process(Brownian{0.5, 1.3});
    ParticleProblem problem{process, "euler_maruyama", make_time_grid(0.0, 1.0, 0.2, std::vector<double>{0.3, 1.0}), {}, 4};
    problem.domain = {{-0.4, 0.4, Boundary::reflecting, Boundary::reflecting}};
    const auto worker = CoupledPaths(problem).worker();
    const Index n = 100;
    worker->start(block_at(0.0, n));
    std::vector<double> sum(n, 0.0);
    int steps = 0, sides = 0;
    double pushed = 0.0;
    const StepHook hook = [&](const FineStep& step) {
        (step.side ? sides : steps) += 1;
        for (Index q = 0; q < step.n; ++q) {
            const double change = 0.5 * step.h + 1.3 * step.dW.row(0)[q] + step.push.row(0)[q];
            EXPECT_NEAR(step.after.component(0)[q] - step.before.component(0)[q], change, 1e-14);
            pushed += std::abs(step.push.row(0)[q]);
            if (!step.side) sum[static_cast<std::size_t>(q)] += change;
        }
    };

    worker->advance(0, hook);
    EXPECT_EQ(steps, 1);
    EXPECT_EQ(sides, 1);
    worker->advance(1, hook);

    EXPECT_EQ(steps, 5);
    EXPECT_EQ(sides, 1);
    EXPECT_GT(pushed, 1.0);
    for (Index q = 0; q < n; ++q) EXPECT_NEAR(worker->fine().x.row(0)[q], sum[static_cast<std::size_t>(q)], 1e-13);
}

}  // namespace
}  // namespace dynkin
