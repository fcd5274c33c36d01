// Symbolic derivatives against finite differences of the function itself; the second ones as well.
#include "evaluated.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

using testing::spread;
using testing::value_at;
using testing::xy;

struct Case {
    const char* text;
    double lower, upper;  // of x and y; away from the ends by more than the steps below
};

const std::vector<Case> cases = {
    {"x^2*y - 3*x*y^3 + 2", -2, 2},
    {"x^7 + y^-3", 0.5, 2},
    {"(x - 2*y)/(1 + x^2 + y^2)", -2, 2},
    {"1/(3 + x*y)", -1, 1},
    {"sqrt(x*y)", 0.5, 3},
    {"x^1.5*y^0.3", 0.5, 3},
    {"x^y", 0.5, 2},
    {"2^(x*y)", -2, 2},
    {"exp(-x^2/2)*expm1(y)", -2, 2},
    {"log(x)*log10(y) + log1p(x*y)", 0.5, 3},
    {"sin(x*y)*cos(x - y)", -2, 2},
    {"tan(0.3*x)*y", -2, 2},
    {"asin(0.4*x) - acos(0.4*y)*x", -2, 2},
    {"atan(x*y)", -2, 2},
    {"atan2(x, y)", 0.5, 2},
    {"sinh(x)*cosh(y)", -2, 2},
    {"tanh(x*y)", -2, 2},
    {"asinh(x*y)", -2, 2},
    {"acosh(1 + x*y)", 0.5, 2},
    {"atanh(0.2*x*y)", -2, 2},
    {"hypot(x, 2*y)", 0.5, 2},
    {"erf(x)*erfc(y)", -2, 2},
    {"exp(sin(x)^2*cos(y))/sqrt(1 + x^2)", -2, 2},
    {"-(-x - y)*(-x*y)", -2, 2},
};

struct Jet {
    double value = 0.0, gradient[2], hessian[4];
};

Jet jet(const std::string& text, double x, double y) {
    const double point[2] = {x, y};
    Jet result;
    expression_test_function({text}, xy, {})
        ->derivatives({point, 2, 1, 1}, &result.value, {result.gradient, 1}, {result.hessian, 1});
    return result;
}

// f'(x) from four values, error h^4 f''''' / 30 + 1.5 eps |f| / h: with h = 2^-9 and derivatives up to the fifth within
// 1e5 of the scale of f (x^7 + y^-3 comes nearest) it is below 3e-7 of that scale.
template <class F>
double slope(F f) {
    const double h = 0x1p-9;
    return (8.0 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12.0 * h);
}

/// Largest error of gradient (against values of `reference`) and Hessian (against its own gradient), relative to 1 +
/// size.
struct Errors {
    double gradient = 0.0, hessian = 0.0;
};

Errors errors_of(const std::string& derived, const std::string& reference, double lower, double upper) {
    Errors worst;
    const std::vector<double> u = spread(lower, upper, 12);
    for (std::size_t i = 1; i < u.size(); ++i) {
        const double x = u[i], y = u[i - 1];
        const Jet exact = jet(derived, x, y);
        for (int j = 0; j < 2; ++j) {
            const auto moved = [&](double h) {
                return value_at(reference, x + (j == 0 ? h : 0), y + (j == 1 ? h : 0));
            };
            const double size = 1.0 + std::abs(exact.value) + std::abs(exact.gradient[j]);
            worst.gradient = std::max(worst.gradient, std::abs(slope(moved) - exact.gradient[j]) / size);
            for (int k = 0; k < 2; ++k) {
                const auto turned = [&](double h) {
                    return jet(derived, x + (j == 0 ? h : 0), y + (j == 1 ? h : 0)).gradient[k];
                };
                const double entry = exact.hessian[j * 2 + k];
                const double scale = size + std::abs(exact.gradient[k]) + std::abs(entry);
                worst.hessian = std::max(worst.hessian, std::abs(slope(turned) - entry) / scale);
            }
        }
    }
    return worst;
}

constexpr double tolerance = 1e-6;

