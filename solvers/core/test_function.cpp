#include "solvers/core/test_function.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace dynkin {

double TestFunction::cell_mean(const double* lower, const double* upper) const {
    const double r = std::sqrt(0.6);
    const std::array<double, 3> node = {-r, 0.0, r}, weight = {5.0 / 18.0, 8.0 / 18.0, 5.0 / 18.0};
    const int d = dim();
    Index n = 1;
    for (int j = 0; j < d; ++j) n *= 3;
    Block x(d, n);
    std::vector<double> w(static_cast<std::size_t>(n), 1.0), phi(static_cast<std::size_t>(n));
    for (Index q = 0; q < n; ++q) {
        Index digits = q;
        for (int j = 0; j < d; ++j, digits /= 3) {
            const auto k = static_cast<std::size_t>(digits % 3);
            x.row(j)[q] = 0.5 * (lower[j] + upper[j]) + 0.5 * (upper[j] - lower[j]) * node[k];
            w[static_cast<std::size_t>(q)] *= weight[k];
        }
    }
    value(x.points(), phi.data());
    double mean = 0.0;
    for (std::size_t q = 0; q < phi.size(); ++q) mean += w[q] * phi[q];
    return mean;
}

void apply_generator(int dim, Index n, Rows ito_drift, Rows diffusion, Rows gradient, Rows hessian, double* out) {
    std::fill_n(out, n, 0.0);
    for (int i = 0; i < dim; ++i) {
        const double* b = ito_drift.row(i);
        const double* g = gradient.row(i);
        for (Index q = 0; q < n; ++q) out[q] += b[q] * g[q];
        for (int j = 0; j < dim; ++j) {
            const double* a = diffusion.row(i * dim + j);
            const double* h = hessian.row(i * dim + j);
            for (Index q = 0; q < n; ++q) out[q] += 0.5 * a[q] * h[q];
        }
    }
}

void apply_generator(const Process& process, const TestFunction& phi, Points x, double t, double* out) {
    const int d = process.dim(), m = process.noise_dim();
    Block b(d, x.n), s(std::max(d * m, 1), x.n), a(d * d, x.n), value(1, x.n), gradient(d, x.n), hessian(d * d, x.n);
    process.ito_drift(x, t, b.rows());
    if (m > 0) process.sigma(x, t, s.rows());
    diffusion_matrix(d, m, x.n, s.rows(), a.rows());
    phi.derivatives(x, value.row(0), gradient.rows(), hessian.rows());
    apply_generator(d, x.n, b.rows(), a.rows(), gradient.rows(), hessian.rows(), out);
}

}  // namespace dynkin
