#include "models/linear_gaussian.hpp"

#include "solvers/core/errors.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <optional>

namespace dynkin {
namespace {

Matrix product(const Matrix& a, const Matrix& b, bool transpose_b = false) {
    const int n = transpose_b ? b.n_rows() : b.n_cols();
    Matrix out(a.n_rows(), n);
    for (int i = 0; i < a.n_rows(); ++i)
        for (int j = 0; j < n; ++j)
            for (int k = 0; k < a.n_cols(); ++k) out(i, j) += a(i, k) * (transpose_b ? b(j, k) : b(k, j));
    return out;
}

std::vector<double> product(const Matrix& a, const std::vector<double>& v) {
    std::vector<double> out(v.size(), 0.0);
    for (int i = 0; i < a.n_rows(); ++i)
        for (int k = 0; k < a.n_cols(); ++k)
            out[static_cast<std::size_t>(i)] += a(i, k) * v[static_cast<std::size_t>(k)];
    return out;
}

void add(Matrix& into, double factor, const Matrix& term) {
    for (int i = 0; i < into.n_rows(); ++i)
        for (int j = 0; j < into.n_cols(); ++j) into(i, j) += factor * term(i, j);
}

double row_sum_norm(const Matrix& a) {
    double norm = 0.0;
    for (int i = 0; i < a.n_rows(); ++i) {
        double sum = 0.0;
        for (int j = 0; j < a.n_cols(); ++j) sum += std::abs(a(i, j));
        norm = std::max(norm, sum);
    }
    return norm;
}

// Lower Cholesky factor of a positive semi-definite matrix; a direction without variance gets a zero column.
Matrix cholesky(const Matrix& c, bool& singular) {
    const int d = c.n_rows();
    Matrix g(d, d);
    singular = false;
    for (int j = 0; j < d; ++j) {
        double pivot = c(j, j);
        for (int k = 0; k < j; ++k) pivot -= g(j, k) * g(j, k);
        if (!(pivot > 1e-14 * c(j, j))) {
            singular = true;
            continue;
        }
        g(j, j) = std::sqrt(pivot);
        for (int i = j + 1; i < d; ++i) {
            double sum = c(i, j);
            for (int k = 0; k < j; ++k) sum -= g(i, k) * g(j, k);
            g(i, j) = sum / g(j, j);
        }
    }
    return g;
}

}  // namespace

LinearGaussian::LinearGaussian(const Matrix& A, const std::vector<double>& b, const Matrix& sigma, double dt) {
    const int d = A.n_rows();
    int doublings = 0;
    for (double size = row_sum_norm(A) * dt; size > 0.25; size *= 0.5) ++doublings;
    const double h = std::ldexp(dt, -doublings);

    // M = sum (A h)^k / k!,  c = sum h^{k+1} A^k b / (k+1)!,  C = sum h^{k+1} P_k / (k+1)! with P_{k+1} = A P_k + P_k
    // A^T.
    M_ = Matrix(d, d);
    C_ = Matrix(d, d);
    c_.assign(static_cast<std::size_t>(d), 0.0);
    Matrix power = Matrix::scalar(1.0).widened(d), P = product(sigma, sigma, true);
    std::vector<double> v = b;
    double factor = 1.0;  // h^k / k!
    for (int k = 0; k < 18; ++k) {
        add(M_, factor, power);
        const double next = factor * h / (k + 1);
        add(C_, next, P);
        for (std::size_t i = 0; i < c_.size(); ++i) c_[i] += next * v[i];
        power = product(A, power);
        v = product(A, v);
        Matrix AP = product(A, P), forward = AP;
        for (int i = 0; i < d; ++i)
            for (int j = 0; j < d; ++j) AP(i, j) = forward(i, j) + forward(j, i);
        P = AP;
        factor = next;
    }
    for (int k = 0; k < doublings; ++k) {
        add(C_, 1.0, product(product(M_, C_), M_, true));
        const std::vector<double> moved = product(M_, c_);
        for (std::size_t i = 0; i < c_.size(); ++i) c_[i] += moved[i];
        M_ = product(M_, M_);
    }
    G_ = cholesky(C_, singular_);
}

void LinearGaussian::sample(std::span<double> x, Draws& draws) const {
    const int d = M_.n_rows();
    std::array<double, 64> x0, xi;
    for (int i = 0; i < d; ++i) {
        x0[static_cast<std::size_t>(i)] = x[static_cast<std::size_t>(i)];
        xi[static_cast<std::size_t>(i)] = draws.normal();
    }
    for (int i = 0; i < d; ++i) {
        double sum = c_[static_cast<std::size_t>(i)];
        for (int j = 0; j < d; ++j) sum += M_(i, j) * x0[static_cast<std::size_t>(j)];
        for (int j = 0; j <= i; ++j) sum += G_(i, j) * xi[static_cast<std::size_t>(j)];
        x[static_cast<std::size_t>(i)] = sum;
    }
}

double LinearGaussian::density(std::span<const double> x, std::span<const double> x0) const {
    if (singular_) throw NumericsError("transition density: the covariance is singular, some direction has no noise");
    const int d = M_.n_rows();
    std::array<double, 64> z;  // G z = x - M x0 - c
    double log_density = 0.0;
    for (int i = 0; i < d; ++i) {
        double rest = x[static_cast<std::size_t>(i)] - c_[static_cast<std::size_t>(i)];
        for (int j = 0; j < d; ++j) rest -= M_(i, j) * x0[static_cast<std::size_t>(j)];
        for (int j = 0; j < i; ++j) rest -= G_(i, j) * z[static_cast<std::size_t>(j)];
        const double zi = rest / G_(i, i);
        z[static_cast<std::size_t>(i)] = zi;
        log_density -= 0.5 * zi * zi + std::log(G_(i, i)) + 0.91893853320467274178;
    }
    return std::exp(log_density);
}

LinearTransitions::LinearTransitions(const Matrix& A, const std::vector<double>& b, const Matrix& sigma) {
    static std::atomic<std::uint64_t> next_id{1};
    equation_ = std::make_shared<const Equation>(Equation{A, b, sigma, next_id++});
}

const LinearGaussian& LinearTransitions::over(double dt) const {
    struct Kept {
        std::uint64_t id = 0;
        double dt = 0.0;
        std::optional<LinearGaussian> transition{};
    };
    thread_local std::array<Kept, 8> kept;
    thread_local std::size_t oldest = 0;
    for (const Kept& k : kept)
        if (k.id == equation_->id && k.dt == dt) return *k.transition;
    Kept& fresh = kept[oldest];
    oldest = (oldest + 1) % kept.size();
    fresh = {equation_->id, dt, LinearGaussian(equation_->A, equation_->b, equation_->sigma, dt)};
    return *fresh.transition;
}

}  // namespace dynkin
