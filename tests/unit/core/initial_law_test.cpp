#include "solvers/core/initial_law.hpp"

#include "solvers/core/errors.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

namespace dynkin {
namespace {

using LawPtr = std::shared_ptr<const InitialLaw>;

struct Case {
    std::string label;
    LawPtr law;
};

// Uneven on purpose: a law that forgets the slope inside a cell, or the correlation, shows.
LawPtr tilted_density(int dim) {
    return density_law(std::vector<double>(static_cast<std::size_t>(dim), -1.0),
                       std::vector<double>(static_cast<std::size_t>(dim), 2.0), [dim](Points x, double* out) {
                           for (Index q = 0; q < x.n; ++q) {
                               double r2 = 0.0, sum = 0.0;
                               for (int j = 0; j < dim; ++j) {
                                   r2 += x.component(j)[q] * x.component(j)[q];
                                   sum += x.component(j)[q];
                               }
                               out[q] = std::exp(-r2) * (1.2 + std::sin(2.0 * sum));
                           }
                       });
}

std::vector<std::vector<double>> some_rows(int dim) {
    std::vector<std::vector<double>> rows;
    for (int i = 0; i < 40; ++i) {
        std::vector<double> row;
        for (int j = 0; j < dim; ++j) row.push_back(0.8 * std::sin(1.7 * i + 2.1 * j) + 0.02 * i);
        rows.push_back(row);
    }
    return rows;
}

std::vector<Case> all_laws() {
    return {{"gaussian1", gaussian_law({-1.0}, {0.4})},
            {"gaussian2", gaussian_law({-1.0, 0.5}, {0.4, 0.6})},
            {"uniform", uniform_law({-1.0, 0.0}, {1.5, 0.7})},
            {"mixture", mixture_law({3.0, 1.0}, {{-1.0, 0.2}, {1.0, -0.4}}, {{0.3, 0.5}, {0.5, 0.2}})},
            {"density1", tilted_density(1)},
            {"density2", tilted_density(2)},
            {"density3", tilted_density(3)},
            {"samples1", samples_law(some_rows(1), scott_bandwidth(some_rows(1)))},
            {"samples2", samples_law(some_rows(2), {0.2, 0.3})}};
}

Block draw(const InitialLaw& law, Index n, std::uint64_t seed) {
    Block x(law.dim(), n);
    law.sample(x.rows(), n, 0, {seed, Stream::initial_law, 0});
    return x;
}

TEST(InitialLaw, SampleMomentsAgreeWithExactMoments) {
    // 9 laws, up to 3 first, 3 second and 1 mixed moment each: under 60 comparisons, z = 4.5 (false alarm 4e-4).
    const Index n = 200000;
    for (const Case& c : all_laws()) {
        const int d = c.law->dim();
        const Block x = draw(*c.law, n, 11);
        std::vector<std::vector<int>> degrees(1, std::vector<int>(static_cast<std::size_t>(d), 1));
        for (int j = 0; j < d; ++j)
            for (const int k : {1, 2, 3}) {
                degrees.emplace_back(static_cast<std::size_t>(d), 0);
                degrees.back()[static_cast<std::size_t>(j)] = k;
            }

        for (const auto& degree : degrees) {
            double sum = 0.0, squares = 0.0;
            for (Index i = 0; i < n; ++i) {
                double value = 1.0;
                for (int j = 0; j < d; ++j) value *= std::pow(x.row(j)[i], degree[static_cast<std::size_t>(j)]);
                sum += value;
                squares += value * value;
            }
            const double mean = sum / n, se = std::sqrt((squares / n - mean * mean) / n);
            EXPECT_NEAR(mean, c.law->moment(degree), 4.5 * se) << c.label;
        }
    }
}

TEST(InitialLaw, CellMassesSumToOneAndMatchTheSamples) {
    // Pearson's statistic over 20^d cells of the support; the cells below 5 expected samples are merged.
    const Index n = 100000;
    for (const Case& c : all_laws()) {
        const int d = c.law->dim();
        if (d > 2) continue;
        constexpr int cells = 20;
        std::vector<double> low, high;
        c.law->support(1e-12, low, high);
        const int total = d == 1 ? cells : cells * cells;
        std::vector<double> expected(static_cast<std::size_t>(total)), seen(static_cast<std::size_t>(total), 0.0);
        const auto edge = [&](int j, int k) {
            const auto a = static_cast<std::size_t>(j);
            return low[a] + (high[a] - low[a]) * k / cells;
        };
        double sum = 0.0;
        for (int q = 0; q < total; ++q) {
            std::array<double, 2> l{}, u{};
            for (int j = 0, digits = q; j < d; ++j, digits /= cells) {
                l[static_cast<std::size_t>(j)] = edge(j, digits % cells);
                u[static_cast<std::size_t>(j)] = edge(j, digits % cells + 1);
            }
            expected[static_cast<std::size_t>(q)] = c.law->mass(l.data(), u.data());
            sum += expected[static_cast<std::size_t>(q)];
        }
        const Block x = draw(*c.law, n, 5);
        for (Index i = 0; i < n; ++i) {
            int q = 0, stride = 1;
            for (int j = 0; j < d; ++j, stride *= cells) {
                const auto a = static_cast<std::size_t>(j);
                const int k = static_cast<int>((x.row(j)[i] - low[a]) / (high[a] - low[a]) * cells);
                q += stride * std::min(std::max(k, 0), cells - 1);
            }
            seen[static_cast<std::size_t>(q)] += 1.0;
        }
        double statistic = 0.0, rest = 0.0, rest_seen = 0.0;
        int degrees = -1;
        for (std::size_t q = 0; q < expected.size(); ++q) {
            const double e = expected[q] * n;
            if (e < 5.0) {
                rest += e;
                rest_seen += seen[q];
                continue;
            }
            statistic += (seen[q] - e) * (seen[q] - e) / e;
            ++degrees;
        }
        if (rest > 5.0) {
            statistic += (rest_seen - rest) * (rest_seen - rest) / rest;
            ++degrees;
        }

        EXPECT_NEAR(sum, 1.0, 1e-11) << c.label;  // support leaves out 1e-12
        // Wilson-Hilferty: 3.7 sd is a false alarm of 1e-4 for each of 8 laws.
        const double z = (std::cbrt(statistic / degrees) - 1.0 + 2.0 / (9.0 * degrees)) / std::sqrt(2.0 / (9.0 * degrees));
        EXPECT_LT(z, 3.7) << c.label;
        EXPECT_GT(z, -3.7) << c.label;
    }
}

TEST(InitialLaw, SamplesDependOnParticleAndSeedOnly) {
    for (const Case& c : all_laws()) {
        const Block whole = draw(*c.law, 100, 3);
        Block part(c.law->dim(), 10);

        c.law->sample(part.rows(), 10, 50, {3, Stream::initial_law, 0});

        for (int j = 0; j < c.law->dim(); ++j)
            for (Index i = 0; i < 10; ++i) EXPECT_EQ(part.row(j)[i], whole.row(j)[50 + i]) << c.label;
        EXPECT_NE(draw(*c.law, 1, 4).row(0)[0], whole.row(0)[0]) << c.label;
    }
}

TEST(InitialLaw, GaussianMassKeepsItsDigitsInTheTails) {
    const auto law = gaussian_law({0.0}, {1.0});
    const double lower = 10.0, upper = 11.0, mirror_lower = -11.0, mirror_upper = -10.0;

    EXPECT_NEAR(law->mass(&lower, &upper) / (7.619853024160526e-24 - 1.910659574498e-28), 1.0, 1e-11);  // Q(10) - Q(11)
    EXPECT_EQ(law->mass(&lower, &upper), law->mass(&mirror_lower, &mirror_upper));
}

TEST(InitialLaw, PointSitsInOneHalfOpenCell) {
    const auto law = point_law({1.0});
    const double edges[3] = {0.0, 1.0, 2.0};

    EXPECT_TRUE(law->is_point());
    EXPECT_EQ(law->mass(&edges[0], &edges[1]), 0.0);
    EXPECT_EQ(law->mass(&edges[1], &edges[2]), 1.0);
    EXPECT_EQ(law->moment({3}), 1.0);
}

TEST(InitialLaw, DensityIsNormalisedAndExactForLinearOnes) {
    // p = x / 2 on [0, 2]: linear, so the lattice represents it exactly.
    const auto law = density_law({0.0}, {2.0}, [](Points x, double* out) {
        for (Index q = 0; q < x.n; ++q) out[q] = 10.0 * x.component(0)[q];
    });
    const double lower = 0.31, upper = 1.27;

    EXPECT_NEAR(law->mass(&lower, &upper), (1.27 * 1.27 - 0.31 * 0.31) / 4.0, 1e-13);
    EXPECT_NEAR(law->mean()[0], 4.0 / 3.0, 1e-12);
    EXPECT_NEAR(law->moment({4}), 32.0 / 6.0, 1e-11);
}

TEST(InitialLaw, SamplesWithoutBandwidthAreAtoms) {
    const auto law = samples_law({{0.0}, {1.0}, {1.0}, {3.0}}, {0.0});
    const double lower = 1.0, upper = 3.0;

    EXPECT_EQ(law->mass(&lower, &upper), 0.5);
    EXPECT_EQ(law->mean()[0], 1.25);
    EXPECT_FALSE(law->is_point());
    EXPECT_NEAR(scott_bandwidth({{0.0}, {2.0}})[0], std::sqrt(2.0) * std::pow(2.0, -0.2), 1e-15);
}

TEST(InitialLaw, RefusesWhatIsNotALaw) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto density = [](double value) {
        return [value](Points x, double* out) { std::fill_n(out, x.n, value); };
    };
    EXPECT_THROW(point_law({}), ConfigError);
    EXPECT_THROW(point_law({nan}), ConfigError);
    EXPECT_THROW(gaussian_law({0.0}, {0.0}), ConfigError);
    EXPECT_THROW(gaussian_law({0.0, 1.0}, {1.0}), ConfigError);
    EXPECT_THROW(uniform_law({1.0}, {1.0}), ConfigError);
    EXPECT_THROW(mixture_law({1.0, -1.0}, {{0.0}, {1.0}}, {{1.0}, {1.0}}), ConfigError);
    EXPECT_THROW(mixture_law({1.0}, {{0.0}, {1.0}}, {{1.0}}), ConfigError);
    EXPECT_THROW(mixture_law({}, {}, {}), ConfigError);
    EXPECT_THROW(density_law({0.0}, {1.0}, density(0.0)), ConfigError);
    EXPECT_THROW(density_law({0.0}, {1.0}, density(-1.0)), ConfigError);
    EXPECT_THROW(density_law({0.0}, {1.0}, density(nan)), ConfigError);
    EXPECT_THROW(density_law({0.0, 0.0, 0.0, 0.0}, {1.0, 1.0, 1.0, 1.0}, density(1.0)), ConfigError);
    EXPECT_THROW(samples_law({}, {0.1}), ConfigError);
    EXPECT_THROW(samples_law({{0.0}, {1.0, 2.0}}, {0.1}), ConfigError);
    EXPECT_THROW(samples_law({{0.0}}, {-0.1}), ConfigError);
}

}  // namespace
}  // namespace dynkin
