// A thousand million normals against their law.
#include "solvers/noise/normals.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace dynkin {
namespace {

using Fill = decltype(&fill_normals);

void expect_normal_law(Fill fill) {
    const Index n = 4096;
    const int bins = 1 << 20;
    const double reach = 8.0, per_unit = bins / (2.0 * reach);
    std::vector<std::uint64_t> counts(bins);
    Block z(16, n);
    double total = 0.0;
    for (std::uint64_t block = 0; block < 15300; ++block) {
        fill(2024, Stream::brownian, block * static_cast<std::uint64_t>(n), n, 0, 16, z.rows(), 1.0);
        for (int r = 0; r < 16; ++r)
            for (Index i = 0; i < n; ++i) {
                const double at = std::clamp((z.row(r)[i] + reach) * per_unit, 0.0, bins - 1.0);
                ++counts[static_cast<std::size_t>(at)];
            }
        total += 16.0 * static_cast<double>(n);
    }

    // The distance is read at the faces of 2^20 bins. Between two faces it can be larger by the mass of a bin, at most
    // its width times the largest density. The limit is the 1e-6 quantile of Kolmogorov.
    const double within_bin = 1.0 / per_unit / std::sqrt(2.0 * M_PI);
    double distance = 0.0;
    std::uint64_t below = 0;
    for (int k = 0; k < bins; ++k) {
        below += counts[static_cast<std::size_t>(k)];
        const double face = (k + 1) / per_unit - reach;
        distance =
            std::fmax(distance, std::abs(static_cast<double>(below) / total - 0.5 * std::erfc(-face / std::sqrt(2.0))));
    }
    EXPECT_GT(total, 1e9);
    EXPECT_LT((distance + within_bin) * std::sqrt(total), 2.69);
    EXPECT_GT(distance * std::sqrt(total), 0.3);
}

TEST(NormalsSlow, KolmogorovSmirnovOverAThousandMillionDraws) {
    expect_normal_law(fill_normals);
}

TEST(NormalsSlow, KolmogorovSmirnovOverAThousandMillionDrawsInSinglePrecision) {
    expect_normal_law(fill_single_normals);
}

}  // namespace
}  // namespace dynkin
