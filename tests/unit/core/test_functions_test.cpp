#include "solvers/core/test_functions.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/core/model.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace dynkin {
namespace {

TestFunctions smooth_functions_2d() {
    const double period = 2.0 * std::acos(-1.0);
    return {monomial({0, 0}), monomial({1, 0}), monomial({2, 1}), monomial({0, 4}), monomial({3, 2}),
            hermite({3, 2}, {0.2, -0.1}, {0.7, 1.3}), hermite({0, 1}, {0.2, -0.1}, {0.7, 1.3}),
            gaussian_bump({0.3, -0.2}, {0.6, 0.9}), gaussian_bump({0.3, -0.2}, {0.6, INFINITY}),
            fourier({1, -2}, {0.0, -1.0}, {period, 3.0}, FourierPhase::cosine),
            fourier({2, 0}, {-0.5, 0.0}, {1.5, 0.0}, FourierPhase::sine)};
}

double at(const TestFunction& phi, double x, double y) {
    Block point(2, 1);
    point.row(0)[0] = x;
    point.row(1)[0] = y;
    double value = 0.0;
    phi.value(point.points(), &value);
    return value;
}

TEST(TestFunctions, GradientAndHessianAreDerivativesOfTheValue) {
    // Central differences, h = 1e-4: truncation h^2/12 * |4th derivative| (up to 2e3) < 2e-6, rounding 1e-16/h^2 < 1e-8 * |phi|.
    const double h = 1e-4, x = 0.37, y = -0.61;
    for (const auto& phi : smooth_functions_2d()) {
        Block point(2, 1), value(1, 1), gradient(2, 1), hessian(4, 1);
        point.row(0)[0] = x;
        point.row(1)[0] = y;

        phi->derivatives(point.points(), value.row(0), gradient.rows(), hessian.rows());

        EXPECT_NEAR(value.row(0)[0], at(*phi, x, y), 1e-14) << phi->name();
        EXPECT_NEAR(gradient.row(0)[0], (at(*phi, x + h, y) - at(*phi, x - h, y)) / (2 * h), 5e-6) << phi->name();
        EXPECT_NEAR(gradient.row(1)[0], (at(*phi, x, y + h) - at(*phi, x, y - h)) / (2 * h), 5e-6) << phi->name();
        const double mixed = (at(*phi, x + h, y + h) - at(*phi, x + h, y - h) - at(*phi, x - h, y + h) + at(*phi, x - h, y - h)) /
                             (4 * h * h);
        EXPECT_NEAR(hessian.row(0)[0], (at(*phi, x + h, y) - 2 * at(*phi, x, y) + at(*phi, x - h, y)) / (h * h), 5e-6) << phi->name();
        EXPECT_NEAR(hessian.row(3)[0], (at(*phi, x, y + h) - 2 * at(*phi, x, y) + at(*phi, x, y - h)) / (h * h), 5e-6) << phi->name();
        EXPECT_NEAR(hessian.row(1)[0], mixed, 5e-6) << phi->name();
        EXPECT_EQ(hessian.row(1)[0], hessian.row(2)[0]) << phi->name();
    }
}

struct Correlated {
    static constexpr std::string_view name = "correlated";
    static constexpr int dim = 2, noise_dim = 2;
    static constexpr NoiseKind noise_kind = NoiseKind::general;
    static constexpr Calculus calculus = Calculus::stratonovich;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = x[1] - x[0];
        b[1] = -x[0] * x[1];
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> s) const {
        s(0, 0) = 1.0 + 0.3 * x[0];
        s(1, 0) = 0.4 * x[1];
        s(1, 1) = 0.5 + x[0] * x[0];
    }
};

TEST(Generator, IsTheShortTimeLimitOfExpectations) {
    // L phi = d/dt E phi(X_t) at 0. With the Ito drift b and dW = +-sqrt(h) in all four sign patterns the mean of
    // phi(x + b h + sigma dW) is phi + h L phi + O(h^2); a missing 1/2, cross term or correction changes the limit.
    const auto process = make_process(Correlated{});
    const double h = 1e-5, x0 = 0.4, y0 = -0.7;
    Block x(2, 1), b(2, 1), s(4, 1);
    x.row(0)[0] = x0;
    x.row(1)[0] = y0;
    process->ito_drift(x.points(), 0.0, b.rows());
    process->sigma(x.points(), 0.0, s.rows());
    for (const auto& phi : smooth_functions_2d()) {
        double generator = 0.0, mean = 0.0;
        apply_generator(*process, *phi, x.points(), 0.0, &generator);
        for (const double u : {-1.0, 1.0})
            for (const double v : {-1.0, 1.0})
                mean += 0.25 * at(*phi, x0 + b.row(0)[0] * h + std::sqrt(h) * (s.row(0)[0] * u + s.row(1)[0] * v),
                                  y0 + b.row(1)[0] * h + std::sqrt(h) * (s.row(2)[0] * u + s.row(3)[0] * v));

        EXPECT_NEAR(generator, (mean - at(*phi, x0, y0)) / h, 2e-4 * (1.0 + std::abs(generator))) << phi->name();
    }
}

