#include "solvers/core/errors.hpp"
#include "solvers/rates/hitting.hpp"
#include "tests/unit/rates/chains.hpp"

#include <gtest/gtest.h>

namespace dynkin {
namespace {

using namespace test;

// C6: Brownian motion, D = 1, on (0, 1) with absorbing walls, from 0.3; P(tau > 0.05).
constexpr double exact_survival = 0.63040107114;

double survival_error(int n, PropagationMethod method) {
    const Line line(n, 0.0, 1.0, 1.0, [](double) { return 0.0; });
    HittingSet walls{std::vector<bool>(static_cast<std::size_t>(n), false),
                     std::vector<double>(static_cast<std::size_t>(n), 0.0)};
    walls.rates.front() = line.down_to_wall(0);
    walls.rates.back() = line.up_to_wall(n);
    return survival(line.matrix(), walls, law_at_face(n, 3 * n / 10), {0.02, 0.05}, method)[1] - exact_survival;
}

TEST(Survival, AbsorbedBrownianMotionIsOfSecondOrder) {
    for (const auto method : {PropagationMethod::uniformisation, PropagationMethod::krylov}) {
        const double coarse = survival_error(40, method), fine = survival_error(80, method);

        EXPECT_NEAR(order_of(coarse, fine), 2.0, 0.1);
        EXPECT_LT(std::abs(fine), 2e-4);
    }
}

TEST(Survival, WallHalfACellAwayIsOfFirstOrder) {
    // The mutant of the test above: cells added beyond both ends, hit at their centres.
    std::vector<double> error;
    for (const int n : {40, 80}) {
        const double h = 1.0 / n;
        const Line line(n + 2, -h, 1.0 + h, 1.0, [](double) { return 0.0; });
        std::vector<bool> outside(static_cast<std::size_t>(n + 2), false);
        outside.front() = outside.back() = true;
        error.push_back(survival(line.matrix(), outside, law_at_face(n + 2, 3 * n / 10 + 1), {0.05})[0] -
                        exact_survival);
    }

    EXPECT_NEAR(order_of(error[0], error[1]), 1.0, 0.1);
}

TEST(Survival, ExponentialInClosedFormAndMassInTheSetIsGone) {
    // 0 -> 1 (the set) at rate 2, lost at rate 0.5.
    const SparseRateMatrix Q(2, {{0, 1, 2.0}}, {0.5, 0.0});

    const std::vector<double> s = survival(Q, {false, true}, {0.8, 0.2}, {0.0, 0.3, 0.3, 1.7});

    EXPECT_DOUBLE_EQ(s[0], 0.8);
    EXPECT_NEAR(s[1], 0.8 * std::exp(-2.5 * 0.3), 1e-12);
    EXPECT_EQ(s[1], s[2]);
    EXPECT_NEAR(s[3], 0.8 * std::exp(-2.5 * 1.7), 1e-12);
    EXPECT_EQ(survival(Q, {true, true}, {0.8, 0.2}, {0.0, 1.0}), (std::vector<double>{0.0, 0.0}));
}

TEST(Survival, IntegratesToTheMeanHittingTime) {
    const Line line = double_well(60, 0.5);
    std::vector<bool> right(60, false);
    for (std::size_t i = 30; i < 60; ++i) right[i] = true;
    std::vector<double> p(60, 0.0), times;
    p[15] = 1.0;
    const double dt = 0.05;
    for (int k = 0; k <= 800; ++k) times.push_back(k * dt);

    const std::vector<double> s = survival(line.matrix(), right, p, times, PropagationMethod::krylov, 1e-10);

    // Simpson to t = 40, where exp(-0.7 t) is 1e-12 of mass. The start is flat: no path crosses 1.5 at once.
    double integral = 0.0;
    for (std::size_t k = 0; k < s.size(); ++k)
        integral += s[k] * dt / 3.0 * (k == 0 || k + 1 == s.size() ? 1.0 : k % 2 ? 4.0 : 2.0);
    const double mean = hitting_times(line.matrix(), right)[15];
    EXPECT_NEAR(integral, mean, 1e-5 * mean);
    // Mutant: one cell further.
    EXPECT_GT(std::abs(integral - hitting_times(line.matrix(), right)[16]), 1e-3 * mean);
}

TEST(Survival, RefusesBadInput) {
    const SparseRateMatrix Q(2, {{0, 1, 2.0}});
    EXPECT_THROW(survival(Q, {false, true}, {1.0}, {1.0}), ConfigError);
    EXPECT_THROW(survival(Q, {false, true}, {1.0, 0.0}, {1.0, 0.5}), ConfigError);
    EXPECT_THROW(survival(Q, {false, true}, {1.0, 0.0}, {-1.0}), ConfigError);
}

}  // namespace
}  // namespace dynkin
