#include "solvers/check/joint_statistic.hpp"

#include "solvers/core/errors.hpp"
#include "tests/unit/check/synthetic.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace dynkin {
namespace {

using test::Synthetic;

TEST(JointStatistic, IsTheSumOfSquaresForIndependentNumbers) {
    const JointStatistic t = joint_statistic({3.0, -4.0}, {4.0, 0.0, 0.0, 1.0}, {0.0, 0.0});

    EXPECT_NEAR(t.value, 2.25 + 16.0, 1e-7);
    EXPECT_EQ(t.rank, 2);
}

TEST(JointStatistic, BoundsAreUsedUpFirst) {
    // By hand: excesses 3 - 1 and 4 - 0.5 in standard errors of 2 and 1.
    const JointStatistic t = joint_statistic({3.0, -4.0}, {4.0, 0.0, 0.0, 1.0}, {1.0, 0.5});

    EXPECT_NEAR(t.value, 1.0 + 12.25, 1e-7);
    EXPECT_NEAR(t.bias[1], -0.5, 1e-12);
}

TEST(JointStatistic, CorrelatedMinimumEqualsASearch) {
    // K = 2 with correlation 0.9: the minimum over the box by brute force on a lattice of 2001^2 points.
    const double rho = 0.9, r[2] = {2.0, -0.5}, bound[2] = {0.4, 0.3};
    double best = std::numeric_limits<double>::infinity();
    for (int i = -1000; i <= 1000; ++i)
        for (int j = -1000; j <= 1000; ++j) {
            const double a = r[0] - bound[0] * i / 1000, b = r[1] - bound[1] * j / 1000;
            best = std::min(best, (a * a - 2 * rho * a * b + b * b) / (1 - rho * rho));
        }

    const JointStatistic t = joint_statistic({r[0], r[1]}, {1.0, rho, rho, 1.0}, {bound[0], bound[1]});

    EXPECT_NEAR(t.value, best, 1e-6 * best);
}

TEST(JointStatistic, FlatDirectionsAreDropped) {
    // Third number = first + second, exactly.
    const std::vector<double> C = {1, 0, 1, 0, 1, 1, 1, 1, 2};

    const JointStatistic t = joint_statistic({1.0, 2.0, 3.0}, C, {0.0, 0.0, 0.0});

    EXPECT_EQ(t.rank, 2);
    EXPECT_NEAR(t.value, 5.0, 1e-6);
}

TEST(JointStatistic, NearlyCollinearNumbersConverge) {
    // Two numbers with correlation 1 - 1e-6 and different signs of excess; bounds a bit too small to absorb it.
    const double rho = 1.0 - 1e-6;

    const JointStatistic t = joint_statistic({0.01, -0.01}, {1.0, rho, rho, 1.0}, {0.009, 0.009});

    EXPECT_NEAR(t.value, 0.002 * 0.002 / (2.0 * (1.0 - rho)), 1e-3);  // what remains, 0.001 and -0.001, along 1, -1
}

TEST(JointStatistic, NumbersWithoutVarianceAreReported) {
    const JointStatistic t = joint_statistic({1.0, 0.5}, {1.0, 0.0, 0.0, 0.0}, {0.0, 0.0});

    EXPECT_EQ(t.rank, 1);
    EXPECT_EQ(t.noiseless, std::vector<int>{1});
}

TEST(JointStatistic, PValuesAndQuantilesAreInverse) {
    EXPECT_NEAR(joint_p_value(18.307, 10, 0.0), 0.05, 1e-5);  // chi^2 table
    for (const double n : {0.0, 30.0, 1e6})
        EXPECT_NEAR(joint_p_value(joint_quantile(1e-4, 8, n), 8, n), 1e-4, 1e-10);
    EXPECT_GT(joint_quantile(0.01, 8, 30.0), joint_quantile(0.01, 8, 0.0));
    EXPECT_EQ(joint_p_value(100.0, 8, 9.0), 1.0);  // fewer samples than a covariance needs
}

TEST(JointStatistic, LevelHoldsForCorrelatedNumbersWithBiasInsideTheBounds) {
    // Without bias T^2 is chi^2: at 1 %, 4000 replicas give 40 +- 6.3; 4 sd either side. With a bias at its bound the
    // level must not be exceeded.
    const Synthetic synthetic(10);
    const auto C = synthetic.covariance();
    const double critical = joint_quantile(0.01, 10, 0.0);
    const std::vector<double> zero(10, 0.0), bound(10, 0.05);
    int plain = 0, biased = 0, unbudgeted = 0;
    for (std::uint64_t replica = 0; replica < 4000; ++replica) {
        std::vector<double> r = synthetic.draw(replica);
        plain += joint_statistic(r, C, zero).value > critical;
        for (std::size_t k = 0; k < r.size(); ++k) r[k] += k % 2 == 0 ? 0.05 : -0.05;
        biased += joint_statistic(r, C, bound).value > critical;
        unbudgeted += joint_statistic(r, C, zero).value > critical;
    }

    EXPECT_NEAR(plain, 40, 25);
    EXPECT_LE(biased, 65);
    EXPECT_GT(unbudgeted, 200);  // the mutant: the same bias without its budget is seen
}

TEST(JointStatistic, RefusesWhatDoesNotFit) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    EXPECT_THROW(joint_statistic({1.0}, {1.0, 2.0}, {0.0}), NumericsError);
    EXPECT_THROW(joint_statistic({nan}, {1.0}, {0.0}), NumericsError);
    EXPECT_THROW(joint_statistic({1.0}, {1.0}, {-1.0}), NumericsError);
}

}  // namespace
}  // namespace dynkin
