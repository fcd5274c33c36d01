#pragma once
// What the tests of normals count and expect.
#include "solvers/core/points.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace dynkin {

/// Moments 0 ... 6 and tails of a stream of numbers.
struct NormalSums {
    double n = 0.0;
    std::array<double, 7> moment{};
    std::array<double, 6> beyond{};  // |z| > 0 ... 5

    void add(const double* z, Index count) {
        n += static_cast<double>(count);
        for (Index i = 0; i < count; ++i) {
            double power = 1.0;
            for (double& m : moment) {
                m += power;
                power *= z[i];
            }
            for (std::size_t k = 0; k < 6; ++k) beyond[k] += std::abs(z[i]) > static_cast<double>(k) ? 1.0 : 0.0;
        }
    }

    /// 11 comparisons, 4.5 standard errors each: a false alarm in 1e-4 of all seeds.
    void expect_normal() const {
        const std::array<double, 7> exact = {1, 0, 1, 0, 3, 0, 15}, variance = {0, 1, 2, 15, 96, 945, 10170};
        for (std::size_t k = 1; k < 7; ++k)
            EXPECT_NEAR(moment[k] / n, exact[k], 4.5 * std::sqrt(variance[k] / n)) << "moment " << k;
        for (std::size_t k = 1; k < 6; ++k) {
            const double p = std::erfc(static_cast<double>(k) / std::sqrt(2.0));
            EXPECT_NEAR(beyond[k] / n, p, 4.5 * std::sqrt(p / n)) << "beyond " << k;
        }
    }
};

/// Sum of products over sqrt(n): standard normal for independent standard normals.
inline double correlation(const double* a, const double* b, Index n) {
    double sum = 0.0;
    for (Index i = 0; i < n; ++i) sum += a[i] * b[i];
    return sum / std::sqrt(static_cast<double>(n));
}

}  // namespace dynkin
