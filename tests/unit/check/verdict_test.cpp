#include "solvers/check/verdict.hpp"

#include "solvers/core/errors.hpp"
#include "tests/unit/check/synthetic.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace dynkin {
namespace {

using test::Synthetic;

constexpr int K = 8;
constexpr double n_samples = 1e6;

// `right` is zero; scale = sd of one sample, so that the noise is 0.1 % of it.
Comparison comparison(const Synthetic& synthetic, std::uint64_t replica, double time) {
    Comparison c;
    c.check = "pairing";
    c.time = time;
    c.left = synthetic.draw(replica);
    c.right.assign(K, 0.0);
    c.covariance = synthetic.covariance();
    c.n_samples = n_samples;
    for (int k = 0; k < K; ++k) c.functions.push_back("phi" + std::to_string(k));
    return c;
}

std::vector<Comparison> run(const Synthetic& synthetic, std::uint64_t replica, int n_times = 11) {
    std::vector<Comparison> all;
    for (int i = 0; i < n_times; ++i)
        all.push_back(comparison(synthetic, replica * static_cast<std::uint64_t>(n_times) + static_cast<std::uint64_t>(i), 0.1 * i));
    return all;
}

TEST(Verdict, FalseAlarmsKeepTheStatedRate) {
    // Independent tests at 11 times: Holm at 1 % fires in 1 - (1 - 0.01/11)^11 = 0.995 % of correct runs. 3000 runs:
    // 29.9 +- 5.4, 4 sd either side.
    const Synthetic synthetic(K);
    int alarms = 0;
    for (std::uint64_t replica = 0; replica < 3000; ++replica)
        alarms += judge(run(synthetic, replica)).outcome == Outcome::disagree;

    EXPECT_NEAR(alarms, 30, 22);
}

TEST(Verdict, SeesABiasOfTheSizeItStatesHalfOfTheTime) {
    const Synthetic synthetic(K);
    int seen = 0;
    const double bias = judge(run(synthetic, 0)).table[5 * K + 3].smallest_visible_bias;
    for (std::uint64_t replica = 0; replica < 200; ++replica) {
        auto all = run(synthetic, replica);
        all[5].left[3] += bias;
        seen += judge(all).outcome == Outcome::disagree;
    }

    EXPECT_GE(seen, 100 - 28);  // at least one half: 4 sd of a binomial
}

TEST(Verdict, DisagreementNamesCheckTimeAndFunction) {
    const Synthetic synthetic(K);
    auto all = run(synthetic, 1);
    all[4].left[6] += 12.0 * std::sqrt(all[4].covariance[6 * K + 6]);

    const Verdict verdict = judge(all);

    EXPECT_EQ(verdict.outcome, Outcome::disagree);
    EXPECT_EQ(verdict.line.rfind("disagree: pairing at t = 0.4: phi6", 0), 0u) << verdict.line;
}

TEST(Verdict, BiasInsideItsBudgetAgrees) {
    const Synthetic synthetic(K);
    auto all = run(synthetic, 2);
    for (Comparison& c : all) {
        c.budgets.assign(K, {0.0, 0.0, 0.0});
        c.scale.assign(K, 1e3);
        const double bias = 12.0 * std::sqrt(c.covariance[6 * K + 6]);
        c.left[6] += bias;
        c.budgets[6] = {0.5 * bias, 0.4 * bias, 0.2 * bias};
    }

    EXPECT_EQ(judge(all).outcome, Outcome::agree);
    for (Comparison& c : all) c.budgets.clear();
    EXPECT_EQ(judge(all).outcome, Outcome::disagree);
}

TEST(Verdict, LargeBudgetsAreUndecidedWithAReason) {
    const Synthetic synthetic(K);
    auto all = run(synthetic, 3);
    for (Comparison& c : all) {
        c.scale.assign(K, 1e3);
        c.budgets.assign(K, {500.0, 1.0, 1.0});
    }
    VerdictOptions options;
    options.dt = 0.1;

    const Verdict verdict = judge(all, options);

    EXPECT_EQ(verdict.outcome, Outcome::undecided);
    EXPECT_EQ(verdict.line.rfind("undecided: time-step error dominates (dt 0.1): reduce dt", 0), 0u) << verdict.line;
    for (Comparison& c : all) c.budgets.assign(K, {1.0, 500.0, 1.0});
    EXPECT_NE(judge(all).line.find("use more cells"), std::string::npos);
    for (Comparison& c : all) c.budgets.assign(K, {1.0, 1.0, 1.0});
    for (Comparison& c : all) c.scale.assign(K, 1.0);
    for (Comparison& c : all) c.budgets.clear();
    EXPECT_NE(judge(all).line.find("use more particles"), std::string::npos);
}

TEST(Verdict, NothingToCompareIsUndecided) {
    EXPECT_EQ(judge({}).outcome, Outcome::undecided);
    EXPECT_EQ(judge({}).line, "undecided: no check was possible");
}

TEST(Verdict, RareFunctionsAreLeftOutAndListed) {
    const Synthetic synthetic(K);
    auto all = run(synthetic, 4, 1);
    all[0].left[2] += 100.0;
    all[0].effective_counts.assign(K, n_samples);
    all[0].effective_counts[2] = effective_count_in_unit_interval(n_samples, 1e-5);

    const Verdict verdict = judge(all);

    EXPECT_EQ(verdict.outcome, Outcome::agree);
    EXPECT_EQ(verdict.tests[0].left_out, std::vector<std::string>{"phi2"});
    EXPECT_FALSE(verdict.table[2].used);
    EXPECT_EQ(effective_count(1e4, 20.0), 25.0);
}

Comparison deterministic(double difference, double budget) {
    Comparison c;
    c.check = "weak_residual_grid";
    c.functions = {"x"};
    c.left = {difference};
    c.right = {0.0};
    c.budgets = {{0.0, budget, 0.0}};
    c.scale = {1.0};
    return c;
}

TEST(Verdict, DeterministicChecksCompareWithTheirBudget) {
    EXPECT_EQ(judge({deterministic(2.9e-3, 1e-3)}).outcome, Outcome::agree);
    EXPECT_EQ(judge({deterministic(3.1e-3, 1e-3)}).outcome, Outcome::disagree);
    EXPECT_EQ(judge({deterministic(1e-6, 0.0)}).outcome, Outcome::disagree);
    EXPECT_EQ(judge({deterministic(0.0, 0.0)}).outcome, Outcome::agree);
    EXPECT_EQ(judge({deterministic(0.01, 0.1)}).outcome, Outcome::undecided);
}

TEST(Verdict, NoiselessFunctionsMustAgreeToRoundOff) {
    const Synthetic synthetic(K);
    auto all = run(synthetic, 5, 1);
    for (int k = 0; k < K; ++k) all[0].covariance[static_cast<std::size_t>(k)] = all[0].covariance[static_cast<std::size_t>(k * K)] = 0.0;
    all[0].left[0] = all[0].right[0] = 1.0;

    EXPECT_EQ(judge(all).outcome, Outcome::agree);
    all[0].left[0] = 1.0 + 1e-6;
    EXPECT_EQ(judge(all).outcome, Outcome::disagree);
}

TEST(Verdict, NonFiniteNumbersAreAnError) {
    const Synthetic synthetic(K);
    auto all = run(synthetic, 6, 1);
    all[0].left[1] = std::numeric_limits<double>::quiet_NaN();

    EXPECT_THROW(judge(all), NumericsError);
}

TEST(Verdict, JsonStartsWithTheVerdictAndKeepsItsOrder) {
    const Synthetic synthetic(K);
    const std::string json = to_json(judge(run(synthetic, 7, 2), {}, {"a \"note\""}));

    EXPECT_EQ(json.rfind("{\n  \"verdict\": \"agree\",\n  \"line\": \"agree: 2 joint tests", 0), 0u) << json.substr(0, 200);
    std::size_t position = 0;
    for (const char* key : {"\"false_alarm_rate\"", "\"resolution\"", "\"statistics\"", "\"table\"", "\"notes\""}) {
        const std::size_t found = json.find(key, position);
        ASSERT_NE(found, std::string::npos) << key;
        position = found;
    }
    EXPECT_NE(json.find("a \\\"note\\\""), std::string::npos);
}

TEST(Verdict, TextHoldsLineTestsAndSuspiciousRows) {
    const Synthetic synthetic(K);
    auto all = run(synthetic, 8, 3);
    all[0].left[6] += 12.0 * std::sqrt(all[0].covariance[6 * K + 6]);
    const Verdict verdict = judge(all);

    const std::string some = to_text(verdict), full = to_text(verdict, TableRows::all);

    EXPECT_EQ(some.rfind(verdict.line, 0), 0u);
    EXPECT_NE(some.find("further rows"), std::string::npos);
    EXPECT_GT(full.size(), some.size());
}

}  // namespace
}  // namespace dynkin
