// Natural boundaries, where D vanishes; products of independent axes; transport without noise.
#include "solvers/grid/density_functionals.hpp"
#include "solvers/grid/face_rates.hpp"
#include "tests/unit/grid/processes.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace dynkin {
namespace {

using test::problem_1d;
using test::slope;

// Case B9: a density like x^-0.96. Mutant: a wall at 1e-6, just beside the boundary, where cells do not know of it.
TEST(NaturalSide, HoldsASingularDensityOfASquareRootProcess) {
    const auto start = point_law({0.04});
    const auto solve = [&](double lower, int n) {
        const DensitySpec spec{
            .problem = {make_process(test::SquareRoot{}), Mesh{{graded_faces(lower, 5.0, n, lower, 1e3)}}, Domain(1)},
            .initial = *start,
            .outputs = {1.0},
            .steps = {.tolerance = 1e-5},
            .functions = {monomial({1}), monomial({2}), half_line_indicator(1, 0, 0.01, Side::below),
                          half_line_indicator(1, 0, 0.1, Side::below)}};
        return solve_density(spec).rows.back().expectation;
    };
    const auto right = solve(0.0, 120), beside = solve(1e-6, 120);
    const double variance = 0.0252848223531;

    // Cells of 1 % of x to each side of the thresholds: 2e-3 of the density x^-0.96 there. Moments: a few 1e-3 of their
    // size.
    EXPECT_NEAR(right[0], 0.04, 8e-5);
    EXPECT_NEAR(right[1] - right[0] * right[0], variance, 5e-3 * variance);
    EXPECT_NEAR(right[2], 0.830072568, 2e-3);
    EXPECT_NEAR(right[3], 0.913457018, 2e-3);
    EXPECT_GT(beside[0], 0.05);
}

TEST(NaturalSide, WeightIsOneForARegularDensityAndZeroForATrap) {
    EXPECT_DOUBLE_EQ(natural_side_weight(1.0), 1.0);
    EXPECT_DOUBLE_EQ(natural_side_weight(2.0), 1.0);  // p ~ s: centre value and mean are the same
    EXPECT_EQ(natural_side_weight(0.0), 0.0);
    EXPECT_EQ(natural_side_weight(-1.0), 0.0);
}

// Case C10. Without flux the ends keep what arrives, and the mean stays to round-off; with absorbing walls it is lost,
// and x (1 - x), which vanishes there, is second order.
TEST(NaturalSide, TrapsOrAbsorbsInAWrightFisherProcess) {
    const auto start = point_law({0.3});
    const double exact = 0.21 * std::exp(-1.0);
    const auto solve = [&](Boundary side, int n) {
        const DensitySpec spec{.problem = problem_1d(test::WrightFisher{}, 0.0, 1.0, n, side, side),
                               .initial = *start,
                               .outputs = {1.0},
                               .steps = {.tolerance = 1e-7},
                               .functions = {monomial({1}), monomial({2})}};
        return solve_density(spec).rows.back();
    };
    const auto error = [&](const DensityRow& row) { return row.expectation[0] - row.expectation[1] - exact; };
    const DensityRow open = solve(Boundary::open, 40), walls = solve(Boundary::absorbing, 40);

    EXPECT_NEAR(open.expectation[0], 0.3, 1e-13);
    EXPECT_NEAR(open.mass, 1.0, 1e-12);
    EXPECT_NEAR(slope(error(open), error(solve(Boundary::open, 80))), 1.0, 0.15);  // atoms sit h / 2 from the ends
    EXPECT_NEAR(walls.expectation[0] + walls.absorbed_upper[0], 0.3,
                1e-3);  // the martingale, counted at the exit point
    EXPECT_NEAR(slope(error(walls), error(solve(Boundary::absorbing, 80))), 2.0, 0.1);
}

struct Marginals {
    Mesh mesh{{uniform_faces(-2.5, 2.0, 18), graded_faces(0.0, 3.0, 14, 0.0, 3.0), uniform_faces(0.0, 1.0, 11)}};
    Domain domain{
        {.at_upper = Boundary::absorbing}, {}, {.at_lower = Boundary::periodic, .at_upper = Boundary::periodic}};
    std::vector<std::shared_ptr<const Process>> process{
        make_process(test::Well{}), make_process(test::SquareRoot{.theta = 0.5}), make_process(test::RingWithD{})};
    std::vector<double> mean{-0.5, 0.7, 0.4}, sd{0.4, 0.14, 0.1};

