// A run that is not good enough for an answer says what is in the way, and following that advice leads to one.
#include "tests/unit/check/models.hpp"
#include "tests/verification/verdict/views.hpp"

#include <gtest/gtest.h>

namespace dynkin::test {
namespace {

struct Settings {
    std::uint64_t n_particles = 20000;
    int n_cells = 200;
    double dt = 0.02;
};

Verdict run(const Settings& settings) {
    Case c;
    c.process = make_process(TwoWells{.D = 0.2});
    c.initial = gaussian_law({-1.0}, {0.3});
    c.domain = interval(-3.0, 3.0, Boundary::reflecting);
    c.scheme = "euler_maruyama";
    c.dt = settings.dt;
    c.n_cells = settings.n_cells;
    return verdict_of(c, settings.n_particles, settings.n_particles / 2);
}

TEST(VerdictUndecided, EnoughOfEverythingAgrees) {
    const Verdict verdict = run({});

    EXPECT_EQ(verdict.outcome, Outcome::agree) << verdict.line;
}

// Each flaw alone, then the same with that one number improved as the line says (the last test's settings).
TEST(VerdictUndecided, NamesTheCulprit) {
    const struct {
        Settings flawed;
        std::string culprit, advice;
    } cases[] = {{{.n_particles = 500}, "sampling noise dominates (n 500)", "use more particles"},
                 {{.n_cells = 14}, "grid error dominates (cells 14)", "use more cells"},
                 {{.dt = 0.25}, "time-step error dominates (dt 0.25)", "reduce dt"}};
    for (const auto& c : cases) {
        const Verdict verdict = run(c.flawed);

        EXPECT_EQ(verdict.outcome, Outcome::undecided) << verdict.line;
        EXPECT_NE(verdict.line.find("undecided: " + c.culprit + ": " + c.advice), std::string::npos) << verdict.line;
    }
}

// A better scheme with the same large step is the other half of the advice.
TEST(VerdictUndecided, HigherWeakOrderHelpsToo) {
    Case c;
    c.process = make_process(TwoWells{.D = 0.2});
    c.initial = gaussian_law({-1.0}, {0.3});
    c.domain = interval(-3.0, 3.0, Boundary::reflecting);
    c.n_cells = 200;
    c.dt = 1.0 / 7.0;
    c.scheme = "euler_maruyama";
    const Verdict first = verdict_of(c, 20000, 10000);
    c.scheme = "sra1";
    const Verdict second = verdict_of(c, 20000, 10000);

    EXPECT_EQ(first.outcome, Outcome::undecided) << first.line;
    EXPECT_EQ(second.outcome, Outcome::agree) << second.line;
}

// Coarse and fine are the same path up to the end of the first step, which says nothing about its error.
TEST(VerdictUndecided, OutputAfterTheFirstStepIsNoFalseAlarm) {
    Case c;
    c.process = make_process(TwoWells{.D = 0.2});
    c.initial = gaussian_law({-1.0}, {0.3});
    c.domain = interval(-3.0, 3.0, Boundary::reflecting);
    c.n_cells = 200;
    c.scheme = "euler_maruyama";
    c.until = c.dt = 0.2;
    c.n_outputs = 2;
    const Verdict one_step = verdict_of(c, 20000, 10000);
    c.until = 0.4;
    c.n_outputs = 3;
    const Verdict two_steps = verdict_of(c, 20000, 10000);

    EXPECT_EQ(one_step.outcome, Outcome::undecided) << one_step.line;
    EXPECT_NE(one_step.line.find("time-step error dominates"), std::string::npos) << one_step.line;
    EXPECT_NE(two_steps.outcome, Outcome::disagree) << two_steps.line;
}

}  // namespace
}  // namespace dynkin::test
