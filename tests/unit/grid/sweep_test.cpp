// Sweeps along an axis against dense algebra, line by line: where lines share factors (three passes over the field) and
// where each has its own.
#include "solvers/grid/diffusive_step.hpp"

#include <gtest/gtest.h>
#include <Eigen/Dense>

#include <cmath>
#include <vector>

namespace dynkin {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

struct Sweep {
    std::vector<int> cells;
    int axis = 0;
    bool own = false;  // rates differ from line to line
    bool absorbing = false;
};

struct Rates {
    GridField up, down, lower, upper;
    explicit Rates(const std::vector<int>& cells) : up(cells), down(up), lower(up), upper(up) {}
};

template <class F>
void each_cell(const GridField& field, F f) {
    for (int k = 0; k < field.n_cells(2); ++k)
        for (int j = 0; j < field.n_cells(1); ++j)
            for (int i = 0; i < field.n_cells(0); ++i) f(i, j, k);
}

Rates rates_of(const Sweep& s) {
    Rates r(s.cells);
    each_cell(r.up, [&](int i, int j, int k) {
        const std::array<int, 3> index{i, j, k};
        const int at = index[static_cast<std::size_t>(s.axis)], n = r.up.n_cells(s.axis);
        const double tilt = 0.8 * std::sin(0.9 * at + (s.own ? 0.1 * (i + 2 * j + 3 * k) : 0.0));
        r.up.row(j, k)[i] = 20.0 * (1.0 + tilt);
        r.down.row(j, k)[i] = 20.0 * (1.0 - tilt);
        if (s.absorbing && at == 0) r.lower.row(j, k)[i] = 15.0;
        if (s.absorbing && at + 1 == n) r.upper.row(j, k)[i] = 25.0;
    });
    return r;
}

double start_at(int i, int j, int k) {
    return 4.0 + std::sin(1.0 + 0.3 * i * i + 0.7 * j + 1.1 * k);
}

/// The generator of the line through (i, j, k).
MatrixXd generator(const Sweep& s, const Rates& r, std::array<int, 3> at) {
    const int n = r.up.n_cells(s.axis);
    const auto slot = static_cast<std::size_t>(s.axis);
    MatrixXd A = MatrixXd::Zero(n, n);
    for (int c = 0; c < n; ++c) {
        at[slot] = c;
        const double up = r.up.row(at[1], at[2])[at[0]], down = r.down.row(at[1], at[2])[at[0]];
        if (c + 1 < n) A(c + 1, c) += up;
        if (c > 0) A(c - 1, c) += down;
        A(c, c) -= (c + 1 < n ? up : 0.0) + (c > 0 ? down : 0.0) + r.lower.row(at[1], at[2])[at[0]] +
                   r.upper.row(at[1], at[2])[at[0]];
    }
    return A;
}

constexpr double h = 0.05;

VectorXd two_stages(const MatrixXd& A, const VectorXd& p) {
    const auto n = A.rows();
    const MatrixXd M = MatrixXd::Identity(n, n) - sdirk2_gamma * h * A;
    const VectorXd first = M.partialPivLu().solve(p);
    return M.partialPivLu().solve(p + (1.0 - sdirk2_gamma) * h * A * first);
}

VectorXd backward_euler(const MatrixXd& A, const VectorXd& p) {
    return (MatrixXd::Identity(A.rows(), A.rows()) - h * A).partialPivLu().solve(p);
}

/// Largest deviation of the field from `expected` of every line, over all lines.
double deviation(const Sweep& s, const Rates& r, const GridField& field,
                 VectorXd (*expected)(const MatrixXd&, const VectorXd&)) {
    double worst = 0.0;
    const auto slot = static_cast<std::size_t>(s.axis);
    each_cell(field, [&](int i, int j, int k) {
        std::array<int, 3> at{i, j, k};
        if (at[slot] != 0) return;
        const int n = field.n_cells(s.axis);
        VectorXd p(n);
        for (int c = 0; c < n; ++c) {
            at[slot] = c;
            p[c] = start_at(at[0], at[1], at[2]);
        }
        const VectorXd result = expected(generator(s, r, at), p);
        for (int c = 0; c < n; ++c) {
            at[slot] = c;
            worst = std::max(worst, std::abs(field.row(at[1], at[2])[at[0]] - result[c]));
        }
    });
    return worst;
}

std::vector<Sweep> sweeps() {
    std::vector<Sweep> all;
    for (const auto& cells :
         {std::vector<int>{37, 21}, std::vector<int>{16, 16}, std::vector<int>{5, 40}, std::vector<int>{19, 6, 9}})
        for (int axis = 0; axis < static_cast<int>(cells.size()); ++axis)
            for (const bool own : {false, true})
                for (const bool absorbing : {false, true}) all.push_back({cells, axis, own, absorbing});
    return all;
}

struct Swept {
    GridField field;
    SweepOutcome outcome;
    double start = 0.0;
};

Swept swept(const Sweep& s, const Rates& r, double tau_factor, bool euler, int n_threads = 1) {
    Swept result{GridField(s.cells), {}, 0.0};
    each_cell(result.field, [&](int i, int j, int k) { result.field.row(j, k)[i] = start_at(i, j, k); });
    result.start = result.field.sum();
    AxisRates rates(result.field, s.axis, false);
    rates.assign(r.up, r.down, r.lower, r.upper);
    EXPECT_EQ(rates.width() == 1, !s.own);
    WorkerTeam team(n_threads);
    const AxisFactors factors = factor_axis(rates, tau_factor * (euler ? h : sdirk2_gamma * h), team);
    result.outcome = euler ? backward_euler_sweep(result.field, h, {&rates, &factors}, team)
                           : sdirk2_sweep(result.field, h, {&rates, &factors}, {&rates, &factors}, team);
    return result;
}

TEST(Sweep, EqualsDenseAlgebraLineByLine) {
    for (const Sweep& s : sweeps())
        for (const bool euler : {false, true}) {
            const Rates r = rates_of(s);
            const auto expected = euler ? backward_euler : two_stages;

            const Swept result = swept(s, r, 1.0, euler);

            // Numbers near 4, forty cells, condition below 10: rounding of some hundred units.
            EXPECT_LT(deviation(s, r, result.field, expected), 1e-13) << s.axis << s.own << s.absorbing << euler;
            const double gone = result.outcome.absorbed_lower + result.outcome.absorbed_upper;
            EXPECT_NEAR(result.field.sum() + gone, result.start, 1e-13 * result.start);
            EXPECT_EQ(gone > 0.0, s.absorbing);
            EXPECT_EQ(result.outcome.n_limited, 0);
            // The mutant: a step a thousandth too long.
            EXPECT_GT(deviation(s, r, swept(s, r, 1.001, euler).field, expected), 1e-6);
        }
}

TEST(Sweep, LeavesThePaddingZero) {
    for (const Sweep& s : sweeps())
        for (const bool euler : {false, true}) {
            GridField field = swept(s, rates_of(s), 1.0, euler).field;
            each_cell(field, [&](int i, int j, int k) { field.row(j, k)[i] = 0.0; });
            for (const double v : field.storage()) ASSERT_EQ(v, 0.0);
        }
}

TEST(Sweep, DoesNotDependOnTheNumberOfThreads) {
    for (const Sweep& s : sweeps())
        for (const bool euler : {false, true})
            EXPECT_EQ(swept(s, rates_of(s), 1.0, euler, 3).field.storage(),
                      swept(s, rates_of(s), 1.0, euler).field.storage());
}

// From one cell a long step of order two goes negative and is limited; a backward-Euler step stays >= 0 by itself.
TEST(Sweep, EqualLinesAndOwnLinesAgreeWhereTheLimiterActs) {
    for (int axis = 0; axis < 2; ++axis)
        for (const bool euler : {false, true}) {
            std::vector<GridField> results;
            for (const bool own : {false, true}) {
                const Sweep s{{40, 36}, axis, false, true};
                Rates r = rates_of(s);
                if (own) r.up.row(35, 0)[39] *= 1.0 + 1e-12;  // the last line is another one: no sharing
                GridField field(s.cells);
                for (int l = 0; l < 36; ++l) (axis == 0 ? field.row(l, 0)[7] : field.row(7, 0)[l]) = 1.0;
                AxisRates rates(field, axis, false);
                rates.assign(r.up, r.down, r.lower, r.upper);
                WorkerTeam team(1);
                const double step = 2.0;
                const AxisFactors factors = factor_axis(rates, euler ? step : sdirk2_gamma * step, team);

                const SweepOutcome outcome =
                    euler ? backward_euler_sweep(field, step, {&rates, &factors}, team)
                          : sdirk2_sweep(field, step, {&rates, &factors}, {&rates, &factors}, team);

                EXPECT_EQ(factors.reversed.has_value(), !own);
                EXPECT_EQ(outcome.n_limited, euler ? 0 : 36);
                EXPECT_GE(field.smallest(), 0.0);
                EXPECT_NEAR(field.sum() + outcome.absorbed_lower + outcome.absorbed_upper, 36.0, 36.0 * 1e-14);
                results.push_back(field);
            }
            EXPECT_LT(l1_distance(results[0], results[1]), 36.0 * 1e-11);  // 1e-12 in one rate of one line
        }
}

}  // namespace
}  // namespace dynkin
