#pragma once
// Correlated Gaussian differences with a known covariance, for the calibration of the verdict.
#include "solvers/core/random.hpp"

#include <cmath>
#include <vector>

namespace dynkin::test {

/// C = A A^T / 100 with a fixed, uneven A: standard errors from 0.05 to 0.4, correlations up to 0.9.
struct Synthetic {
    int K;
    std::vector<double> factor;

    explicit Synthetic(int n) : K(n), factor(static_cast<std::size_t>(n * n)) {
        for (int i = 0; i < n; ++i)
            for (int j = 0; j <= i; ++j)
                factor[static_cast<std::size_t>(i * n + j)] = (i == j ? 1.0 : std::sin(1.3 * i + 2.7 * j)) * (0.5 + 0.4 * i) / 10.0;
    }
    std::vector<double> covariance() const {
        std::vector<double> C(factor.size(), 0.0);
        for (int i = 0; i < K; ++i)
            for (int j = 0; j < K; ++j)
                for (int k = 0; k < K; ++k) C[at(i, j)] += factor[at(i, k)] * factor[at(j, k)];
        return C;
    }
    std::vector<double> draw(std::uint64_t replica) const {
        Draws draws({7, Stream::resampling, 0}, replica);
        std::vector<double> z(static_cast<std::size_t>(K)), r(static_cast<std::size_t>(K), 0.0);
        for (double& value : z) value = draws.normal();
        for (int i = 0; i < K; ++i)
            for (int k = 0; k < K; ++k) r[static_cast<std::size_t>(i)] += factor[at(i, k)] * z[static_cast<std::size_t>(k)];
        return r;
    }
    std::size_t at(int i, int j) const { return static_cast<std::size_t>(i * K + j); }
};

}  // namespace dynkin::test