TEST(TestFunctions, CellMeansAreMeans) {
    // Midpoint rule on 400^2 points: error (h^2/24) |second derivatives|, below 1e-5 here.
    const double lower[2] = {0.1, -0.5}, upper[2] = {0.5, 0.1};
    TestFunctions functions = smooth_functions_2d();
    functions.push_back(half_line_indicator(2, 0, 0.2, Side::below));
    functions.push_back(half_line_indicator(2, 1, -0.35, Side::above));
    functions.push_back(box_indicator({0.2, -INFINITY}, {0.4, -0.2}));
    constexpr int n = 400;
    Block x(2, n * n);
    for (int i = 0; i < n * n; ++i) {
        x.row(0)[i] = lower[0] + (upper[0] - lower[0]) * (i % n + 0.5) / n;
        x.row(1)[i] = lower[1] + (upper[1] - lower[1]) * (i / n + 0.5) / n;
    }
    std::vector<double> value(n * n);
    for (const auto& phi : functions) {
        phi->value(x.points(), value.data());
        double mean = 0.0;
        for (const double v : value) mean += v / (n * n);

        EXPECT_NEAR(phi->cell_mean(lower, upper), mean, phi->smooth() ? 1e-5 : 1e-9) << phi->name();
    }
}

TEST(TestFunctions, NamesReadLikeFormulas) {
    const double two_pi = 2.0 * std::acos(-1.0);

    EXPECT_EQ(monomial({2, 1})->name(), "x^2*y");
    EXPECT_EQ(monomial({0})->name(), "1");
    EXPECT_EQ(monomial({1, 0}, {"q", "p"})->name(), "q");
    EXPECT_EQ(fourier({1}, {0.0}, {1.0}, FourierPhase::cosine)->name(), "cos(2 pi x)");
    EXPECT_EQ(fourier({2}, {0.0}, {two_pi}, FourierPhase::sine)->name(), "sin(2 x)");
    EXPECT_EQ(hermite({3}, {0.5}, {0.2})->name(), "He3((x - 0.5)/0.2)");
    EXPECT_EQ(half_line_indicator(1, 0, 0.1, Side::below)->name(), "1[x < 0.1]");
    EXPECT_EQ(box_indicator({-1.0, -INFINITY}, {1.0, 0.5})->name(), "1[-1 <= x < 1, y < 0.5]");
}

TEST(TestFunctions, MonomialDegreeIsKnownForMonomialsOnly) {
    EXPECT_EQ(monomial_degree(*monomial({2, 1})), (std::vector<int>{2, 1}));
    EXPECT_FALSE(monomial_degree(*hermite({1}, {0.0}, {1.0})));
}

TEST(TestFunctions, RefusesBadInput) {
    EXPECT_THROW(monomial({}), ConfigError);
    EXPECT_THROW(monomial({-1}), ConfigError);
    EXPECT_THROW(monomial({1}, {"x", "y"}), ConfigError);
    EXPECT_THROW(gaussian_bump({0.0}, {0.0}), ConfigError);
    EXPECT_THROW(hermite({1}, {0.0}, {-1.0}), ConfigError);
    EXPECT_THROW(fourier({1}, {0.0}, {0.0}, FourierPhase::sine), ConfigError);
    EXPECT_THROW(half_line_indicator(2, 2, 0.0, Side::below), ConfigError);
    EXPECT_THROW(box_indicator({1.0}, {0.0}), ConfigError);
}

TEST(DefaultTestFunctions, FitTheDomain) {
    const auto names = [](const TestFunctions& family) {
        std::set<std::string> set;
        for (const auto& phi : family) set.insert(phi->name());
        return set;
    };
    const AxisDomain line{-3.0, 3.0, Boundary::reflecting, Boundary::reflecting};
    const AxisDomain open{};
    const AxisDomain ring{0.0, 1.0, Boundary::periodic, Boundary::periodic};
    const AxisDomain trap{0.0, 1.0, Boundary::absorbing, Boundary::reflecting};

    const auto on_line = default_test_functions({line}), in_space = default_test_functions({open, open, open});
    const auto on_ring = default_test_functions({ring}), in_trap = default_test_functions({trap});
    const auto mixed = default_test_functions({ring, line});

    EXPECT_TRUE(names(on_line).count("x^2") && names(on_line).count("1[x < -0.6]"));
    EXPECT_FALSE(names(on_line).count("1"));
    EXPECT_EQ(in_space.size(), 9u);
    EXPECT_TRUE(names(on_ring).count("cos(2 pi x)"));
    EXPECT_FALSE(names(on_ring).count("x"));
    EXPECT_TRUE(names(in_trap).count("1"));
    EXPECT_TRUE(names(mixed).count("y^2") && names(mixed).count("sin(2 pi x)"));
    EXPECT_TRUE(names(default_test_functions({open}, {}, Mass::changing)).count("1"));
    for (const auto& family : {on_line, in_space, on_ring, in_trap, mixed})
        EXPECT_EQ(names(family).size(), family.size());  // labels are unique
}

}  // namespace
}  // namespace dynkin
