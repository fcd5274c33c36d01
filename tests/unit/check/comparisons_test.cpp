#include "solvers/check/comparisons.hpp"

#include "solvers/core/test_functions.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace dynkin {
namespace {

constexpr double n = 1e4;

/// Views that agree to the digit, but for what a test changes.
struct Agreeing {
    TestFunctions functions = {monomial({1}), half_line_indicator(1, 0, 5.0, Side::below)};
    EnsembleResult particles;
    AuditResult audit;
    DensityAudit grid;

    Agreeing() {
        EnsembleRow row;
        row.time = 1.0;
        row.n = row.n_independent = n;
        row.sd = {1.0, 0.0};
        row.mean = {0.5, 1.0};
        row.covariance = {1.0, 0.0, 0.0, 0.0};
        row.standard_error = {0.01, 0.0};
        particles.rows = {row};
        AuditRow bounds;
        bounds.step_bound = {0.0, 0.0};
        bounds.skewness = {0.0, 0.0};
        audit.rows = {bounds};
        DensityRow density;
        density.time = 1.0;
        density.expectation = {0.5, 1.0 - 1e-6};
        density.residual = {1e-9, std::numeric_limits<double>::quiet_NaN()};
        density.quadrature = {0.0, std::numeric_limits<double>::quiet_NaN()};
        grid.result.rows = {density};
        DensityBounds of_grid;
        of_grid.time_step = of_grid.grid = of_grid.residual_time_step = {0.0, 0.0};
        of_grid.residual_grid = {1e-8, 0.0};
        of_grid.sd = {1.0, 0.001};
        grid.bounds = {of_grid};
    }
    std::vector<Comparison> pairing() const { return pairing_comparisons(functions, particles, audit, grid); }
};

TEST(PairingComparisons, AnEventNoParticleMissedIsLeftOut) {
    // P(x >= 5) = 1e-6 on the grid: among 1e4 particles none is expected beyond, so all inside says nothing.
    const Verdict verdict = judge(Agreeing().pairing());

    EXPECT_NE(verdict.outcome, Outcome::disagree) << verdict.line;
    EXPECT_EQ(verdict.tests[0].left_out, (std::vector<std::string>{"1[x < 5]"}));
}

TEST(PairingComparisons, ASmoothFunctionBeyondItsNoiseFires) {
    Agreeing views;
    views.grid.result.rows[0].expectation[0] += 0.05;  // five standard errors

    EXPECT_EQ(judge(views.pairing()).outcome, Outcome::disagree);
}

TEST(PairingComparisons, BudgetsOfBothViewsAdd) {
    Agreeing views;
    views.grid.result.rows[0].expectation[0] += 0.05;
    views.audit.rows[0].step_bound[0] = 0.02;
    views.grid.bounds[0].grid[0] = 0.01;
    views.grid.bounds[0].time_step[0] = 0.015;

    const Comparison c = views.pairing()[0];

    EXPECT_DOUBLE_EQ(c.budgets[0].time_step, 0.035);
    EXPECT_DOUBLE_EQ(c.budgets[0].grid, 0.01);
    EXPECT_NE(judge(views.pairing()).outcome, Outcome::disagree);
}

TEST(WeakResidualComparisons, LeaveOutFunctionsWithoutResidual) {
    const Agreeing views;

    const auto comparisons = weak_residual_comparisons(views.functions, views.grid, 0.0);

    ASSERT_EQ(comparisons.size(), 1u);
    EXPECT_EQ(comparisons[0].functions, (std::vector<std::string>{"x"}));
    EXPECT_TRUE(weak_residual_comparisons(views.functions, views.grid, 1.0).empty());  // at the start there is none
}

TEST(WithoutNonFinite, TakesOutTheFunctionAndSaysSo) {
    Agreeing views;
    views.particles.rows[0].mean[0] = std::numeric_limits<double>::infinity();
    std::vector<std::string> notes;

    const auto kept = without_non_finite(views.pairing(), notes);

    ASSERT_EQ(kept.size(), 1u);
    EXPECT_EQ(kept[0].functions, (std::vector<std::string>{"1[x < 5]"}));
    EXPECT_EQ(kept[0].covariance.size(), 1u);
    EXPECT_EQ(kept[0].scale.size(), 1u);
    ASSERT_EQ(notes.size(), 1u);
    EXPECT_NE(notes[0].find("pairing"), std::string::npos);
    EXPECT_NE(notes[0].find("x"), std::string::npos);
}

TEST(WithoutNonFinite, LeavesFiniteNumbersAlone) {
    std::vector<std::string> notes;

    EXPECT_EQ(without_non_finite(Agreeing().pairing(), notes)[0].functions.size(), 2u);
    EXPECT_TRUE(notes.empty());
}

/// Survival 0.9 and 0.6 of 1e4 particles, as of independent Bernoulli draws that share their paths.
FirstPassageResult passages() {
    FirstPassageResult r;
    r.n = r.n_independent = n;
    r.times = {1.0, 2.0};
    r.survival = {0.9, 0.6};
    r.survival_standard_error = {std::sqrt(0.9 * 0.1 / n), std::sqrt(0.6 * 0.4 / n)};
    r.covariance = {0.9 * 0.1 / n, 0.6 * 0.1 / n, 0.6 * 0.1 / n, 0.6 * 0.4 / n};
    r.mean = 1.7;
    r.mean_standard_error = 0.005;
    return r;
}

Outcome judged_passages(double survival_shift, double mean_shift, double coarse_shift = 0.0) {
    FirstPassageResult coarse = passages();
    coarse.survival[1] += coarse_shift;
    const FirstPassageOnGrid grid{{0.9, 0.6 + survival_shift}, {0.0, 0.0}, 1.7 + mean_shift, 0.0};
    return judge(first_passage_comparisons("first_passage_0", passages(), coarse, grid)).outcome;
}

TEST(FirstPassageComparisons, FireOnSurvivalAndOnTheMeanAndSpareWhatTheStepOwes) {
    EXPECT_NE(judged_passages(0.0, 0.0), Outcome::disagree);
    EXPECT_EQ(judged_passages(0.03, 0.0), Outcome::disagree);  // six standard errors
    EXPECT_EQ(judged_passages(0.0, 0.03), Outcome::disagree);
    EXPECT_NE(judged_passages(0.03, 0.0, 0.03), Outcome::disagree);  // the difference to twice the step covers it
}

TEST(StationaryComparison, FiresBeyondNoiseAndBoundOfTheGrid) {
    const Agreeing views;
    const auto outcome = [&](double expectation, double bound) {
        return judge({stationary_comparison(views.functions, views.particles.rows[0], views.audit.rows[0],
                                            {expectation, 1.0}, {bound, 0.0})})
            .outcome;
    };

    EXPECT_NE(outcome(0.5, 0.0), Outcome::disagree);
    EXPECT_EQ(outcome(0.55, 0.0), Outcome::disagree);  // five standard errors
    EXPECT_NE(outcome(0.55, 0.04), Outcome::disagree);
}

}  // namespace
}  // namespace dynkin
