#include "solvers/particle/ensemble.hpp"

#include "models.hpp"
#include "observables.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/particle/moments.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <string>

namespace dynkin {
namespace {

using namespace testing_models;

std::uint64_t add_bits(std::uint64_t hash, double value) {
    return (hash ^ std::bit_cast<std::uint64_t>(value)) * 1099511628211ull;
}

/// Statistics, histogram and final particles in one number.
std::uint64_t bits_of(const ParticleProblem& problem, int threads, Index block, std::uint64_t n) {
    const SdePropagator propagator(problem);
    const auto law = gaussian_law({-0.5}, {0.4});
    EnsembleSpec spec{.propagator = propagator, .initial = *law};
    spec.outputs = problem.grid.outputs;
    spec.n_particles = n;
    spec.seed = problem.seed;
    spec.n_threads = threads;
    spec.block_size = block;
    spec.test_functions = {power(1, 0, 1), power(1, 0, 2), power(1, 0, 3)};
    spec.faces = {{-2.0, -1.0, 0.0, 0.5, 2.0}};
    const int last = static_cast<int>(problem.grid.outputs.size()) - 1;
    std::vector<double> final_x(n);
    spec.visit = [&](int output, const BlockState& state) {
        if (output == last) std::copy_n(state.x.row(0), state.n, final_x.begin() + static_cast<std::ptrdiff_t>(state.first_particle));
    };
    const EnsembleRow row = run_ensemble(spec).rows.back();
    std::uint64_t hash = 14695981039346656037ull;
    for (const auto& values : {row.mean, row.covariance, row.standard_error, row.histogram, final_x})
        for (const double value : values) hash = add_bits(hash, value);
    return add_bits(add_bits(hash, row.mass), row.survival);
}

TEST(Ensemble, SameBitsForAnyThreadsAndBlocks) {
    const auto process = make_process(DoubleWell{});
    ParticleProblem problem{process, "euler_maruyama", make_time_grid(0.0, 1.0, 0.05, 3), {}, 21};
    problem.domain = {{-1.5, 2.0, Boundary::absorbing, Boundary::reflecting}};
    const std::uint64_t n = 10007;  // neither a multiple of blocks nor of leaves

    const std::uint64_t reference = bits_of(problem, 1, 512, n);
    for (const Index block : {128, 256, 384, 1024, 2048, 4096}) EXPECT_EQ(bits_of(problem, 1, block, n), reference) << block;
    for (const int threads : {2, 5}) EXPECT_EQ(bits_of(problem, threads, 256, n), reference) << threads;
    problem.seed = 22;
    EXPECT_NE(bits_of(problem, 1, 512, n), reference);
}

TEST(Ensemble, SameBitsForAnySetOfOutputs) {
    const auto process = make_process(SineNoise{});
    for (const char* scheme : {"euler_maruyama", "milstein", "sriw1"}) {
        // 11 outputs fall between the 7 steps, 3 outputs do so once; the times 0, 0.5 and 1 are common.
        ParticleProblem three{process, scheme, make_time_grid(0.0, 1.0, 1.0 / 7.0, 3), {}, 5};
        ParticleProblem eleven{process, scheme, make_time_grid(0.0, 1.0, 1.0 / 7.0, 11), {}, 5};
        const EnsembleResult a = simulate(three, *point_law({0.3}), 3000, {power(1, 0, 1), power(1, 0, 2)});
        const EnsembleResult b = simulate(eleven, *point_law({0.3}), 3000, {power(1, 0, 1), power(1, 0, 2)});

        for (const std::size_t k : {0u, 1u, 2u}) {
            ASSERT_EQ(a.rows[k].time, b.rows[5 * k].time);
            EXPECT_EQ(a.rows[k].mean, b.rows[5 * k].mean) << scheme;
            EXPECT_EQ(a.rows[k].covariance, b.rows[5 * k].covariance) << scheme;
        }
    }
}

// S5 through the whole machinery: Var W(t) = t at every output, on the grid of steps or not.
TEST(Ensemble, OutputsBetweenStepsHaveTheVarianceOfBrownianMotion) {
    const auto process = make_process(Brownian{});
    for (const char* scheme : {"euler_maruyama", "sra1"}) {
        const ParticleProblem problem{process, scheme, make_time_grid(0.0, 1.0, 0.5, std::vector<double>{0.1, 0.25, 0.5, 0.8, 1.0}), {}, 9};

        const EnsembleResult result = simulate(problem, *point_law({0.0}), 1 << 17, {power(1, 0, 2)});

        for (const EnsembleRow& row : result.rows) {
            EXPECT_NEAR(row.mean[0], row.time, 4 * row.standard_error[0]) << scheme << " t = " << row.time;
            EXPECT_NEAR(row.standard_error[0], row.time * std::sqrt(2.0 / row.n), 0.02 * row.time * std::sqrt(2.0 / row.n));
        }
        // The mutant, linear interpolation, has theta^2 h = 0.125 at 0.25.
        EXPECT_GT(std::abs(result.rows[1].mean[0] - 0.125), 100 * result.rows[1].standard_error[0]);
    }
}

TEST(Moments, MergeEqualsOnePassOverAll) {
    const Index n = 300;
    Block y(2, n);
    for (Index q = 0; q < n; ++q) {
        y.row(0)[q] = 1e8 + std::sin(static_cast<double>(q));
        y.row(1)[q] = std::cos(static_cast<double>(q)) + 0.5 * std::sin(static_cast<double>(q));
    }
    MomentTree tree;
    for (const Index leaf : {2, 0, 1})
        tree.add(0, static_cast<std::uint64_t>(leaf),
                 {Moments::of({y.row(0) + leaf * leaf_size, y.stride()}, 2, std::min(leaf_size, n - leaf * leaf_size))});

    const Moments all = tree.total()[0];

    long double mean[2] = {0, 0}, c01 = 0, c00 = 0;
    for (Index q = 0; q < n; ++q)
        for (int k = 0; k < 2; ++k) mean[k] += static_cast<long double>(y.row(k)[q]) / n;
    for (Index q = 0; q < n; ++q) {
        c00 += (y.row(0)[q] - mean[0]) * (y.row(0)[q] - mean[0]) / (n - 1);
        c01 += (y.row(0)[q] - mean[0]) * (y.row(1)[q] - mean[1]) / (n - 1);
    }
    EXPECT_EQ(all.n, 300.0);
    EXPECT_NEAR(all.mean[0], static_cast<double>(mean[0]), 1e-7);
    // Numbers near 1e8 carry 1.5e-8 of round-off each; a sum of squares would have lost everything.
    EXPECT_NEAR(all.covariance(0, 0), static_cast<double>(c00), 1e-7);
    EXPECT_NEAR(all.covariance(0, 1), static_cast<double>(c01), 1e-7);
    EXPECT_EQ(all.covariance(0, 1), all.covariance(1, 0));
}

TEST(Ensemble, HistogramHoldsEveryParticleAndBothKindsOfAxes) {
    const auto process = make_process(HarmonicLangevin{});
    const ParticleProblem problem{process, "baoab", make_time_grid(0.0, 0.1, 0.1, 1), {}, 2};
    const SdePropagator propagator(problem);
    const auto law = uniform_law({0.0, 0.0}, {1.0, 1.0});
    EnsembleSpec spec{.propagator = propagator, .initial = *law};
    spec.dim = 2;
    spec.outputs = {0.1};
    spec.n_particles = 5000;
    spec.faces = {{-1.0, 0.5, 1.0, 1.5}, {-1.0, 0.0, 0.1, 1.0}};
    std::vector<double> expected(9, 0.0);
    double outside = 0.0;
    spec.visit = [&](int, const BlockState& state) {
        for (Index q = 0; q < state.n; ++q) {
            const double x = state.x.row(0)[q], y = state.x.row(1)[q];
            const int i = x < -1.0 || x > 1.5 ? -1 : x < 0.5 ? 0 : x < 1.0 ? 1 : 2;
            const int j = y < -1.0 || y > 1.0 ? -1 : y < 0.0 ? 0 : y < 0.1 ? 1 : 2;
            (i < 0 || j < 0 ? outside : expected[static_cast<std::size_t>(i + 3 * j)]) += 1.0;
        }
    };

    const EnsembleRow row = run_ensemble(spec).rows[0];

    EXPECT_EQ(row.histogram, expected);
    EXPECT_EQ(row.outside, outside);
    EXPECT_GT(outside, 0.0);
}

TEST(Ensemble, NonFiniteParticleStopsTheRunWithAdvice) {
    const auto process = make_process(DoubleWell{});
    const ParticleProblem problem{process, "euler_maruyama", make_time_grid(0.0, 4.0, 0.2, 2), {}, 1};
    const auto law = point_law({8.0});

    std::string message;
    try {
        simulate(problem, *law, 2000, {});
    } catch (const NumericsError& error) {
        message = error.what();
    }

    EXPECT_EQ(message.find("double_well with euler_maruyama: non-finite particle 0 at t = "), 0u) << message;
    EXPECT_NE(message.find("; reduce dt (now 0.2) or use tamed_euler"), std::string::npos) << message;
}

TEST(Ensemble, StopsWhenAsked) {
    const auto process = make_process(Brownian{});
    const ParticleProblem problem{process, "euler_maruyama", make_time_grid(0.0, 1.0, 0.1, 2), {}, 1};
    const SdePropagator propagator(problem);
    const auto law = point_law({0.0});
    std::atomic<bool> stop{false};
    EnsembleSpec spec{.propagator = propagator, .initial = *law};
    spec.outputs = problem.grid.outputs;
    spec.n_particles = 100000;
    spec.stop = &stop;
    std::uint64_t done = 0;
    spec.progress = [&](std::uint64_t n) {
        done = n;
        if (n >= 5000) stop = true;
    };

    EXPECT_THROW(run_ensemble(spec), Interrupted);
    EXPECT_LT(done, 10000u);
}

TEST(Ensemble, RefusesWhatDoesNotFitTogether) {
    const auto process = make_process(Brownian{});
    const SdePropagator propagator({process, "euler_maruyama", make_time_grid(0.0, 1.0, 0.1, 1), {}, 1});
    const auto law = point_law({0.0}), plane = point_law({0.0, 0.0});
    EnsembleSpec spec{.propagator = propagator, .initial = *law};
    spec.outputs = {1.0};
    spec.n_particles = 10;
    EXPECT_NO_THROW(run_ensemble(spec));

    EnsembleSpec wrong_block = spec;
    wrong_block.block_size = 100;
    EXPECT_THROW(run_ensemble(wrong_block), ConfigError);
    EnsembleSpec wrong_function = spec;
    wrong_function.test_functions = {power(2, 0, 1)};
    EXPECT_THROW(run_ensemble(wrong_function), ConfigError);
    EnsembleSpec wrong_faces = spec;
    wrong_faces.faces = {{1.0, 0.0}};
    EXPECT_THROW(run_ensemble(wrong_faces), ConfigError);
    EnsembleSpec wrong_law{.propagator = propagator, .initial = *plane};
    wrong_law.outputs = {1.0};
    EXPECT_THROW(run_ensemble(wrong_law), ConfigError);
}

}  // namespace
}  // namespace dynkin
