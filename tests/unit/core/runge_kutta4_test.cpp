#include "solvers/core/model.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

namespace dynkin {
namespace {

/// y' = -2 t y^2, z' = -t y z: y = 1 / (1 + t^2) and z = z0 (1 + t^2)^(-1/2) from y = 1: non-linear, and it depends on
/// time.
struct Pair {
    static constexpr std::string_view name = "pair";
    static constexpr int dim = 2, noise_dim = 0;
    static constexpr NoiseKind noise_kind = NoiseKind::none;
    static constexpr bool autonomous = false;
    double node_shift = 0.0;  // the mutant: right-hand side at a wrong time
    template <class S>
    void drift(std::span<const S> x, S t, std::span<S> b) const {
        const S s = t + node_shift;
        b[0] = -2.0 * s * x[0] * x[0];
        b[1] = -s * x[0] * x[1];
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S>) const {}
};

/// Largest error at t = 1 of n steps, over a block that ends inside a vector.
double error_of(int n_steps) {
    const auto process = make_process(Pair{});
    const Index n = 21;
    Block x(2, n);
    for (Index q = 0; q < n; ++q) x.row(0)[q] = 1.0, x.row(1)[q] = 1.0 + 0.1 * static_cast<double>(q);
    const double h = 1.0 / n_steps;
    for (int k = 0; k < n_steps; ++k) EXPECT_TRUE(process->runge_kutta4(x.rows(), n, k * h, h));
    double worst = 0.0;
    for (Index q = 0; q < n; ++q) {
        worst = std::fmax(worst, std::abs(x.row(0)[q] - 0.5));
        worst = std::fmax(worst, std::abs(x.row(1)[q] - (1.0 + 0.1 * static_cast<double>(q)) * std::sqrt(0.5)));
    }
    return worst;
}

TEST(RungeKutta4, HasOrderFourOnANonLinearProblemThatDependsOnTime) {
    EXPECT_NEAR(std::log2(error_of(32) / error_of(64)), 4.0, 0.1);
    EXPECT_NEAR(std::log2(error_of(64) / error_of(128)), 4.0, 0.1);
}

// One step against the tableau, and the mutant whose nodes are a thousandth off.
TEST(RungeKutta4, IsTheClassicalTableau) {
    const double t = 0.3, h = 0.2;
    const auto f = [](double s, double y) { return -2.0 * s * y * y; };
    const double k1 = f(t, 0.8), k2 = f(t + h / 2, 0.8 + h / 2 * k1), k3 = f(t + h / 2, 0.8 + h / 2 * k2),
                 k4 = f(t + h, 0.8 + h * k3);
    const double expected = 0.8 + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
    const auto step = [&](double node_shift) {
        Block x(2, 9);
        for (Index q = 0; q < 9; ++q) x.row(0)[q] = 0.8;
        make_process(Pair{node_shift})->runge_kutta4(x.rows(), 9, t, h);
        for (Index q = 1; q < 9; ++q) EXPECT_EQ(x.row(0)[q], x.row(0)[0]);
        return x.row(0)[0];
    };

    EXPECT_NEAR(step(0.0), expected, 4e-16);  // a dozen roundings of numbers below 0.25, halved by h
    EXPECT_GT(std::abs(step(1e-3) - expected), 1e-5);
}

// ctest runs this at the other vector levels too.
TEST(RungeKutta4, HasTheRecordedBits) {
    const auto process = make_process(Pair{});
    Block x(2, 21);
    for (Index q = 0; q < 21; ++q) x.row(0)[q] = 0.5 + static_cast<double>(q) / 32.0, x.row(1)[q] = 1.0;
    for (int k = 0; k < 10; ++k) process->runge_kutta4(x.rows(), 21, k / 16.0, 1.0 / 16.0);
    std::uint64_t hash = 14695981039346656037ull;
    for (int j = 0; j < 2; ++j)
        for (Index q = 0; q < 21; ++q) hash = (hash ^ std::bit_cast<std::uint64_t>(x.row(j)[q])) * 1099511628211ull;
    EXPECT_EQ(hash, 13388254410751580869ull);
}

}  // namespace
}  // namespace dynkin
