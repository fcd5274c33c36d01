#include "solvers/grid/tridiagonal.hpp"
#include "solvers/grid/segmented_line.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

namespace dynkin {
namespace {

constexpr int W = batch_width;

// Rates of a diffusion in a quartic potential, stiff and with detailed balance p_i up_i = p_{i+1} down_{i+1}.
struct Line {
    int n;
    std::vector<double> up, down, loss, equilibrium;

    Line(int n_cells, bool cyclic) : n(n_cells), up(size()), down(size()), loss(size()), equilibrium(size()) {
        for (int i = 0; i < n; ++i) equilibrium[at(i)] = std::exp(-potential(i));
        for (int i = 0; i < n; ++i) {
            const int next = (i + 1) % n;
            if (next == 0 && !cyclic) break;
            const double difference = potential(next) - potential(i);
            up[at(i)] = 2e4 * std::exp(-0.5 * difference);
            down[at(next)] = 2e4 * std::exp(0.5 * difference);
        }
    }
    std::size_t size() const { return static_cast<std::size_t>(n); }
    static std::size_t at(int i) { return static_cast<std::size_t>(i); }
    double potential(int i) const { return 4.0 * (1.0 + std::sin(4.0 * M_PI * (i + 0.5) / n)); }
    LineRates rates() const { return {up.data(), down.data(), loss.data()}; }
};

std::vector<double> widened(const std::vector<double>& v) {
    std::vector<double> w;
    for (const double x : v) w.insert(w.end(), W, x);
    return w;
}

double sum(const std::vector<double>& v) {
    return std::accumulate(v.begin(), v.end(), 0.0);
}

class Resolvent : public testing::TestWithParam<bool> {};

TEST_P(Resolvent, SolvesTheSystemItWasFactoredFrom) {
    const bool cyclic = GetParam();
    Line line(37, cyclic);
    line.loss.front() = 3.0;
    line.loss.back() = 5.0;
    std::vector<double> right(line.size());
    for (int i = 0; i < line.n; ++i) right[Line::at(i)] = 1.0 + std::cos(1.7 * i);
    LineFactors factors;

    factors.factor(line.n, 1, cyclic, 0.01, line.rates());
    std::vector<double> x = right, ax(line.size());
    factors.solve_line(x.data());
    apply_line_generator(line.n, 1, cyclic, line.rates(), x.data(), ax.data());

    for (std::size_t i = 0; i < line.size(); ++i) EXPECT_NEAR(x[i] - 0.01 * ax[i], right[i], 1e-12);
}

TEST_P(Resolvent, IsTheSameForALineAndForABatch) {
    const bool cyclic = GetParam();
    const Line line(50, cyclic);
    LineFactors single, batch;
    single.factor(line.n, 1, cyclic, 0.1, line.rates());
    const auto up = widened(line.up), down = widened(line.down), loss = widened(line.loss);
    batch.factor(line.n, W, cyclic, 0.1, {up.data(), down.data(), loss.data()});
    std::vector<double> x(line.size());
    for (int i = 0; i < line.n; ++i) x[Line::at(i)] = 1.0 / (1.0 + i);
    std::vector<double> shared = widened(x), own = shared;

    single.solve_line(x.data());
    single.solve_batch(shared.data());
    batch.solve_batch(own.data());

    for (std::size_t i = 0; i < line.size(); ++i)
        for (std::size_t l = 0; l < W; ++l) {
            EXPECT_EQ(shared[i * W + l], x[i]);
            EXPECT_EQ(own[i * W + l], x[i]);
        }
}

TEST_P(Resolvent, KeepsMassSignAndEquilibriumWhateverTheStep) {
    const bool cyclic = GetParam();
    const Line line(400, cyclic);
    for (const double tau : {1e-6, 1e-2, 1e4, 1e10}) {
        LineFactors factors;
        factors.factor(line.n, 1, cyclic, tau, line.rates());
        std::vector<double> point(line.size()), equilibrium = line.equilibrium;
        point[123] = 1.0;

        factors.solve_line(point.data());
        factors.solve_line(equilibrium.data());

        EXPECT_NEAR(sum(point), 1.0, 1e-13) << tau;
        for (std::size_t i = 0; i < line.size(); ++i) {
            EXPECT_GE(point[i], 0.0);
            EXPECT_NEAR(equilibrium[i] / line.equilibrium[i], 1.0, 1e-13) << "tau " << tau << " cell " << i;
        }
    }
}
INSTANTIATE_TEST_SUITE_P(OpenAndCyclic, Resolvent, testing::Bool());

// Lengths that fill the segments, leave them unfilled, and leave whole segments empty.
TEST(SegmentedLine, SolvesTheSystemItWasFactoredFrom) {
    for (const int n : {128, 129, 145, 400, 1024}) {
        Line line(n, false);
        line.loss.front() = 3.0;
        line.loss.back() = 5.0;
        std::vector<double> right(line.size());
        for (int i = 0; i < n; ++i) right[Line::at(i)] = 1.0 + std::cos(1.7 * i);
        SegmentedLine factors;

        factors.factor(n, 0.01, line.rates());
        std::vector<double> x = right, ax(line.size());
        factors.solve(x.data());
        apply_line_generator(n, 1, false, line.rates(), x.data(), ax.data());

        for (std::size_t i = 0; i < line.size(); ++i) EXPECT_NEAR(x[i] - 0.01 * ax[i], right[i], 1e-11) << n;
    }
}

TEST(SegmentedLine, KeepsMassSignAndEquilibriumWhateverTheStep) {
    const Line line(401, false);
    for (const double tau : {1e-6, 1e-2, 1e4, 1e10}) {
        SegmentedLine factors;
        factors.factor(line.n, tau, line.rates());
        std::vector<double> point(line.size()), equilibrium = line.equilibrium;
        point[123] = 1.0;

        factors.solve(point.data());
        factors.solve(equilibrium.data());

        EXPECT_NEAR(sum(point), 1.0, 1e-13) << tau;
        for (std::size_t i = 0; i < line.size(); ++i) {
            EXPECT_GE(point[i], 0.0);
            EXPECT_NEAR(equilibrium[i] / line.equilibrium[i], 1.0, 1e-13) << "tau " << tau << " cell " << i;
        }
    }
}

// The mutant: the flow between the segments left out.
TEST(SegmentedLineMutant, CutSegmentsAreSeen) {
    Line line(400, false);
    SegmentedLine whole, cut;
    whole.factor(line.n, 0.01, line.rates());
    for (int c = 25; c < 400; c += 25) line.up[Line::at(c - 1)] = line.down[Line::at(c)] = 0.0;
    cut.factor(line.n, 0.01, line.rates());
    std::vector<double> x(line.size()), y(line.size());
    x[99] = y[99] = 1.0;

    whole.solve(x.data());
    cut.solve(y.data());

    EXPECT_GT(std::abs(x[100] - y[100]), 1e-3);
}

// The textbook pivot b - w c is a difference of two numbers of size tau * rate.
TEST(ResolventMutant, TextbookPivotsLoseMassAtLargeSteps) {
    const Line line(400, false);
    const double tau = 1e10;
    std::vector<double> pivot(line.size()), x(line.size());
    x[123] = 1.0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        pivot[i] = 1.0 + tau * (line.up[i] + line.down[i]);
        if (i == 0) continue;
        const double w = tau * line.up[i - 1] / pivot[i - 1];
        pivot[i] -= w * tau * line.down[i];
        x[i] += w * x[i - 1];
    }
    for (std::size_t i = line.size(); i-- > 0;)
        x[i] = (x[i] + (i + 1 < line.size() ? tau * line.down[i + 1] * x[i + 1] : 0.0)) / pivot[i];

    EXPECT_GT(std::abs(sum(x) - 1.0), 1e-9);
}

}  // namespace
}  // namespace dynkin
