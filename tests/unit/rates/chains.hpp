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

inline Line double_well(int n, double D) {
    return Line(n, -3.0, 3.0, D, [](double x) { return x - x * x * x; });
}

}  // namespace dynkin::test
