#include "solvers/rates/stationary.hpp"

#include "solvers/core/errors.hpp"
#include "tests/unit/rates/chains.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace dynkin {
namespace {

using namespace test;

double largest_relative_error(const std::vector<double>& p, const std::vector<double>& exact) {
    double worst = 0.0;
    for (std::size_t i = 0; i < p.size(); ++i) worst = std::max(worst, std::abs(p[i] / exact[i] - 1.0));
    return worst;
}

std::vector<double> normalised(std::vector<double> p) {
    const double total = std::accumulate(p.begin(), p.end(), 0.0);
    for (double& x : p) x /= total;
    return p;
}

TEST(StationaryLaw, ThreeStatesByHand) {
    // Kirchhoff: p_i is proportional to the sum over spanning trees into i.
    const double a = 1.0, b = 2.0, c = 5.0, d = 0.3;  // 0 -> 1, 1 -> 2, 2 -> 0, 1 -> 0
    const SparseRateMatrix Q(3, {{0, 1, a}, {1, 2, b}, {2, 0, c}, {1, 0, d}});
    const std::vector<double> exact = normalised({b * c + d * c, a * c, a * b});

    EXPECT_LT(largest_relative_error(stationary_law(Q), exact), 1e-15);
    // Mutant: one rate wrong by a millionth.
    const SparseRateMatrix changed(3, {{0, 1, a * 1.000001}, {1, 2, b}, {2, 0, c}, {1, 0, d}});
    EXPECT_GT(largest_relative_error(stationary_law(changed), exact), 1e-8);
}

TEST(StationaryLaw, BirthsAndDeathsOverTwoHundredOrdersOfMagnitude) {
    // p_{i+1} / p_i = up_i / down_{i+1} = 10^-(i mod 7).
    const int n = 90;
    std::vector<RateEntry> rates;
    std::vector<double> exact{1.0};
    for (int i = 0; i + 1 < n; ++i) {
        const double down = 1.0 + i % 3, ratio = std::pow(10.0, -(i % 7));
        rates.push_back({i, i + 1, down * ratio});
        rates.push_back({i + 1, i, down});
        exact.push_back(exact.back() * ratio);
    }
    exact = normalised(exact);
    ASSERT_LT(exact.back(), 1e-200);

    const std::vector<double> p = stationary_law(SparseRateMatrix(n, rates));

    // A few roundings a state.
    EXPECT_LT(largest_relative_error(p, exact), 90 * 4 * 2.3e-16);
    // Mutant: the law taken backwards.
    EXPECT_GT(largest_relative_error({p.rbegin(), p.rend()}, exact), 1.0);
}

TEST(StationaryLaw, GradientGridHasItsGibbsLaw) {
    const GradientGrid grid{40, 32, 0.03};
    std::vector<double> exact;
    for (int cell = 0; cell < 40 * 32; ++cell) exact.push_back(std::exp(-grid.potential(cell) / grid.D));
    exact = normalised(exact);

    const std::vector<double> p = stationary_law(grid.matrix());

    // Rates carry the rounding of z = dU / D up to 100: 1e-14 a step, up to 70 steps away.
    EXPECT_LT(largest_relative_error(p, exact), 1e-12);
    EXPECT_GT(*std::ranges::max_element(exact) / *std::ranges::min_element(exact), 1e100);
    // Mutant: D wrong by one per cent.
    EXPECT_GT(largest_relative_error(stationary_law(GradientGrid{40, 32, 0.0303}.matrix()), exact), 1.0);
}

TEST(StationaryLaw, ChainWithCurrentsAgainstTheNullVector) {
    const SparseRateMatrix Q = random_chain(70, 1.0, 0.0, false, 31);
    Eigen::MatrixXd equations = dense(Q).transpose();
    equations.row(0).setOnes();
    const Eigen::VectorXd exact = equations.partialPivLu().solve(Eigen::VectorXd::Unit(70, 0));

    EXPECT_LT((vector(stationary_law(Q)) - exact).lpNorm<1>(), 1e-14);
}

TEST(StationaryLaw, TransientStatesAreEmpty) {
    const SparseRateMatrix Q(4, {{0, 1, 1.0}, {1, 2, 1.0}, {2, 1, 3.0}, {3, 0, 1.0}});

    const std::vector<double> p = stationary_law(Q);

    EXPECT_EQ(p[0], 0.0);
    EXPECT_DOUBLE_EQ(p[1], 0.75);
    EXPECT_DOUBLE_EQ(p[2], 0.25);
    EXPECT_EQ(p[3], 0.0);
}

TEST(StationaryLaw, RefusesReducibleAndLossyChains) {
    EXPECT_THROW(stationary_law(SparseRateMatrix(4, {{0, 1, 1.0}, {1, 0, 1.0}, {2, 3, 1.0}, {3, 2, 1.0}})),
                 NumericsError);
    EXPECT_THROW(stationary_law(SparseRateMatrix(3, {{1, 0, 1.0}, {1, 2, 1.0}})), NumericsError);
    EXPECT_THROW(stationary_law(SparseRateMatrix(2, {{0, 1, 1.0}, {1, 0, 1.0}}, {0.0, 1e-9})), ConfigError);
    EXPECT_EQ(stationary_law(SparseRateMatrix(1, {})), std::vector<double>{1.0});
}

}  // namespace
}  // namespace dynkin
