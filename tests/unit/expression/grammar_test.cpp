#include "evaluated.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <numbers>

namespace dynkin {
namespace {

using testing::spread;
using testing::value_at;

double constant(const std::string& text) {
    return evaluate_constant({text});
}

TEST(ExpressionGrammar, Numbers) {
    EXPECT_EQ(constant("1"), 1.0);
    EXPECT_EQ(constant(".5"), 0.5);
    EXPECT_EQ(constant("5."), 5.0);
    EXPECT_EQ(constant("1e-3"), 1e-3);
    EXPECT_EQ(constant("2.5E+2"), 250.0);
    EXPECT_EQ(constant("0.1"), 0.1);
    EXPECT_EQ(constant(" \t1\n"), 1.0);
}

TEST(ExpressionGrammar, PowersBindFromTheRightAndAboveSigns) {
    EXPECT_EQ(constant("2^3^2"), 512.0);
    EXPECT_EQ(constant("-2^2"), -4.0);
    EXPECT_EQ(constant("(-2)^2"), 4.0);
    EXPECT_EQ(constant("2^-1"), 0.5);
    EXPECT_EQ(constant("2^-2^2"), 0.0625);
    EXPECT_EQ(constant("--3"), 3.0);
    EXPECT_EQ(constant("2*-3"), -6.0);
    EXPECT_EQ(constant("-2*-3"), 6.0);
    EXPECT_EQ(constant("1-+2"), -1.0);
}

TEST(ExpressionGrammar, ProductsAndSumsBindFromTheLeft) {
    EXPECT_EQ(constant("1 - 2 - 3"), -4.0);
    EXPECT_EQ(constant("16 / 4 / 2"), 2.0);
    EXPECT_EQ(constant("16 / 4 * 2"), 8.0);
    EXPECT_EQ(constant("1 + 2 * 3"), 7.0);
    EXPECT_EQ(constant("(1 + 2) * 3"), 9.0);
    EXPECT_EQ(constant("2 * 3^2"), 18.0);
}

TEST(ExpressionGrammar, ComparisonsAndLogic) {
    EXPECT_EQ(constant("1 < 2"), 1.0);
    EXPECT_EQ(constant("2 <= 1"), 0.0);
    EXPECT_EQ(constant("2 > 1"), 1.0);
    EXPECT_EQ(constant("1 >= 1"), 1.0);
    EXPECT_EQ(constant("1 == 1"), 1.0);
    EXPECT_EQ(constant("1 != 1"), 0.0);
    EXPECT_EQ(constant("1 + 1 < 3 * 1"), 1.0);
    EXPECT_EQ(constant("1 < 2 and 3 < 2"), 0.0);
    EXPECT_EQ(constant("0 && 0 || 1"), 1.0);
    EXPECT_EQ(constant("1 or 0 and 0"), 1.0);
    EXPECT_EQ(constant("not 1 > 2"), 1.0);
    EXPECT_EQ(constant("!0 && not 0"), 1.0);
    EXPECT_EQ(constant("(1 < 2) + (2 < 3)"), 2.0);
    EXPECT_EQ(constant("7 and -0.5"), 1.0);
}

TEST(ExpressionGrammar, NamesOfConstantsAndParameters) {
    EXPECT_EQ(constant("pi"), std::numbers::pi);
    EXPECT_EQ(constant("e"), std::numbers::e);
    EXPECT_EQ(evaluate_constant({"sqrt(2*D)"}, {{"D", 0.1}}), std::sqrt(0.2));
    EXPECT_EQ(evaluate_constant({"e + pi"}, {{"e", 1.0}, {"pi", 3.0}}), 4.0) << "a parameter hides a constant";
    EXPECT_EQ(evaluate_constant({"2*\u03b8 + \u03b8\u2080"}, {{"\u03b8", 1.5}, {"\u03b8\u2080", 1.0}}), 4.0);
    EXPECT_EQ(evaluate_constant({"k_1"}, {{"k_1", 2.0}}), 2.0);
}

struct Case {
    const char* text;
    std::function<double(double, double)> formula;
    double lower, upper;  // of x and y
};

// One operation each: the same libm and the same roundings, so the bits must be equal.
TEST(ExpressionGrammar, FunctionsEqualTheirFormulasInCpp) {
    const std::vector<Case> cases = {
        {"sqrt(x)", [](double x, double) { return std::sqrt(x); }, 0, 9},
        {"exp(x)", [](double x, double) { return std::exp(x); }, -9, 9},
        {"log(x)", [](double x, double) { return std::log(x); }, 0, 9},
        {"log1p(x)", [](double x, double) { return std::log1p(x); }, -1, 9},
        {"expm1(x)", [](double x, double) { return std::expm1(x); }, -1, 1},
        {"log10(x)", [](double x, double) { return std::log10(x); }, 0, 9},
        {"sin(x)", [](double x, double) { return std::sin(x); }, -9, 9},
        {"cos(x)", [](double x, double) { return std::cos(x); }, -9, 9},
        {"tan(x)", [](double x, double) { return std::tan(x); }, -9, 9},
        {"asin(x)", [](double x, double) { return std::asin(x); }, -1, 1},
        {"acos(x)", [](double x, double) { return std::acos(x); }, -1, 1},
        {"atan(x)", [](double x, double) { return std::atan(x); }, -9, 9},
        {"atan2(x, y)", [](double x, double y) { return std::atan2(x, y); }, -9, 9},
        {"sinh(x)", [](double x, double) { return std::sinh(x); }, -9, 9},
        {"cosh(x)", [](double x, double) { return std::cosh(x); }, -9, 9},
        {"tanh(x)", [](double x, double) { return std::tanh(x); }, -9, 9},
        {"asinh(x)", [](double x, double) { return std::asinh(x); }, -9, 9},
        {"acosh(x)", [](double x, double) { return std::acosh(x); }, 1, 9},
        {"atanh(x)", [](double x, double) { return std::atanh(x); }, -1, 1},
        {"abs(x)", [](double x, double) { return std::abs(x); }, -9, 9},
        {"sign(x)", [](double x, double) { return x > 0   ? 1.0
                                                  : x < 0 ? -1.0
                                                          : 0.0; }, -9, 9},
        {"min(x, y, 1)", [](double x, double y) { return std::fmin(std::fmin(x, y), 1.0); }, -9, 9},
        {"max(x, y, 1)", [](double x, double y) { return std::fmax(std::fmax(x, y), 1.0); }, -9, 9},
        {"floor(x)", [](double x, double) { return std::floor(x); }, -9, 9},
        {"ceil(x)", [](double x, double) { return std::ceil(x); }, -9, 9},
        {"pow(x, y)", [](double x, double y) { return std::pow(x, y); }, 0, 9},
        {"x^y", [](double x, double y) { return std::pow(x, y); }, 0, 9},
        {"2^y", [](double, double y) { return std::pow(2.0, y); }, -9, 9},
        {"x^2.5", [](double x, double) { return std::pow(x, 2.5); }, 0, 9},
        {"x^100", [](double x, double) { return std::pow(x, 100); }, -9, 9},
        {"hypot(x, y)", [](double x, double y) { return std::hypot(x, y); }, -9, 9},
        {"erf(x)", [](double x, double) { return std::erf(x); }, -3, 3},
        {"erfc(x)", [](double x, double) { return std::erfc(x); }, -3, 9},
        {"x^2", [](double x, double) { return x * x; }, -9, 9},
        {"x^3", [](double x, double) { return x * x * x; }, -9, 9},
        {"x^4", [](double x, double) { return (x * x) * (x * x); }, -9, 9},
        {"x^-3", [](double x, double) { return 1.0 / (x * x * x); }, -9, 9},
        {"x^0.5", [](double x, double) { return std::sqrt(x); }, 0, 9},
        {"where(x < y, x, 2*y)", [](double x, double y) { return x < y ? x : 2 * y; }, -9, 9},
        {"where(x >= 1 and y != x, 1, y)", [](double x, double y) { return x >= 1 && y != x ? 1 : y; }, -9, 9},
        {"(x > y) - (x <= 2)", [](double x, double y) { return static_cast<double>((x > y) - (x <= 2)); }, -9, 9},
    };
    for (const Case& c : cases) {
        const std::vector<double> points = spread(c.lower, c.upper, 40);
        for (std::size_t i = 1; i < points.size(); ++i)
            EXPECT_EQ(value_at(c.text, points[i], points[i - 1]), c.formula(points[i], points[i - 1]))
                << c.text << " at " << points[i] << ", " << points[i - 1];
    }
}

TEST(ExpressionGrammar, WhereKeepsTheNanOfTheOtherBranch) {
    EXPECT_EQ(value_at("where(x > 0, log(x), -1)", -2.0), -1.0);
    EXPECT_EQ(value_at("where(x == 0, 1, sin(x)/x)", 0.0), 1.0);
    EXPECT_EQ(value_at("where(y, sqrt(x), x)", -2.0, 0.0), -2.0);
    EXPECT_TRUE(std::isnan(value_at("(x > 0)*log(x)", -2.0))) << "a product is not a choice";
    EXPECT_EQ(evaluate_constant({"where(D > 0, 1/D, 7)"}, {{"D", 0.0}}), 7.0) << "the branch not taken is not refused";
}

TEST(ExpressionGrammar, NanIsSeen) {
    const double nan = std::numeric_limits<double>::quiet_NaN();

    for (const char* text : {"abs(x)", "sign(x)", "x^2", "floor(x)", "-x", "x + y", "max(y, x) + max(x, y)"})
        EXPECT_TRUE(std::isnan(value_at(text, nan, 1.0))) << text;
}

}  // namespace
}  // namespace dynkin
