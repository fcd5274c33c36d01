#include "solvers/rates/spectrum.hpp"

#include "solvers/core/errors.hpp"
#include "tests/unit/rates/chains.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>

#include <algorithm>

namespace dynkin {
namespace {

using namespace test;
using Complex = std::complex<double>;

SparseRateMatrix ring(int n, double up, double down) {
    std::vector<RateEntry> rates;
    for (int i = 0; i < n; ++i) {
        rates.push_back({i, (i + 1) % n, up});
        rates.push_back({(i + 1) % n, i, down});
    }
    return SparseRateMatrix(n, rates);
}

TEST(LeadingRates, DoubleWellIsOfSecondOrder) {
    // D2 of the reference cases (Risken 1989, section 5.7).
    struct Case {
        double D;
        std::vector<double> exact;
    };
    for (const Case& c : {Case{0.2, {0.134777983747, 1.31258082185, 2.5319335634}},
                          Case{0.1, {0.0335452873, 0.9273721026, 1.68026377}}}) {
        const auto coarse = leading_rates(double_well(240, c.D).matrix(), 4);
        const auto fine = leading_rates(double_well(480, c.D).matrix(), 4);

        EXPECT_EQ(fine[0], 0.0);
        for (std::size_t i = 0; i < 3; ++i) {
            const double fine_error = fine[i + 1].real() - c.exact[i];
            EXPECT_NEAR(order_of(coarse[i + 1].real() - c.exact[i], fine_error), 2.0, 0.1) << c.D << " " << i;
            EXPECT_LT(std::abs(fine_error), 2e-3 * c.exact[i]);
            EXPECT_LT(std::abs(fine[i + 1].imag()), 1e-12);
        }
    }
    // Mutant: D wrong by two per cent changes the escape rate by more than the grid does.
    EXPECT_GT(std::abs(leading_rates(double_well(480, 0.204).matrix(), 2)[1].real() - 0.134777983747), 3e-3);
}

TEST(LeadingRates, AbsorbedBrownianMotionIsOfSecondOrder) {
    // C6: rates (m pi)^2 with D = 1 on (0, 1).
    const Line coarse(30, 0.0, 1.0, 1.0, [](double) { return 0.0; }), fine(60, 0.0, 1.0, 1.0, coarse.b);
    const auto a = leading_rates(absorbed_line(coarse), 3), b = leading_rates(absorbed_line(fine), 3);

    for (std::size_t i = 0; i < 3; ++i) {
        const double exact = std::pow(M_PI * static_cast<double>(i + 1), 2);
        EXPECT_NEAR(order_of(a[i].real() - exact, b[i].real() - exact), 2.0, 0.1);
    }
    // Mutant: without walls the slowest rate is zero.
    EXPECT_EQ(leading_rates(fine.matrix(), 1)[0], 0.0);
}

TEST(LeadingRates, RingsInClosedForm) {
    // up (1 - w^m) + down (1 - 1/w^m), w = exp(2 pi i / n): conjugate pairs with drift, double rates without.
    for (const double down : {1.0, 0.35}) {
        const int n = 50;
        const auto rates = leading_rates(ring(n, 1.0, down), 9);
        ASSERT_EQ(rates.size(), 9u);
        for (int pair = 1; pair <= 4; ++pair) {
            const Complex w = std::polar(1.0, 2.0 * M_PI * pair / n);
            const Complex exact = 1.0 * (1.0 - w) + down * (1.0 - 1.0 / w);
            const auto first = static_cast<std::size_t>(2 * pair - 1);
            for (const Complex& found : {rates[first], rates[first + 1]}) {
                EXPECT_NEAR(found.real(), exact.real(), 1e-10);
                EXPECT_NEAR(std::abs(found.imag()), std::abs(exact.imag()), 1e-10);
            }
            EXPECT_NEAR(rates[first].imag() + rates[first + 1].imag(), 0.0, 1e-10);
        }
    }
}

TEST(LeadingRates, SmallChainsGiveTheWholeSpectrum) {
    const Complex third = std::polar(1.0, 2.0 * M_PI / 3.0);
    const auto cycle = leading_rates(ring(3, 2.0, 0.0), 3);
    EXPECT_EQ(cycle[0], 0.0);
    EXPECT_LT(std::abs(cycle[2] - 2.0 * (1.0 - std::conj(third))), 1e-13);
    const auto pair = leading_rates(SparseRateMatrix(2, {{0, 1, 3.0}, {1, 0, 0.5}}), 2);
    EXPECT_LT(std::abs(pair[1] - 3.5), 1e-14);
    EXPECT_EQ(leading_rates(SparseRateMatrix(1, {}, {2.0}), 1)[0], 2.0);
}

TEST(LeadingRates, DenseChainsWithLossAndSources) {
    for (const bool sources : {false, true}) {
        const SparseRateMatrix Q = random_chain(40, 0.2, 1.0, sources, 41);
        const Eigen::VectorXcd all = Eigen::MatrixXd(-dense(Q)).eigenvalues();

        const auto rates = leading_rates(Q, 1);

        const Complex exact = *std::min_element(all.begin(), all.end(),
                                                [](const Complex& a, const Complex& b) { return a.real() < b.real(); });
        EXPECT_LT(std::abs(rates[0] - exact), 1e-11);
    }
}

TEST(LeadingRates, MetastableRateKeepsItsDigits) {
    // Two states joined by way of a third, rarely visited: a cubic whose small root is a b / (c + ..) to first order.
    const double rare = 1e-12;
    const SparseRateMatrix Q(4, {{0, 1, 1.0}, {1, 0, 1.0}, {2, 3, 1.0}, {3, 2, 1.0}, {1, 2, rare}, {2, 1, rare}});

    const auto rates = leading_rates(Q, 2);

    // Antisymmetric modes (a, b): a (1) - b, b (1 + 2 rare) - a: the small root of x^2 - (2 + 2 rare) x + 2 rare.
    const double trace = 2.0 + 2.0 * rare;
    const double exact = 4.0 * rare / (trace + std::sqrt(trace * trace - 8.0 * rare));
    EXPECT_NEAR(rates[1].real() / exact, 1.0, 1e-13);
    // Mutant: the eigenvalues of the matrix itself know it to 1e-16 only.
    Eigen::VectorXcd all = Eigen::MatrixXd(-dense(Q)).eigenvalues();
    double nearest = 1.0;
    for (const Complex& x : all) nearest = std::min(nearest, std::abs(x.real() / exact - 1.0));
    EXPECT_GT(nearest, 1e-8);
}

TEST(LeadingRates, RefusesBadInput) {
    EXPECT_THROW(leading_rates(ring(5, 1.0, 1.0), 0), ConfigError);
    EXPECT_THROW(leading_rates(ring(5, 1.0, 1.0), 6), ConfigError);
    EXPECT_THROW(leading_rates(SparseRateMatrix(3, {{1, 0, 1.0}, {1, 2, 1.0}}), 2), NumericsError);
    EXPECT_THROW(leading_rates(SparseRateMatrix(2, {{1, 0, 1.0}}, {0.0, 1.0}), 2), NumericsError);
}

}  // namespace
}  // namespace dynkin
