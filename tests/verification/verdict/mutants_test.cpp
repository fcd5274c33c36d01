// Wrong runs on which the verdict must fire, each beside the right run on which it must not.
#include "tests/unit/check/models.hpp"
#include "tests/verification/verdict/views.hpp"

#include <gtest/gtest.h>

namespace dynkin::test {
namespace {

constexpr double level = 0.01;

// As data/experiments/double_well.toml: default functions, 200 000 particles of which 20 000 are audited.
Case double_well() {
    Case c;
    c.process = make_process(TwoWells{.D = 0.2});
    c.initial = gaussian_law({-1.0}, {0.1});
    c.domain = interval(-3.0, 3.0, Boundary::reflecting);
    c.until = 2.0;
    c.n_outputs = 11;
    c.n_cells = 600;
    return c;
}

ProcessPtr linear(double theta, double sigma) {
    return make_model("ornstein_uhlenbeck", ParameterValues().set("theta", theta).set("mean", 0.5).set("sigma", sigma));
}

Case ornstein_uhlenbeck() {
    Case c;
    c.process = linear(1.0, 1.0);
    c.initial = gaussian_law({-1.0}, {0.3});
    c.domain = interval(-5.0, 5.0, Boundary::reflecting);
    c.until = 1.5;
    c.dt = 0.02;
    c.n_outputs = 4;
    c.n_cells = 200;
    c.exact_moments = true;
    return c;
}

Case ring(Calculus calculus) {
    Case c;
    c.process = make_process(Ring{.calculus = calculus});
    c.initial = uniform_law({0.0}, {1.0});
    c.domain = interval(0.0, 1.0, Boundary::periodic);
    c.scheme = "stochastic_heun";
    c.until = 0.1;
    c.dt = 1e-3;
    c.n_outputs = 3;
    c.n_cells = 100;
    return c;
}

Case between_walls(Boundary sides) {
    Case c;
    c.process = make_process(Brownian{});
    c.initial = gaussian_law({0.3}, {0.06});
    c.domain = interval(0.0, 1.0, sides);
    c.scheme = "euler_maruyama";
    c.until = 0.1;
    c.dt = 2.5e-4;
    c.n_outputs = 3;
    c.n_cells = 25;
    return c;
}

Case with_mutant(Case c, ProcessPtr mutant) {
    c.mutant = std::move(mutant);
    c.judge_of_audit = c.process.get();
    return c;
}

TEST(VerdictMutants, DoubleWellAsDocumentedAgrees) {
    const Verdict verdict = verdict_of(double_well(), 200000, 20000);

    EXPECT_EQ(verdict.outcome, Outcome::agree) << verdict.line;
    // What it would have seen, in units of the sd; docs/verdict.md states these figures.
    for (const VerdictRow& row : verdict.table) {
        if (!row.used || row.time < 2.0) continue;
        const double limit = row.check == "pairing" ? 0.015 : row.check == "dynkin_particles" ? 0.003 : 0.002;
        EXPECT_LT(row.smallest_visible_bias, limit * row.scale) << row.check << " " << row.function;
    }
}

TEST(VerdictMutants, SigmaTwoPercentOffInTheDoubleWell) {
    const Case c = with_mutant(double_well(), make_process(TwoWells{.D = 0.2, .sigma_factor = 1.02}));

    const Verdict verdict = verdict_of(c, 200000, 20000);

    EXPECT_EQ(verdict.outcome, Outcome::disagree) << verdict.line;
    EXPECT_LT(adjusted_p(verdict, "dynkin_particles"), level);
    EXPECT_LT(adjusted_p(verdict, "pairing"), level);
}

// The law of the double well hardly depends on 2 % of its drift: it is the paths that tell. Pairing alone sees it at
// this size in some runs only.
TEST(VerdictMutants, DriftTwoPercentOffInTheDoubleWell) {
    const Case c = with_mutant(double_well(), make_process(TwoWells{.D = 0.2, .drift_factor = 1.02}));

    const Verdict verdict = verdict_of(c, 200000, 20000);

    EXPECT_EQ(verdict.outcome, Outcome::disagree) << verdict.line;
    EXPECT_LT(adjusted_p(verdict, "dynkin_particles"), level);
}

// The same with antithetic pairs, for which standard errors count pairs, and normals in single precision.
TEST(VerdictMutants, SigmaTwoPercentOffInAntitheticPairs) {
    Case right = double_well();
    right.normals = NormalPrecision::single_precision;
    right.antithetic = true;
    const Case wrong = with_mutant(right, make_process(TwoWells{.D = 0.2, .sigma_factor = 1.02}));

    const Verdict of_right = verdict_of(right, 200000, 20000), of_wrong = verdict_of(wrong, 200000, 20000);

    EXPECT_EQ(of_right.outcome, Outcome::agree) << of_right.line;
    EXPECT_EQ(of_wrong.outcome, Outcome::disagree) << of_wrong.line;
    EXPECT_LT(adjusted_p(of_wrong, "dynkin_particles"), level);
    EXPECT_LT(adjusted_p(of_wrong, "pairing"), level);
}

TEST(VerdictMutants, OrnsteinUhlenbeck) {
    const Case right = ornstein_uhlenbeck();
    const Case sigma_off = with_mutant(right, linear(1.0, 1.02));
    const Case drift_off = with_mutant(right, linear(1.02, 1.0));
    const DensityAudit density = density_of(right);

    const auto judged = [&](const Case& c) {
        return judge(compare(c, sample(c, 100000, 20000, 1), density), options_of(c, 100000));
    };
    const Verdict of_right = judged(right), of_sigma = judged(sigma_off), of_drift = judged(drift_off);

    EXPECT_EQ(of_right.outcome, Outcome::agree) << of_right.line;
    for (const Verdict* wrong : {&of_sigma, &of_drift}) {
        EXPECT_EQ(wrong->outcome, Outcome::disagree) << wrong->line;
        for (const char* check : {"dynkin_particles", "pairing", "exact_moments_particles"})
            EXPECT_LT(adjusted_p(*wrong, check), level) << check;
        EXPECT_EQ(adjusted_p(*wrong, "exact_moments_grid"), 1.0);
        EXPECT_EQ(adjusted_p(*wrong, "weak_residual_grid"), 1.0);
    }
}

// Case C7: zero drift, D(x) = 1 + sin(2 pi x) / 2. Every pair of calculi.
TEST(VerdictMutants, WrongCalculusOnTheRing) {
    const Calculus all[] = {Calculus::ito, Calculus::stratonovich, Calculus::haenggi_klimontovich};
    for (const Calculus on_grid : all) {
        const DensityAudit density = density_of(ring(on_grid));
        for (const Calculus of_particles : all) {
            const Case c = with_mutant(ring(on_grid), make_process(Ring{.calculus = of_particles}));

            const Verdict verdict = judge(compare(c, sample(c, 10000, 3000, 1), density), options_of(c, 10000));

            const Outcome expected = on_grid == of_particles ? Outcome::agree : Outcome::disagree;
            EXPECT_EQ(verdict.outcome, expected)
                << name_of(of_particles) << " against " << name_of(on_grid) << ": " << verdict.line;
            if (on_grid == of_particles) continue;
            EXPECT_LT(adjusted_p(verdict, "pairing"), level);
            EXPECT_LT(adjusted_p(verdict, "dynkin_particles"), level);
        }
    }
}

// Cases C5 and C6 on 25 cells: the wall of the particles half a cell outside or inside the face of the grid. Only the
// pairing can know: each view alone is right.
TEST(VerdictMutants, WallHalfACellAway) {
    for (const Boundary sides : {Boundary::reflecting, Boundary::absorbing}) {
        const Case right = between_walls(sides);
        const DensityAudit density = density_of(right);
        const double half_cell = 0.5 / right.n_cells;
        for (const double shift : {0.0, half_cell, -half_cell}) {
            Case c = right;
            c.particle_domain = interval(-shift, 1.0 + shift, sides);

            const Verdict verdict = judge(compare(c, sample(c, 60000, 6000, 1), density), options_of(c, 60000));

            EXPECT_EQ(verdict.outcome, shift == 0.0 ? Outcome::agree : Outcome::disagree)
                << (sides == Boundary::reflecting ? "reflecting" : "absorbing") << ", shift " << shift << ": "
                << verdict.line;
            if (shift != 0.0) {
                EXPECT_LT(adjusted_p(verdict, "pairing"), level);
            }
        }
    }
}

// The flux of another calculus on the grid, held against the equation: seen without a single particle.
TEST(VerdictMutants, WrongFluxIsSeenByTheGridAlone) {
    const ProcessPtr equation = make_process(Ring{.calculus = Calculus::ito});
    for (const Calculus flux : {Calculus::ito, Calculus::stratonovich, Calculus::haenggi_klimontovich}) {
        Case c = ring(flux);
        c.judge_of_density = equation.get();

        const Verdict verdict = judge(weak_residual_comparisons(c.phi(), density_of(c), 0.0), options_of(c, 0));

        EXPECT_EQ(verdict.outcome, flux == Calculus::ito ? Outcome::agree : Outcome::disagree)
            << name_of(flux) << ": " << verdict.line;
    }
}

TEST(VerdictMutants, WrongDriftOrSigmaIsSeenByTheGridAlone) {
    const ProcessPtr right = make_process(TwoWells{.D = 0.2});
    for (const TwoWells& flux :
         {TwoWells{.D = 0.2}, TwoWells{.D = 0.2, .drift_factor = 1.02}, TwoWells{.D = 0.2, .sigma_factor = 1.02}}) {
        Case c = double_well();
        c.process = make_process(flux);
        c.judge_of_density = right.get();
        c.n_cells = 200;

        const Verdict verdict = judge(weak_residual_comparisons(c.phi(), density_of(c), 0.0), options_of(c, 0));

        const bool same = flux.drift_factor == 1.0 && flux.sigma_factor == 1.0;
        EXPECT_EQ(verdict.outcome, same ? Outcome::agree : Outcome::disagree) << verdict.line;
    }
}

// The particles held against another equation: seen by the particles alone.
TEST(VerdictMutants, WrongGeneratorIsSeenByTheParticlesAlone) {
    const ProcessPtr judges[] = {make_process(Ring{.calculus = Calculus::stratonovich}),
                                 make_process(Ring{.calculus = Calculus::ito})};
    for (const ProcessPtr& other : judges) {
        Case c = ring(Calculus::stratonovich);
        c.judge_of_audit = other.get();
        c.dt = 5e-4;

        const Sampled s = sample(c, 1000, 5000, 1);
        const Verdict verdict = judge(dynkin_comparisons(s.audit, c.phi(), 0.0), options_of(c, 5000));

        const bool right = other->calculus() == Calculus::stratonovich;
        EXPECT_EQ(verdict.outcome, right ? Outcome::agree : Outcome::disagree) << verdict.line;
    }
}

}  // namespace
}  // namespace dynkin::test
