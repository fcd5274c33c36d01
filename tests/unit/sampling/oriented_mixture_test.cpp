// Mixtures with covariances: in turned coordinates they are mixtures without, which another program serves.
#include "solvers/core/errors.hpp"
#include "tests/unit/sampling/mixtures.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace dynkin {
namespace {

const double angle = 0.7;

/// R x with the rotation by `angle`.
void turn(double x, double y, double sign, double& u, double& v) {
    u = std::cos(angle) * x - sign * std::sin(angle) * y;
    v = sign * std::sin(angle) * x + std::cos(angle) * y;
}

/// test::two_in_the_plane() seen by a turned observer.
GaussianMixture turned() {
    const GaussianMixture flat = test::two_in_the_plane();
    std::vector<std::vector<double>> means = flat.means, covariances;
    for (std::size_t k = 0; k < 2; ++k) {
        turn(flat.means[k][0], flat.means[k][1], 1.0, means[k][0], means[k][1]);
        const double a = flat.sds[k][0] * flat.sds[k][0], b = flat.sds[k][1] * flat.sds[k][1], c = std::cos(angle),
                     s = std::sin(angle);
        covariances.push_back({c * c * a + s * s * b, c * s * (a - b), c * s * (a - b), s * s * a + c * c * b});
    }
    return mixture_of_covariances(flat.weights, means, covariances);
}

struct Both {
    Block x, y;  // the same points, turned in y
};
Both points(Index n) {
    Both p{Block(2, n), Block(2, n)};
    for (Index q = 0; q < n; ++q) {
        p.x.row(0)[q] = 2.0 * std::sin(1.3 * static_cast<double>(q));
        p.x.row(1)[q] = 2.0 * std::cos(0.7 * static_cast<double>(q));
        turn(p.x.row(0)[q], p.x.row(1)[q], 1.0, p.y.row(0)[q], p.y.row(1)[q]);
    }
    return p;
}

TEST(OrientedMixture, IsTheFlatOneInTurnedCoordinates) {
    const DenoiserPtr flat = mixture_denoiser(test::two_in_the_plane()), oriented = mixture_denoiser(turned());
    const Both p = points(40);
    for (const NoiseLevel level : {NoiseLevel{1.0, 0.0}, NoiseLevel{0.8, 0.3}, NoiseLevel{1.0, 20.0}}) {
        Block a(2, 40), b(2, 40), s(2, 40), t(2, 40), J(4, 40), K(4, 40);
        std::vector<double> f(40), g(40);
        flat->denoise(p.x.points(), level, a.rows());
        oriented->denoise(p.y.points(), level, b.rows());
        flat->score(p.x.points(), level, s.rows());
        oriented->score(p.y.points(), level, t.rows());
        flat->score_jacobian(p.x.points(), level, J.rows());
        oriented->score_jacobian(p.y.points(), level, K.rows());
        flat->log_density(p.x.points(), level, f.data());
        oriented->log_density(p.y.points(), level, g.data());
        for (Index q = 0; q < 40; ++q) {
            double u = 0.0, v = 0.0;
            turn(a.row(0)[q], a.row(1)[q], 1.0, u, v);
            EXPECT_NEAR(b.row(0)[q], u, 1e-12);
            EXPECT_NEAR(b.row(1)[q], v, 1e-12);
            turn(s.row(0)[q], s.row(1)[q], 1.0, u, v);
            EXPECT_NEAR(t.row(0)[q], u, 1e-11);
            EXPECT_NEAR(t.row(1)[q], v, 1e-11);
            // Trace and determinant do not depend on the observer.
            EXPECT_NEAR(K.row(0)[q] + K.row(3)[q], J.row(0)[q] + J.row(3)[q], 1e-9);
            EXPECT_NEAR(K.row(0)[q] * K.row(3)[q] - K.row(1)[q] * K.row(2)[q],
                        J.row(0)[q] * J.row(3)[q] - J.row(1)[q] * J.row(2)[q], 1e-8);
            EXPECT_NEAR(g[static_cast<std::size_t>(q)], f[static_cast<std::size_t>(q)], 1e-11);
            // Mutant: turned the other way.
            turn(s.row(0)[q], s.row(1)[q], -1.0, u, v);
            EXPECT_GT(std::abs(t.row(0)[q] - u) + std::abs(t.row(1)[q] - v), 1e-4);
        }
    }
}

TEST(OrientedMixture, SamplesHaveItsMoments) {
    const auto law = initial_law(noised(turned(), {0.9, 0.2}));
    constexpr Index n = 40000;
    Block x(2, n);
    law->sample(x.rows(), n, 0, {.seed = 3, .stream = Stream::initial_law});
    for (const std::vector<int>& degree : {std::vector<int>{1, 0}, {0, 1}, {2, 0}, {1, 1}, {0, 2}, {2, 1}, {2, 2}}) {
        double mean = 0.0, square = 0.0;
        for (Index q = 0; q < n; ++q) {
            const double value = std::pow(x.row(0)[q], degree[0]) * std::pow(x.row(1)[q], degree[1]);
            mean += value / n;
            square += value * value / n;
        }
        EXPECT_NEAR(mean, law->moment(degree), 4.0 * std::sqrt(square / n)) << degree[0] << degree[1];
    }
    std::vector<double> lower, upper;
    law->support(1e-3, lower, upper);
    int outside = 0;
    for (Index q = 0; q < n; ++q)
        for (int j = 0; j < 2; ++j)
            outside +=
                x.row(j)[q] < lower[static_cast<std::size_t>(j)] || x.row(j)[q] > upper[static_cast<std::size_t>(j)];
    EXPECT_LT(outside, 40);  // a share of 1e-3 of them
    EXPECT_THROW(law->mass(lower.data(), upper.data()), ConfigError);
}

TEST(OrientedMixture, RefusesWhatIsNoCovariance) {
    const auto message = [](const std::vector<double>& C) {
        return test::message_of([&] { mixture_of_covariances({1.0}, {{0.0, 0.0}}, {C}); });
    };
    EXPECT_NE(message({1.0, 0.5, 0.4, 1.0}).find("component 0: covariance is not symmetric"), std::string::npos);
    EXPECT_NE(message({1.0, 2.0, 2.0, 1.0}).find("eigenvalue -1"), std::string::npos);
    EXPECT_NE(message({1.0, 0.0, 1.0}).find("3 numbers, expected 4"), std::string::npos);
    GaussianMixture skewed = turned();
    skewed.axes[1][0] += 1e-6;
    EXPECT_NE(test::message_of([&] { mixture_denoiser(skewed); }).find("component 1: axes are not 2 orthonormal"),
              std::string::npos);
    EXPECT_TRUE(mixture_of_covariances({1.0}, {{0.0}}, {{4.0}}).axes.empty());
    EXPECT_EQ(mixture_of_covariances({1.0}, {{0.0}}, {{4.0}}).sds[0][0], 2.0);
}

}  // namespace
}  // namespace dynkin