    GridProblem axis(std::size_t a) const { return {process[a], Mesh{{mesh.faces[a]}}, {domain[a]}}; }
    GridProblem all() const { return {make_process(test::Independent{}), mesh, domain}; }
};

std::vector<double> marginal(const std::vector<double>& masses, const Mesh& mesh, int axis) {
    std::vector<double> sum(static_cast<std::size_t>(mesh.n_cells(axis)), 0.0);
    Index stride = 1;
    for (int a = 0; a < axis; ++a) stride *= mesh.n_cells(a);
    for (std::size_t c = 0; c < masses.size(); ++c)
        sum[static_cast<std::size_t>(static_cast<Index>(c) / stride % mesh.n_cells(axis))] += masses[c];
    return sum;
}

// Axes are stepped one after the other, so three independent ones give exactly the three densities solved alone: the
// last axis with the step, the others with its halves. Mutant: one axis' marginal held against another step.
TEST(ThreeDimensions, IndependentAxesGiveTheProductOfTheirDensities) {
    const Marginals m;
    const auto run = [&](const GridProblem& problem, std::vector<double> mean, std::vector<double> sd, double dt) {
        const auto start = gaussian_law(std::move(mean), std::move(sd));
        return solve_density({.problem = problem, .initial = *start, .outputs = {0.2}, .steps = {.fixed_dt = dt}});
    };
    const DensityResult all = run(m.all(), m.mean, m.sd, 0.02);
    const double survivors = all.rows[0].mass;
    EXPECT_NEAR(survivors + all.rows[0].absorbed_upper[0], 1.0, 1e-6);

    for (std::size_t a = 0; a < 3; ++a) {
        const auto distance = [&](double dt) {
            const auto alone = run(m.axis(a), {m.mean[a]}, {m.sd[a]}, dt);
            const auto together = marginal(all.masses, m.mesh, static_cast<int>(a));
            double sum = 0.0;
            for (std::size_t i = 0; i < together.size(); ++i)
                sum += std::abs(together[i] / survivors - alone.masses[i] / alone.rows[0].mass);
            return sum;
        };
        EXPECT_LT(distance(a == 2 ? 0.02 : 0.01), 1e-13) << a;
        EXPECT_GT(distance(a == 2 ? 0.01 : 0.02), 1e-8) << a;
    }
}

TEST(ThreeDimensions, GeneratorOfAFunctionOfOneAxisIsThatOfTheAxis) {
    const Marginals m;
    const auto start = gaussian_law(m.mean, m.sd);
    const auto masses_of = [](const GridProblem& problem, const InitialLaw& law) {
        GridField field(problem.mesh.n_cells());
        field.load(solve_density({.problem = problem, .initial = law, .outputs = {0.0}}).masses.data());
        return field;
    };
    const GridProblem all = m.all();
    const FokkerPlanck op(all);
    GeneratorTable table(op, *all.process,
                         {monomial({2, 0, 0}), monomial({0, 2, 0}),
                          fourier({0, 0, 1}, {0.0, 0.0, 0.0}, {1.0, 1.0, 1.0}, FourierPhase::sine)});
    const std::vector<double> together = table.rates(0.0, masses_of(all, *start));

    for (std::size_t a = 0; a < 3; ++a) {
        const GridProblem alone = m.axis(a);
        const FokkerPlanck op_alone(alone);
        const TestFunctionPtr phi = a < 2 ? monomial({2}) : fourier({1}, {0.0}, {1.0}, FourierPhase::sine);
        GeneratorTable table_alone(op_alone, *alone.process, {phi});
        const auto law = gaussian_law({m.mean[a]}, {m.sd[a]});
        // The other axes dilute by what their sides dropped of the start, less than 1e-6.
        EXPECT_NEAR(together[a], table_alone.rates(0.0, masses_of(alone, *law))[0], 3e-6) << a;
        EXPECT_GT(std::abs(together[a]), 0.01);
    }
}

TEST(Transport, LeavesThroughAnOpenEndWithASmallResidual) {
    const auto start = gaussian_law({-1.0}, {0.2});
    const auto judge = make_process(test::Flow{});
    const auto run = [&](int n, double factor) {
        return solve_density({.problem = problem_1d(test::Flow{.factor = factor}, -2.0, 0.2, n, Boundary::reflecting,
                                                    Boundary::absorbing),
                              .initial = *start,
                              .outputs = {0.8, 1.6},
                              .functions = {monomial({0}), monomial({1}), monomial({2})},
                              .judge = judge.get()});
    };
    const DensityResult coarse = run(80, 1.0), fine = run(160, 1.0), wrong = run(160, 1.02);

    const DensityRow& row = fine.rows.back();
    EXPECT_NEAR(row.mass + row.absorbed_upper[0], 1.0, 1e-8);  // the start lacks 1e-9 beyond the wall
    EXPECT_GT(row.absorbed_upper[0], 0.3);
    EXPECT_GE(row.smallest, 0.0);
    for (std::size_t k = 1; k < 3; ++k) {
        EXPECT_LT(std::abs(row.residual[k]), 2e-4) << k;
        EXPECT_LT(std::abs(row.residual[k]), 0.4 * std::abs(coarse.rows.back().residual[k])) << k;
        EXPECT_GT(std::abs(wrong.rows.back().residual[k]), 5.0 * std::abs(row.residual[k])) << k;
    }
}

}  // namespace
}  // namespace dynkin
