#include "solvers/particle/linear_gaussian_transition.hpp"

#include "solvers/core/probe.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

using Matrix = std::vector<double>;  // (n, n) by rows

Matrix product(const Matrix& a, const Matrix& b, std::size_t n) {
    Matrix out(n * n, 0.0);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < n; ++k)
            for (std::size_t j = 0; j < n; ++j) out[i * n + j] += a[i * n + k] * b[k * n + j];
    return out;
}

// Scaling to norm below 1/4, 14 terms of Taylor (remainder below 1e-20), squaring.
Matrix exponential(Matrix a, std::size_t n) {
    double norm = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
        double row = 0.0;
        for (std::size_t j = 0; j < n; ++j) row += std::abs(a[i * n + j]);
        norm = std::max(norm, row);
    }
    int squarings = 0;
    for (; norm > 0.25 && squarings < 1000; norm *= 0.5) ++squarings;
    for (double& entry : a) entry = std::ldexp(entry, -squarings);
    Matrix sum(n * n, 0.0), term(n * n, 0.0);
    for (std::size_t i = 0; i < n; ++i) sum[i * n + i] = term[i * n + i] = 1.0;
    for (int k = 1; k <= 14; ++k) {
        term = product(term, a, n);
        for (std::size_t e = 0; e < n * n; ++e) sum[e] += (term[e] /= k);
    }
    for (int k = 0; k < squarings; ++k) sum = product(sum, sum, n);
    return sum;
}

// L L^T = C for a positive semi-definite C; directions without variance get a zero column.
Matrix cholesky(const Matrix& C, std::size_t n) {
    Matrix L(n * n, 0.0);
    for (std::size_t j = 0; j < n; ++j) {
        double pivot = C[j * n + j];
        for (std::size_t k = 0; k < j; ++k) pivot -= L[j * n + k] * L[j * n + k];
        if (!(pivot > 1e-14 * C[j * n + j])) continue;
        L[j * n + j] = std::sqrt(pivot);
        for (std::size_t i = j + 1; i < n; ++i) {
            double entry = C[i * n + j];
            for (std::size_t k = 0; k < j; ++k) entry -= L[i * n + k] * L[j * n + k];
            L[i * n + j] = entry / L[j * n + j];
        }
    }
    return L;
}

}  // namespace

LinearProcess read_linear_process(const Process& process) {
    const NoiseKind kind = process.noise_kind();
    if (!process.autonomous() || (kind != NoiseKind::additive && kind != NoiseKind::none)) return {};
    for (const AxisDomain& axis : process.natural_domain())
        if (axis.has_wall() || std::isfinite(axis.lower) || std::isfinite(axis.upper)) return {};

    const int d = process.dim(), m = process.noise_dim();
    const Index n = 32;
    const Block x = probe_points(process, n);
    Block jacobian(d * d, n), b(d, n), s(std::max(d * m, 1), n), origin(d, 1);
    process.drift_jacobian(x.points(), 0.0, jacobian.rows());
    double scale = 0.0;
    for (int e = 0; e < d * d; ++e) scale = std::max(scale, std::abs(jacobian.row(e)[0]));
    for (int e = 0; e < d * d; ++e)
        if (!is_constant(jacobian.row(e), n, scale)) return {};

    LinearProcess form{true, d, m, {}, {}, {}};
    process.drift(origin.points(), 0.0, b.rows());
    if (m > 0) process.sigma(origin.points(), 0.0, s.rows());
    for (int e = 0; e < d * d; ++e) form.A.push_back(jacobian.row(e)[0]);
    for (int i = 0; i < d; ++i) form.c.push_back(b.row(i)[0]);
    for (int e = 0; e < d * m; ++e) form.S.push_back(s.row(e)[0]);
    return form;
}

GaussianTransition gaussian_transition(const LinearProcess& process, double h) {
    const auto d = static_cast<std::size_t>(process.dim), m = static_cast<std::size_t>(process.noise_dim);
    GaussianTransition out{process.dim, Matrix(d * d), Matrix(d), {}};

    // exp of [[A, c], [0, 0]] h holds exp(A h) and the integral of exp(A s) c.
    const std::size_t n1 = d + 1;
    Matrix affine(n1 * n1, 0.0);
    for (std::size_t i = 0; i < d; ++i) {
        for (std::size_t j = 0; j < d; ++j) affine[i * n1 + j] = process.A[i * d + j] * h;
        affine[i * n1 + d] = process.c[i] * h;
    }
    affine = exponential(affine, n1);
    for (std::size_t i = 0; i < d; ++i) {
        for (std::size_t j = 0; j < d; ++j) out.M[i * d + j] = affine[i * n1 + j];
        out.m[i] = affine[i * n1 + d];
    }

    // exp of [[-A, S S^T], [0, A^T]] h has G = exp(-A h) C in its upper right, C the covariance: C = exp(A h) G.
    // For h so long that exp(-A h) would overflow, the covariance is doubled up from a shorter time:
    // C(2 s) = C(s) + exp(A s) C(s) exp(A s)^T.
    double norm = 0.0;
    for (const double entry : process.A) norm = std::max(norm, std::abs(entry));
    int doublings = 0;
    double s = h;
    for (; norm * s * static_cast<double>(d) > 1.0 && doublings < 1000; s *= 0.5) ++doublings;
    const std::size_t n2 = 2 * d;
    Matrix block(n2 * n2, 0.0), E(d * d), G(d * d);
    for (std::size_t i = 0; i < d; ++i)
        for (std::size_t j = 0; j < d; ++j) {
            block[i * n2 + j] = -process.A[i * d + j] * s;
            block[(d + i) * n2 + d + j] = process.A[j * d + i] * s;
            for (std::size_t k = 0; k < m; ++k)
                block[i * n2 + d + j] += process.S[i * m + k] * process.S[j * m + k] * s;
        }
    block = exponential(block, n2);
    for (std::size_t i = 0; i < d; ++i)
        for (std::size_t j = 0; j < d; ++j) {
            G[i * d + j] = block[i * n2 + d + j];
            E[i * d + j] = block[(d + j) * n2 + d + i];
        }
    Matrix C = product(E, G, d);
    for (int k = 0; k < doublings; ++k) {
        Matrix E_T(d * d);
        for (std::size_t i = 0; i < d; ++i)
            for (std::size_t j = 0; j < d; ++j) E_T[i * d + j] = E[j * d + i];
        const Matrix moved = product(product(E, C, d), E_T, d);
        for (std::size_t e = 0; e < d * d; ++e) C[e] += moved[e];
        E = product(E, E, d);
    }
    out.L = cholesky(C, d);
    return out;
}

}  // namespace dynkin
