#include "solvers/particle/kernels.hpp"

#include "solvers/core/dispatch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dynkin::rows {

DYNKIN_CLONES void add_scaled(double* __restrict x, double a, const double* __restrict y, Index n) {
    for (Index q = 0; q < n; ++q) x[q] += a * y[q];
}

DYNKIN_CLONES void add_product(double* __restrict x, double a, const double* __restrict y, const double* __restrict z,
                               Index n) {
    for (Index q = 0; q < n; ++q) x[q] += a * y[q] * z[q];
}

DYNKIN_CLONES void add_two(double* __restrict x, double a, const double* __restrict y, double b,
                           const double* __restrict z, Index n) {
    for (Index q = 0; q < n; ++q) x[q] += a * y[q] + b * z[q];
}

DYNKIN_CLONES void add_scaled_and_product(double* __restrict x, double a, const double* __restrict y,
                                          const double* __restrict z, const double* __restrict w, Index n) {
    for (Index q = 0; q < n; ++q) x[q] += a * y[q] + z[q] * w[q];
}

DYNKIN_CLONES void sum(double* __restrict out, const double* __restrict x, double a, const double* __restrict y,
                       Index n) {
    for (Index q = 0; q < n; ++q) out[q] = x[q] + a * y[q];
}

void copy(double* out, const double* x, Index n) {
    std::copy_n(x, n, out);
}

DYNKIN_CLONES void scale(double* x, double a, Index n) {
    for (Index q = 0; q < n; ++q) x[q] *= a;
}

DYNKIN_CLONES void multiply(double* __restrict x, const double* __restrict y, Index n) {
    for (Index q = 0; q < n; ++q) x[q] *= y[q];
}

DYNKIN_CLONES void add_milstein(double* __restrict x, double a, const double* __restrict y, const double* __restrict z,
                                double h, Index n) {
    for (Index q = 0; q < n; ++q) x[q] += a * y[q] * (z[q] * z[q] - h);
}

DYNKIN_CLONES void add_square(double* __restrict out, const double* __restrict y, Index n) {
    for (Index q = 0; q < n; ++q) out[q] += y[q] * y[q];
}

DYNKIN_CLONES void taming_factor(double* x, double h, Index n) {
    for (Index q = 0; q < n; ++q) x[q] = 1.0 / (1.0 + h * std::sqrt(x[q]));
}

DYNKIN_CLONES void weigh(double* __restrict x, const double* __restrict w, Index n) {
    for (Index q = 0; q < n; ++q) {
        const double product = x[q] * w[q];
        x[q] = w[q] == 0.0 ? 0.0 : product;
    }
}

DYNKIN_CLONES bool all_ones(const double* x, Index n) {
    Index other = 0;
    for (Index q = 0; q < n; ++q) other += x[q] == 1.0 ? 0 : 1;
    return other == 0;
}

DYNKIN_CLONES Index count_non_finite(const double* x, Index n) {
    Index bad = 0;
    for (Index q = 0; q < n; ++q) bad += std::abs(x[q]) <= std::numeric_limits<double>::max() ? 0 : 1;
    return bad;
}

}  // namespace dynkin::rows
