// The bits of a density must not depend on threads or vector level. ctest runs this file at every level; the rates are
// made by + - * / only, so the recorded numbers do not depend on a C library either.
#include "processes.hpp"
#include "solvers/grid/density_solver.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <vector>

namespace dynkin {
namespace {

struct Case {
    const char* name;
    std::vector<int> cells;
    bool cyclic;   // the last axis
    bool coupled;  // rates differ from line to line
    bool point;    // start in one cell, where the positivity limiter acts
    std::uint64_t recorded;
};

// Smooth rates of a few hundred per unit time, walls that absorb at the lower sides.
SplitOperator operator_of(const Case& each) {
    SplitOperator op;
    op.shape = GridField(each.cells);
    for (int a = 0; a < op.shape.dim(); ++a) op.diffusive_axes.push_back(a);
    op.cyclic.assign(each.cells.size(), false);
    op.cyclic.back() = each.cyclic;
    op.assemble = [shape = op.shape, each](int axis, double, AxisRates& rates) {
        GridField up = shape, down = shape, lower = shape, upper = shape;
        const bool cyclic = each.cyclic && axis + 1 == shape.dim();
        for (int k = 0; k < shape.n_cells(2); ++k)
            for (int j = 0; j < shape.n_cells(1); ++j)
                for (int i = 0; i < shape.n_cells(0); ++i) {
                    const std::array<int, 3> index = {i, j, k};
                    const int at = index[static_cast<std::size_t>(axis)];
                    const double x = 2.0 * at / shape.n_cells(axis) - 1.0;
                    const double pull = each.coupled ? x + 0.01 * (i - j + k) : x;
                    up.row(j, k)[i] = 200.0 / (1.0 + 0.5 * (1.0 + pull) * (1.0 + pull));
                    down.row(j, k)[i] = 200.0 / (1.0 + 0.5 * (1.0 - pull) * (1.0 - pull));
                    if (at == 0 && !cyclic) lower.row(j, k)[i] = 3.0;
                }
        rates.assign(up, down, lower, upper);
    };
    return op;
}

std::uint64_t bits_of(const Case& each, int n_threads, double stretch = 1.0) {
    const double h = stretch * (each.point ? 0.05 : 0.004);
    SplitStep stepper(operator_of(each), n_threads);
    GridField masses = stepper.op().shape;
    for (int k = 0; k < masses.n_cells(2); ++k)
        for (int j = 0; j < masses.n_cells(1); ++j)
            for (int i = 0; i < masses.n_cells(0); ++i)
                masses.row(j, k)[i] =
                    each.point ? (i == 5 ? 1.0 : 0.0) : 1.0 / (1.0 + (i - 9) * (i - 9) + 2 * j + 3 * k);
    StepLedger ledger;
    for (int s = 0; s < 4; ++s) stepper.step(masses, s * h, h, ledger);
    EXPECT_EQ(ledger.n_limited > 0, each.point) << each.name;

    std::uint64_t hash = 14695981039346656037ull;
    const auto add = [&](double v) { hash = (hash ^ std::bit_cast<std::uint64_t>(v)) * 1099511628211ull; };
    std::vector<double> dense(static_cast<std::size_t>(masses.n_total()));
    masses.store(dense.data());
    for (const double v : dense) add(v);
    for (const double v : {ledger.absorbed_lower[0], ledger.absorbed_lower[1], masses.sum(), masses.smallest()}) add(v);
    return hash;
}

std::vector<Case> cases() {
    return {{"a short line", {50}, false, false, false, 10175183912897662560ull},
            {"a line in segments", {1003}, false, false, false, 11525193287543252051ull},
            {"a ring", {301}, true, false, false, 183920249897667231ull},
            {"a point on a line", {600}, false, false, true, 15249697651848166677ull},
            {"equal lines", {67, 53}, false, false, false, 4784917089019526937ull},
            {"coupled lines", {67, 53}, false, true, false, 9579305471175278705ull},
            {"coupled rings", {67, 53}, true, true, false, 742742162022206346ull},
            {"lines from one cell", {67, 53}, false, true, true, 13997869326408418251ull},
            {"a box", {19, 23, 17}, false, true, false, 13682290410851250747ull}};
}

TEST(GridBits, AreTheRecordedOnes) {
    for (const Case& each : cases()) EXPECT_EQ(bits_of(each, 1), each.recorded) << each.name;
}

TEST(GridBits, DoNotDependOnThreads) {
    for (const Case& each : cases())
        for (const int n_threads : {2, 5}) EXPECT_EQ(bits_of(each, n_threads), bits_of(each, 1)) << each.name;
}

/// Masses at t = 1 of a solution with an output at 0.4; there, in the second case, another control takes over from the
/// masses and the step, in the third from the masses alone.
enum class Cut { none, with_step, without_step };
std::vector<double> solution(const Case& each, double fixed_dt, Cut cut) {
    StepControlOptions options;
    options.tolerance = 1e-4;
    options.fixed_dt = fixed_dt;
    GridField masses(each.cells);
    for (int k = 0; k < masses.n_cells(2); ++k)
        for (int j = 0; j < masses.n_cells(1); ++j)
            for (int i = 0; i < masses.n_cells(0); ++i)
                masses.row(j, k)[i] = 1.0 / (1.0 + (i - 9) * (i - 9) + 2 * j + 3 * k);
    SplitStep stepper(operator_of(each), 1), later_stepper(operator_of(each), 1);
    StepLedger ledger, later_ledger;
    StepControl first(stepper, options, 0.0, "test");
    first.advance(masses, 0.0, 0.4, ledger, {});
    if (cut == Cut::with_step) options.first_step = first.next_step();
    StepControl second(later_stepper, options, 0.0, "test");
    if (cut == Cut::none)
        first.advance(masses, 0.4, 1.0, ledger, {});
    else
        second.advance(masses, 0.4, 1.0, later_ledger, {});
    std::vector<double> dense(static_cast<std::size_t>(masses.n_total()));
    masses.store(dense.data());
    return dense;
}

TEST(GridBits, AreTheSameForASolutionCutInTwo) {
    int n_changed = 0;
    for (const Case& each : cases()) {
        if (each.point) continue;
        const std::vector<double> whole = solution(each, 0.0, Cut::none);
        EXPECT_EQ(solution(each, 0.0, Cut::with_step), whole) << each.name;
        EXPECT_EQ(solution(each, 0.01, Cut::without_step), solution(each, 0.01, Cut::none)) << each.name;
        n_changed += solution(each, 0.0, Cut::without_step) != whole;
    }
    EXPECT_GE(n_changed, 3);  // the mutant forgets the step, which a new start finds again in some cases only
}

// The mutant: a step that is longer by a unit in the last place, or two after rounding.
TEST(GridBits, ChangeWithTheStep) {
    for (const Case& each : cases())
        EXPECT_NE(bits_of(each, 1), bits_of(each, 1, std::nextafter(1.0, 2.0))) << each.name;
}

TEST(GridBits, OfASolutionDoNotDependOnThreads) {
    const auto law = gaussian_law({-0.5, 0.2}, {0.2, 0.3});
    const auto run = [&](int n_threads) {
        GridProblem problem{make_process(test::GradientMaierStein{}), {}, {}};
        problem.mesh.faces = {uniform_faces(-2.5, 2.5, 41), uniform_faces(-2.5, 2.5, 37)};
        problem.domain.resize(2);
        DensitySpec spec{.problem = std::move(problem), .initial = *law};
        spec.outputs = {0.1, 0.3};
        spec.functions = {hermite({1, 2}, {0.0, 0.0}, {1.0, 1.0})};
        spec.n_threads = n_threads;
        return solve_density(spec);
    };
    const DensityResult one = run(1);

    for (const int n_threads : {2, 5}) {
        const DensityResult many = run(n_threads);
        EXPECT_EQ(many.masses, one.masses);
        for (std::size_t r = 0; r < one.rows.size(); ++r) {
            EXPECT_EQ(many.rows[r].expectation, one.rows[r].expectation);
            EXPECT_EQ(many.rows[r].residual, one.rows[r].residual);
        }
    }
}

}  // namespace
}  // namespace dynkin
