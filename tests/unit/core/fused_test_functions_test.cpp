#include "solvers/core/fused_test_functions.hpp"

#include "solvers/core/elementary.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/core/test_functions.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

namespace dynkin {
namespace {

TEST(Elementary, KeepTheStatedErrors) {
    double worst_exp = 0.0, worst_wave = 0.0;
    for (int k = 0; k <= 200000; ++k) {
        const double x = -700.0 * std::pow(k / 200000.0, 4), angle = (k - 100000) * 1.2345e-2 + 1e7 * (k % 3);
        worst_exp =
            std::fmax(worst_exp,
                      std::abs(static_cast<double>(elementary::exp(x) / std::exp(static_cast<long double>(x)) - 1.0L)));
        const elementary::SineCosine wave = elementary::sincos(angle);
        worst_wave =
            std::fmax(worst_wave, std::abs(static_cast<double>(wave.sine - std::sin(static_cast<long double>(angle)))));
        worst_wave = std::fmax(worst_wave,
                               std::abs(static_cast<double>(wave.cosine - std::cos(static_cast<long double>(angle)))));
    }

    EXPECT_LT(worst_exp, 3e-16);
    EXPECT_LT(worst_wave, 3e-16);
    EXPECT_EQ(elementary::exp(0.0), 1.0);
    EXPECT_EQ(elementary::exp(-1e9), 0.0);
    EXPECT_EQ(elementary::exp(-std::numeric_limits<double>::infinity()), 0.0);
    EXPECT_TRUE(std::isnan(elementary::exp(std::nan(""))));
    EXPECT_TRUE(std::isnan(elementary::sincos(std::nan("")).sine));
}

/// Every kind, shared and repeated factors, products, degrees that leave gaps, functions that are no products.
TestFunctions mixed_family() {
    const double inf = std::numeric_limits<double>::infinity();
    TestFunctions family = {monomial({0, 0}),
                            monomial({1, 0}),
                            monomial({3, 0}),
                            monomial({1, 2}),
                            monomial({0, 5}),
                            monomial({1, 0}),
                            gaussian_bump({0.1, inf}, {0.3, inf}),
                            gaussian_bump({0.1, -0.2}, {0.3, 0.5}),
                            fourier({1, 0}, {-1.0, 0.0}, {2.0, 1.0}, FourierPhase::cosine),
                            fourier({0, 2}, {0.0, -2.0}, {1.0, 4.0}, FourierPhase::sine),
                            fourier({1, 1}, {-1.0, -2.0}, {2.0, 4.0}, FourierPhase::sine),
                            half_line_indicator(2, 1, 0.3, Side::above)};
    for (const int degree : {1, 2, 7, 20}) family.push_back(hermite({degree, 0}, {0.2, 0.0}, {1.3, 1.0}));
    family.push_back(hermite({2, 3}, {0.2, 0.0}, {1.3, 1.0}));
    family.push_back(hermite({0, 2}, {0.0, 0.0}, {1.0, 1.0}));
    return family;
}

Block scattered_points(int dim, Index n) {
    Block x(dim, n);
    for (int j = 0; j < dim; ++j)
        for (Index q = 0; q < n; ++q) x.row(j)[q] = 3.0 * std::sin(1.7 * static_cast<double>(q) + 0.3 * j);
    return x;
}

TEST(FusedTestFunctions, GiveTheBitsOfTheFunctionsOneByOne) {
    const TestFunctions family = mixed_family();
    const FusedTestFunctions fused(family);
    for (const Index n : {1, 7, 8, 127, 128, 300}) {
        const Block x = scattered_points(2, n);
        Block together(fused.size(), n), alone(1, n);

        fused.values(x.points(), together.rows());

        for (int k = 0; k < fused.size(); ++k) {
            const TestFunction& phi = *family[static_cast<std::size_t>(k)];
            phi.value(x.points(), alone.row(0));
            for (Index q = 0; q < n; ++q)
                ASSERT_EQ(std::bit_cast<std::uint64_t>(together.row(k)[q]),
                          std::bit_cast<std::uint64_t>(alone.row(0)[q]))
                    << phi.name() << " at point " << q << " of " << n;
        }
    }
}

TEST(FusedTestFunctions, SumTheValuesWithAndWithoutRegisters) {
    const Index n = 10007;
    const Block x = scattered_points(1, n);
    TestFunctions ladder;  // all in registers
    for (int degree = 1; degree <= 16; ++degree) ladder.push_back(hermite({degree}, {0.5}, {2.0}));
    TestFunctions longer = ladder;  // too long for them
    longer.push_back(hermite({17}, {0.5}, {2.0}));
    for (const TestFunctions& family : {ladder, longer, TestFunctions{monomial({2}), monomial({5})}}) {
        const FusedTestFunctions fused(family);
        std::vector<double> sums(family.size()), value(static_cast<std::size_t>(n));

        fused.sums(x.points(), sums.data());

        for (std::size_t k = 0; k < family.size(); ++k) {
            family[k]->value(x.points(), value.data());
            long double sum = 0.0, size = 0.0;
            for (const double v : value) {
                sum += v;
                size += std::abs(v);
            }
            // Round-off: at most n / 8 additions of partial sums no larger than the sum of sizes; in practice far less.
            EXPECT_NEAR(sums[k], static_cast<double>(sum), 1e-14 * static_cast<double>(size)) << family[k]->name();
        }
    }
    // The mutant, sums that leave out the last point, is far outside that error.
    const FusedTestFunctions square({monomial({2})});
    double whole = 0.0, short_by_one = 0.0;
    square.sums(x.points(), &whole);
    square.sums(x.points(n - 1), &short_by_one);
    EXPECT_GT(std::abs(whole - short_by_one), 1e-6);
}

// The bits recorded at level v4; ctest runs the other levels against them too.
TEST(FusedTestFunctions, HaveTheRecordedBits) {
    const FusedTestFunctions fused(mixed_family());
    const Index n = 300;
    Block x(2, n);
    for (Index q = 0; q < n; ++q) {  // exact numbers, so that the points do not depend on a library's sine
        x.row(0)[q] = static_cast<double>(q * 37 % 101) / 32.0 - 1.5;
        x.row(1)[q] = static_cast<double>(q * 53 % 97) / 32.0 - 1.5;
    }
    Block values(fused.size(), n);

    fused.values(x.points(), values.rows());

    std::uint64_t hash = 14695981039346656037ull;
    for (int k = 0; k < fused.size(); ++k)
        for (Index q = 0; q < n; ++q) hash = (hash ^ std::bit_cast<std::uint64_t>(values.row(k)[q])) * 1099511628211ull;
    EXPECT_EQ(hash, 914332522743864387ull);
}

}  // namespace
}  // namespace dynkin
