// Axis steps and their splitting, on hand-made rates: no process, no mesh.
#include "solvers/core/errors.hpp"
#include "solvers/grid/step_control.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

namespace dynkin {
namespace {

double bernoulli(double z) { return std::abs(z) < 1e-8 ? 1.0 - 0.5 * z : z / std::expm1(z); }

// Cells of width 6/n on (-3, 3) along every axis; rates D/h^2 B(dU/D) for a potential of all coordinates.
struct Landscape {
    std::vector<int> cells;
    double D;
    std::function<double(const std::array<double, 3>&)> potential;
    bool absorbing = false;

    double h(int a) const { return 6.0 / cells[static_cast<std::size_t>(a)]; }
    std::array<double, 3> centre(int i, int j, int k) const {
        std::array<double, 3> x{};
        const std::array<int, 3> index{i, j, k};
        for (std::size_t a = 0; a < cells.size(); ++a) x[a] = -3.0 + (index[a] + 0.5) * h(static_cast<int>(a));
        return x;
    }
    template <class F>
    void each_cell(F f) const {
        const auto n = [this](std::size_t a) { return a < cells.size() ? cells[a] : 1; };
        for (int k = 0; k < n(2); ++k)
            for (int j = 0; j < n(1); ++j)
                for (int i = 0; i < n(0); ++i) f(i, j, k);
    }
    GridField sample(const std::function<double(const std::array<double, 3>&)>& f) const {
        GridField m(cells);
        each_cell([&](int i, int j, int k) { m.row(j, k)[i] = f(centre(i, j, k)); });
        const double total = m.sum();
        for (double& v : m.storage()) v /= total;
        return m;
    }
    GridField equilibrium() const {
        return sample([this](const auto& x) { return std::exp(-potential(x) / D); });
    }
    void assemble(int axis, AxisRates& rates) const {
        GridField up(cells), down(cells), low(cells), high(cells);
        const auto slot = static_cast<std::size_t>(axis);
        const double scale = D / (h(axis) * h(axis));
        each_cell([&](int i, int j, int k) {
            const std::array<int, 3> index{i, j, k};
            auto x = centre(i, j, k), y = x;
            y[slot] += h(axis);
            const double rise = (potential(y) - potential(x)) / D;
            double* here = &up.row(j, k)[i];
            const bool last = index[slot] + 1 == cells[slot];
            if (!last) *here = scale * bernoulli(rise);
            double* above = &down.row(j, k)[i] + up.stride(axis);
            if (!last) *above = scale * bernoulli(-rise);
            if (absorbing && index[slot] == 0) low.row(j, k)[i] = 2.0 * scale;
            if (absorbing && last) high.row(j, k)[i] = 2.0 * scale;
        });
        rates.assign(up, down, low, high);
    }
    SplitOperator op() const {
        SplitOperator op;
        op.shape = GridField(cells);
        for (int a = 0; a < static_cast<int>(cells.size()); ++a) op.diffusive_axes.push_back(a);
        op.cyclic.assign(cells.size(), false);
        op.assemble = [this](int axis, double, AxisRates& rates) { assemble(axis, rates); };
        return op;
    }
};

double quartic(const std::array<double, 3>& x) { return std::pow(x[0], 4) / 4.0 - x[0] * x[0] / 2.0; }
double gradient_maier_stein(const std::array<double, 3>& x) { return quartic(x) + x[1] * x[1] * (1.0 + x[0] * x[0]) / 2.0; }

double largest_relative_change(const GridField& a, const GridField& b) {
    double worst = 0.0;
    for (int k = 0; k < a.n_cells(2); ++k)
        for (int j = 0; j < a.n_cells(1); ++j)
            for (int i = 0; i < a.n_cells(0); ++i)
                worst = std::max(worst, std::abs(a.row(j, k)[i] / b.row(j, k)[i] - 1.0));
    return worst;
}

TEST(SplitStep, KeepsADiscreteEquilibrium) {
    for (const auto& cells : {std::vector<int>{300}, std::vector<int>{60, 75}}) {
        const Landscape landscape{cells, 0.3, cells.size() == 1 ? quartic : gradient_maier_stein};
        const GridField start = landscape.equilibrium();
        for (const double h : {1e-3, 0.1, 100.0}) {
            SplitStep stepper(landscape.op(), 1);
            GridField p = start;
            StepLedger ledger;

            for (int s = 0; s < 200; ++s) stepper.step(p, s * h, h, ledger);

            EXPECT_LT(l1_distance(p, start), 1e-13) << h;
            EXPECT_LT(largest_relative_change(p, start), 2e-12) << h;
        }
    }
}

TEST(SplitStep, KeepsMassOverAThousandSteps) {
    const Landscape landscape{{513}, 0.1, quartic};
    SplitStep stepper(landscape.op(), 1);
    GridField p = landscape.sample([](const auto& x) { return std::exp(-std::pow(x[0] + 1.0, 2) / 0.02); });
    const double mass = p.sum();
    StepLedger ledger;

    for (int s = 0; s < 1000; ++s) stepper.step(p, 0.01 * s, 0.01, ledger);

    EXPECT_NEAR(p.sum(), mass, 1e-12);
    EXPECT_EQ(ledger.n_factorisations, 1);
}

// A step far too long for a point: the plain method leaves a hole at the source.
TEST(SplitStep, StaysPositiveFromAPointWithALongFirstStep) {
    for (const bool absorbing : {false, true})
        for (const auto& cells : {std::vector<int>{200}, std::vector<int>{40, 50}}) {
            const Landscape landscape{cells, 0.5, cells.size() == 1 ? quartic : gradient_maier_stein, absorbing};
            SplitStep stepper(landscape.op(), 1);
            GridField p(cells);
            p.row(cells.size() == 1 ? 0 : 20, 0)[17] = 1.0;
            StepLedger ledger;

            stepper.step(p, 0.0, 0.5, ledger);

            EXPECT_GE(p.smallest(), 0.0);
            EXPECT_GT(ledger.n_limited, 0);
            EXPECT_NEAR(p.sum() + ledger.removed(), 1.0, 1e-13);
        }
}

TEST(SplitStepMutant, PlainSdirk2GoesNegativeThere) {
    const Landscape landscape{{200}, 0.5, quartic};
    AxisRates rates(GridField(landscape.cells), 0, false);
    landscape.assemble(0, rates);
    WorkerTeam team(1);
    const AxisFactors factors = factor_axis(rates, sdirk2_gamma * 0.5, team);
    std::vector<double> p(200), y;
    p[17] = 1.0;

    y = p;
    factors.solve_line(y.data());
    const double w = (1.0 - sdirk2_gamma) / sdirk2_gamma;
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = w * y[i] + (1.0 - w) * p[i];
    factors.solve_line(y.data());

    EXPECT_LT(*std::min_element(y.begin(), y.end()), -1e-4);
}

// The same line problem along x, y and z of a box, where it meets transposed, strided and shared storage.
TEST(SplitStep, TreatsAllAxesAlike) {
    std::vector<std::vector<double>> marginals;
    for (int axis = 0; axis < 3; ++axis) {
        std::vector<int> cells = {19, 19, 19};
        const auto slot = static_cast<std::size_t>(axis);
        const Landscape landscape{cells, 0.4, [slot](const auto& x) { return quartic({x[slot], 0.0, 0.0}); }};
        SplitOperator op = landscape.op();
        op.diffusive_axes = {axis};
        op.cyclic = {false};
        SplitStep stepper(op, 2);
        GridField p = landscape.sample([slot](const auto& x) { return std::exp(-2.0 * std::pow(x[slot] - 1.0, 2)); });
        StepLedger ledger;
        stepper.step(p, 0.0, 0.3, ledger);
        std::vector<double> line;
        for (int i = 0; i < 19; ++i) line.push_back(p.row(axis == 1 ? i : 3, axis == 2 ? i : 4)[axis == 0 ? i : 5]);
        marginals.push_back(line);
    }

    for (std::size_t i = 0; i < 19; ++i) {
        EXPECT_NEAR(marginals[1][i] / marginals[0][i], 1.0, 1e-13);
        EXPECT_NEAR(marginals[2][i] / marginals[0][i], 1.0, 1e-13);
    }
}

TEST(SplitStep, DoesNotDependOnTheNumberOfThreads) {
    const Landscape landscape{{37, 41}, 0.3, gradient_maier_stein};
    SplitStep one(landscape.op(), 1), three(landscape.op(), 3);
    GridField a = landscape.sample([](const auto& x) { return std::exp(-x[0] * x[0] - 3.0 * x[1] * x[1]); }), b = a;
    StepLedger ledger;

    for (int s = 0; s < 5; ++s) {
        one.step(a, 0.1 * s, 0.1, ledger);
        three.step(b, 0.1 * s, 0.1, ledger);
    }

    EXPECT_EQ(a.storage(), b.storage());
}

TEST(StepControl, LandsOnOutputsAndUsesFactorsAgain) {
    const Landscape landscape{{200}, 0.1, quartic};
    SplitStep stepper(landscape.op(), 1);
    StepControl control(stepper, {1e-6, 0.0}, 0.0, "test");
    GridField p(landscape.cells);
    p.row(0, 0)[70] = 1.0;
    StepLedger ledger;
    std::vector<double> ends;
    double sum = 0.0;

    for (int output = 0; output < 10; ++output) {
        control.advance(p, 0.1 * output, 0.1 * (output + 1), ledger, [&](double t, double h, const GridField&) {
            ends.push_back(t);
            sum += h;
        });
        EXPECT_EQ(ends.back(), 0.1 * (output + 1));
    }

    EXPECT_NEAR(sum, 1.0, 1e-12);
    EXPECT_TRUE(std::is_sorted(ends.begin(), ends.end()));
    EXPECT_EQ(static_cast<std::int64_t>(ends.size()), control.counts().n_steps);
    EXPECT_LT(ledger.n_factorisations, 25);
    EXPECT_LT(control.counts().time_error, 2e-5);
    EXPECT_EQ(ledger.n_limited, 0);
}

TEST(StepControl, StopsWhenMassDisappearsOrIsNotFinite) {
    const Landscape landscape{{50}, 0.3, quartic};
    SplitOperator op = landscape.op();
    op.autonomous = false;
    op.assemble = [&](int axis, double t, AxisRates& rates) {
        GridField up(landscape.cells), zero(landscape.cells);
        (void)axis;
        std::fill_n(up.row(0, 0), 49, t < 0.5 ? 1.0 : std::nan(""));
        rates.assign(up, zero, zero, zero);
    };
    SplitStep stepper(op, 1);
    StepControl control(stepper, {1e-6, 0.1}, 0.0, "test");
    GridField p = landscape.equilibrium();
    StepLedger ledger;

    EXPECT_THROW(control.advance(p, 0.0, 1.0, ledger, {}), NumericsError);
    EXPECT_THROW(StepControl(stepper, {0.0, 0.0}, 0.0, "test"), ConfigError);
}

}  // namespace
}  // namespace dynkin
