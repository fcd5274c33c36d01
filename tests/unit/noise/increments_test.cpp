#include "solvers/noise/increments.hpp"

#include "solvers/core/errors.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace dynkin {
namespace {

constexpr NoiseShape pair_shape{1, 2};

// Mean products of two rows over many particles, with their standard error for Gaussians of variances va, vb.
double mean_product(const double* a, const double* b, Index n) {
    double sum = 0.0;
    for (Index i = 0; i < n; ++i) sum += a[i] * b[i];
    return sum / static_cast<double>(n);
}

TEST(Increments, HaveTheCovarianceOfBrownianMotionAndItsIntegral) {
    const Index n = 1 << 18;
    const double h = 0.3, se = std::sqrt(2.0 / static_cast<double>(n));
    Block dW(2, n);

    fill_increments(pair_shape, 5, 0, n, 11, h, dW.rows());

    EXPECT_NEAR(mean_product(dW.row(0), dW.row(0), n), h, 4.5 * se * h);
    EXPECT_NEAR(mean_product(dW.row(0), dW.row(1), n), h * h / 2, 4.5 * se * h * h * std::sqrt(7.0 / 24.0));
    EXPECT_NEAR(mean_product(dW.row(1), dW.row(1), n), h * h * h / 3, 4.5 * se * h * h * h / 3);
}

TEST(Increments, SeveralStepsAtOnceAreTheStepsOneByOne) {
    const NoiseShape shape{3, 1};
    const Index n = 100;
    Block many(12, n), one(3, n);
    fill_increments(shape, 5, 9, n, 7, 4, 0.1, many.rows());

    for (int j = 0; j < 4; ++j) {
        fill_increments(shape, 5, 9, n, 7 + j, 0.1, one.rows());
        for (int k = 0; k < 3; ++k)
            for (Index i = 0; i < n; ++i) ASSERT_EQ(many.row(3 * j + k)[i], one.row(k)[i]);
    }
}

TEST(Increments, JoinedAreThoseOfTheLongStep) {
    // A path that is quadratic: W(s) = s + s^2 has I = h^2 / 2 + h^3 / 3.
    const auto w = [](double s) { return s + s * s; };
    const auto integral = [](double h) { return h * h / 2 + h * h * h / 3; };
    const double h1 = 0.3, h2 = 0.5;
    Block a(2, 1), b(2, 1), joined(2, 1);
    a.row(0)[0] = w(h1);
    a.row(1)[0] = integral(h1);
    b.row(0)[0] = w(h1 + h2) - w(h1);
    b.row(1)[0] = integral(h1 + h2) - integral(h1) - h2 * w(h1);

    join_increments(pair_shape, 1, a.rows(), b.rows(), h2, joined.rows());

    EXPECT_NEAR(joined.row(0)[0], w(h1 + h2), 1e-15);
    EXPECT_NEAR(joined.row(1)[0], integral(h1 + h2), 1e-15);
}

// The covariance of (W, I) at theta h and at h, from a whole step and its split; both must be those of one Brownian
// path.
TEST(Increments, SplitKeepsTheJointLawOfPathAndIntegral) {
    const Index n = 1 << 18;
    const double h = 0.8, theta = 0.35, s = theta * h;
    Block whole(2, n), part(2, n);
    fill_increments(pair_shape, 5, 0, n, 0, h, whole.rows());

    split_increments(pair_shape, side_step_seed(5, s), 0, n, h, theta, whole.rows(), part.rows());

    const double se = std::sqrt(2.0 / static_cast<double>(n));
    EXPECT_NEAR(mean_product(part.row(0), part.row(0), n), s, 4.5 * se * s);
    EXPECT_NEAR(mean_product(part.row(0), part.row(1), n), s * s / 2, 4.5 * se * s * s);
    EXPECT_NEAR(mean_product(part.row(1), part.row(1), n), s * s * s / 3, 4.5 * se * s * s * s / 3);
    EXPECT_NEAR(mean_product(part.row(0), whole.row(0), n), s, 4.5 * se * std::sqrt(s * h));
    EXPECT_NEAR(mean_product(part.row(0), whole.row(1), n), s * h - s * s / 2, 4.5 * se * std::sqrt(s * h * h * h / 3));
    EXPECT_NEAR(mean_product(part.row(1), whole.row(0), n), s * s / 2, 4.5 * se * std::sqrt(s * s * s / 3 * h));
    EXPECT_NEAR(mean_product(part.row(1), whole.row(1), n), s * s * h / 2 - s * s * s / 6,
                4.5 * se * std::sqrt(s * s * s / 3 * h * h * h / 3));
}

// S5: a value between two steps has Var W(t) = t; linear interpolation would give theta^2 h.
TEST(Increments, SplitHasTheVarianceThatInterpolationLacks) {
    const NoiseShape shape{1, 1};
    const Index n = 1 << 18;
    const double h = 1.0, theta = 0.5;
    Block whole(1, n), part(1, n);
    fill_increments(shape, 5, 0, n, 0, h, whole.rows());

    split_increments(shape, 77, 0, n, h, theta, whole.rows(), part.rows());

    const double se = std::sqrt(2.0 / static_cast<double>(n));
    EXPECT_NEAR(mean_product(part.row(0), part.row(0), n), theta * h, 4.5 * se * theta * h);
    EXPECT_NEAR(mean_product(part.row(0), whole.row(0), n), theta * h, 4.5 * se * std::sqrt(theta) * h);
    EXPECT_GT(std::abs(theta * theta * mean_product(whole.row(0), whole.row(0), n) - theta * h), 100 * se * theta * h);
}

TEST(Increments, OfAntitheticPairsAreThoseOfHalfTheParticlesWithBothSigns) {
    const NoiseShape shape{2, 2};
    const Index n = 260;  // more than one chunk of 64 pairs, and a part of one
    for (const NormalPrecision precision : {NormalPrecision::double_precision, NormalPrecision::single_precision}) {
        Block half(8, n / 2), both(8, n), split(4, n), split_half(4, n / 2);
        fill_increments(shape, {5, precision, false}, 7, n / 2, 11, 2, 0.1, half.rows());
        split_increments(shape, {6, precision, false}, 7, n / 2, 0.1, 0.3, half.rows(), split_half.rows());

        fill_increments(shape, {5, precision, true}, 14, n, 11, 2, 0.1, both.rows());
        split_increments(shape, {6, precision, true}, 14, n, 0.1, 0.3, both.rows(), split.rows());

        for (int r = 0; r < 8; ++r)
            for (Index j = 0; j < n / 2; ++j) {
                ASSERT_EQ(both.row(r)[2 * j], half.row(r)[j]);
                ASSERT_EQ(both.row(r)[2 * j + 1], -half.row(r)[j]);
            }
        for (int r = 0; r < 4; ++r)
            for (Index j = 0; j < n / 2; ++j) {
                ASSERT_EQ(split.row(r)[2 * j], split_half.row(r)[j]);
                ASSERT_EQ(split.row(r)[2 * j + 1], -split_half.row(r)[j]);
            }
    }
    Block out(4, 3);
    EXPECT_THROW(fill_increments(shape, {5, NormalPrecision::double_precision, true}, 0, 3, 0, 0.1, out.rows()),
                 ConfigError);
}

}  // namespace
}  // namespace dynkin
