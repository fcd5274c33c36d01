#include "solvers/rates/state_reduction.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/rates/state_classes.hpp"
#include "tests/unit/rates/chains.hpp"

#include <gtest/gtest.h>

namespace dynkin {
namespace {

using namespace test;

// Relative residual of (s - Q) x = right, or of the transposed equations.
double residual(const SparseRateMatrix& Q, double s, bool transposed, const std::vector<double>& x,
                const std::vector<double>& right) {
    std::vector<double> Qx(x.size());
    transposed ? Q.apply_adjoint(x.data(), Qx.data()) : Q.apply(x.data(), Qx.data());
    return (s * vector(x) - vector(Qx) - vector(right)).norm() / (Q.largest_exit_rate() * vector(x).norm());
}

TEST(StateReduction, SolvesDenseAndGridChainsBothWays) {
    const GradientGrid grid{37, 29, 0.3};
    const std::vector<double> loss = random_values(37 * 29, 0.0, 1.0, 21);
    // 100 dense states are one front of several panels; the grid has fronts of many sizes.
    for (const SparseRateMatrix& Q : {random_chain(100, 1.0, 1.0, false, 22), grid.matrix(loss)})
        for (const double s : {0.0, 0.7}) {
            const std::vector<double> right = random_values(Q.size(), -1.0, 1.0, 23);
            const StateReduction reduction(Q, s);
            std::vector<double> x = right, y = right;

            reduction.solve(x.data());
            reduction.solve_adjoint(y.data());

            EXPECT_LT(residual(Q, s, false, x, right), 1e-14);
            EXPECT_LT(residual(Q, s, true, y, right), 1e-14);
            // Mutant: solutions of each other's equations.
            EXPECT_GT(residual(Q, s, false, y, right), 1e-6);
        }
}

TEST(StateReduction, FillsInLittleOnLinesRingsAndGrids) {
    std::vector<RateEntry> ring;
    for (int i = 0; i < 1000; ++i) {
        ring.push_back({i, (i + 1) % 1000, 1.0});
        ring.push_back({(i + 1) % 1000, i, 1.0});
    }
    const Index line = StateReduction(double_well(1000, 0.2).matrix()).n_stored();
    const Index cycle = StateReduction(SparseRateMatrix(1000, ring)).n_stored();
    const Index grid = StateReduction(GradientGrid{64, 64, 0.3}.matrix()).n_stored();

    // Counted with the diagonal: 3 n - 2 on a line; two more rates a state on a ring. A band of the grid in its natural
    // order stores 2 * 64 rates a state.
    EXPECT_LE(line, 3 * 1000 + 10);
    EXPECT_LE(cycle, 5 * 1000 + 10);
    EXPECT_LE(grid, 4096 * 40);
}

TEST(StateReduction, RefusesSourcesAndSingularChains) {
    const SparseRateMatrix source(2, {{0, 1, 1.0}, {1, 0, 1.0}}, {-0.5, 1.0});
    EXPECT_THROW(StateReduction{source}, ConfigError);
    EXPECT_NO_THROW(StateReduction(source, 0.5));
    std::vector<double> x{1.0, 1.0};
    EXPECT_THROW(StateReduction(SparseRateMatrix(2, {{0, 1, 1.0}, {1, 0, 1.0}})).solve(x.data()), NumericsError);
    // States 0 and 2 are both absorbing: one of them is eliminated before the end.
    const SparseRateMatrix reducible(3, {{1, 0, 1.0}, {1, 2, 1.0}});
    EXPECT_THROW(StateReduction{reducible}, NumericsError);
}

TEST(StateClasses, FindClosedClassesAndWhatLeadsToThem) {
    // 0 <-> 1 -> 2 <-> 3, 1 -> 4, 5 alone.
    const SparseRateMatrix Q(6, {{0, 1, 1.0}, {1, 0, 1.0}, {1, 2, 1.0}, {2, 3, 1.0}, {3, 2, 1.0}, {1, 4, 1.0}});

    const auto classes = closed_classes(Q);
    const std::vector<bool> leads = states_leading_to(Q, {false, false, false, true, false, false});
    const std::vector<bool> blocked =
        states_leading_to(Q, {false, false, false, true, false, false}, {false, true, false, false, false, false});

    EXPECT_EQ(classes, (std::vector<std::vector<Index>>{{2, 3}, {4}, {5}}));
    EXPECT_EQ(leads, (std::vector<bool>{true, true, true, true, false, false}));
    EXPECT_EQ(blocked, (std::vector<bool>{false, false, true, true, false, false}));
}

TEST(StateClasses, WalkLongChainsWithoutRecursion) {
    std::vector<RateEntry> rates;
    for (int i = 0; i + 1 < 300000; ++i) rates.push_back({i, i + 1, 1.0});

    EXPECT_EQ(closed_classes(SparseRateMatrix(300000, rates)), (std::vector<std::vector<Index>>{{299999}}));
}

}  // namespace
}  // namespace dynkin
