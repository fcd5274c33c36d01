// The verdict on a token process: sampled sequences against the law of the master equation.
#include "solvers/check/law_comparison.hpp"
#include "solvers/sampling/categorical.hpp"
#include "tests/unit/sampling/token_cases.hpp"

#include <gtest/gtest.h>

namespace dynkin {
namespace {

using test::absorbing_case;
using test::TokenCase;
using test::uniform_case;
using test::Vector;

/// Counts of n sequences started from the exact law at the start of the case.
Vector counts_of(const TokenCase& tokens, const TokenSampler& sampler, int n_steps, int n, const TokenModel& model) {
    Vector counts(tokens.p0.size(), 0.0);
    const std::vector<double> times = token_times(tokens.from, tokens.to, n_steps);
    const Categorical start = Categorical::from_weights(tokens.start);
    std::vector<int> x(static_cast<std::size_t>(tokens.space.n_positions));
    for (int path = 0; path < n; ++path) {
        Draws noise({23, Stream::initial_law, 0}, static_cast<std::uint64_t>(path));
        tokens.space.sequence(draw(start, noise.uniform()), x);
        sample_tokens(sampler, model, times, x, 23, static_cast<std::uint64_t>(path));
        counts[static_cast<std::size_t>(tokens.space.number(x))] += 1.0;
    }
    return counts;
}

/// Bound on the error of each probability from the laws with n_steps and half as many, for a first order sampler.
Vector step_bound(const TokenCase& tokens, const TokenSampler& sampler, int n_steps) {
    const auto law = [&](int n) {
        return propagate_token_law(sampler, tokens.model, token_times(tokens.from, tokens.to, n), tokens.start);
    };
    const Vector fine = law(n_steps), coarse = law(n_steps / 2);
    Vector bound(fine.size());
    for (std::size_t i = 0; i < bound.size(); ++i) bound[i] = richardson_bound(fine[i], coarse[i], 1.0, 1.5);
    return bound;
}

Outcome verdict_of(const TokenCase& tokens, const std::string& name, int n_steps, int n, const Vector& bound,
                   const TokenModel& model) {
    const Vector counts = counts_of(tokens, *make_token_sampler(name), n_steps, n, model);
    return judge({law_comparison("token_law", tokens.to, counts, tokens.end, bound)}).outcome;
}

TEST(TokenVerdict, ExactSamplersAgreeWithoutABudget) {
    const TokenCase masked = absorbing_case(), uniform = uniform_case();
    EXPECT_EQ(verdict_of(masked, "first_hitting", 1, 10000, {}, masked.model), Outcome::agree);
    EXPECT_EQ(verdict_of(uniform, "uniformisation", 1, 10000, {}, uniform.model), Outcome::agree);
}

TEST(TokenVerdict, ADiscreteSamplerAgreesWithinItsBudgetOnly) {
    const TokenCase tokens = uniform_case();
    const int n_steps = 32, n = 10000;
    const Vector bound = step_bound(tokens, *make_token_sampler("tweedie"), n_steps);

    EXPECT_EQ(verdict_of(tokens, "tweedie", n_steps, n, bound, tokens.model), Outcome::agree);
    EXPECT_EQ(verdict_of(tokens, "tweedie", n_steps, n, {}, tokens.model), Outcome::disagree);
}

TEST(TokenVerdict, AWrongModelDisagrees) {
    // Mutant: a posterior trained for another law, and one asked under the wrong schedule.
    const TokenCase tokens = uniform_case();
    const int n_steps = 32, n = 10000;
    const Vector bound = step_bound(tokens, *make_token_sampler("tweedie"), n_steps);
    const TokenModel other_law{
        tokens.model.noise,
        std::make_shared<EnumeratedPosterior>(tokens.space, test::rough_law(tokens.space, -1, 5), tokens.model.noise)};
    EXPECT_EQ(verdict_of(tokens, "tweedie", n_steps, n, bound, other_law), Outcome::disagree);

    const TokenCase masked = absorbing_case();
    const TokenModel other_schedule{TokenNoise::absorbing(4, TokenSchedule::Kind::cosine), masked.model.posterior};
    EXPECT_EQ(verdict_of(masked, "first_hitting", 1, n, {}, other_schedule), Outcome::disagree);
}

TEST(LawComparison, IsPearsonsStatistic) {
    const Vector counts{40.0, 35.0, 25.0}, law{0.5, 0.3, 0.2};
    const Verdict verdict = judge({law_comparison("law", 1.0, counts, law)});
    ASSERT_EQ(verdict.tests.size(), 1u);
    EXPECT_NEAR(verdict.tests[0].statistic, 100.0 / 50.0 + 25.0 / 30.0 + 25.0 / 20.0, 1e-8);
    EXPECT_EQ(verdict.tests[0].rank, 2);
    EXPECT_EQ(judge({law_comparison("law", 1.0, {50.0, 49.0, 1.0}, {0.5, 0.5, 0.0})}).outcome, Outcome::disagree)
        << "a state that cannot occur";
    EXPECT_THROW(law_comparison("law", 1.0, {1.0}, law), ConfigError);
    EXPECT_THROW(law_comparison("law", 1.0, {0.0, 0.0, 0.0}, law), ConfigError);
}

}  // namespace
}  // namespace dynkin
