// Linear Gaussian transitions in several dimensions.
#include "models/linear_gaussian.hpp"
#include "models/models.hpp"
#include "models/parameter_values.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace dynkin {
namespace {

using Table = std::vector<std::vector<double>>;

Matrix matrix(const Table& rows) {
    Matrix m(static_cast<int>(rows.size()), static_cast<int>(rows[0].size()));
    for (int i = 0; i < m.n_rows(); ++i)
        for (int j = 0; j < m.n_cols(); ++j) m(i, j) = rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
    return m;
}

TEST(LinearGaussian, HasTheKnownStationaryCovariances) {
    const LinearGaussian rotating(matrix({{-0.5, -2.0}, {2.0, -1.0}}), {0.0, 0.0}, matrix({{0.5, 0.0}, {0.0, 0.5}}),
                                  60.0);
    const LinearGaussian gyrator(matrix({{-1.0, 0.5}, {0.5, -1.0}}), {0.0, 0.0},
                                 matrix({{std::sqrt(2.0), 0.0}, {0.0, 2.0}}), 80.0);

    EXPECT_NEAR(rotating.covariance()(0, 0), 0.175925925926, 1e-12);
    EXPECT_NEAR(rotating.covariance()(0, 1), 0.0185185185185, 1e-12);
    EXPECT_NEAR(rotating.covariance()(1, 1), 0.162037037037, 1e-12);
    EXPECT_NEAR(gyrator.covariance()(0, 0), 1.5, 1e-12);
    EXPECT_NEAR(gyrator.covariance()(0, 1), 1.0, 1e-12);
    EXPECT_NEAR(gyrator.covariance()(1, 1), 2.5, 1e-12);
}

TEST(LinearGaussian, ComposesOverTwoSteps) {
    const Matrix A = matrix({{0.0, 1.0}, {-4.0, -0.3}}), sigma = matrix({{0.0}, {0.8}});
    const std::vector<double> b = {0.2, -0.7};
    const LinearGaussian one(A, b, sigma, 1.7), first(A, b, sigma, 0.5), second(A, b, sigma, 1.2);

    for (int i = 0; i < 2; ++i) {
        double shift = second.shift()[static_cast<std::size_t>(i)];
        for (int k = 0; k < 2; ++k) shift += second.propagator()(i, k) * first.shift()[static_cast<std::size_t>(k)];
        EXPECT_NEAR(one.shift()[static_cast<std::size_t>(i)], shift, 1e-14);
        for (int j = 0; j < 2; ++j) {
            double M = 0.0, C = second.covariance()(i, j);
            for (int k = 0; k < 2; ++k) {
                M += second.propagator()(i, k) * first.propagator()(k, j);
                for (int l = 0; l < 2; ++l)
                    C += second.propagator()(i, k) * first.covariance()(k, l) * second.propagator()(j, l);
            }
            EXPECT_NEAR(one.propagator()(i, j), M, 1e-14);
            EXPECT_NEAR(one.covariance()(i, j), C, 1e-14);
        }
    }
}

std::shared_ptr<const Process> correlated() {
    return make_model("ornstein_uhlenbeck", ParameterValues()
                                                .set("theta", Table{{0.5, 2.0}, {-2.0, 1.0}})
                                                .set("mean", std::vector<double>{0.3, -0.2})
                                                .set("sigma", Table{{0.5, 0.2, -0.1}, {0.3, 0.4, 0.6}}));
}

LinearGaussian correlated_transition(double dt) {
    return {matrix({{-0.5, -2.0}, {2.0, -1.0}}),
            {0.5 * 0.3 - 2.0 * 0.2, -2.0 * 0.3 - 0.2},
            matrix({{0.5, 0.2, -0.1}, {0.3, 0.4, 0.6}}),
            dt};
}

// Means and covariances of 100000 samples; 5 z-tests at 5 standard errors, 6e-7 each. Var of a product of Gaussians
// with covariance C is C_ii C_jj + C_ij^2.
TEST(OrnsteinUhlenbeck, SamplesHaveTheirCovarianceInTwoDimensions) {
    const auto process = correlated();
    const double dt = 0.7, x0[2] = {1.0, -0.5};
    const LinearGaussian exact = correlated_transition(dt);
    const Index n = 100000;
    Block x(2, n);
    for (int j = 0; j < 2; ++j) std::fill_n(x.row(j), n, x0[j]);

    process->sample_transition(x.rows(), n, 0.0, dt, 0, DrawSource{7, Stream::exact, 0});

    double mean[2];
    for (int i = 0; i < 2; ++i) {
        mean[i] = exact.shift()[static_cast<std::size_t>(i)] + exact.propagator()(i, 0) * x0[0] +
                  exact.propagator()(i, 1) * x0[1];
        double sum = 0.0;
        for (Index q = 0; q < n; ++q) sum += x.row(i)[q];
        EXPECT_NEAR(sum / n, mean[i], 5.0 * std::sqrt(exact.covariance()(i, i) / n));
    }
    const Matrix& C = exact.covariance();
    for (int i = 0; i < 2; ++i)
        for (int j = 0; j <= i; ++j) {
            double sum = 0.0;
            for (Index q = 0; q < n; ++q) sum += (x.row(i)[q] - mean[i]) * (x.row(j)[q] - mean[j]);
            const double error = 5.0 * std::sqrt((C(i, i) * C(j, j) + C(i, j) * C(i, j)) / n);
            EXPECT_NEAR(sum / n, C(i, j), error);
            EXPECT_GT(std::abs(sum / n - 1.1 * C(i, j)), i == j ? error : 0.0);  // sigma off by 5 %
        }
}

// The trapezoidal rule over a box of 8 standard deviations is exact to round-off for a Gaussian.
TEST(OrnsteinUhlenbeck, DensityHasMassMeanAndCovarianceInTwoDimensions) {
    const auto process = correlated();
    const double dt = 0.7, x0[2] = {1.0, -0.5};
    const LinearGaussian exact = correlated_transition(dt);
    const int n = 81;
    const double h = 0.15;
    double mass = 0.0, mean[2] = {0.0, 0.0}, cross = 0.0;
    for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j) {
            const double point[2] = {(i - n / 2) * h, (j - n / 2) * h};
            double p = 0.0;
            process->transition_density(Points{point, 2, 1, 1}, x0, 0.0, dt, &p);
            p *= h * h;
            mass += p;
            mean[0] += p * point[0];
            mean[1] += p * point[1];
            cross += p * point[0] * point[1];
        }

