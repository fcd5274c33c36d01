// Filling masks: given positions, blocks, and low-confidence remasking, judged by their laws.
#include "solvers/sampling/token_infill.hpp"

#include "solvers/core/errors.hpp"
#include "tests/unit/sampling/token_cases.hpp"

#include <gtest/gtest.h>

namespace dynkin {
namespace {

using test::rough_law;
using test::total_variation;
using test::Vector;

constexpr int mask = 3;

struct MaskedCase {
    SequenceSpace space{4, 4};
    TokenNoise noise = TokenNoise::absorbing(4, TokenSchedule::Kind::linear);
    Vector p0 = rough_law(space, mask, 11);
    TokenModel model{noise, std::make_shared<EnumeratedPosterior>(space, p0, noise)};

    /// p0 given the tokens of x that are no masks.
    Vector given(const std::vector<int>& x) const {
        Vector p = p0;
        std::vector<int> y(x.size());
        double sum = 0.0;
        for (std::size_t i = 0; i < p.size(); ++i) {
            space.sequence(static_cast<Index>(i), y);
            for (std::size_t d = 0; d < x.size(); ++d)
                if (x[d] != mask && x[d] != y[d]) p[i] = 0.0;
            sum += p[i];
        }
        for (double& w : p) w /= sum;
        return p;
    }
};

TEST(FillMasks, WithFirstHittingIsExactForAnyBlocksAndAnythingGiven) {
    const MaskedCase tokens;
    const auto sampler = make_token_sampler("first_hitting"), tweedie = make_token_sampler("tweedie");
    for (const std::vector<int>& x :
         {std::vector<int>{3, 3, 3, 3}, std::vector<int>{3, 1, 3, 3}, std::vector<int>{0, 3, 3, 2}}) {
        const Vector wanted = tokens.given(x);
        for (int block_length : {0, 1, 2, 3}) {
            const Vector law = filled_law(*sampler, tokens.model, {1.0, 0.0}, block_length, x);
            EXPECT_LE(total_variation(law, wanted), 1e-14) << "blocks of " << block_length;
        }
        // Mutants: positions of a block as if independent; what is given not heeded.
        EXPECT_GT(total_variation(filled_law(*tweedie, tokens.model, {1.0, 0.0}, 0, x), wanted), 0.02);
        if (x[1] == 1) {
            EXPECT_GT(total_variation(tokens.p0, wanted), 0.02);
        }
    }
    // Left to right, one at a time: independence inside a block of one is no error.
    const std::vector<int> all(4, mask);
    EXPECT_LE(total_variation(filled_law(*tweedie, tokens.model, {1.0, 0.0}, 1, all), tokens.p0), 1e-14);
}

TEST(FillMasks, DrawsHaveTheLawOfTheirSteps) {
    const MaskedCase tokens;
    const std::vector<int> x{3, 1, 3, 3};
    const int n = 20000;
    for (const char* name : {"first_hitting", "low_confidence"}) {
        const auto sampler = make_token_sampler(name);
        const std::vector<double> times = token_times(1.0, 0.0, 3);
        const Vector law = filled_law(*sampler, tokens.model, times, 2, x);
        Vector counts(law.size(), 0.0);
        for (int path = 0; path < n; ++path) {
            std::vector<int> y = x;
            fill_masks(*sampler, tokens.model, times, 2, y, 3, static_cast<std::uint64_t>(path));
            EXPECT_EQ(y[1], 1);
            counts[static_cast<std::size_t>(tokens.space.number(y))] += 1.0;
        }
        // At most 27 sequences, |z| <= 5 at 1e-6 each; rare ones are skew, so those expected 10 times or more.
        double worst = 0.0, worst_other = 0.0;
        for (std::size_t i = 0; i < law.size(); ++i) {
            const auto z = [&](double p) { return std::abs(counts[i] - n * p) / std::sqrt(n * p * (1.0 - p)); };
            if (law[i] == 0.0) {
                EXPECT_EQ(counts[i], 0.0);
            }
            if (n * law[i] < 10.0) continue;
            worst = std::max(worst, z(law[i]));
            worst_other = std::max(worst_other, z(tokens.p0[i]));  // mutant: the law without what is given
        }
        EXPECT_LE(worst, 5.0) << name;
        EXPECT_GT(worst_other, 5.0) << name;
    }
}

TEST(LowConfidence, RevealsAsManyAsTheScheduleSays) {
    const MaskedCase tokens;
    const auto sampler = make_token_sampler("low_confidence");
    std::vector<int> x(4, mask);
    Draws noise({1, Stream::resampling, 0}, 0);
    const auto masks = [&] { return std::count(x.begin(), x.end(), mask); };
    sampler->step(tokens.model, 1.0, 0.76, x, noise);
    EXPECT_EQ(masks(), 3);
    sampler->step(tokens.model, 0.76, 0.7, x, noise);  // 2.8 are 3: nothing to do
    EXPECT_EQ(masks(), 3);
    sampler->step(tokens.model, 0.7, 0.0, x, noise);
    EXPECT_EQ(masks(), 0);
}

TEST(LowConfidence, PrefersLikelySequences) {
    const MaskedCase tokens;
    const std::vector<int> all(4, mask);
    const std::vector<double> times = token_times(1.0, 0.0, 4);
    const auto mean_log_p = [&](const Vector& law) {
        double sum = 0.0;
        for (std::size_t i = 0; i < law.size(); ++i)
            if (law[i] > 0.0) sum += law[i] * std::log(tokens.p0[i]);
        return sum;
    };
    const Vector drawn = filled_law(*make_token_sampler("low_confidence"), tokens.model, times, 0, all);
    const Vector greedy =
        filled_law(*make_token_sampler("low_confidence", {.temperature = 0.0}), tokens.model, times, 0, all);

    EXPECT_GT(total_variation(drawn, tokens.p0), 0.02) << "not a sampler of the law";
    EXPECT_GT(mean_log_p(drawn), mean_log_p(tokens.p0));
    EXPECT_NEAR(*std::max_element(greedy.begin(), greedy.end()), 1.0, 1e-12) << "a function, not a law";
    EXPECT_GT(mean_log_p(greedy), mean_log_p(drawn));
}

TEST(LowConfidence, InOneStepIsTheProductOfTheMarginals) {
    const MaskedCase tokens;
    const std::vector<int> all(4, mask);
    const Vector at_once = filled_law(*make_token_sampler("low_confidence"), tokens.model, {1.0, 0.0}, 0, all);
    const Vector product = filled_law(*make_token_sampler("tweedie"), tokens.model, {1.0, 0.0}, 0, all);
    EXPECT_LE(total_variation(at_once, product), 1e-14);
}

TEST(FillMasks, RefusesWrongInput) {
    const MaskedCase tokens;
    const auto sampler = make_token_sampler("first_hitting");
    std::vector<int> x(4, mask);
    EXPECT_THROW(fill_masks(*sampler, tokens.model, {1.0, 0.0}, -1, x, 1, 0), ConfigError);
    EXPECT_THROW(ConditionedPosterior(tokens.model, {3, 3}, {0}), ConfigError);
    EXPECT_THROW(ConditionedPosterior(tokens.model, {3, 3, 3, 4}, {0}), ConfigError);
    EXPECT_THROW(ConditionedPosterior(tokens.model, x, {1, 1}), ConfigError);
    EXPECT_THROW(ConditionedPosterior(tokens.model, x, {}), ConfigError);
    EXPECT_THROW(make_token_sampler("euler", {.temperature = 0.5}), ConfigError);
    EXPECT_THROW(make_token_sampler("low_confidence", {.temperature = -1.0}), ConfigError);
    const auto uniform = test::uniform_case();
    std::vector<int> y(3, 0);
    EXPECT_THROW(fill_masks(*make_token_sampler("tweedie"), uniform.model, {1.0, 0.1}, 0, y, 1, 0), ConfigError);
}

}  // namespace
}  // namespace dynkin
