#include "solvers/grid/advection.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

namespace dynkin {
namespace {

constexpr double pi = 3.14159265358979323846;

// Velocities on the unit square as averages over faces (two Gauss points).
template <class U>
FaceVelocity on_unit_square(int n, U u) {
    return [n, u](int axis, double t, GridField& velocity) {
        const double h = 1.0 / n, gauss = 0.5 * h / std::sqrt(3.0);
        for (int j = 0; j < velocity.n_cells(1); ++j)
            for (int i = 0; i < velocity.n_cells(0); ++i) {
                double sum = 0.0;
                for (const double d : {-gauss, gauss})
                    sum += axis == 0 ? u(0, i * h, (j + 0.5) * h + d, t) : u(1, (i + 0.5) * h + d, j * h, t);
                velocity.row(j, 0)[i] = 0.5 * sum;
            }
    };
}

double solid_body(int axis, double x, double y, double) {
    return axis == 0 ? -2.0 * pi * (y - 0.5) : 2.0 * pi * (x - 0.5);
}

constexpr double swirl_period = 1.5;
double reversing_swirl(int axis, double x, double y, double t) {  // LeVeque (1996)
    const double g = std::cos(pi * t / swirl_period);
    return axis == 0 ? std::pow(std::sin(pi * x), 2) * std::sin(2.0 * pi * y) * g
                     : -std::pow(std::sin(pi * y), 2) * std::sin(2.0 * pi * x) * g;
}

GridField blob(int n, double x0, double y0, double sd) {
    const std::vector<int> cells = {n, n};
    GridField m(cells);
    for (int j = 0; j < n; ++j)
        for (int i = 0; i < n; ++i) {
            const double x = (i + 0.5) / n - x0, y = (j + 0.5) / n - y0;
            m.row(j, 0)[i] = std::exp(-(x * x + y * y) / (2.0 * sd * sd)) / (2.0 * pi * sd * sd * n * n);
        }
    return m;
}

struct Turn {
    double error, mass_drift, smallest;
};

template <class U>
Turn after_one_period(U u, bool autonomous, double period, int n, AdvectiveFlux flux) {
    const std::vector<double> widths(static_cast<std::size_t>(n), 1.0 / n);
    const GridField start = blob(n, 0.5, 0.7, 0.07);
    GridField m = start;
    WorkerTeam team(1);
    Advection advection(m, {{0, widths}, {1, widths}}, on_unit_square(n, u), flux, autonomous);
    advection.advance(m, 0.0, period, team);
    return {l1_distance(m, start), m.sum() - start.sum(), m.smallest()};
}

// The gate: L1 error of a blob with standard deviation 0.07 on 64^2 cells after one period.
TEST(Advection, SolidBodyRotationComesBackToItsStart) {
    const Turn weno = after_one_period(solid_body, true, 1.0, 64, AdvectiveFlux::weno5);
    const Turn muscl = after_one_period(solid_body, true, 1.0, 64, AdvectiveFlux::muscl);
    const Turn coarse = after_one_period(solid_body, true, 1.0, 32, AdvectiveFlux::weno5);
    const Turn upwind = after_one_period(solid_body, true, 1.0, 64, AdvectiveFlux::upwind);

    EXPECT_LT(weno.error, 0.004);
    EXPECT_LT(muscl.error, 0.15);
    EXPECT_NEAR(std::log2(coarse.error / weno.error), 4.1, 0.5);
    EXPECT_GT(upwind.error, 0.5);  // the mutant
    for (const Turn& turn : {weno, muscl, coarse, upwind}) {
        EXPECT_NEAR(turn.mass_drift, 0.0, 1e-12);
        EXPECT_GE(turn.smallest, 0.0);
    }
}

TEST(Advection, ReversingSwirlComesBackToItsStart) {
    const Turn weno = after_one_period(reversing_swirl, false, swirl_period, 64, AdvectiveFlux::weno5);
    const Turn muscl = after_one_period(reversing_swirl, false, swirl_period, 64, AdvectiveFlux::muscl);
    const Turn coarse = after_one_period(reversing_swirl, false, swirl_period, 32, AdvectiveFlux::weno5);
    const Turn upwind = after_one_period(reversing_swirl, false, swirl_period, 64, AdvectiveFlux::upwind);

    EXPECT_LT(weno.error, 0.012);
    EXPECT_LT(muscl.error, 0.15);
    EXPECT_NEAR(std::log2(coarse.error / weno.error), 3.6, 0.5);
    EXPECT_GT(upwind.error, 0.5);  // the mutant
    for (const Turn& turn : {weno, muscl, coarse, upwind}) {
        EXPECT_NEAR(turn.mass_drift, 0.0, 1e-12);
        EXPECT_GE(turn.smallest, 0.0);
    }
}

TEST(Advection, KeepsAConstantInADivergenceFreeFlow) {
    const int n = 48;
    const std::vector<double> widths(n, 1.0 / n);
    const std::vector<int> cells = {n, n};
    GridField m(cells);
    for (int j = 0; j < n; ++j) std::fill_n(m.row(j, 0), n, 1.0);
    WorkerTeam team(1);
    Advection advection(m, {{0, widths}, {1, widths}}, on_unit_square(n, reversing_swirl), AdvectiveFlux::weno5, false);

    advection.advance(m, 0.0, 0.5, team);

    // Gauss averages of the face velocities leave a divergence of O(h^4).
    double worst = 0.0;
    for (int j = 0; j < n; ++j)
        for (int i = 0; i < n; ++i) worst = std::max(worst, std::abs(m.row(j, 0)[i] - 1.0));
    EXPECT_LT(worst, 1e-4);
}

// A wave once round a ring. In one dimension the order is that of the
// reconstruction; the step shrinks like h^(5/3) so that RK3 does not show.
double ring_error(int n, AdvectiveFlux flux, bool graded) {
    std::vector<double> edges, widths;
    for (int i = 0; i <= n; ++i) {
        const double s = static_cast<double>(i) / n;
        edges.push_back(graded ? s + 0.5 / (2.0 * pi) * std::sin(2.0 * pi * s) : s);
    }
    for (int i = 0; i < n; ++i) widths.push_back(edges[static_cast<std::size_t>(i) + 1] - edges[static_cast<std::size_t>(i)]);
    const std::vector<int> cells = {n};
    GridField m(cells);
    for (int i = 0; i < n; ++i) {
        const double a = edges[static_cast<std::size_t>(i)], b = edges[static_cast<std::size_t>(i) + 1];
        m.row(0, 0)[i] = (b - a) + 0.5 / (2.0 * pi) * (std::cos(2.0 * pi * a) - std::cos(2.0 * pi * b));
    }
    const GridField start = m;
    const auto one = [](int, double, GridField& v) { std::fill(v.storage().begin(), v.storage().end(), 1.0); };
    WorkerTeam team(1);
    Advection advection(m, {{0, widths, AdvectiveSide::periodic, AdvectiveSide::periodic}}, one, flux, true);
    const int n_steps = static_cast<int>(std::ceil(3.0 * std::pow(n, 5.0 / 3.0)));
    AdvectionOutcome outcome;
    for (int s = 0; s < n_steps; ++s)
        EXPECT_TRUE(advection.try_step(m, s / static_cast<double>(n_steps), 1.0 / n_steps, team, outcome));
    return l1_distance(m, start);
}

TEST(Advection, ReconstructionsHaveTheirOrderAlongOneAxis) {
    const double weno = std::log2(ring_error(32, AdvectiveFlux::weno5, false) / ring_error(64, AdvectiveFlux::weno5, false));
    const double muscl = std::log2(ring_error(128, AdvectiveFlux::muscl, false) / ring_error(256, AdvectiveFlux::muscl, false));
    const double graded = std::log2(ring_error(128, AdvectiveFlux::weno5, true) / ring_error(256, AdvectiveFlux::weno5, true));
    const double upwind = std::log2(ring_error(128, AdvectiveFlux::upwind, false) / ring_error(256, AdvectiveFlux::upwind, false));

    EXPECT_NEAR(weno, 5.0, 0.1);
    EXPECT_NEAR(muscl, 2.0, 0.2);   // the limiter flattens the two extrema
    EXPECT_NEAR(graded, 2.0, 0.2);  // WENO5 falls back to MUSCL on a graded axis
    EXPECT_NEAR(upwind, 1.0, 0.1);  // the mutant
}

TEST(Advection, OutflowIsAccountedForAndNothingEnters) {
    const int n = 100;
    const std::vector<double> widths(n, 1.0 / n);
    const std::vector<int> cells = {n};
    GridField m(cells);
    for (int i = 0; i < n; ++i) m.row(0, 0)[i] = i >= 30 && i < 50 ? 0.05 : 0.0;
    const auto one = [](int, double, GridField& v) { std::fill(v.storage().begin(), v.storage().end(), 1.0); };
    WorkerTeam team(1);
    Advection advection(m, {{0, widths, AdvectiveSide::outflow, AdvectiveSide::outflow}}, one, AdvectiveFlux::weno5, true);

    const AdvectionOutcome outcome = advection.advance(m, 0.0, 0.6, team);

    EXPECT_NEAR(outcome.absorbed_upper[0], 0.5, 1e-2);
    EXPECT_EQ(outcome.absorbed_lower[0], 0.0);
    EXPECT_NEAR(m.sum() + outcome.absorbed_upper[0], 1.0, 1e-12);
    EXPECT_GE(m.smallest(), 0.0);
    EXPECT_GT(outcome.n_limited, 0);
}

TEST(Advection, DoesNotDependOnTheNumberOfThreads) {
    const int n = 40;
    const std::vector<double> widths(n, 1.0 / n);
    GridField one = blob(n, 0.4, 0.6, 0.05), three = one;
    WorkerTeam single(1), team(3);
    Advection a(one, {{0, widths}, {1, widths}}, on_unit_square(n, reversing_swirl), AdvectiveFlux::weno5, false);
    Advection b(one, {{0, widths}, {1, widths}}, on_unit_square(n, reversing_swirl), AdvectiveFlux::weno5, false);

    a.advance(one, 0.0, 0.2, single);
    b.advance(three, 0.0, 0.2, team);

    EXPECT_EQ(one.storage(), three.storage());
}

}  // namespace
}  // namespace dynkin
