#include "solvers/rates/hitting.hpp"

#include "solvers/core/errors.hpp"
#include "tests/unit/rates/chains.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace dynkin {
namespace {

using namespace test;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The cells above face f; entered through half a cell at the face, or by the jump to the first of them.
HittingSet above_face(const Line& line, int f, bool wall_on_face) {
    HittingSet set{std::vector<bool>(static_cast<std::size_t>(line.n), false), {}};
    for (int i = f; i < line.n; ++i) set.states[static_cast<std::size_t>(i)] = true;
    if (!wall_on_face) return set;
    set.rates.assign(set.states.size(), 0.0);
    set.rates[static_cast<std::size_t>(f - 1)] = line.up_to_wall(f);
    return set;
}

// D1 of the reference cases: the double well from -1 to `target`, on 6 m cells of [-3, 3].
double first_passage_error(int m, double D, int target, double exact, bool wall_on_face) {
    const Line line = double_well(6 * m, D);
    return value_at_face(hitting_times(line.matrix(), above_face(line, (3 + target) * m, wall_on_face)), 2 * m) - exact;
}

TEST(HittingTimes, DoubleWellFirstPassageIsOfSecondOrder) {
    struct Case {
        double D;
        int target;
        double exact;
    };
    for (const Case& c : {Case{0.2, 0, 7.93402154}, Case{0.1, 0, 30.8213024727}, Case{0.2, 1, 19.0938969968},
                          Case{0.1, 1, 66.2686263649}, Case{0.05, 0, 361.903759501}, Case{0.05, 1, 729.670691942}}) {
        const double coarse = first_passage_error(40, c.D, c.target, c.exact, true);
        const double fine = first_passage_error(80, c.D, c.target, c.exact, true);
        EXPECT_NEAR(order_of(coarse, fine), 2.0, 0.1) << "D " << c.D << " target " << c.target;
        // Richardson: what is left after the h^2 term is removed is a hundredth of it.
        EXPECT_LT(std::abs((4.0 * fine - coarse) / 3.0), 0.05 * std::abs(fine));
        EXPECT_LT(std::abs(fine), 2e-3 * c.exact);
    }
}

TEST(HittingTimes, FirstCellOfTheSetIsOfFirstOrder) {
    // The mutant of the test above: the set entered by the jump to the centre of its first cell, h / 2 too far.
    const double coarse = first_passage_error(40, 0.2, 0, 7.93402154, false);
    const double fine = first_passage_error(80, 0.2, 0, 7.93402154, false);

    EXPECT_NEAR(order_of(coarse, fine), 1.0, 0.1);
    EXPECT_GT(fine, 0.0);
}

TEST(HittingTimes, BrownianExitMomentsAreOfSecondOrder) {
    // D6: from (-L, L), mean (L^2 - x^2) / sigma^2, variance at 0 2 L^4 / (3 sigma^4).
    const double L = 1.3, sigma = 0.8;
    const double mean = L * L / (sigma * sigma), variance = 2.0 / 3.0 * mean * mean;
    std::vector<double> mean_error, variance_error;
    for (const int n : {40, 80}) {
        const Line line(n, -L, L, sigma * sigma / 2.0, [](double) { return 0.0; });
        const HittingMoments exit = exit_moments(absorbed_line(line));
        const double m1 = value_at_face(exit.mean, n / 2), m2 = value_at_face(exit.second, n / 2);
        mean_error.push_back(m1 - mean);
        variance_error.push_back(m2 - m1 * m1 - variance);
        // Off the middle the mean is a parabola plus a constant of order h^2.
        EXPECT_NEAR(value_at_face(exit.mean, n / 4), 0.75 * mean, mean / (n * n) * 1.01);
    }

    EXPECT_NEAR(order_of(mean_error[0], mean_error[1]), 2.0, 0.1);
    EXPECT_NEAR(order_of(variance_error[0], variance_error[1]), 2.0, 0.1);
    EXPECT_LT(std::abs(variance_error[1]), 1e-3 * variance);
    // Mutant: the second moment without its factor two is no variance.
    EXPECT_GT(std::abs((variance + mean * mean) / 2.0 - mean * mean - variance), variance);
}

TEST(HittingTimes, RareEventsKeepTheirDigits) {
    // Births at rate 1, deaths at rate 1000: from 0, state N is reached after sum_i sum_{j <= i} 1000^{i - j}, 1e57.
    const int N = 20;
    const double r = 1000.0;
    std::vector<RateEntry> rates;
    double exact = 0.0;
    for (int i = 0; i < N; ++i) {
        rates.push_back({i, i + 1, 1.0});
        rates.push_back({i + 1, i, r});
        exact += (std::pow(r, i + 1) - 1.0) / (r - 1.0);
    }
    const SparseRateMatrix Q(N + 1, rates);
    std::vector<bool> top(N + 1, false);
    top.back() = true;

    const HittingMoments tau = hitting_moments(Q, {top, {}});

    EXPECT_NEAR(tau.mean[0] / exact, 1.0, 1e-13);
    // So rare a time is exponential.
    EXPECT_NEAR(tau.second[0] / (2.0 * exact * exact), 1.0, 1e-6);
    // Mutant: elimination with pivoting and subtractions has no digit left.
    const Eigen::MatrixXd A = -dense(Q).topLeftCorner(N, N);
    EXPECT_GT(std::abs(A.partialPivLu().solve(Eigen::VectorXd::Ones(N))[0] / exact - 1.0), 0.1);
}

TEST(HittingTimes, FollowTheGraphWhereTheSetMayBeMissed) {
    // 0 -> 1 -> 2 (the set); 1 -> 3, a trap; 4 -> 2 and 4 lost; 5 -> 2 only; 6 <- 2 only, behind the set.
    const SparseRateMatrix Q(7, {{0, 1, 1.0}, {1, 2, 2.0}, {1, 3, 1.0}, {4, 2, 1.0}, {5, 2, 4.0}, {2, 6, 1.0}},
                             {0.0, 0.0, 0.0, 0.0, 3.0, 0.0, 0.0});
    const HittingSet set{{false, false, true, false, false, false, false}, {}};

    const HittingMoments tau = hitting_moments(Q, set);
    const std::vector<double> p = hitting_probability(Q, set);

    EXPECT_EQ(tau.mean, (std::vector<double>{infinity, infinity, 0.0, infinity, infinity, 0.25, infinity}));
    EXPECT_EQ(tau.second, (std::vector<double>{infinity, infinity, 0.0, infinity, infinity, 0.125, infinity}));
    const std::vector<double> exact{2.0 / 3.0, 2.0 / 3.0, 1.0, 0.0, 0.25, 1.0, 0.0};
    for (std::size_t i = 0; i < 7; ++i) EXPECT_DOUBLE_EQ(p[i], exact[i]);
}

TEST(Committor, GamblersRuin) {
    // De Moivre (1711): from i, N before 0 with probability (1 - r^i) / (1 - r^N), r = down / up.
    const int N = 12;
    const double up = 1.0, down = 3.0, r = down / up;
    std::vector<RateEntry> rates;
    for (int i = 0; i < N; ++i) {
        rates.push_back({i, i + 1, up});
        rates.push_back({i + 1, i, down});
    }
    const SparseRateMatrix Q(N + 1, rates);
    HittingSet a{std::vector<bool>(N + 1, false), {}}, b = a;
    a.states.back() = true;
    b.states.front() = true;

    const std::vector<double> h = committor(Q, a, b), other = committor(Q, b, a);

    for (int i = 0; i <= N; ++i) {
        const std::size_t at = static_cast<std::size_t>(i);
        const double exact = (1.0 - std::pow(r, i)) / (1.0 - std::pow(r, N));
        EXPECT_NEAR(h[at], exact, 1e-14 * exact);
        EXPECT_NEAR(h[at] + other[at], 1.0, 1e-15);
    }
    // Mutant: the sets exchanged.
    EXPECT_GT(std::abs(other[6] - h[6]), 0.9);
    EXPECT_THROW(committor(Q, a, a), ConfigError);
}

TEST(Committor, ScaleFunctionOfTheDoubleWell) {
    // From -1/2, +1 before -1: the ratio of integrals of exp(U / D), walls on faces; second order.
    const double D = 0.2;
    const auto integral = [&](double lower, double upper) {
        const int n = 2000;  // Simpson: 1e-12
        double sum = 0.0;
        for (int i = 0; i <= n; ++i) {
            const double x = lower + (upper - lower) * i / n;
            sum += (i == 0 || i == n ? 1.0 : i % 2 ? 4.0 : 2.0) * std::exp((x * x * x * x / 4.0 - x * x / 2.0) / D);
        }
        return sum * (upper - lower) / (3.0 * n);
    };
    const double exact = integral(-1.0, -0.5) / integral(-1.0, 1.0);
    std::vector<double> error;
    for (const int m : {40, 80}) {
        const Line line = double_well(6 * m, D);
        HittingSet a = above_face(line, 4 * m, true), b = a;
        for (int i = 0; i < line.n; ++i) b.states[static_cast<std::size_t>(i)] = i < 2 * m;
        b.rates.assign(b.states.size(), 0.0);
        b.rates[static_cast<std::size_t>(2 * m)] = line.down_to_wall(2 * m);
        error.push_back(value_at_face(committor(line.matrix(), a, b), 5 * m / 2) - exact);
    }

    EXPECT_NEAR(order_of(error[0], error[1]), 2.0, 0.1);
    EXPECT_LT(std::abs(error[1]), 1e-4);
}

TEST(Hitting, RefusesBadInput) {
    const SparseRateMatrix Q(2, {{0, 1, 1.0}});
    EXPECT_THROW(hitting_times(Q, std::vector<bool>{true}), ConfigError);
    EXPECT_THROW(hitting_times(Q, std::vector<bool>{false, false}), ConfigError);
    EXPECT_THROW(hitting_times(Q, HittingSet{{false, true}, {1.0}}), ConfigError);
    EXPECT_THROW(hitting_times(Q, HittingSet{{false, true}, {-1.0, 0.0}}), ConfigError);
    const SparseRateMatrix source(2, {{0, 1, 1.0}}, {-1.0, 0.0});
    EXPECT_THROW(hitting_times(source, std::vector<bool>{false, true}), ConfigError);
    EXPECT_THROW(exit_moments(source), ConfigError);
    EXPECT_EQ(exit_moments(Q).mean, (std::vector<double>{infinity, infinity}));
}

}  // namespace
}  // namespace dynkin