TEST(ExpressionDerivatives, GradientsAndHessiansAreThoseOfTheFunction) {
    for (const Case& c : cases) {
        const Errors errors = errors_of(c.text, c.text, c.lower, c.upper);
        EXPECT_LE(errors.gradient, tolerance) << c.text;
        EXPECT_LE(errors.hessian, tolerance) << c.text;
    }
}

// Mutants: the derivative of a neighbour of the function, as a wrong rule would give.
TEST(ExpressionDerivatives, TheCheckSeesWrongRules) {
    const std::vector<std::pair<const char*, const char*>> mutants = {
        {"sin(x)*y", "sin(x)*y - 2e-3*cos(x)"}, {"x^3", "x^3 + 1e-3*x"}, {"exp(x*y)", "exp(x*y) + 1e-3*y"},
        {"tanh(x)", "x - 0.333*x^3"},           {"x/y", "x/y + 1e-4*x"}, {"sqrt(x)*y", "1.0001*sqrt(x)*y"},
    };
    for (const auto& [derived, reference] : mutants)
        EXPECT_GT(errors_of(derived, reference, 0.5, 1.5).gradient, tolerance) << derived << " against " << reference;
}

TEST(ExpressionDerivatives, AreFiniteWhereTheDerivativeExists) {
    const auto derivative = [](const char* text, double x) { return jet(text, x, 0.0).gradient[0]; };

    EXPECT_EQ(derivative("x^2", 0.0), 0.0);
    EXPECT_EQ(derivative("x^1", 0.0), 1.0);
    EXPECT_EQ(derivative("x^0", 0.0), 0.0);
    EXPECT_EQ(derivative("x^3", -2.0), 12.0);
    EXPECT_EQ(derivative("x^1.5", 0.0), 0.0);
    EXPECT_EQ(derivative("2^x", 0.0), std::log(2.0));
    EXPECT_DOUBLE_EQ(derivative("x^100", -1.5), 100.0 * std::pow(-1.5, 99));
    EXPECT_EQ(derivative("x^(2 + y)", 0.0), 0.0);
    EXPECT_EQ(jet("x^(2 + y)", 0.0, 0.0).gradient[1], 0.0) << "not 0 log 0";
    EXPECT_EQ(jet("x^2", 0.0, 0.0).hessian[0], 2.0);
    EXPECT_EQ(jet("x^4", 0.0, 0.0).hessian[0], 0.0);
    EXPECT_EQ(derivative("sqrt(x)", 0.0), 0.0) << "no slope there; 0 as for models in C++";
    EXPECT_EQ(derivative("tanh(x)", 400.0), 0.0);
    EXPECT_EQ(derivative("erf(x)", 400.0), 0.0);
}

// Kinks and jumps, through the gradient of a level, which is piecewise.
TEST(ExpressionDerivatives, AreTakenPieceByPiece) {
    const auto derivative = [](const std::string& text, double x) {
        const double point[2] = {x, 0.0};
        double gradient[2];
        expression_level_set({text + " > -100 + y"}, xy, {})->gradient({point, 2, 1, 1}, {gradient, 1});
        return gradient[0];
    };

    EXPECT_EQ(derivative("abs(x)", 2.0), 1.0);
    EXPECT_EQ(derivative("abs(x)", -2.0), -1.0);
    EXPECT_EQ(derivative("abs(x)", 0.0), 1.0);
    EXPECT_EQ(derivative("max(x, 3*x)", -1.0), 1.0);
    EXPECT_EQ(derivative("max(x, 3*x)", 1.0), 3.0);
    EXPECT_EQ(derivative("min(x, 3*x)", 1.0), 1.0);
    EXPECT_EQ(derivative("floor(x) + ceil(x) + sign(x) + x", 0.5), 1.0);
    EXPECT_EQ(derivative("x*(x > 0)", 2.0), 1.0);
    EXPECT_EQ(derivative("x*(x > 0)", -2.0), 0.0);
    EXPECT_EQ(derivative("where(x > 0, x*log(x), x^2)", -2.0), -4.0) << "the NaN of the other branch stays there";
    EXPECT_EQ(derivative("where(x > 0, x*log(x), x^2)", 1.0), 1.0);
    EXPECT_EQ(derivative("where(x == 0, 1, sin(x)/x)", 0.0), 0.0);
}

}  // namespace
}  // namespace dynkin
