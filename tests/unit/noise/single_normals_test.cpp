#include "normal_statistics.hpp"
#include "solvers/noise/normals.hpp"
#include "solvers/noise/single_box_muller.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

namespace dynkin {
namespace {

TEST(SingleBoxMuller, LogarithmKeepsItsStatedError) {
    double worst = 0.0;
    for (int k = 1; k <= 200000; ++k) {
        const float u =
            k <= 100000 ? static_cast<float>(k) * 1e-5f : static_cast<float>(std::exp2(-33.0 * (k - 100000) * 1e-5));
        const double exact = -std::log(static_cast<double>(u));
        if (u < 1.0f) worst = std::fmax(worst, std::abs(detail::single_minus_log(u) / exact - 1.0));
    }

    EXPECT_EQ(detail::single_minus_log(1.0f), 0.0f);
    EXPECT_LT(worst, 4e-7);
    EXPECT_GT(worst, 3e-8);  // it is single precision
}

TEST(SingleNormals, AreTheBoxMullerPairsOfTheirPhiloxBits) {
    const Index n = 4130;
    std::vector<std::uint64_t> high(n), low(n);
    Block z(4, n);
    fill_philox(7, Stream::brownian, 1000, n, 21, high.data(), low.data());

    fill_single_normals(7, Stream::brownian, 1000, n, 84, 4, z.rows());

    const auto radius = [](std::uint64_t word) {
        const auto r = static_cast<std::uint32_t>(word >> 32) & 0x7FFFFFFFu;
        return std::sqrt(-2.0 * std::log((static_cast<double>(r) + 0.5) * 0x1p-31));
    };
    const auto bound = [&](std::uint64_t word) { return 6e-7 * radius(word) + 3e-8 / radius(word); };
    const auto angle = [](std::uint64_t word) {
        return (static_cast<double>(static_cast<std::int32_t>(static_cast<std::uint32_t>(word))) * 0x1p-31 + 1.0) *
               0.25 * M_PI;
    };
    for (Index i = 0; i < n; ++i)
        for (int half = 0; half < 2; ++half) {
            const std::uint64_t word = (half == 0 ? high : low)[static_cast<std::size_t>(i)];
            const double x = radius(word) * std::cos(angle(word)) * (word >> 63 ? -1.0 : 1.0);
            const double y = radius(word) * std::sin(angle(word)) * (word & 1 ? -1.0 : 1.0);
            ASSERT_NEAR(z.row(2 * half)[i], x, bound(word));
            ASSERT_NEAR(z.row(2 * half + 1)[i], y, bound(word));
        }
}

TEST(SingleNormals, DoNotDependOnHowABlockIsCut) {
    const Index n = 300;
    Block whole(11, n), part(11, n);
    fill_single_normals(3, Stream::bridge, 50, n, 5, 11, whole.rows(), 0.5);

    // Rows in twos, particles in pieces of 77.
    for (int r = 0; r < 11; r += 2)
        for (Index i = 0; i < n; i += 77)
            fill_single_normals(3, Stream::bridge, 50 + static_cast<std::uint64_t>(i), std::min<Index>(77, n - i),
                                5 + static_cast<std::uint64_t>(r), std::min(2, 11 - r),
                                {part.row(r) + i, part.stride()}, 0.5);

    for (int r = 0; r < 11; ++r)
        for (Index i = 0; i < n; ++i) ASSERT_EQ(part.row(r)[i], whole.row(r)[i]);
}

// Also run with DYNKIN_VECTOR_LEVEL = v3 and baseline, and by every compiler of CI.
TEST(SingleNormals, HaveTheRecordedBits) {
    const Index n = 1000;
    Block z(12, n);
    fill_single_normals(42, Stream::brownian, (1ull << 33) + 17, n, 1ull << 34, 12, z.rows(), 0.7);

    std::uint64_t hash = 14695981039346656037ull;
    for (int r = 0; r < 12; ++r)
        for (Index i = 0; i < n; ++i) hash = (hash ^ std::bit_cast<std::uint64_t>(z.row(r)[i])) * 1099511628211ull;

    EXPECT_EQ(hash, 0xbe1950510cf70a13ull) << std::hex << hash;
}

TEST(SingleNormals, HaveTheMomentsAndTailsOfTheNormalLaw) {
    const Index n = 4096;
    Block z(16, n);
    NormalSums sums;
    double largest = 0.0;
    for (std::uint64_t block = 0; block < 320; ++block) {
        fill_single_normals(1, Stream::brownian, block * static_cast<std::uint64_t>(n), n, 0, 16, z.rows());
        for (int r = 0; r < 16; ++r) {
            sums.add(z.row(r), n);
            for (Index i = 0; i < n; ++i) largest = std::fmax(largest, std::abs(z.row(r)[i]));
        }
    }

    sums.expect_normal();  // 2.1e7 draws
    // A uniform number of 23 bits would end at 5.65 and have steps of several per cent in the law beyond 5. The largest
    // of 2.1e7 is below 5 with probability exp(-2.1e7 * 5.7e-7) = 6e-6.
    EXPECT_GT(largest, 5.0);
}

TEST(SingleNormals, AreUncorrelatedAcrossParticlesStepsSeedsAndWords) {
    const Index n = 1 << 18;
    Block z(8, n + 1), other_seed(4, n), squares(8, n);
    fill_single_normals(8, Stream::brownian, 0, n + 1, 0, 8, z.rows());
    fill_single_normals(9, Stream::brownian, 0, n, 0, 4, other_seed.rows());
    for (int r = 0; r < 8; ++r)
        for (Index i = 0; i < n; ++i) squares.row(r)[i] = (z.row(r)[i] * z.row(r)[i] - 1.0) / std::sqrt(2.0);

    // Normalised correlations are standard normal: 28 + 28 pairs of rows and 12 others, a false alarm in 5e-4.
    for (int r = 0; r < 8; ++r)
        for (int q = 0; q < r; ++q) {
            EXPECT_LT(std::abs(correlation(z.row(r), z.row(q), n)), 4.5) << r << ' ' << q;
            EXPECT_LT(std::abs(correlation(squares.row(r), squares.row(q), n)), 4.5) << r << ' ' << q;
        }
    for (int r = 0; r < 8; ++r) EXPECT_LT(std::abs(correlation(z.row(r), z.row(r) + 1, n)), 4.5) << r;
    for (int r = 0; r < 4; ++r) EXPECT_LT(std::abs(correlation(z.row(r), other_seed.row(r), n)), 4.5) << r;
    EXPECT_GT(correlation(z.row(0), z.row(0), n), 400.0);  // the statistic does see a repeated row
}

}  // namespace
}  // namespace dynkin
