#pragma once
// Chains the tests share: small ones known in closed form, dense random ones, and drift-diffusion lines.
#include "solvers/rates/rate_matrix.hpp"

#include <Eigen/Dense>

#include <cmath>
#include <functional>
#include <random>
#include <vector>

namespace dynkin::test {

/// Rates between all pairs, uniform in (0, scale); losses uniform in (0, loss) and negative for every third state
/// when `sources`.
inline SparseRateMatrix random_chain(int n, double scale, double loss, bool sources, unsigned seed) {
    std::mt19937 engine(seed);
    std::uniform_real_distribution<double> uniform(0.0, 1.0);
    std::vector<RateEntry> rates;
    std::vector<double> losses(static_cast<std::size_t>(n));
    for (int i = 0; i < n; ++i) {
        losses[static_cast<std::size_t>(i)] = loss * uniform(engine) * (sources && i % 3 == 0 ? -1.0 : 1.0);
        for (int j = 0; j < n; ++j)
            if (i != j) rates.push_back({i, j, scale * uniform(engine)});
    }
    return SparseRateMatrix(n, rates, losses);
}

/// Q written out as a matrix, from the stored rates and losses alone.
inline Eigen::MatrixXd dense(const SparseRateMatrix& Q) {
    Eigen::MatrixXd full = Eigen::MatrixXd::Zero(Q.size(), Q.size());
    for (Index i = 0; i < Q.size(); ++i) {
        full(i, i) = -Q.loss()[static_cast<std::size_t>(i)];
        const auto row = Q.out_of(i);
        for (std::size_t k = 0; k < row.states.size(); ++k) {
            full(i, row.states[k]) += row.rates[k];
            full(i, i) -= row.rates[k];
        }
    }
    return full;
}

inline Eigen::VectorXd vector(const std::vector<double>& v) {
    return Eigen::Map<const Eigen::VectorXd>(v.data(), static_cast<Index>(v.size()));
}

inline std::vector<double> random_values(Index n, double lower, double upper, unsigned seed) {
    std::mt19937 engine(seed);
    std::uniform_real_distribution<double> uniform(lower, upper);
    std::vector<double> v(static_cast<std::size_t>(n));
    for (double& x : v) x = uniform(engine);
    return v;
}

inline double bernoulli(double z) {
    return std::abs(z) < 1e-9 ? 1.0 - z / 2.0 : z / std::expm1(z);
}

/// dX = b(X) dt + sqrt(2 D) dW on n cells of [lower, upper], Scharfetter & Gummel (1969): between centres at distance h
/// the rate up is (D / h^2) B(-b h / D), the rate down (D / h^2) B(b h / D).
struct Line {
    int n;
    double lower, h, D;
    std::function<double(double)> b;

    Line(int n_cells, double lower_, double upper, double D_, std::function<double(double)> drift)
        : n(n_cells), lower(lower_), h((upper - lower_) / n_cells), D(D_), b(std::move(drift)) {}

    double centre(int i) const { return lower + (i + 0.5) * h; }
    double face(int f) const { return lower + f * h; }
    double up(int f) const { return D / (h * h) * bernoulli(-b(face(f)) * h / D); }
    double down(int f) const { return D / (h * h) * bernoulli(b(face(f)) * h / D); }
    /// Out of the cell above (below) face f to a wall on it: a distance h / 2, with the rate per cell width h.
    double down_to_wall(int f) const { return 2.0 * D / (h * h) * bernoulli(b(face(f)) * h / (2.0 * D)); }
    double up_to_wall(int f) const { return 2.0 * D / (h * h) * bernoulli(-b(face(f)) * h / (2.0 * D)); }

    std::vector<RateEntry> rates(int first_cell, int n_cells) const {
        std::vector<RateEntry> entries;
        for (int i = 0; i + 1 < n_cells; ++i) {
            const int f = first_cell + i + 1;
            entries.push_back({i, i + 1, up(f)});
            entries.push_back({i + 1, i, down(f)});
        }
        return entries;
    }
    SparseRateMatrix matrix() const { return SparseRateMatrix(n, rates(0, n)); }
};

/// Observed order between errors at h and h / 2.
inline double order_of(double coarse_error, double fine_error) {
    return std::log2(std::abs(coarse_error / fine_error));
}

/// The value at the face below cell f from its two neighbours on each side, to fourth order.
inline double value_at_face(const std::vector<double>& u, int f) {
    const auto at = [&](int i) { return u[static_cast<std::size_t>(i)]; };
    return (9.0 * (at(f - 1) + at(f)) - at(f - 2) - at(f + 1)) / 16.0;
}

/// The law that gives value_at_face as expectation: two of its four masses are negative.
inline std::vector<double> law_at_face(int n, int f) {
    std::vector<double> p(static_cast<std::size_t>(n), 0.0);
    p[static_cast<std::size_t>(f - 1)] = p[static_cast<std::size_t>(f)] = 9.0 / 16.0;
    p[static_cast<std::size_t>(f - 2)] = p[static_cast<std::size_t>(f + 1)] = -1.0 / 16.0;
    return p;
}

/// Brownian motion of diffusivity D on [lower, upper] with absorbing walls on the end faces.
inline SparseRateMatrix absorbed_line(const Line& line) {
    std::vector<double> loss(static_cast<std::size_t>(line.n), 0.0);
    loss.front() += line.down_to_wall(0);
    loss.back() += line.up_to_wall(line.n);
    return SparseRateMatrix(line.n, line.rates(0, line.n), loss);
}

/// A tensor grid (nx, ny) of a gradient flow, D = `D` and U(x, y) = x^4/4 - x^2/2 + y^2 (1 + x^2)/2 on [-2, 2]^2: rates
/// (D / h^2) B(+-dU / D), whose equilibrium is exp(-U / D) at the centres, exactly.
struct GradientGrid {
    int nx, ny;
    double D;

    double x(int i) const { return -2.0 + 4.0 * (i + 0.5) / nx; }
    double y(int j) const { return -2.0 + 4.0 * (j + 0.5) / ny; }
    double potential(int cell) const {
        const double a = x(cell % nx), b = y(cell / nx);
        return a * a * a * a / 4.0 - a * a / 2.0 + b * b * (1.0 + a * a) / 2.0;
    }
    void join(int from, int to, double h, std::vector<RateEntry>& entries) const {
        const double z = (potential(to) - potential(from)) / D;
        entries.push_back({from, to, D / (h * h) * bernoulli(z)});
        entries.push_back({to, from, D / (h * h) * bernoulli(-z)});
    }
    SparseRateMatrix matrix(std::vector<double> loss = {}) const {
        std::vector<RateEntry> entries;
        for (int j = 0; j < ny; ++j)
            for (int i = 0; i < nx; ++i) {
                if (i + 1 < nx) join(i + nx * j, i + 1 + nx * j, 4.0 / nx, entries);
                if (j + 1 < ny) join(i + nx * j, i + nx * (j + 1), 4.0 / ny, entries);
            }
        return SparseRateMatrix(static_cast<Index>(nx) * ny, entries, std::move(loss));
    }
};

inline Line double_well(int n, double D) {
    return Line(n, -3.0, 3.0, D, [](double x) { return x - x * x * x; });
}

}  // namespace dynkin::test
