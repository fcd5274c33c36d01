// What schemes say, what they refuse, and certificates of their stationary laws.
#include "models.hpp"
#include "observables.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/particle/linear_gaussian_transition.hpp"
#include "solvers/particle/scheme.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace dynkin {
namespace {

using namespace testing_models;

std::string refusal(const std::string& scheme, const Process& process) {
    try {
        make_scheme(scheme, process);
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "";
}

TEST(Schemes, EachStatesOrderNoiseCostAndSource) {
    ASSERT_EQ(scheme_list().size(), 9u);
    for (const SchemeInfo& info : scheme_list()) {
        EXPECT_FALSE(info.noise.empty()) << info.name;
        EXPECT_FALSE(info.source.empty()) << info.name;
        EXPECT_GT(info.strong_order, 0.0) << info.name;
        EXPECT_GE(info.weak_order, 1.0) << info.name;
    }
}

TEST(Schemes, RefuseWhatTheyCannotIntegrateByName) {
    const auto general = make_process(LevyArea{});
    const auto additive = make_process(DoubleWell{});

    EXPECT_EQ(refusal("milstein", *general),
              "scheme 'milstein' cannot integrate general noise of 'levy_area'; schemes that can: euler_maruyama, "
              "tamed_euler, stochastic_heun");
    EXPECT_NE(refusal("baoab", *additive).find("it is not underdamped Langevin dynamics"), std::string::npos);
    EXPECT_NE(refusal("exact", *additive).find("not linear with constant sigma"), std::string::npos);
    EXPECT_NE(refusal("sra2", *additive).find("did you mean 'sra1'?"), std::string::npos);
    EXPECT_EQ(refusal("sriw1", *additive), "");
}

TEST(Schemes, StateTheOrderForTheProcessAtHand) {
    const auto additive = make_process(DoubleWell{});
    const auto diagonal = make_process(Tanh{});
    const auto general = make_process(LevyArea{});

    EXPECT_EQ(make_scheme("euler_maruyama", *additive)->strong_order(), 1.0);
    EXPECT_EQ(make_scheme("euler_maruyama", *diagonal)->strong_order(), 0.5);
    EXPECT_EQ(make_scheme("stochastic_heun", *diagonal)->strong_order(), 1.0);
    EXPECT_EQ(make_scheme("stochastic_heun", *general)->strong_order(), 0.5);
}

// S2 and S1 without sampling: the moments of one step are carried exactly by a Gaussian in, Gaussian out map x' = f x + s dW.
TEST(EulerMaruyama, HasTheStationaryVarianceOfItsRecursion) {
    const double h = 0.2, exact = 1.0 / (2.0 - h);
    const auto process = make_process(OrnsteinUhlenbeck{});
    const auto scheme = make_scheme("euler_maruyama", *process);
    // Image of x = 1 without noise, of x = 0 with dW = 1: the two coefficients of the map.
    Block x(1, 2), dW(1, 2);
    x.row(0)[0] = 1.0;
    dW.row(0)[1] = 1.0;
    Scratch scratch;

    scheme->step(x.rows(), 2, Step{0.0, h, 0, 0, 0}, dW.rows(), scratch);

    const double f = x.row(0)[0], s = x.row(0)[1];
    EXPECT_NEAR(s * s * h / (1.0 - f * f), exact, 1e-14);
    EXPECT_GT(std::abs(0.5 - exact), 0.05);  // the law of the process itself is told apart
}

// The same for BAOAB in two dimensions: C = F C F^T + g g^T h, iterated.
TEST(Baoab, HasTheStationaryCovarianceOfHarmonicLangevin) {
    const double h = 0.5;
    const auto process = make_process(HarmonicLangevin{});
    const auto scheme = make_scheme("baoab", *process);
    Block x(2, 3), dW(1, 3);
    x.row(0)[0] = x.row(1)[1] = dW.row(0)[2] = 1.0;
    Scratch scratch;

    scheme->step(x.rows(), 3, Step{0.0, h, 0, 0, 0}, dW.rows(), scratch);

    const double f[2][2] = {{x.row(0)[0], x.row(0)[1]}, {x.row(1)[0], x.row(1)[1]}}, g[2] = {x.row(0)[2], x.row(1)[2]};
    double c[2][2] = {{0, 0}, {0, 0}};
    for (int it = 0; it < 400; ++it) {
        double next[2][2];
        for (int i = 0; i < 2; ++i)
            for (int j = 0; j < 2; ++j) {
                next[i][j] = g[i] * g[j] * h;
                for (int k = 0; k < 2; ++k)
                    for (int l = 0; l < 2; ++l) next[i][j] += f[i][k] * c[k][l] * f[j][l];
            }
        std::copy(&next[0][0], &next[0][0] + 4, &c[0][0]);
    }
    EXPECT_NEAR(c[0][0], 1.0, 1e-12);
    EXPECT_NEAR(c[1][1], 1.0 - h * h / 4.0, 1e-12);
    EXPECT_NEAR(c[0][1], 0.0, 1e-12);
}

TEST(Exact, LinearTransitionIsThatOfTheOrnsteinUhlenbeckProcess) {
    const LinearProcess linear = read_linear_process(*make_process(OrnsteinUhlenbeck{1.3, 0.7}));
    ASSERT_TRUE(linear.linear);

    for (const double h : {1e-3, 0.4, 50.0}) {
        const GaussianTransition transition = gaussian_transition(linear, h);
        EXPECT_NEAR(transition.M[0], std::exp(-1.3 * h), 1e-14);
        EXPECT_NEAR(transition.L[0] * transition.L[0] / (0.49 * -std::expm1(-2.6 * h) / 2.6), 1.0, 1e-12);
    }
}

TEST(Exact, TransitionsComposeInTwoDimensions) {
    const LinearProcess linear = read_linear_process(*make_process(HarmonicLangevin{}));
    ASSERT_TRUE(linear.linear);
    const GaussianTransition half = gaussian_transition(linear, 0.35), whole = gaussian_transition(linear, 0.7);
    const auto covariance = [](const GaussianTransition& g, int i, int j) {
        return g.L[static_cast<std::size_t>(2 * i)] * g.L[static_cast<std::size_t>(2 * j)] +
               g.L[static_cast<std::size_t>(2 * i + 1)] * g.L[static_cast<std::size_t>(2 * j + 1)];
    };

    for (int i = 0; i < 2; ++i)
        for (int j = 0; j < 2; ++j) {
            double m = 0.0, c = covariance(half, i, j);
            for (int k = 0; k < 2; ++k) {
                m += half.M[static_cast<std::size_t>(2 * i + k)] * half.M[static_cast<std::size_t>(2 * k + j)];
                for (int l = 0; l < 2; ++l)
                    c += half.M[static_cast<std::size_t>(2 * i + k)] * covariance(half, k, l) *
                         half.M[static_cast<std::size_t>(2 * j + l)];
            }
            EXPECT_NEAR(whole.M[static_cast<std::size_t>(2 * i + j)], m, 1e-14);
            EXPECT_NEAR(covariance(whole, i, j), c, 1e-14);
        }
    // The equilibrium has unit covariance.
    EXPECT_NEAR(covariance(gaussian_transition(linear, 100.0), 0, 0), 1.0, 1e-12);
    EXPECT_NEAR(covariance(gaussian_transition(linear, 100.0), 1, 1), 1.0, 1e-12);
}

TEST(Exact, EnsembleHasTheTransitionLaw) {
    const auto process = make_process(OrnsteinUhlenbeck{});
    const ParticleProblem problem{process, "exact", make_time_grid(0.0, 2.0, 1.0, 5), {}, 3};

    const EnsembleResult result = simulate(problem, *point_law({1.0}), 1 << 17, {power(1, 0, 1), power(1, 0, 2)});

    // Outputs at 0, 0.5 (between steps), 1, 1.5, 2; 8 comparisons at 4 SE.
    for (const EnsembleRow& row : result.rows) {
        const double m = std::exp(-row.time), v = -0.5 * std::expm1(-2.0 * row.time);
        EXPECT_NEAR(row.mean[0], m, 4 * row.standard_error[0] + 1e-15) << row.time;
        EXPECT_NEAR(row.mean[1], v + m * m, 4 * row.standard_error[1] + 1e-15) << row.time;
    }
}

TEST(TamedEuler, StaysFiniteWhereEulerDoesNot) {
    const auto process = make_process(DoubleWell{});
    ParticleProblem problem{process, "tamed_euler", make_time_grid(0.0, 10.0, 0.5, 2), {}, 3};

    const EnsembleResult result = simulate(problem, *point_law({6.0}), 4096, {power(1, 0, 2)});
    EXPECT_LT(result.rows[1].mean[0], 3.0);

    problem.scheme = "euler_maruyama";
    EXPECT_THROW(simulate(problem, *point_law({6.0}), 4096, {}), NumericsError);
}

}  // namespace
}  // namespace dynkin
