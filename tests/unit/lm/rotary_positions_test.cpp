#include "models/lm/rotary_positions.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "solvers/core/errors.hpp"

namespace {

using namespace dynkin::lm;
using dynkin::ConfigError;

constexpr std::int64_t d = 16;

PositionSpec spec_of(const std::string& name) {
    PositionSpec spec{.scheme = position_scheme_of(name)};
    if (name == "leaky_rerope" || name == "rerope" || name == "inv_leaky" || name == "sliding_window") spec.window = 5;
    if (name == "interpolation" || name == "ntk_fixed" || name == "ntk_mixed" || name == "leaky_rerope")
        spec.factor = 8;
    if (name == "inv_leaky") spec.expansion = 8;
    return spec;
}

std::vector<double> random_head(std::mt19937& engine) {
    std::normal_distribution<double> normal;
    std::vector<double> head(d);
    for (double& x : head) x = normal(engine);
    return head;
}

std::vector<double> rotated(const RotaryPositions& positions, std::vector<double> head, double position,
                            RotaryPairing pairing) {
    const auto table = positions.rotations<double>(std::vector<double>{position});
    rotate(head.data(), table.cos_at(0), table.sin_at(0), d / 2, pairing);
    return head;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

// (R(a) q) . (R(b) k) with the angles that query and key get: what attention computes.
double score(const RotaryPositions& positions, const std::vector<double>& q, const std::vector<double>& k,
             std::int64_t i, std::int64_t j, RotaryPairing pairing) {
    const bool far = positions.has_far() && std::abs(i - j) >= positions.window();
    const double a = far ? positions.far_query(i, j > i) : double(i), b = far ? positions.far_key(j) : double(j);
    return dot(rotated(positions, q, a, pairing), rotated(positions, k, b, pairing));
}

TEST(RotaryPositions, FrequenciesOfAllSchemes) {
    const auto theta = [](const std::string& name, int m) {
        return RotaryPositions(spec_of(name), d, 10000.0).frequencies()[std::size_t(m - 1)];
    };
    // 10000^(-(m-1)/8): m = 1 is 1 and m = 5 is 1/100; d/2 = 8.
    for (const char* name : {"rope", "leaky_rerope", "rerope", "inv_leaky", "sliding_window"}) {
        EXPECT_DOUBLE_EQ(theta(name, 1), 1.0) << name;
        EXPECT_DOUBLE_EQ(theta(name, 5), 0.01) << name;
    }
    EXPECT_DOUBLE_EQ(theta("interpolation", 5), 0.01 / 8);
    // The slowest pair is slowed by k in full, the fastest by k^(1/8).
    EXPECT_NEAR(theta("ntk_fixed", 1), std::pow(8.0, -1.0 / 8), 1e-15);
    EXPECT_NEAR(theta("ntk_fixed", 8) / theta("rope", 8), 1.0 / 8, 1e-15);
    EXPECT_NEAR(theta("ntk_mixed", 8) / theta("rope", 8), 1.0 / 8, 1e-15);
    const double a = std::log(8.0) / std::pow(8.0, 0.625);
    EXPECT_NEAR(theta("ntk_mixed", 3) / theta("rope", 3), std::exp(-a * std::pow(3.0, 0.625)), 1e-15);

    PositionSpec larger = spec_of("inv_leaky");
    larger.base_factor = 8;
    EXPECT_DOUBLE_EQ(RotaryPositions(larger, d, 10000.0).frequencies()[4], std::pow(80000.0, -0.5));
}

TEST(RotaryPositions, DistancesBeyondTheWindow) {
    const RotaryPositions leaky(spec_of("leaky_rerope"), d, 10000.0), rerope(spec_of("rerope"), d, 10000.0);
    const RotaryPositions trained(spec_of("inv_leaky"), d, 10000.0, Phase::training);
    const RotaryPositions run(spec_of("inv_leaky"), d, 10000.0, Phase::inference);
    EXPECT_DOUBLE_EQ(leaky.distance(4), 4);
    EXPECT_DOUBLE_EQ(leaky.distance(5), 5);
    EXPECT_DOUBLE_EQ(leaky.distance(13), 5 + 8.0 / 8);
    EXPECT_DOUBLE_EQ(leaky.distance(-13), -6);
    EXPECT_DOUBLE_EQ(rerope.distance(4), 4);
    EXPECT_DOUBLE_EQ(rerope.distance(1000), 5);
    EXPECT_DOUBLE_EQ(trained.distance(7), 5 + 2 * 16);
    EXPECT_DOUBLE_EQ(run.distance(7), 7);
    EXPECT_FALSE(run.has_far());
}

// Rounding of 16 products of order one at angles up to 64 * 16: 1e-11 is 10 times more.
TEST(RotaryPositions, AScoreDependsOnTheDistanceOnly) {
    std::mt19937 engine(3);
    for (const auto pairing : {RotaryPairing::adjacent, RotaryPairing::halves}) {
        for (const char* name : {"rope", "interpolation", "ntk_fixed", "ntk_mixed", "leaky_rerope", "rerope"}) {
            const RotaryPositions positions(spec_of(name), d, 10000.0);
            const auto q = random_head(engine), k = random_head(engine);
            for (std::int64_t i = 0; i < 32; i += 3) {
                for (std::int64_t j = 0; j < 32; j += 2) {
                    const double expected = dot(rotated(positions, q, positions.distance(i - j), pairing), k);
                    EXPECT_NEAR(score(positions, q, k, i, j, pairing), expected, 1e-11) << name << " " << i << " " << j;
                }
            }
        }
        // Mutant: the query is not shifted by w (1 - step).
        const RotaryPositions positions(spec_of("rerope"), d, 10000.0);
        const auto q = random_head(engine), k = random_head(engine);
        const double wrong = dot(rotated(positions, q, positions.far_step() * 20, pairing), k);
        EXPECT_GT(std::abs(wrong - dot(rotated(positions, q, positions.distance(20), pairing), k)), 1e-3);
    }
}

TEST(RotaryPositions, TurningBackIsTheTranspose) {
    std::mt19937 engine(4);
    const RotaryPositions positions(PositionSpec{}, d, 10000.0);
    const auto table = positions.rotations<double>(std::vector<double>{7.0});
    for (const auto pairing : {RotaryPairing::adjacent, RotaryPairing::halves}) {
        const auto x = random_head(engine);
        auto y = x;
        rotate(y.data(), table.cos_at(0), table.sin_at(0), d / 2, pairing);
        rotate(y.data(), table.cos_at(0), table.sin_at(0), d / 2, pairing, -1.0);
        for (std::size_t c = 0; c < d; ++c) EXPECT_NEAR(y[c], x[c], 1e-14);
    }
}

TEST(RotaryPositions, KeysSeen) {
    const RotaryPositions all(PositionSpec{}, d, 10000.0), window(spec_of("sliding_window"), d, 10000.0);
    EXPECT_EQ(all.first_seen(9, Attention::causal), 0);
    EXPECT_EQ(all.last_seen(9, 20, Attention::causal), 10);
    EXPECT_EQ(all.last_seen(9, 20, Attention::bidirectional), 20);
    EXPECT_EQ(window.first_seen(9, Attention::causal), 5);
    EXPECT_EQ(window.first_seen(2, Attention::causal), 0);
    EXPECT_EQ(window.last_seen(9, 20, Attention::bidirectional), 14);
    EXPECT_EQ(window.last_seen(18, 20, Attention::bidirectional), 20);
}

TEST(RotaryPositions, ScoreFactors) {
    PositionSpec spec;
    EXPECT_EQ(RotaryPositions(spec, d, 10000.0).score_factor(100), 1.0);

    spec.scale = AttentionScale::log_n;
    spec.training_length = 64;
    const RotaryPositions log_n(spec, d, 10000.0);
    EXPECT_DOUBLE_EQ(log_n.score_factor(8), 0.5);
    EXPECT_DOUBLE_EQ(log_n.score_factor(4096), 2.0);
    EXPECT_EQ(log_n.score_factor(1), 0.0);

    spec.scale = AttentionScale::log_n_test;
    const RotaryPositions test(spec, d, 10000.0), training(spec, d, 10000.0, Phase::training);
    EXPECT_DOUBLE_EQ(test.score_factor(8), 1.0);
    EXPECT_DOUBLE_EQ(test.score_factor(4096), 2.0);
    EXPECT_EQ(training.score_factor(4096), 1.0);
}

std::string message_of(const PositionSpec& spec) {
    try {
        RotaryPositions(spec, d, 10000.0);
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "";
}

TEST(RotaryPositions, SaysWhatIsMissingOrWithoutUse) {
    EXPECT_THROW(position_scheme_of("rerop"), ConfigError);
    EXPECT_EQ(message_of({.scheme = PositionScheme::rerope}), "positions: rerope needs window >= 1, none is given");
    EXPECT_EQ(message_of({.scheme = PositionScheme::ntk_mixed, .factor = 0.25}),
              "positions: ntk_mixed needs factor >= 1, not 0.25");
    EXPECT_EQ(message_of({.window = 3}), "positions: rope has no use for window");
    EXPECT_EQ(message_of({.scale = AttentionScale::log_n}),
              "positions: log_n needs training_length >= 2, none is given");
    EXPECT_THROW(RotaryPositions(PositionSpec{}, 7, 10000.0), ConfigError);
}

}  // namespace
