#include "solvers/check/exact_moments.hpp"

#include "solvers/core/errors.hpp"
#include "tests/unit/check/models.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace dynkin {
namespace {

using namespace test;

TEST(ExactMoments, OrnsteinUhlenbeckToDegreeFour) {
    const auto process = make_process(LinearSde{.k = 1.5, .m = 0.3, .s0 = 0.8});
    const double t = 0.7, decay = std::exp(-1.5 * t), x0 = -1.0, v0 = 0.04;
    const double mean = 0.3 + (x0 - 0.3) * decay, v = v0 * decay * decay + 0.64 * (1 - decay * decay) / 3.0;

    const auto table = exact_moments(*process, *gaussian_law({x0}, {0.2}), 0.0, {0.0, 0.2, t}, {-2.0}, {1.0});

    ASSERT_TRUE(table);
    EXPECT_EQ(table->degree, 4);
    EXPECT_NEAR(*table->at(2, {0}), 1.0, 1e-12);
    EXPECT_NEAR(*table->at(2, {1}), mean, 1e-12);
    EXPECT_NEAR(*table->at(2, {2}), mean * mean + v, 1e-12);
    EXPECT_NEAR(*table->at(2, {4}), std::pow(mean, 4) + 6 * mean * mean * v + 3 * v * v, 1e-11);
    EXPECT_NEAR(*table->at(0, {3}), std::pow(x0, 3) + 3 * x0 * v0, 1e-12);
    EXPECT_FALSE(table->at(0, {5}));
}

TEST(ExactMoments, GeometricBrownianMotionInBothCalculi) {
    // E X^2 = x0^2 exp((2a + b^2) t); Stratonovich adds b^2/2 to a.
    const double b = 0.87, t = 1.0;
    for (const Calculus calculus : {Calculus::ito, Calculus::stratonovich}) {
        const auto process = make_process(LinearSde{.calculus = calculus, .k = -1.01, .s0 = 0.0, .s1 = b});
        const double a = 1.01 + correction_weight(calculus) * b * b;

        const auto table = exact_moments(*process, *point_law({0.5}), 0.0, {t}, {0.2}, {1.5});

        ASSERT_TRUE(table);
        EXPECT_NEAR(*table->at(0, {1}) / (0.5 * std::exp(a * t)), 1.0, 1e-11);
        EXPECT_NEAR(*table->at(0, {2}) / (0.25 * std::exp((2 * a + b * b) * t)), 1.0, 1e-11);
    }
}

TEST(ExactMoments, SquareRootProcess) {
    // Case B9: mean .04, variance .0252848223531.
    const auto table = exact_moments(*make_process(SquareRoot{}), *point_law({0.04}), 0.0, {1.0}, {0.0}, {2.0});

    ASSERT_TRUE(table);
    EXPECT_NEAR(*table->at(0, {1}), 0.04, 1e-12);
    EXPECT_NEAR(*table->at(0, {2}) - 0.0016, 0.0252848223531, 1e-12);
}

TEST(ExactMoments, WrightFisherHeterozygosityDecays) {
    // Case C10: E X(1 - X) = x(1 - x) exp(-t).
    const auto table = exact_moments(*make_process(WrightFisherLike{}), *point_law({0.3}), 0.0, {0.8}, {0.0}, {1.0});

    ASSERT_TRUE(table);
    EXPECT_NEAR(*table->at(0, {1}) - *table->at(0, {2}), 0.21 * std::exp(-0.8), 1e-12);
}

TEST(ExactMoments, StationaryCovarianceOfTwoTemperatures) {
    // Case D12: (1.5, 1, 2.5).
    const auto table = exact_moments(*make_process(Rotor{}), *gaussian_law({0.5, -0.5}, {1.0, 1.0}), 0.0, {60.0}, {-4.0, -4.0}, {4.0, 4.0});

    ASSERT_TRUE(table);
    EXPECT_EQ(table->degree, 4);
    EXPECT_NEAR(*table->at(0, {2, 0}), 1.5, 1e-9);
    EXPECT_NEAR(*table->at(0, {1, 1}), 1.0, 1e-9);
    EXPECT_NEAR(*table->at(0, {0, 2}), 2.5, 1e-9);
}

TEST(ExactMoments, LevyArea) {
    // Case A9: the area has variance t^2 / 4. L of z^4 is x^2 z^2: degrees never rise.
    const auto table = exact_moments(*make_process(Area{}), *point_law({0.0, 0.0, 0.0}), 0.0, {1.3}, {-2.0, -2.0, -2.0}, {2.0, 2.0, 2.0});

    ASSERT_TRUE(table);
    EXPECT_NEAR(*table->at(0, {0, 0, 2}), 1.69 / 4.0, 1e-12);
}

TEST(ExactMoments, TimeDependentEquation) {
    // Case A6: X = (x0 + beta (t + alpha W)) / sqrt(1 + t).
    const auto table = exact_moments(*make_process(Fading{}), *point_law({1.0}), 0.0, {0.5, 2.0}, {0.0}, {1.5});

    ASSERT_TRUE(table);
    EXPECT_NEAR(*table->at(1, {1}), 1.1 / std::sqrt(3.0), 1e-10);
    EXPECT_NEAR(*table->at(1, {2}), (1.21 + 0.05 * 0.05 * 0.01 * 2.0) / 3.0, 1e-10);
}

TEST(ExactMoments, ConstantKillingClosesAndOtherDoesNot) {
    const auto constant = exact_moments(*make_process(Decaying{}), *point_law({0.2}), 0.0, {1.0}, {-2.0}, {2.0});
    std::string why;
    const auto sloped = exact_moments(*make_process(Decaying{.slope = 0.1}), *point_law({0.2}), 0.0, {1.0}, {-2.0}, {2.0}, 4, &why);

    ASSERT_TRUE(constant);
    EXPECT_NEAR(*constant->at(0, {0}), std::exp(-0.7), 1e-12);
    EXPECT_NEAR(*constant->at(0, {2}), 1.04 * std::exp(-0.7), 1e-12);
    EXPECT_FALSE(sloped);
    EXPECT_NE(why.find("do not close"), std::string::npos);
}

TEST(ExactMoments, NonLinearProcessesDoNotClose) {
    EXPECT_FALSE(exact_moments(*make_process(TwoWells{}), *point_law({0.0}), 0.0, {1.0}, {-2.0}, {2.0}));
    EXPECT_FALSE(exact_moments(*make_process(TwoWells{.drift_factor = 1e-6}), *point_law({0.0}), 0.0, {1.0}, {-2.0}, {2.0}));
    EXPECT_FALSE(exact_moments(*make_process(Explosive{}), *point_law({0.5}), 0.0, {1.0}, {0.1}, {2.0}));
}

TEST(ExactMoments, OnlyTheMeanClosesOnARing) {
    // Ito, zero drift, bounded sigma: E X is constant, higher moments do not close.
    const auto table = exact_moments(*make_process(Ring{}), *point_law({0.5}), 0.0, {1.0}, {0.0}, {1.0});

    ASSERT_TRUE(table);
    EXPECT_EQ(table->degree, 1);
    EXPECT_NEAR(*table->at(0, {1}), 0.5, 1e-12);
}

TEST(ExactMoments, RefusesBadInput) {
    const auto process = make_process(LinearSde{});
    EXPECT_THROW(exact_moments(*process, *point_law({0.0}), 0.0, {1.0}, {1.0}, {0.0}), ConfigError);
    EXPECT_THROW(exact_moments(*process, *point_law({0.0}), 0.0, {-1.0}, {-1.0}, {1.0}), ConfigError);
    EXPECT_THROW(exact_moments(*process, *point_law({0.0, 0.0}), 0.0, {1.0}, {-1.0}, {1.0}), ConfigError);
}

}  // namespace
}  // namespace dynkin
