#include "solvers/particle/first_passage.hpp"

#include "models.hpp"
#include "observables.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace dynkin {
namespace {

using namespace testing_models;

/// { x : x >= a } or, when folded, { |x| >= a }.
class Beyond final : public LevelSet {
public:
    explicit Beyond(double a, bool folded = false) : a_(a), folded_(folded) {}
    int dim() const override { return 1; }
    std::string name() const override { return "x >= a"; }
    void level(Points x, double* out) const override {
        for (Index q = 0; q < x.n; ++q) out[q] = (folded_ ? std::abs(x.component(0)[q]) : x.component(0)[q]) - a_;
    }
    void gradient(Points x, Rows out) const override {
        for (Index q = 0; q < x.n; ++q) out.row(0)[q] = folded_ && x.component(0)[q] < 0 ? -1.0 : 1.0;
    }

private:
    double a_;
    bool folded_;
};

// D7: drifted Brownian motion, inverse Gaussian passage times. Exact at any step, here a coarse one.
TEST(FirstPassage, DriftedBrownianMotion) {
    const auto process = make_process(Brownian{1.0, 1.0});
    const ParticleProblem problem{process, "euler_maruyama", make_time_grid(0.0, 40.0, 0.25, std::vector<double>{0.4, 1.0, 2.6}), {}, 17};
    const auto law = point_law({0.0});
    const Beyond set(1.0);

    const FirstPassageResult result = run_first_passage({problem, *law, set, 1 << 16});

    const auto survival = [](double t) {
        const auto Phi = [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); };
        return 1.0 - Phi((t - 1) / std::sqrt(t)) - std::exp(2.0) * Phi(-(t + 1) / std::sqrt(t));
    };
    EXPECT_NEAR(1.0 - survival(1.0), 0.668102001223, 1e-11);  // CASES D7
    for (std::size_t k = 0; k < 3; ++k)
        EXPECT_NEAR(result.survival[k], survival(result.times[k]), 4 * result.survival_standard_error[k]) << k;
    EXPECT_NEAR(result.mean, 1.0, 4 * result.mean_standard_error);
    EXPECT_NEAR(result.mean_standard_error, std::sqrt(1.0 / result.n), 0.05 * std::sqrt(1.0 / result.n));  // Var = 1
    EXPECT_NEAR(result.hit, 1.0, 1e-4);
    EXPECT_NEAR(result.covariance[0], std::pow(result.survival_standard_error[0], 2), 1e-15);
    // Ends of steps taken as passage times (the mutant) would add about h / 2.
    EXPECT_GT(std::abs(result.mean + 0.125 - 1.0), 10 * result.mean_standard_error);
}

// D6: exit from (-1, 1): mean 1, variance 2/3. Two walls in one level: exact up to meeting both in one step.
TEST(FirstPassage, ExitFromAnInterval) {
    const auto process = make_process(Brownian{});
    const ParticleProblem problem{process, "euler_maruyama", make_time_grid(0.0, 20.0, 0.02, 1), {}, 18};
    const auto law = point_law({0.0});
    const Beyond set(1.0, true);

    const FirstPassageResult result = run_first_passage({problem, *law, set, 1 << 15});

    EXPECT_NEAR(result.mean, 1.0, 4 * result.mean_standard_error);
    EXPECT_NEAR(result.mean_standard_error * std::sqrt(result.n), std::sqrt(2.0 / 3.0), 0.03);
}

// The same interval, one side a set and the other an absorbing wall: equal chances, the same mean time.
TEST(FirstPassage, AbsorbingWallsEndAPathWithoutAHit) {
    const auto process = make_process(Brownian{});
    ParticleProblem problem{process, "euler_maruyama", make_time_grid(0.0, 20.0, 0.02, 1), {}, 19};
    problem.domain = {{-1.0, std::numeric_limits<double>::infinity(), Boundary::absorbing, Boundary::open}};
    const auto law = point_law({0.0});
    const Beyond set(1.0);

    const FirstPassageResult result = run_first_passage({problem, *law, set, 1 << 15});

    EXPECT_NEAR(result.hit, 0.5, 4 * result.hit_standard_error);
    EXPECT_NEAR(result.hit + result.lost, 1.0, 1e-12);
    EXPECT_NEAR(result.mean, 1.0, 4 * result.mean_standard_error + 0.001);  // half a step's share for paths on the wall
}

// A reflecting wall at 0 halves the interval: the mean exit time from x = 0 is that of (-1, 1).
TEST(FirstPassage, ReflectingWallsAreRespected) {
    const auto process = make_process(Brownian{});
    ParticleProblem problem{process, "euler_maruyama", make_time_grid(0.0, 20.0, 0.005, 1), {}, 20};
    problem.domain = {{0.0, std::numeric_limits<double>::infinity(), Boundary::reflecting, Boundary::open}};
    const auto law = point_law({0.0});
    const Beyond set(1.0);

    const FirstPassageResult result = run_first_passage({problem, *law, set, 1 << 15});

    EXPECT_NEAR(result.mean, 1.0, 4 * result.mean_standard_error);
}

TEST(FirstPassage, SameBitsForAnyThreadsAndBlocks) {
    const auto process = make_process(DoubleWell{});
    const ParticleProblem problem{process, "sra1", make_time_grid(0.0, 5.0, 0.1, 4), {}, 2};
    const auto law = gaussian_law({-1.0}, {0.1});
    const Beyond set(0.0);
    const auto run = [&](int threads, Index block) {
        FirstPassageSpec spec{problem, *law, set, 3001};
        spec.n_threads = threads;
        spec.block_size = block;
        return run_first_passage(spec);
    };

    const FirstPassageResult reference = run(1, 512);
    for (const auto& [threads, block] : {std::pair<int, Index>{2, 128}, {5, 256}, {1, 4096}}) {
        const FirstPassageResult other = run(threads, block);
        EXPECT_EQ(other.mean, reference.mean);
        EXPECT_EQ(other.hit, reference.hit);
        EXPECT_EQ(other.survival, reference.survival);
        EXPECT_EQ(other.covariance, reference.covariance);
    }
}

}  // namespace
}  // namespace dynkin
