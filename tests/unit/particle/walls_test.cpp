#include "models.hpp"
#include "observables.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/particle/stepper.hpp"
#include "solvers/particle/walls.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace dynkin {
namespace {

using namespace testing_models;
constexpr double infinity = std::numeric_limits<double>::infinity();

// D8: P(max of W on [0, 1] >= 1), by an absorbing wall at 1.
TEST(AbsorbingWall, BridgeFindsTheMaximumOfBrownianMotion) {
    const auto process = make_process(Brownian{});
    const double exact = 0.317310507863;
    ParticleProblem problem{process, "euler_maruyama", make_time_grid(0.0, 1.0, 0.01, 1), {}, 4};
    problem.domain = {{-infinity, 1.0, Boundary::open, Boundary::absorbing}};

    const EnsembleResult result = simulate(problem, *point_law({0.0}), 1 << 17, {});

    const double se = std::sqrt(exact * (1 - exact) / result.rows[0].n);
    EXPECT_NEAR(1.0 - result.rows[0].survival, exact, 4 * se);
    EXPECT_EQ(result.rows[0].mass, result.rows[0].survival);
}

// The mutant: looking at grid times only misses a tenth of the passages, and the same gate sees it.
TEST(AbsorbingWall, GridTimesAloneMissPassages) {
    const auto process = make_process(Brownian{});
    const double exact = 0.317310507863;
    const ParticleProblem problem{process, "euler_maruyama", make_time_grid(0.0, 1.0, 0.01, 101), {}, 4};
    const SdePropagator propagator(problem);
    const auto law = point_law({0.0});
    const std::size_t n = 1 << 16;
    std::vector<char> passed(n, 0);
    EnsembleSpec spec{.propagator = propagator, .initial = *law};
    spec.outputs = problem.grid.outputs;
    spec.n_particles = n;
    spec.visit = [&](int, const BlockState& state) {
        for (Index q = 0; q < state.n; ++q)
            if (state.x.row(0)[q] >= 1.0) passed[static_cast<std::size_t>(state.first_particle) + static_cast<std::size_t>(q)] = 1;
    };

    run_ensemble(spec);

    double share = 0.0;
    for (const char p : passed) share += p / static_cast<double>(n);
    const double se = std::sqrt(exact * (1 - exact) / static_cast<double>(n));
    EXPECT_GT(std::abs(share - exact), 4 * se);
    EXPECT_NEAR(share, 0.28994, 4 * se);
}

// C6: absorbed on both sides, D = 1.
TEST(AbsorbingWall, SurvivalBetweenTwoWalls) {
    const auto process = make_process(Brownian{0.0, std::sqrt(2.0)});
    ParticleProblem problem{process, "euler_maruyama", make_time_grid(0.0, 0.05, 0.001, 1), {}, 5};
    problem.domain = {{0.0, 1.0, Boundary::absorbing, Boundary::absorbing}};
    const double exact = 0.63040107114;

    const EnsembleResult result = simulate(problem, *point_law({0.3}), 1 << 17, {});

    EXPECT_NEAR(result.rows[0].survival, exact, 4 * std::sqrt(exact * (1 - exact) / result.rows[0].n));
}

TEST(AbsorbingWall, AbsorbedParticlesStayOnTheWall) {
    const auto process = make_process(Brownian{});
    ParticleProblem problem{process, "euler_maruyama", make_time_grid(0.0, 1.0, 0.1, 3), {}, 6};
    problem.domain = {{-0.5, infinity, Boundary::absorbing, Boundary::open}};
    const SdePropagator propagator(problem);
    const auto worker = propagator.worker();
    BlockState state;
    reset(state, 1, 256, 0);

    std::vector<double> before(256, 1.0);
    int absorbed = 0;
    for (int output = 0; output < 3; ++output) {
        const BlockState& now = worker->advance(state, output);
        for (Index q = 0; q < 256; ++q) {
            const double alive = now.alive.row(0)[q];
            EXPECT_LE(alive, before[static_cast<std::size_t>(q)]);
            before[static_cast<std::size_t>(q)] = alive;
            if (alive == 0.0) {
                EXPECT_EQ(now.x.row(0)[q], -0.5);
                ++absorbed;
            } else {
                EXPECT_GT(now.x.row(0)[q], -0.5);
            }
        }
    }
    EXPECT_GT(absorbed, 50);
}

// C5: the density of reflected Brownian motion, D = 1, as cell masses. For constant coefficients one wall is exact at
// any step, two are up to the chance to meet both in one step.
double reflected_mass(double x0, double t, double a, double b) {
    double mass = b - a;
    for (int k = 1; k < 60; ++k)
        mass += 2.0 * std::cos(k * M_PI * x0) * std::exp(-k * k * M_PI * M_PI * t) *
                (std::sin(k * M_PI * b) - std::sin(k * M_PI * a)) / (k * M_PI);
    return mass;
}

TEST(ReflectingWall, HasTheDensityOfReflectedBrownianMotion) {
    const auto process = make_process(Brownian{0.0, std::sqrt(2.0)});
    ParticleProblem problem{process, "euler_maruyama", make_time_grid(0.0, 0.05, 0.001, 1), {}, 7};
    problem.domain = {{0.0, 1.0, Boundary::reflecting, Boundary::reflecting}};
    const SdePropagator propagator(problem);
    const auto law = point_law({0.2});
    EnsembleSpec spec{.propagator = propagator, .initial = *law};
    spec.outputs = problem.grid.outputs;
    spec.n_particles = 1 << 18;
    spec.faces = {{0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0}};

    const EnsembleRow row = run_ensemble(spec).rows[0];

    EXPECT_NEAR(reflected_mass(0.2, 0.05, 0.4999, 0.5001) / 0.0002, 0.913545758867, 1e-6);  // CASES C5
    EXPECT_EQ(row.outside, 0.0);
    for (std::size_t i = 0; i < 10; ++i) {
        const double p = reflected_mass(0.2, 0.05, spec.faces[0][i], spec.faces[0][i + 1]);
        EXPECT_NEAR(row.histogram[i] / row.n, p, 4 * std::sqrt(p * (1 - p) / row.n)) << "cell " << i;
        // A wall half a cell of 0.1 away would be seen.
        const double moved = reflected_mass((0.2 + 0.05) / 1.05, 0.05 / (1.05 * 1.05), (spec.faces[0][i] + 0.05) / 1.05,
                                            (spec.faces[0][i + 1] + 0.05) / 1.05);
        if (i == 0) { EXPECT_GT(std::abs(moved - p), 8 * std::sqrt(p * (1 - p) / row.n)); }
    }
}

TEST(Walls, FoldAndWrapAsOftenAsNeeded) {
    const auto process = make_process(Brownian{});
    BlockState state;
    reset(state, 1, 6, 0);
    const double start[6] = {0.25, -0.25, 1.25, 2.25, 3.5, -7.75};
    Block push(1, 6);
    std::copy(start, start + 6, state.x.row(0));

    Walls(*process, {{0.0, 1.0, Boundary::reflecting, Boundary::reflecting}}).confine(state, push.rows());
    const double folded[6] = {0.25, 0.25, 0.75, 0.25, 0.5, 0.25};
    for (Index q = 0; q < 6; ++q) {
        EXPECT_EQ(state.x.row(0)[q], folded[q]);
        EXPECT_EQ(push.row(0)[q], folded[q] - start[q]);
    }

    std::copy(start, start + 6, state.x.row(0));
    Walls(*process, {{0.0, 1.0, Boundary::periodic, Boundary::periodic}}).confine(state, push.rows());
    const double wrapped[6] = {0.25, 0.75, 0.25, 0.25, 0.5, 0.25};
    for (Index q = 0; q < 6; ++q) {
        EXPECT_EQ(state.x.row(0)[q], wrapped[q]);
        EXPECT_EQ(push.row(0)[q], 0.0);
    }
}

TEST(Walls, RefuseADomainThatDoesNotFit) {
    const auto process = make_process(Brownian{});
    const auto attempt = [&](Domain domain) {
        SdePropagator({process, "euler_maruyama", make_time_grid(0.0, 1.0, 0.1, 1), std::move(domain), 0});
    };
    EXPECT_THROW(attempt({{}, {}}), ConfigError);
    EXPECT_THROW(attempt({{1.0, 0.0, Boundary::open, Boundary::open}}), ConfigError);
    EXPECT_THROW(attempt({{0.0, 1.0, Boundary::periodic, Boundary::open}}), ConfigError);
    EXPECT_THROW(attempt({{-infinity, 1.0, Boundary::absorbing, Boundary::open}}), ConfigError);
}

// B7: E exp(-1/2 int W^2) = 1 / sqrt(cosh t); the trapezoidal rule in the logarithm has an error of order h^2 (here 2e-5).
TEST(Killing, CameronMartin) {
    const auto process = make_process(KilledBrownian{});
    const ParticleProblem problem{process, "euler_maruyama", make_time_grid(0.0, 1.0, 0.01, 1), {}, 8};

    const EnsembleResult result = simulate(problem, *point_law({0.0}), 1 << 17, {power(1, 0, 0)});

    const EnsembleRow& row = result.rows[0];
    EXPECT_NEAR(row.mass, 0.805018182195, 4 * row.mass_standard_error + 2e-5);
    EXPECT_EQ(row.mass, row.mean[0]);
    EXPECT_EQ(row.survival, 1.0);
}

}  // namespace
}  // namespace dynkin
