#include "evaluated.hpp"

#include <cmath>

namespace dynkin {
namespace {

using testing::xy;

TEST(ExpressionTestFunction, NamesAndSmoothness) {
    const auto phi = [](const std::string& text) { return expression_test_function({text}, xy, {{"a", 2.0}}); };

    EXPECT_EQ(phi("  x^2 * y ")->name(), "x^2 * y");
    EXPECT_EQ(phi("x^2")->dim(), 2);
    for (const char* text : {"x^2*y", "exp(-x^2)", "where(a > 1, x, y)", "abs(a)*x", "1"})
        EXPECT_TRUE(phi(text)->smooth()) << text;
    for (const char* text :
         {"x > 0", "abs(x)", "max(x, 0)", "where(x < 1, 1, 0)", "floor(y)", "sign(x)", "not x", "min(x, y)"})
        EXPECT_FALSE(phi(text)->smooth()) << text;
}

TEST(ExpressionTestFunction, NonSmoothOnesHaveNoDerivatives) {
    const double point[2] = {1.0, 2.0};
    double value = 0.0, gradient[2], hessian[4];

    EXPECT_THROW(expression_test_function({"abs(x)"}, xy, {})
                     ->derivatives({point, 2, 1, 1}, &value, {gradient, 1}, {hessian, 1}),
                 NumericsError);
}

TEST(ExpressionTestFunction, CellMeans) {
    const double lower[2] = {0.0, -1.0}, upper[2] = {1.0, 1.0};
    const auto mean = [&](const std::string& text) {
        return expression_test_function({text}, xy, {})->cell_mean(lower, upper);
    };

    EXPECT_NEAR(mean("x^2*y^2"), 1.0 / 9.0, 1e-15);  // Gauss, exact to degree 5
    EXPECT_DOUBLE_EQ(mean("x < 0.3"), 0.3);
    EXPECT_DOUBLE_EQ(mean("0.3 <= x"), 0.7);
    EXPECT_DOUBLE_EQ(mean("y > 0.5"), 0.25);
    // 32 midpoints an axis: the line x = y crosses at most 32 of 1024 sub-cells, each wrong by at most one half.
    EXPECT_NEAR(mean("x < y"), 0.25, 0.5 * 32.0 / 1024.0);
}

TEST(ExpressionLevelSet, LevelsAndGradients) {
    const double points[4] = {0.5, -2.0, 1.5, 1.0};  // (0.5, 1.5), (-2, 1)
    const Points p{points, 2, 2, 2};
    double level[2], gradient[4];
    const auto set = [&](const std::string& text) {
        const auto result = expression_level_set({text}, xy, {{"r", 2.0}});
        result->level(p, level);
        result->gradient(p, {gradient, 2});
        return result;
    };

    EXPECT_EQ(set(" x >= 0 ")->name(), "x >= 0");
    EXPECT_EQ(level[0], 0.5);
    EXPECT_EQ(level[1], -2.0);
    EXPECT_EQ(gradient[0], 1.0);
    EXPECT_EQ(gradient[2], 0.0);
    EXPECT_EQ(set("x^2 + y^2 < r^2")->dim(), 2);
    EXPECT_EQ(level[0], 4.0 - 2.5);
    EXPECT_EQ(level[1], -1.0);
    EXPECT_EQ(gradient[1], 4.0);
    EXPECT_EQ(gradient[3], -2.0);
    set("x > 0 and y > 1");
    EXPECT_EQ(level[0], 0.5);
    EXPECT_EQ(level[1], -2.0);
    set("x > 0 or not y > 2");
    EXPECT_EQ(level[0], 0.5);
    EXPECT_EQ(level[1], 1.0);
    EXPECT_EQ(gradient[1], 0.0);
    EXPECT_EQ(gradient[3], -1.0);
}

TEST(ExpressionFunction, WorksOnBlocks) {
    Block x(2, 1000);
    for (Index q = 0; q < 1000; ++q) {
        x.row(0)[q] = 0.01 * static_cast<double>(q);
        x.row(1)[q] = 1.0 - 0.001 * static_cast<double>(q);
    }
    std::vector<double> out(1000);

    expression_function({"a*x*y + 1"}, xy, {{"a", 3.0}})(x.points(), out.data());

    for (Index q = 0; q < 1000; ++q) EXPECT_EQ(out[static_cast<std::size_t>(q)], 3.0 * x.row(0)[q] * x.row(1)[q] + 1.0);
}

}  // namespace
}  // namespace dynkin
