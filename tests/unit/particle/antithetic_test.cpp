// Pairs of particles on increments of opposite sign: their laws, and standard errors that count pairs.
#include "models.hpp"
#include "observables.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/particle/first_passage.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace dynkin {
namespace {

using namespace testing_models;

/// { x >= a } in one dimension.
class Beyond final : public LevelSet {
public:
    explicit Beyond(double a) : a_(a) {}
    int dim() const override { return 1; }
    std::string name() const override { return "x >= a"; }
    void level(Points x, double* out) const override {
        for (Index q = 0; q < x.n; ++q) out[q] = x.component(0)[q] - a_;
    }
    void gradient(Points x, Rows out) const override { std::fill_n(out.row(0), x.n, 1.0); }

private:
    double a_;
};

ParticleProblem pairs(std::shared_ptr<const Process> process, const char* scheme, std::uint64_t seed) {
    return {std::move(process),
            scheme,
            make_time_grid(0.0, 1.0, 0.125, std::vector<double>{0.55, 1.0}),
            {},
            seed,
            NormalPrecision::double_precision,
            true};
}

TEST(Antithetic, PairsOfBrownianMotionCancelOrRepeatEachOther) {
    const std::uint64_t n = 1 << 14;

    const EnsembleResult result = simulate(pairs(make_process(Brownian{}), "euler_maruyama", 3), *point_law({0.0}), n,
                                           {power(1, 0, 1), power(1, 0, 2)});

    for (const EnsembleRow& row : result.rows) {
        EXPECT_EQ(row.n, static_cast<double>(n));
        EXPECT_EQ(row.n_independent, static_cast<double>(n) / 2);
        // W and -W: the mean of each pair is zero but for rounding, although each has variance t.
        EXPECT_NEAR(row.mean[0], 0.0, 1e-15);
        EXPECT_LT(row.standard_error[0], 1e-15);
        // Relative error of a variance estimated from n / 2 Gaussian samples: 2 / sqrt(n) of variance, half of it of
        // sd.
        EXPECT_NEAR(row.sd[0], std::sqrt(row.time), 4.0 / std::sqrt(static_cast<double>(n)) * std::sqrt(row.time));
        // W^2 twice: the error of n / 2 particles. Its own relative error: sqrt(kurtosis of W^2 = 14) / sqrt(n / 2)
        // / 2.
        const double exact = row.time * std::sqrt(2.0 / row.n_independent);
        EXPECT_NEAR(row.standard_error[1], exact, 4.5 * std::sqrt(14.0 / row.n_independent) / 2.0 * exact);
        EXPECT_NEAR(row.mean[1], row.time, 4.5 * exact);
        EXPECT_NEAR(row.covariance[3], row.n * row.standard_error[1] * row.standard_error[1], 1e-12);
    }
}

/// Squared deviations of an estimate over squared standard errors, averaged over seeds: 1 when the errors are right.
class Calibration {
public:
    void add(double estimate, double exact, double standard_error) {
        sum_ += std::pow((estimate - exact) / standard_error, 2);
        ++n_;
    }
    double ratio() const { return sum_ / n_; }
    double tolerance() const { return 4.5 * std::sqrt(2.0 / n_); }  // of a mean of n chi^2

private:
    double sum_ = 0.0;
    int n_ = 0;
};

// The reference is the mean over all seeds: that takes 1 / n_seeds off the ratio.
TEST(Antithetic, StandardErrorsAreThoseOfTheSpreadOverSeeds) {
    const auto process = make_process(DoubleWell{});
    const auto law = gaussian_law({-0.5}, {0.4});
    constexpr int n_seeds = 400;
    constexpr std::uint64_t n = 512;
    std::vector<EnsembleRow> rows;
    std::array<double, 3> mean{};
    for (int seed = 0; seed < n_seeds; ++seed) {
        rows.push_back(simulate(pairs(process, "euler_maruyama", 1000u + static_cast<unsigned>(seed)), *law, n,
                                {power(1, 0, 1), power(1, 0, 2), power(1, 0, 4)})
                           .rows[0]);
        for (std::size_t k = 0; k < 3; ++k) mean[k] += rows.back().mean[k] / n_seeds;
    }

    std::array<Calibration, 3> right, of_particles;  // the mutant: errors as if all particles were independent
    for (const EnsembleRow& row : rows)
        for (std::size_t k = 0; k < 3; ++k) {
            right[k].add(row.mean[k], mean[k], row.standard_error[k]);
            of_particles[k].add(row.mean[k], mean[k], row.sd[k] / std::sqrt(row.n));
        }

    for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(right[k].ratio(), 1.0, right[k].tolerance()) << k;
    EXPECT_LT(of_particles[0].ratio(), 1.0 - 1.2 * of_particles[0].tolerance());
}

TEST(Antithetic, FirstPassagesCountPairs) {
    const auto process = make_process(Brownian{});
    const auto law = point_law({0.0});
    const Beyond set(0.3);
    constexpr int n_seeds = 2000;
    std::vector<FirstPassageResult> results;
    double mean = 0.0;
    for (int seed = 0; seed < n_seeds; ++seed) {
        const ParticleProblem problem = pairs(process, "euler_maruyama", 10u + static_cast<unsigned>(seed));
        results.push_back(run_first_passage({.problem = problem, .initial = *law, .set = set, .n_particles = 256}));
        mean += results.back().survival[1] / n_seeds;
    }
    Calibration right, of_particles;
    for (const FirstPassageResult& r : results) {
        right.add(r.survival[1], mean, r.survival_standard_error[1]);
        of_particles.add(r.survival[1], mean, std::sqrt(r.survival[1] * (1.0 - r.survival[1]) / r.n));
    }

    EXPECT_EQ(results[0].n, 256.0);
    EXPECT_EQ(results[0].n_independent, 128.0);
    EXPECT_NEAR(mean, std::erf(0.3 / std::sqrt(2.0)), 4.5 * results[0].survival_standard_error[1] / std::sqrt(n_seeds));
    EXPECT_NEAR(right.ratio(), 1.0, right.tolerance());
    EXPECT_LT(of_particles.ratio(), 1.0 - 1.2 * of_particles.tolerance());
}

TEST(Antithetic, IsRefusedWhereItHasNoMeaning) {
    const auto brownian = make_process(Brownian{});
    EXPECT_THROW(SdePropagator(pairs(brownian, "exact", 1)), ConfigError);
    EXPECT_THROW(simulate(pairs(brownian, "euler_maruyama", 1), *point_law({0.0}), 101, {}), ConfigError);
    ParticleProblem single = pairs(brownian, "exact", 1);
    single.antithetic = false;
    single.normals = NormalPrecision::single_precision;
    EXPECT_THROW(SdePropagator{single}, ConfigError);
}

}  // namespace
}  // namespace dynkin
