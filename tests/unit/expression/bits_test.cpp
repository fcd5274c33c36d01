// Bits: the same for any split of a block, and those of the plain formula compiled for the baseline (this file),
// whichever vector level the kernels run at.
#include "evaluated.hpp"
#include "models/expression/expression_process.hpp"
#include "models/expression/program.hpp"

#include <bit>
#include <cmath>

namespace dynkin {
namespace {

using expression::Graph;
using expression::NodeId;
using expression::Program;
using testing::xy;

constexpr Index n = 1300;  // two strips and a half

Block sample_points() {
    Block x(2, n);
    const std::vector<double> u = testing::spread(-2.0, 2.0, static_cast<int>(2 * n));
    for (Index q = 0; q < n; ++q) {
        x.row(0)[q] = u[static_cast<std::size_t>(2 * q)];
        x.row(1)[q] = u[static_cast<std::size_t>(2 * q + 1)];
    }
    return x;
}

std::uint64_t bits(double value) {
    return std::bit_cast<std::uint64_t>(value);
}

ExpressionModel model() {
    ExpressionModel m;
    m.variables = {{"x"}, {"y"}};
    m.drift = {{"x - x^3 + 0.3*y*sin(2*t)"}, {"-y/(1 + x^2) + where(x > y, sqrt(x - y), exp(-t)*x)"}};
    m.sigma = {{{"1 + 0.1*x*y"}, {"x"}}, {{"tanh(y)"}, {"0.5*cos(t)"}}};
    m.calculus = Calculus::stratonovich;
    return m;
}

TEST(ExpressionBits, DoNotDependOnTheSplit) {
    const auto process = make_expression_process(model());
    const Block x = sample_points();
    using Member = void (Process::*)(Points, double, Rows) const;
    const std::vector<std::pair<Member, int>> members = {{&Process::drift, 2},
                                                         {&Process::sigma, 4},
                                                         {&Process::ito_drift, 2},
                                                         {&Process::drift_jacobian, 4},
                                                         {&Process::drift_time_derivative, 2},
                                                         {&Process::sigma_derivative_along_noise, 8}};
    for (const auto& [member, n_rows] : members) {
        Block whole(n_rows, n), pieces(n_rows, n);
        ((*process).*member)(x.points(), 0.7, whole.rows());
        Index first = 0;
        for (const Index size : {1, 7, 511, 512, 513, 0, 1000})
            if (const Index count = std::min(size, n - first); count >= 0) {
                ((*process).*member)(x.points().slice(first, count), 0.7, {pieces.row(0) + first, pieces.stride()});
                first += count;
            }
        for (int r = 0; r < n_rows; ++r)
            for (Index q = 0; q < n; ++q) ASSERT_EQ(bits(whole.row(r)[q]), bits(pieces.row(r)[q])) << r << ", " << q;
    }
}

TEST(ExpressionBits, AreThoseOfTheFormulaWithoutVectors) {
    const double t = 0.7;
    const auto process = make_expression_process(model());
    const Block x = sample_points();
    Block b(2, n);

    process->drift(x.points(), t, b.rows());

    for (Index q = 0; q < n; ++q) {
        const double X = x.row(0)[q], Y = x.row(1)[q];
        ASSERT_EQ(bits(b.row(0)[q]), bits(X - X * X * X + 0.3 * Y * std::sin(2 * t)));
        ASSERT_EQ(bits(b.row(1)[q]), bits(-Y / (1 + X * X) + (X > Y ? std::sqrt(X - Y) : std::exp(-t) * X)));
    }
}

// Every pair of operations that runs as one, with every mixture of rows and numbers, in two roundings.
TEST(ExpressionBits, FusedPairsRoundTwice) {
    const auto apply = [](char op, double a, double b) { return op == '+' ? a + b : op == '-' ? a - b : a * b; };
    const Block x = sample_points();
    std::vector<double> out(n);
    bool fused_would_differ = false;
    for (const char inner : {'+', '-', '*'})
        for (const char outer : {'+', '-', '*'})
            for (const bool reversed : {false, true})
                for (const char* operands : {"xyx", "xya", "ayx", "xay", "aya", "xaa"}) {
                    const auto name = [](char c) { return std::string(1, c); };
                    const std::string pair = "(" + name(operands[0]) + inner + operands[1] + ")",
                                      third = name(operands[2]);
                    const std::string text = reversed ? third + outer + pair : pair + outer + third;
                    expression_function({text}, xy, {{"a", 0.7}})(x.points(), out.data());
                    for (Index q = 0; q < n; ++q) {
                        const auto operand = [&](int i) {
                            return operands[i] == 'a' ? 0.7 : x.row(operands[i] == 'x' ? 0 : 1)[q];
                        };
                        const double p = apply(inner, operand(0), operand(1)), c = operand(2);
                        const double expected = reversed ? apply(outer, c, p) : apply(outer, p, c);
                        ASSERT_EQ(out[static_cast<std::size_t>(q)], expected) << text;
                        if (inner == '*' && outer == '+')
                            fused_would_differ |= std::fma(operand(0), operand(1), c) != expected;
                    }
                }
    EXPECT_TRUE(fused_would_differ) << "the mutant, one rounding, would pass";
}

TEST(ExpressionBits, FusedPowersRoundOnceAnOperation) {
    const Block x = sample_points();
    std::vector<double> out(n);
    const auto expect = [&](const std::string& text, auto formula) {
        expression_function({text}, xy, {{"a", 0.7}})(x.points(), out.data());
        for (Index q = 0; q < n; ++q)
            ASSERT_EQ(out[static_cast<std::size_t>(q)], formula(x.row(0)[q], x.row(1)[q])) << text << ", " << q;
    };
    const double a = 0.7;

    expect("x^2", [](double X, double) { return X * X; });
    expect("x^2 + y", [](double X, double Y) { return X * X + Y; });
    expect("x^2 - a", [=](double X, double) { return X * X - a; });
    expect("x^2 + x", [](double X, double) { return X * X + X; });
    expect("x^2 - x", [](double X, double) { return X * X - X; });
    expect("y - x^2", [](double X, double Y) { return Y - X * X; });
    expect("x - x^2", [](double X, double) { return X - X * X; });
    expect("a*x^2", [=](double X, double) { return a * (X * X); });
    expect("y*x^2", [](double X, double Y) { return Y * (X * X); });
    expect("x^3 + y", [](double X, double Y) { return X * X * X + Y; });
    expect("x^3 - y", [](double X, double Y) { return X * X * X - Y; });
    expect("x^3 - x", [](double X, double) { return X * X * X - X; });
    expect("a - x^3", [=](double X, double) { return a - X * X * X; });
    expect("x - x^3", [](double X, double) { return X - X * X * X; });
    expect("a*x^3", [=](double X, double) { return a * (X * X * X); });
    expect("x*x^3", [](double X, double) { return X * (X * X * X); });
    expect("x^5", [](double X, double) { return (X * X) * (X * X) * X; });
    expect("x^6", [](double X, double) { return (X * X * X) * (X * X * X); });
    expect("(x + y)^3 - y", [](double X, double Y) { return (X + Y) * (X + Y) * (X + Y) - Y; });
    expect("x^2 - y^2", [](double X, double Y) { return X * X - Y * Y; });
}

TEST(ExpressionProgram, SharesFoldsHoistsAndFuses) {
    const std::vector<std::string> variables = {"x"};
    const Constants constants = {{"D", 0.1}};
    const expression::Scope scope{variables, constants, true};
    const auto program = [&](const std::vector<std::string>& texts) {
        Graph graph;
        std::vector<NodeId> formulas;
        for (const std::string& text : texts) formulas.push_back(parse(graph, {text}, scope));
        return Program(graph, formulas, 1);
    };

    EXPECT_EQ(program({"x - x^3"}).n_instructions(), 1);
    EXPECT_EQ(program({"sqrt(2*D)"}).n_instructions_once(), 0);
    EXPECT_EQ(program({"x*sin(2*t)"}).n_instructions(), 1);
    EXPECT_EQ(program({"x*sin(2*t)"}).n_instructions_once(), 2);
    EXPECT_EQ(program({"exp(x) + exp(x)^2", "exp(x)"}).n_instructions(), 2);
    EXPECT_EQ(program({"exp(x) + exp(x)^2", "exp(x)"}).n_registers(), 0) << "shared values stay in their output";
    EXPECT_EQ(program({"((0.3*x + 1)*x - 2)*x + 5"}).n_registers(), 1);
    EXPECT_EQ(program({"x", "x", "2"}).n_instructions(), 3);
}

}  // namespace
}  // namespace dynkin
