// Forward noise of sequences: per-position transitions against the master equation on all sequences.
#include "solvers/core/errors.hpp"
#include "solvers/rates/propagate.hpp"
#include "tests/unit/sampling/token_cases.hpp"

#include <gtest/gtest.h>

namespace dynkin {
namespace {

using test::rough_law;
using test::total_variation;
using test::Vector;

/// A chain that is neither uniform nor absorbing, with jumps missing.
SparseRateMatrix ring() {
    return SparseRateMatrix(4, {{0, 1, 1.0}, {1, 2, 0.5}, {2, 3, 2.0}, {3, 0, 0.7}, {2, 0, 0.3}});
}

std::vector<TokenNoise> noises(TokenSchedule schedule) {
    return {TokenNoise::uniform(4, schedule), TokenNoise::absorbing(4, schedule), TokenNoise::chain(ring(), schedule)};
}

TEST(TokenNoise, LawOfASequenceSolvesTheMasterEquation) {
    const SequenceSpace space{4, 3};
    const double s = 0.2, t = 0.7;
    for (auto kind : {TokenSchedule::Kind::exponential, TokenSchedule::Kind::linear, TokenSchedule::Kind::cosine}) {
        const TokenSchedule schedule(kind);
        const double clock = std::log(schedule.alpha(s) / schedule.alpha(t));
        for (const TokenNoise& noise : noises(schedule)) {
            const Vector p = rough_law(space, -1);
            const SparseRateMatrix chain = noise.token_chain();
            const SequenceRateMatrix Q(space, chain);
            const Vector law = noise.push_law(space, s, t, p);

            for (auto method : {PropagationMethod::uniformisation, PropagationMethod::krylov})
                EXPECT_LE(total_variation(law, propagate_law(Q, p, clock, method)), 2e-12);
            // Mutant: time in place of the clock.
            const bool same_clock = kind == TokenSchedule::Kind::exponential;
            EXPECT_TRUE(same_clock || total_variation(law, propagate_law(Q, p, t - s)) > 1e-3);
        }
    }
}

TEST(TokenNoise, LikelihoodIsTheTransposeOfPush) {
    for (const TokenNoise& noise : noises(TokenSchedule::Kind::linear)) {
        const Vector P = noise.transition(0.1, 0.6);
        for (std::size_t a = 0; a < 4; ++a) {
            Vector start(4, 0.0);
            start[a] = 1.0;
            const Vector row = noise.push(0.1, 0.6, start);
            for (std::size_t b = 0; b < 4; ++b) EXPECT_NEAR(row[b], P[4 * a + b], 1e-14);
        }
    }
}

TEST(TokenNoise, AChainGivenByItsRatesIsTheNamedOne) {
    for (const TokenNoise& noise :
         {TokenNoise::uniform(5, TokenSchedule::Kind::cosine), TokenNoise::absorbing(5, TokenSchedule::Kind::cosine)}) {
        const TokenNoise same = TokenNoise::chain(noise.token_chain(), TokenSchedule::Kind::cosine);
        const Vector P = noise.transition(0.0, 0.8), S = same.transition(0.0, 0.8);
        for (std::size_t i = 0; i < P.size(); ++i) EXPECT_NEAR(P[i], S[i], 1e-13);
        for (int v = 0; v < 5; ++v) {
            EXPECT_EQ(noise.rates_into(v), same.rates_into(v));
            EXPECT_EQ(noise.rates_out_of(v), same.rates_out_of(v));
        }
    }
}

TEST(TokenSchedule, RateIsTheLogarithmicDerivative) {
    for (const char* name : {"exponential", "linear", "cosine"}) {
        const TokenSchedule schedule = TokenSchedule::named(name);
        EXPECT_EQ(schedule.alpha(0.0), 1.0);
        for (double t : {0.1, 0.5, 0.9}) {
            const double h = 1e-5;  // error h^2 |log alpha'''| / 6 <= 4e-8 at t = 0.9
            const double slope = std::log(schedule.alpha(t - h) / schedule.alpha(t + h)) / (2.0 * h);
            EXPECT_NEAR(schedule.rate(t), slope, 1e-7) << name;
            EXPECT_NEAR(schedule.time_of(schedule.alpha(t)), t, 1e-14) << name;
        }
    }
    EXPECT_THROW(TokenSchedule::named("lineer"), ConfigError);
}

TEST(TokenNoise, RefusesWrongInput) {
    EXPECT_THROW(TokenNoise::uniform(1, TokenSchedule::Kind::linear), ConfigError);
    EXPECT_THROW(TokenNoise::chain(SparseRateMatrix(2, {{0, 1, 1.0}}, {0.1, 0.0}), TokenSchedule::Kind::linear),
                 ConfigError);
    const TokenNoise noise = TokenNoise::uniform(3, TokenSchedule::Kind::linear);
    EXPECT_THROW(noise.transition(0.5, 0.2), ConfigError);
    EXPECT_THROW(noise.transition(0.0, 1.5), ConfigError);
    EXPECT_THROW(noise.transition(std::nan(""), 0.5), ConfigError);
    EXPECT_THROW((EnumeratedPosterior({3, 2}, Vector(9, 1.0), TokenNoise::absorbing(3, TokenSchedule::Kind::linear))),
                 ConfigError);
    EXPECT_THROW((EnumeratedPosterior({3, 2}, Vector(8, 1.0), noise)), ConfigError);
}

}  // namespace
}  // namespace dynkin
