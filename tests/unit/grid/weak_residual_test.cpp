// The weak residual of the density, its time integral, and the bounds the audit puts on both.
#include "solvers/core/errors.hpp"
#include "solvers/grid/density_audit.hpp"
#include "solvers/grid/density_functionals.hpp"
#include "solvers/grid/time_quadrature.hpp"
#include "tests/unit/grid/processes.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace dynkin {
namespace {

using test::problem_1d;
using test::sides;
using test::slope;

TestFunctions smooth_functions() {
    return {monomial({0}), monomial({1}), monomial({2}), gaussian_bump({0.3}, {0.4})};
}

DensitySpec crowded_spec(const InitialLaw& start, int n, Boundary lower, Boundary upper) {
    return {.problem = problem_1d(test::Crowded{}, -1.0, 1.5, n, lower, upper),
            .initial = start,
            .outputs = {0.25, 1.0},
            .steps = {.tolerance = 1e-5},
            .functions = smooth_functions()};
}

// The largest residual over the functions at the last output.
double worst(const DensityResult& result) {
    double size = 0.0;
    for (const double r : result.rows.back().residual) size = std::max(size, std::abs(r));
    return size;
}

TEST(WeakResidual, IsOfSecondOrderWithEveryKindOfWall) {
    const auto start = gaussian_law({0.2}, {0.15});
    for (const auto& [lower, upper] :
         {std::pair{Boundary::reflecting, Boundary::absorbing}, std::pair{Boundary::absorbing, Boundary::open}}) {
        const double coarse = worst(solve_density(crowded_spec(*start, 50, lower, upper)));
        const double fine = worst(solve_density(crowded_spec(*start, 100, lower, upper)));

        EXPECT_NEAR(slope(coarse, fine), 2.0, 0.15) << coarse << " " << fine;
        EXPECT_LT(fine, 2e-3);
    }
}

// Mutants of the flux: the density follows another equation than the one it is held against.
TEST(WeakResidual, SeesAWrongFlux) {
    const auto start = gaussian_law({0.2}, {0.15});
    const auto judge = make_process(test::Crowded{});
    const auto residual_of = [&](test::Crowded mutant, int n) {
        DensitySpec spec = crowded_spec(*start, n, Boundary::reflecting, Boundary::absorbing);
        spec.problem.process = make_process(mutant);
        spec.judge = judge.get();
        return worst(solve_density(spec));
    };
    const double right = residual_of({}, 100);

    for (const test::Crowded& mutant :
         {test::Crowded{.calculus = Calculus::haenggi_klimontovich}, test::Crowded{.calculus = Calculus::stratonovich},
          test::Crowded{.sigma_factor = 1.02}, test::Crowded{.drift_factor = 1.02}}) {
        EXPECT_GT(residual_of(mutant, 100), 3.0 * right);
        EXPECT_LT(slope(residual_of(mutant, 50), residual_of(mutant, 100)), 1.0);
    }
}

TEST(WeakResidual, HoldsInTwoDimensionsWithTransport) {
    const auto start = gaussian_law({-0.5, 0.2}, {0.3, 0.4});
    const auto run = [&](int n, double T) {
        const auto judge = make_process(test::Langevin{});
        return worst(
            solve_density({.problem = {make_process(test::Langevin{.T = T}),
                                       Mesh{{uniform_faces(-3.0, 3.0, n), uniform_faces(-4.0, 4.0, n)}}, Domain(2)},
                           .initial = *start,
                           .outputs = {1.0},
                           .steps = {.tolerance = 1e-3},
                           .functions = {monomial({2, 0}), monomial({1, 1}), monomial({0, 2})},
                           .judge = judge.get()}));
    };
    const double coarse = run(40, 0.5), fine = run(80, 0.5);
    EXPECT_NEAR(slope(coarse, fine), 2.0, 0.15) << coarse << " " << fine;
    EXPECT_GT(run(80, 0.51), 3.0 * fine);  // mutant
}

TEST(WeakResidual, IsLeftOutForFunctionsThatDoNotAllowIt) {
    const auto start = gaussian_law({0.5}, {0.05});
    const DensityRow row =
        solve_density({.problem = problem_1d(test::RingWithD{}, 0.0, 1.0, 40, Boundary::periodic, Boundary::periodic),
                       .initial = *start,
                       .outputs = {0.01},
                       .functions = {half_line_indicator(1, 0, 0.5, Side::above), monomial({1}),
                                     fourier({1}, {0.0}, {1.0}, FourierPhase::cosine)}})
            .rows.back();
    EXPECT_TRUE(std::isnan(row.residual[0]));
    EXPECT_TRUE(std::isnan(row.residual[1]));
    EXPECT_TRUE(std::isnan(row.quadrature[1]));
    EXPECT_LT(std::abs(row.residual[2]), 0.01);
    EXPECT_NEAR(row.expectation[0], 0.5, 0.05);
}

// Every bound holds with the safety the verdict grants (three), and none is idle: mutants leave it behind.
TEST(DensityAudit, BoundsErrorsAndResiduals) {
    const auto start = test::SinhOfGaussian::initial();
    const auto judge = make_process(test::SinhOfGaussian{});
    const auto audit = [&](Calculus calculus) {
        return audit_density({.problem = problem_1d(test::SinhOfGaussian{.calculus = calculus}, -5.0, 7.0, 120),
                              .initial = *start,
                              .outputs = {0.3, 1.0},
                              .steps = {.tolerance = 1e-4},
                              .functions = {monomial({1}), monomial({2})},
                              .judge = judge.get()});
    };
    const DensityAudit right = audit(Calculus::ito), wrong = audit(Calculus::stratonovich);
    for (std::size_t r = 0; r < 2; ++r) {
        const auto exact = test::SinhOfGaussian::first_two_moments(right.bounds[r].time);
        for (std::size_t k = 0; k < 2; ++k) {
            const auto ratio = [&](const DensityAudit& a) {
                const DensityBounds& b = a.bounds[r];
                const DensityRow& row = a.result.rows[r];
                return std::pair{
                    std::abs(row.expectation[k] - exact[k]) / (b.grid[k] + b.time_step[k]),
                    std::abs(row.residual[k]) / (b.residual_grid[k] + b.residual_time_step[k] + row.quadrature[k])};
            };
            EXPECT_LT(ratio(right).first, 1.0);
            EXPECT_LT(ratio(right).second, 1.0);
            EXPECT_GT(ratio(wrong).first, 3.0);
            EXPECT_GT(ratio(wrong).second, 3.0);
        }
    }
}

TEST(DensityAudit, CountsWhatAPointBecomesOnTheGrid) {
    const auto start = point_law({0.013});
    const DensityAudit audit = audit_density({.problem = problem_1d(test::Well{}, -2.5, 2.5, 50),
                                              .initial = *start,
                                              .outputs = {0.0},
                                              .functions = {monomial({1}), monomial({2})}});
    EXPECT_NEAR(audit.result.rows[0].expectation[0], 0.013, 1e-15);
    EXPECT_GE(audit.bounds[0].grid[1], std::abs(audit.result.rows[0].expectation[1] - 0.013 * 0.013));
}

// First order only: atoms of a Wright-Fisher process without flux. Mutant: the bound of second order, half of the
// error.
TEST(DensityAudit, MeasuresHowFastErrorsShrink) {
    const auto start = point_law({0.3});
    const DensityAudit audit = audit_density({.problem = problem_1d(test::WrightFisher{}, 0.0, 1.0, 80),
                                              .initial = *start,
                                              .outputs = {1.0},
                                              .functions = {monomial({2})}});
    const double value = audit.result.rows[0].expectation[0], error = std::abs(value - (0.3 - 0.21 * std::exp(-1.0)));

    EXPECT_GT(audit.bounds[0].grid[0], error);
    EXPECT_LT(audit.bounds[0].grid[0], 4.0 * error);
    EXPECT_LT(1.5 * std::abs(audit.coarse[0].expectation[0] - value) / 3.0, error);
}

TEST(DensityAudit, NeedsCellsToMerge) {
    const auto start = point_law({0.0});
    EXPECT_THROW(
        audit_density({.problem = problem_1d(test::Well{}, -2.5, 2.5, 4), .initial = *start, .outputs = {1.0}}),
        ConfigError);
}

// Steps that grow and shrink, windows that end on a single step. Mutant: the trapezoidal rule alone.
TEST(TimeQuadrature, BoundsItsErrorOnUnevenSteps) {
    const auto g = [](double t) { return std::vector<double>{std::exp(-3.0 * t), std::cos(5.0 * t)}; };
    const auto primitive = [](double t) {
        return std::vector<double>{-std::exp(-3.0 * t) / 3.0, std::sin(5.0 * t) / 5.0};
    };
    for (const double unit : {0.04, 0.02}) {
        TimeQuadrature rule;
        std::vector<double> trapezoid(2, 0.0);
        double t = 0.0;
        rule.start(t, g(t));
        for (const double h : {1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 1.0, 1.0, 4.0, 4.0, 1.0, 0.0}) {
            if (h == 0.0) {
                rule.close();
                continue;
            }
            for (std::size_t k = 0; k < 2; ++k) trapezoid[k] += 0.5 * h * unit * (g(t)[k] + g(t + h * unit)[k]);
            t += h * unit;
            rule.add(t, g(t));
        }
        for (std::size_t k = 0; k < 2; ++k) {
            const double exact = primitive(t)[k] - primitive(0.0)[k], bound = rule.bound()[k];
            EXPECT_LT(std::abs(rule.integral()[k] - exact), bound) << unit;
            EXPECT_LT(bound, 30.0 * std::pow(unit, 3)) << unit;
            EXPECT_GT(std::abs(trapezoid[k] - exact), bound) << unit;
        }
    }
}

}  // namespace
}  // namespace dynkin