    EXPECT_NEAR(mass, 1.0, 1e-10);
    EXPECT_NEAR(cross - mean[0] * mean[1], exact.covariance()(0, 1), 1e-10);
    for (int i = 0; i < 2; ++i)
        EXPECT_NEAR(mean[i],
                    exact.shift()[static_cast<std::size_t>(i)] + exact.propagator()(i, 0) * x0[0] +
                        exact.propagator()(i, 1) * x0[1],
                    1e-10);
}

TEST(OrnsteinUhlenbeck, WithoutNoiseInSomeDirectionThereIsNoDensity) {
    const auto process = make_model(
        "ornstein_uhlenbeck",
        ParameterValues().set("theta", std::vector<double>{1.0, 2.0}).set("sigma", std::vector<double>{1.0, 0.0}));
    const double x[2] = {0.0, 0.0};
    double p = 0.0;

    EXPECT_THROW(process->transition_density(Points{x, 2, 1, 1}, x, 0.0, 1.0, &p), NumericsError);
}

// Remembered transitions of two equations and more time steps than are kept do not get mixed up.
TEST(LinearTransitions, AnswersDoNotDependOnWhatWasAskedBefore) {
    const Matrix one = Matrix::scalar(1.0);
    const LinearTransitions slow(Matrix::scalar(-1.0), {0.0}, one), fast(Matrix::scalar(-3.0), {0.0}, one);
    for (int round = 0; round < 2; ++round)
        for (int k = 1; k <= 12; ++k) {
            const double dt = 0.1 * k;
            EXPECT_NEAR(slow.over(dt).propagator()(0, 0), std::exp(-dt), 1e-14);
            EXPECT_NEAR(fast.over(dt).propagator()(0, 0), std::exp(-3.0 * dt), 1e-14);
        }
}

}  // namespace
}  // namespace dynkin
