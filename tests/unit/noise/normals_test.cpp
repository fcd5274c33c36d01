#include "solvers/noise/normals.hpp"

#include "normal_statistics.hpp"
#include "solvers/noise/box_muller.hpp"

#include <Random123/philox.h>
#undef philox4x32  // a macro there, a function here
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <vector>

namespace dynkin {
namespace {

TEST(Philox, EqualsRandom123AndTheScalarForm) {
    const std::uint64_t seed = 0x0123456789ABCDEFull, first = (1ull << 32) - 70, pair = (5ull << 32) + 9;
    const Index n = 200;  // crosses the carry into the upper word of the particle, and ends inside a chunk
    std::vector<std::uint64_t> high(n), low(n);

    fill_philox(seed, Stream::wall, first, n, pair, high.data(), low.data());

    for (Index i = 0; i < n; ++i) {
        const std::uint64_t id = first + static_cast<std::uint64_t>(i);
        const std::array<std::uint32_t, 4> c = {static_cast<std::uint32_t>(id),
                                                static_cast<std::uint32_t>(id >> 32 << 8 | 3u), 9u, 5u};
        const r123::Philox4x32::ctr_type reference =
            r123::Philox4x32()({{c[0], c[1], c[2], c[3]}}, {{0x89ABCDEFu, 0x01234567u}});
        const PhiloxCounter scalar = philox4x32(c, {0x89ABCDEFu, 0x01234567u});
        for (std::size_t w = 0; w < 4; ++w) ASSERT_EQ(scalar[w], reference[w]);
        ASSERT_EQ(high[static_cast<std::size_t>(i)], std::uint64_t{reference[0]} << 32 | reference[1]);
        ASSERT_EQ(low[static_cast<std::size_t>(i)], std::uint64_t{reference[2]} << 32 | reference[3]);
    }
}

TEST(BoxMuller, ElementaryFunctionsKeepTheirStatedError) {
    double worst_log = 0.0, worst_sin = 0.0, worst_cos = 0.0;
    for (int k = 1; k <= 200000; ++k) {
        const double u = k <= 100000 ? k * 1e-5 : std::exp2(-52.0 * (k - 100000) * 1e-5);
        const long double exact = -std::log(static_cast<long double>(u));
        if (u < 1.0)
            worst_log = std::fmax(worst_log, static_cast<double>(std::abs(detail::minus_log(u) / exact - 1.0L)));
        const double w = (k - 100000) * 1e-5;
        const long double angle = w * 0.785398163397448309615660845819875721L;
        const double s = w * detail::polynomial(detail::sine_coefficients, w * w);
        const double c = detail::polynomial(detail::cosine_coefficients, w * w);
        worst_sin = std::fmax(worst_sin, static_cast<double>(std::abs(s - std::sin(angle))));
        worst_cos = std::fmax(worst_cos, static_cast<double>(std::abs(c - std::cos(angle))));
    }

    EXPECT_EQ(detail::minus_log(1.0), 0.0);
    EXPECT_LT(worst_log, 8e-16);
    EXPECT_LT(worst_sin, 3e-16);
    EXPECT_LT(worst_cos, 3e-16);
}

TEST(Normals, AreTheBoxMullerPairsOfTheirPhiloxBits) {
    const Index n = 130;
    std::vector<std::uint64_t> high(n), low(n);
    Block z(2, n);
    fill_philox(7, Stream::brownian, 1000, n, 21, high.data(), low.data());

    fill_normals(7, Stream::brownian, 1000, n, 42, 2, z.rows());

    for (Index i = 0; i < n; ++i) {
        const auto q = static_cast<std::size_t>(i);
        const double u = 1.0 - static_cast<double>(high[q] >> 12) * 0x1p-52;
        const double angle = (static_cast<double>(low[q] >> 12) * 0x1p-51 - 1.0) * 0.25 * M_PI + 0.25 * M_PI;
        const double x = std::sqrt(-2.0 * std::log(u)) * std::cos(angle) * (low[q] & 1 ? -1.0 : 1.0);
        const double y = std::sqrt(-2.0 * std::log(u)) * std::sin(angle) * (low[q] & 2 ? -1.0 : 1.0);
        EXPECT_NEAR(z.row(0)[i], x, 1e-14);
        EXPECT_NEAR(z.row(1)[i], y, 1e-14);
    }
}

TEST(Normals, DoNotDependOnHowABlockIsCut) {
    const Index n = 300;
    Block whole(7, n), part(7, n);
    fill_normals(3, Stream::bridge, 50, n, 5, 7, whole.rows());

    // Rows one by one, particles in pieces of 77.
    for (int r = 0; r < 7; ++r)
        for (Index i = 0; i < n; i += 77)
            fill_normals(3, Stream::bridge, 50 + static_cast<std::uint64_t>(i), std::min<Index>(77, n - i),
                         5 + static_cast<std::uint64_t>(r), 1, {part.row(r) + i, part.stride()});

    for (int r = 0; r < 7; ++r)
        for (Index i = 0; i < n; ++i) ASSERT_EQ(part.row(r)[i], whole.row(r)[i]);
}

// Also run with DYNKIN_VECTOR_LEVEL = v3 and baseline, and by every compiler of CI.
TEST(Normals, HaveTheRecordedBits) {
    const Index n = 1000;
    Block z(12, n);
    fill_normals(42, Stream::brownian, (1ull << 33) + 17, n, (1ull << 34), 12, z.rows(), 0.7);

    std::uint64_t hash = 14695981039346656037ull;
    for (int r = 0; r < 12; ++r)
        for (Index i = 0; i < n; ++i) hash = (hash ^ std::bit_cast<std::uint64_t>(z.row(r)[i])) * 1099511628211ull;

    EXPECT_EQ(hash, 0x4fa59914f64526dfull) << std::hex << hash;
}

TEST(Normals, HaveTheMomentsAndTailsOfTheNormalLaw) {
    const Index n = 4096;
    Block z(16, n);
    NormalSums sums;
    for (std::uint64_t block = 0; block < 320; ++block) {
        fill_normals(1, Stream::brownian, block * static_cast<std::uint64_t>(n), n, 0, 16, z.rows());
        for (int r = 0; r < 16; ++r) sums.add(z.row(r), n);
    }

    sums.expect_normal();  // 2.1e7 draws
}

// Philox mixes its key as well as its counter: neither counted seeds nor seeds that differ in one bit resemble each
// other.
TEST(Normals, AreUncorrelatedBetweenNeighbouringSeeds) {
    const Index n = 1 << 14;
    std::vector<std::uint64_t> seeds;
    for (std::uint64_t k = 0; k < 12; ++k) seeds.push_back(1000 + k);
    for (int bit = 6; bit < 64; bit += 5) seeds.push_back(1000 ^ std::uint64_t{1} << bit);
    std::vector<Block> draws;
    for (const std::uint64_t seed : seeds)
        fill_normals(seed, Stream::brownian, 0, n, 0, 2, draws.emplace_back(2, n).rows());

    // 276 pairs of seeds, 4 pairs of rows each: a false alarm in 1e-3 at 5 standard errors.
    for (std::size_t a = 0; a < draws.size(); ++a)
        for (std::size_t b = a + 1; b < draws.size(); ++b)
            for (int r = 0; r < 4; ++r)
                EXPECT_LT(std::abs(correlation(draws[a].row(r / 2), draws[b].row(r % 2), n)), 5.0)
                    << seeds[a] << " " << seeds[b];
}

TEST(Normals, AreUncorrelatedAcrossParticlesStepsSeedsAndStreams) {
    const Index n = 1 << 18;
    Block z(4, n + 1), other_seed(1, n), other_stream(1, n);
    fill_normals(8, Stream::brownian, 0, n + 1, 0, 4, z.rows());
    fill_normals(9, Stream::brownian, 0, n, 0, 1, other_seed.rows());
    fill_normals(8, Stream::bridge, 0, n, 0, 1, other_stream.rows());

    // Normalised correlations are standard normal; 8 of them.
    EXPECT_LT(std::abs(correlation(z.row(0), z.row(0) + 1, n)), 4.5);
    for (int r = 1; r < 4; ++r) EXPECT_LT(std::abs(correlation(z.row(0), z.row(r), n)), 4.5) << r;
    EXPECT_LT(std::abs(correlation(z.row(0), other_seed.row(0), n)), 4.5);
    EXPECT_LT(std::abs(correlation(z.row(0), other_stream.row(0), n)), 4.5);
    // Box-Muller pairs share a radius: their squares would show a wrong transform.
    Block squares(2, n);
    for (int r = 0; r < 2; ++r)
        for (Index i = 0; i < n; ++i) squares.row(r)[i] = (z.row(r)[i] * z.row(r)[i] - 1.0) / std::sqrt(2.0);
    EXPECT_LT(std::abs(correlation(squares.row(0), squares.row(1), n)), 4.5);
    EXPECT_GT(correlation(z.row(0), z.row(0), n), 400.0);  // the statistic does see a repeated row
}

}  // namespace
}  // namespace dynkin
