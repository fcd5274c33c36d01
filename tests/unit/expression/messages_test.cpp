#include "evaluated.hpp"
#include "models/expression/expression_process.hpp"

#include <limits>

namespace dynkin {
namespace {

using testing::message_of;
using testing::xy;

std::string message(const std::string& text, const Constants& constants = {{"theta", 1.0}}) {
    return message_of([&] { expression_function({text, {"run.toml", 3, 10}}, xy, constants); });
}

bool starts_with(const std::string& text, const std::string& start) {
    return text.substr(0, start.size()) == start;
}

TEST(ExpressionMessages, ProblemsOfTheGrammarHaveTheirPlace) {
    EXPECT_EQ(message("x +"), "run.toml:3:13: unexpected end of the expression, expected an operand");
    EXPECT_EQ(message("x + )"), "run.toml:3:14: unexpected ')', expected an operand");
    EXPECT_EQ(message("x + * 2"), "run.toml:3:14: unexpected '*', expected an operand");
    EXPECT_EQ(message("()"), "run.toml:3:11: unexpected ')', expected an operand");
    EXPECT_EQ(message("2*(x + 1"), "run.toml:3:12: this '(' is never closed, expected ')'");
    EXPECT_EQ(message("sin(x"), "run.toml:3:13: the '(' of 'sin' is never closed, expected ')'");
    EXPECT_EQ(message("(x))"),
              "run.toml:3:13: unexpected ')', expected an operator or the end: there is no '(' for it");
    EXPECT_EQ(message("2 x"), "run.toml:3:12: unexpected 'x', expected an operator; products are written with '*'");
    EXPECT_EQ(message("2(x)"), "run.toml:3:11: unexpected '(', expected an operator; products are written with '*'");
    EXPECT_EQ(message("1.5.2"), "run.toml:3:13: unexpected '.2', expected an operator; products are written with '*'");
    EXPECT_EQ(message("x, y"),
              "run.toml:3:11: unexpected ',' outside of the arguments of a function, expected an operator");
    EXPECT_EQ(message("0 < x < 1"), "run.toml:3:16: unexpected '<': comparisons do not chain; write 'a < b and b < c'");
    EXPECT_EQ(message("1 + not x"), "run.toml:3:14: unexpected 'not', expected an operand; put it in parentheses");
    EXPECT_EQ(message("   "), "run.toml:3:10: found an empty text, expected an expression");
}

TEST(ExpressionMessages, OtherSpellingsAreTranslated) {
    EXPECT_EQ(message("x ** 2"), "run.toml:3:12: unexpected '**'; did you mean '^'?");
    EXPECT_EQ(message("x = 2"), "run.toml:3:12: unexpected '='; did you mean '=='?");
    EXPECT_EQ(message("x & y"), "run.toml:3:12: unexpected '&'; did you mean '&&'?");
    EXPECT_EQ(message("x \u2212 2"), "run.toml:3:12: unexpected '\u2212'; did you mean '-'?");
    EXPECT_EQ(message("x \u2265 2"), "run.toml:3:12: unexpected '\u2265'; did you mean '>='?");
    EXPECT_EQ(message("x\u00b2"), "run.toml:3:11: unexpected '\u00b2'; did you mean '^2'?");
    EXPECT_EQ(message("x # 2"), "run.toml:3:12: unexpected '#', expected an expression");
    EXPECT_EQ(message("x\x01"), "run.toml:3:11: unexpected control character, number 1");
}

TEST(ExpressionMessages, WrongNamesSuggestTheNearest) {
    EXPECT_TRUE(starts_with(message("-thet*x"),
                            "run.toml:3:11: unknown name 'thet'; did you mean 'theta'? known: x, y, "
                            "theta, pi, e, sqrt, exp, log, "));
    EXPECT_TRUE(
        starts_with(message("sqr(x)"), "run.toml:3:10: unknown function 'sqr'; did you mean 'sqrt'? known: sqrt, "));
    EXPECT_EQ(message("sin x"), "run.toml:3:10: 'sin' is a function, expected its arguments in parentheses: sin(...)");
    EXPECT_EQ(message("x(1 + y)"), "run.toml:3:10: 'x' is not a function; write 'x*(' for a product");
    EXPECT_EQ(message("x*t"), "run.toml:3:12: the time 't' cannot be used here");
    EXPECT_EQ(message("atan2(x)"), "run.toml:3:10: 'atan2' takes 2 arguments, found 1");
    EXPECT_EQ(message("1 + sin()"), "run.toml:3:14: 'sin' takes 1 argument, found 0");
    EXPECT_EQ(message("max(x)"), "run.toml:3:10: 'max' takes 2 arguments or more, found 1");
    EXPECT_EQ(message("where(x > 0, 1)"), "run.toml:3:10: 'where' takes 3 arguments, found 2");
}

TEST(ExpressionMessages, ConstantPartsMustBeFinite) {
    EXPECT_EQ(message("x/0"), "run.toml:3:11: division by zero");
    EXPECT_EQ(message("1/(2 - 2)"), "run.toml:3:11: division by zero");
    EXPECT_EQ(message("x + 0/0*2"), "run.toml:3:15: division by zero") << "the cause, not its consequence";
    EXPECT_EQ(message("x + log(0)"),
              "run.toml:3:14: the value of this 'log' is minus infinity, expected a finite number");
    EXPECT_EQ(message("sqrt(-theta)*x"),
              "run.toml:3:10: the value of this 'sqrt' is not a number, expected a finite number");
    EXPECT_EQ(message("1e300*1e300"), "run.toml:3:15: the value of this '*' is infinite, expected a finite number");
    EXPECT_EQ(message("1e999"), "run.toml:3:10: the number 1e999 is out of the range of doubles");
    EXPECT_EQ(message_of([] {
                  evaluate_constant({"1/0", {"-s D=1/0", 0, 3}});
              }),
              "-s D=1/0, column 4: division by zero");
}

TEST(ExpressionMessages, ColumnsCountCharactersAndLines) {
    EXPECT_EQ(message("\u03b8*x +", {{"\u03b8", 1.0}}),
              "run.toml:3:15: unexpected end of the expression, expected an operand");
    EXPECT_EQ(message("x +\n  * y"), "run.toml:4:3: unexpected '*', expected an operand");
    EXPECT_EQ(message("x + \xff"), "run.toml:3:14: the text is not valid UTF-8");
    EXPECT_EQ(message_of([] { evaluate_constant({"1 +"}); }),
              "'1 +', column 4: unexpected end of the expression, expected an operand");
}

TEST(ExpressionMessages, DepthAndLengthAreLimited) {
    const std::string open(201, '('), signs(300, '-');
    std::string powers = "x";
    for (int i = 0; i < 300; ++i) powers += "^x";

    EXPECT_EQ(message(open + "x"), "run.toml:3:210: nested too deep, expected at most 200 levels");
    EXPECT_NE(message(signs + "x").find("nested too deep"), std::string::npos);
    EXPECT_NE(message(powers).find("nested too deep"), std::string::npos);
    EXPECT_EQ(message(std::string(10001, '1')),
              "run.toml:3:10: an expression of 10001 bytes is too long, expected at most 10000");
    std::string sum = "x";
    for (int i = 0; i < 3000; ++i) sum += "+x";
    EXPECT_EQ(testing::value_at(sum, 1.0), 3001.0) << "long is not deep";
}

TEST(ExpressionMessages, NamesOfVariablesAndParameters) {
    const auto names = [](const std::string& variable, const Constants& constants) {
        ExpressionModel model;
        model.variables = {{"x", {"run.toml", 2, 14}}, {variable, {"run.toml", 2, 19}}};
        model.drift = {{"0"}, {"0"}};
        model.parameters = constants;
        return message_of([&] { make_expression_process(model); });
    };

    EXPECT_EQ(names("x", {}), "run.toml:2:19: variable 'x': there is another variable or parameter of this name");
    EXPECT_EQ(names("t", {}), "run.toml:2:19: variable 't': the name of the time, expected another name");
    EXPECT_EQ(names("e", {}), "run.toml:2:19: variable 'e': the name of a constant, expected another name");
    EXPECT_EQ(names("sin", {}),
              "run.toml:2:19: variable 'sin': the name of a function or operator, expected another name");
    EXPECT_EQ(names("2x", {}), "run.toml:2:19: variable '2x': not a name, expected letters, digits and '_'");
    EXPECT_EQ(names("", {}), "run.toml:2:19: variable '': not a name, expected letters, digits and '_'");
    EXPECT_EQ(names("y", {{"y", 1.0}}),
              "run.toml:2:14: parameter 'y': there is another variable or parameter of this name");
    EXPECT_EQ(names("y", {{"and", 1.0}}),
              "run.toml:2:14: parameter 'and': the name of a function or operator, expected another name");
    EXPECT_EQ(names("y", {{"a", std::numeric_limits<double>::quiet_NaN()}}),
              "run.toml:2:14: parameter 'a': found nan, expected a finite number");
}

TEST(ExpressionMessages, SizesOfModels) {
    ExpressionModel model;
    EXPECT_EQ(message_of([&] { make_expression_process(model); }),
              "model 'custom': found no variables, expected one or more");
    model.variables = {{"x", {"a.toml", 1, 1}}, {"y", {"a.toml", 1, 5}}};
    model.drift = {{"x", {"a.toml", 2, 1}}};
    EXPECT_EQ(message_of([&] { make_expression_process(model); }),
              "a.toml:2:1: drift, one expression per variable: found 1, expected 2");
    model.drift = {{"x"}, {"y"}};
    model.sigma = {{{"1", {"a.toml", 3, 1}}}};
    EXPECT_EQ(message_of([&] { make_expression_process(model); }),
              "a.toml:3:1: sigma, one row per variable: found 1, expected 2");
    model.sigma = {{{"1"}}, {{"1", {"a.toml", 4, 1}}, {"0"}}};
    EXPECT_EQ(message_of([&] { make_expression_process(model); }),
              "a.toml:4:1: row of sigma, as long as the first: found 2, expected 1");
    model.sigma.clear();
    model.natural_domain.resize(3);
    EXPECT_EQ(message_of([&] { make_expression_process(model); }),
              "a.toml:1:1: natural domain, one axis per variable: found 3, expected 2");
}

TEST(ExpressionMessages, SetsAreMadeOfComparisons) {
    const auto set = [](const std::string& text) {
        return message_of([&] { expression_level_set({text, {"a.toml", 1, 7}}, xy, {}); });
    };

    EXPECT_EQ(set("x + y"),
              "a.toml:1:7: 'x + y' does not describe a set, expected comparisons such as 'x >= 0', joined by "
              "and, or, not");
    EXPECT_EQ(set("x == 1").substr(0, 44), "a.toml:1:7: 'x == 1' does not describe a set");
    EXPECT_EQ(set("1 < 2"), "a.toml:1:7: the set '1 < 2' does not depend on any variable");
}

}  // namespace
}  // namespace dynkin
