#pragma once
// E[X_0 | x] under the empirical law of rows, as a user writes it: for each point all rows, once for the largest
// exponent and once for the sums, so that nothing overflows.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace dynkin::benchmarks {

/// x and out (n, dim), rows (m, dim), all row by row.
inline void empirical_denoiser(const std::vector<double>& x, const std::vector<double>& rows, std::size_t dim,
                               double alpha, double sigma, std::vector<double>& out) {
    const std::size_t n = x.size() / dim, m = rows.size() / dim;
    std::vector<double> logit(m);
    for (std::size_t i = 0; i < n; ++i) {
        double largest = -HUGE_VAL, total = 0.0;
        for (std::size_t j = 0; j < m; ++j) {
            double square = 0.0;
            for (std::size_t k = 0; k < dim; ++k) {
                const double d = x[i * dim + k] - alpha * rows[j * dim + k];
                square += d * d;
            }
            logit[j] = -0.5 * square / (sigma * sigma);
            largest = std::max(largest, logit[j]);
        }
        std::fill_n(&out[i * dim], dim, 0.0);
        for (std::size_t j = 0; j < m; ++j) {
            const double w = std::exp(logit[j] - largest);
            total += w;
            for (std::size_t k = 0; k < dim; ++k) out[i * dim + k] += w * rows[j * dim + k];
        }
        for (std::size_t k = 0; k < dim; ++k) out[i * dim + k] /= total;
    }
}

}  // namespace dynkin::benchmarks
