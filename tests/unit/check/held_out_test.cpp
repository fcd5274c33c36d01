// Generated samples against held-out rows: calibrated when the generator is right, and wrong generators are found out.
#include "solvers/check/held_out.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/core/random.hpp"
#include "solvers/core/test_functions.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

constexpr double sigma = 0.1;

/// Two clusters in the plane, one of them skewed.
Block rows(Index n, std::uint64_t seed) {
    Block x(2, n);
    for (Index q = 0; q < n; ++q) {
        Draws draws({seed, Stream::initial_law, 0}, static_cast<std::uint64_t>(q));
        const bool first = draws.uniform() < 0.3;
        x.row(0)[q] = first ? -1.5 + 0.3 * draws.normal() : 0.5 - std::log(draws.uniform());
        x.row(1)[q] = 0.5 * x.row(0)[q] + draws.normal();
    }
    return x;
}

/// Draws from the noised rows, each coordinate moved by `shift` and stretched by `factor`.
Block generated(const Block& training, Index n, std::uint64_t seed, double shift = 0.0, double factor = 1.0) {
    Block x(2, n);
    for (Index q = 0; q < n; ++q) {
        Draws draws({seed, Stream::bridge, 0}, static_cast<std::uint64_t>(q));
        const auto i = static_cast<Index>(draws.uniform() * static_cast<double>(training.size()));
        for (int j = 0; j < 2; ++j) x.row(j)[q] = shift + factor * training.row(j)[i] + sigma * draws.normal();
    }
    return x;
}

std::vector<Comparison> compared(std::uint64_t seed, double shift = 0.0, double factor = 1.0, int n_permutations = 49) {
    const Block training = rows(240, 2 * seed), held_out = rows(120, 2 * seed + 1),
                made = generated(training, 1200, seed, shift, factor);
    HeldOutSpec spec{.training = training.points(), .held_out = held_out.points(), .generated = made.points()};
    spec.sigma = sigma;
    spec.functions = {monomial({1, 0}), monomial({0, 1}), monomial({1, 1}), gaussian_bump({-1.0, 0.0}, {1.0, 1.0})};
    spec.n_permutations = n_permutations;
    spec.n_directions = 6;
    spec.seed = seed;
    return held_out_comparisons(spec);
}

double p_of(const Comparison& comparison) {
    return judge({comparison}, {.resolution = 10.0}).tests.at(0).p;
}

// p-values of 300 right generators are uniform: the share below 0.1 is 30 +- 5.2 of them, 4 sd either side; the same
// below 0.5. The moments' covariance takes the sampling of training rows into account, so its p does the same.
TEST(HeldOut, RightGeneratorsAreNotAccused) {
    int below_tenth[2] = {0, 0}, below_half[2] = {0, 0};
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        const std::vector<Comparison> both = compared(seed);
        for (std::size_t c = 0; c < 2; ++c) {
            const double p = p_of(both[c]);
            below_tenth[c] += p <= 0.1 ? 1 : 0;
            below_half[c] += p <= 0.5 ? 1 : 0;
        }
    }
    for (const int c : {0, 1}) {
        EXPECT_NEAR(below_tenth[c], 30, 21) << c;
        EXPECT_NEAR(below_half[c], 150, 35) << c;
    }
}

TEST(HeldOut, WrongGeneratorsAreFoundOut) {
    for (const auto& [shift, factor] : {std::pair{0.6, 1.0}, std::pair{0.0, 1.6}, std::pair{0.0, 0.5}}) {
        const std::vector<Comparison> both = compared(3, shift, factor, 999);
        EXPECT_LT(p_of(both[0]), 1e-3) << shift << factor;
        EXPECT_LE(p_of(both[1]), 2e-3) << shift << factor;
        EXPECT_EQ(judge(both).outcome, Outcome::disagree);
    }
}

// Without the share of the training rows the moments of right generators would be accused: the mutant of the
// covariance.
TEST(HeldOut, TheTrainingRowsAreASampleToo) {
    int alarms = 0;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        Comparison moments = compared(seed)[0];
        const double wrong = (1.0 / 120 + 1.0 / 1200) / (1.0 / 240 + 1.0 / 120 + 1.0 / 1200);
        for (double& entry : moments.covariance) entry *= wrong;
        alarms += p_of(moments) <= 0.1 ? 1 : 0;
    }
    EXPECT_GT(alarms, 10 + 4 * 3);
}

TEST(SlicedWasserstein, KnowsShiftsAndOrder) {
    Block a(1, 4), b(1, 4);
    std::copy_n(std::vector<double>{3.0, 1.0, 2.0, 0.0}.begin(), 4, a.row(0));
    std::copy_n(std::vector<double>{0.5, 1.5, 2.5, 3.5}.begin(), 4, b.row(0));
    EXPECT_NEAR(sliced_wasserstein(a.points(), b.points(), {{1.0}}), 0.5, 1e-15);
    // A shift by s of a cloud in the plane: E |s . e| over directions e is 2 |s| / pi.
    const Block x = rows(500, 9);
    Block y = x;
    for (Index q = 0; q < y.size(); ++q) y.row(1)[q] += 0.7;
    const auto directions = random_directions(2, 4000, 1);
    EXPECT_NEAR(sliced_wasserstein(x.points(), y.points(), directions), 1.4 / M_PI,
                4.0 * 0.7 * 0.31 / std::sqrt(4000.0));  // sd of |cos| is 0.31
    EXPECT_EQ(random_directions(1, 50, 1).size(), 1u);
    EXPECT_THROW(sliced_wasserstein(a.points(), x.points(), {{1.0}}), ConfigError);
}

TEST(HeldOut, NeedsRows) {
    const Block few = rows(7, 1), enough = rows(30, 2);
    HeldOutSpec spec{.training = enough.points(), .held_out = few.points(), .generated = enough.points()};
    spec.functions = {monomial({1, 0})};
    EXPECT_THROW(held_out_comparisons(spec), ConfigError);
}

}  // namespace
}  // namespace dynkin
