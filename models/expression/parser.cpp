#include "models/expression/parser.hpp"

#include "models/expression/lexer.hpp"
#include "solvers/core/errors.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

namespace dynkin::expression {
namespace {

constexpr int deepest = 200;

class Parser {
public:
    Parser(Graph& graph, const LocatedText& source, const Scope& scope)
        : graph_(graph), lexer_(source), scope_(scope), token_(lexer_.next()) {}

    NodeId whole() {
        const NodeId root = disjunction();
        if (is(")")) fail(token_, "unexpected ')', expected an operator or the end: there is no '(' for it");
        if (token_.kind != Token::Kind::end) refuse_leftover();
        for (const NodeId id : graph_.reachable({root}))
            if (const auto at = troubles_.find(id); at != troubles_.end())
                fail_at(lexer_.source(), at->second.offset, at->second.problem);
        return root;
    }

private:
    struct Trouble {
        std::size_t offset;
        std::string problem;
    };
    /// Counts nested levels, so that no input exhausts the stack.
    struct Level {
        Parser& parser;
        explicit Level(Parser& p) : parser(p) {
            if (++parser.depth_ > deepest)
                parser.fail(parser.token_, "nested too deep, expected at most " + std::to_string(deepest) + " levels");
        }
        ~Level() { --parser.depth_; }
        Level(const Level&) = delete;
        Level& operator=(const Level&) = delete;
    };

    [[noreturn]] void fail(const Token& token, const std::string& problem) const {
        fail_at(lexer_.source(), token.offset, problem);
    }
    static std::string shown(const Token& token) {
        return token.kind == Token::Kind::end ? "end of the expression" : "'" + std::string(token.text) + "'";
    }
    bool is(std::string_view text) const { return token_.kind != Token::Kind::end && token_.text == text; }
    Token take() {
        const Token taken = token_;
        token_ = lexer_.next();
        return taken;
    }
    bool skip(std::string_view text) {
        if (!is(text)) return false;
        take();
        return true;
    }

    NodeId disjunction();
    NodeId conjunction();
    NodeId negation();
    NodeId comparison();
    NodeId sum();
    NodeId product();
    NodeId sign();
    NodeId power();
    NodeId operand();
    NodeId name(const Token& token);
    NodeId call(const Token& token);
    std::vector<NodeId> arguments(const Token& token);
    NodeId parenthesised();
    [[noreturn]] void refuse_leftover();
    [[noreturn]] void refuse_name(const Token& token);
    NodeId checked(NodeId result, const Token& token, std::initializer_list<NodeId> from);
    NodeId apply(const Token& token, Op op, NodeId a, NodeId b = no_node, NodeId c = no_node);

    Graph& graph_;
    Lexer lexer_;
    const Scope& scope_;
    Token token_;  // the next one
    int depth_ = 0;
    std::map<NodeId, Trouble> troubles_;  // parts without a finite value, refused if the result needs them
};

NodeId Parser::apply(const Token& token, Op op, NodeId a, NodeId b, NodeId c) {
    const bool by_zero = op == Op::divide && graph_.is_zero(b);
    const NodeId result = graph_.apply(op, a, b, c);
    if (by_zero) troubles_.try_emplace(result, Trouble{token.offset, "division by zero"});
    return checked(result, token, {a, b, c});
}

NodeId Parser::checked(NodeId result, const Token& token, std::initializer_list<NodeId> from) {
    if (!graph_.is_constant(result) || std::isfinite(graph_[result].value)) return result;
    for (const NodeId part : from)  // the cause, not its consequence
        if (const auto at = troubles_.find(part); at != troubles_.end() && part != result)
            troubles_.try_emplace(result, at->second);
    const double value = graph_[result].value;
    const std::string found = std::isnan(value) ? "not a number" : value > 0.0 ? "infinite" : "minus infinity";
    troubles_.try_emplace(result, Trouble{token.offset, "the value of this " + shown(token) + " is " + found +
                                                            ", expected a finite number"});
    return result;
}

NodeId Parser::disjunction() {
    const Level level(*this);
    NodeId left = conjunction();
    while (is("or") || is("||")) {
        const Token token = take();
        left = apply(token, Op::logical_or, left, conjunction());
    }
    return left;
}

NodeId Parser::conjunction() {
    NodeId left = negation();
    while (is("and") || is("&&")) {
        const Token token = take();
        left = apply(token, Op::logical_and, left, negation());
    }
    return left;
}

NodeId Parser::negation() {
    if (!is("not") && !is("!")) return comparison();
    const Level level(*this);
    const Token token = take();
    return apply(token, Op::logical_not, negation());
}

NodeId Parser::comparison() {
    const auto compares = [this] { return is("<") || is("<=") || is(">") || is(">=") || is("==") || is("!="); };
    const NodeId left = sum();
    if (!compares()) return left;
    const Token token = take();
    const NodeId right = sum();
    if (compares()) fail(token_, "unexpected " + shown(token_) + ": comparisons do not chain; write 'a < b and b < c'");
    if (token.text == "<") return apply(token, Op::less, left, right);
    if (token.text == ">") return apply(token, Op::less, right, left);
    if (token.text == "<=") return apply(token, Op::less_equal, left, right);
    if (token.text == ">=") return apply(token, Op::less_equal, right, left);
    return apply(token, token.text == "==" ? Op::equal : Op::not_equal, left, right);
}

NodeId Parser::sum() {
    NodeId left = product();
    while (is("+") || is("-")) {
        const Token token = take();
        left = apply(token, token.text == "+" ? Op::add : Op::subtract, left, product());
    }
    return left;
}

NodeId Parser::product() {
    NodeId left = sign();
    while (is("*") || is("/")) {
        const Token token = take();
        left = apply(token, token.text == "*" ? Op::multiply : Op::divide, left, sign());
    }
    return left;
}

NodeId Parser::sign() {
    if (!is("-") && !is("+")) return power();
    const Level level(*this);
    const Token token = take();
    const NodeId value = sign();
    return token.text == "-" ? apply(token, Op::negate, value) : value;
}

NodeId Parser::power() {
    const NodeId base = operand();
    if (!is("^")) return base;
    const Level level(*this);
    const Token token = take();
    return apply(token, Op::power, base, sign());
}

NodeId Parser::operand() {
    if (is("and") || is("or") || is("not") || is("!"))
        fail(token_, "unexpected " + shown(token_) + ", expected an operand" +
                         (is("not") || is("!") ? "; put it in parentheses" : ""));
    switch (token_.kind) {
        case Token::Kind::number: return graph_.constant(take().value);
        case Token::Kind::name: return name(take());
        case Token::Kind::symbol:
            if (is("(")) return parenthesised();
            [[fallthrough]];
        case Token::Kind::end: fail(token_, "unexpected " + shown(token_) + ", expected an operand");
    }
    return no_node;
}

NodeId Parser::parenthesised() {
    const Token open = take();
    const NodeId inside = disjunction();
    if (skip(")")) return inside;
    if (token_.kind == Token::Kind::end) fail(open, "this '(' is never closed, expected ')'");
    refuse_leftover();
}

NodeId Parser::name(const Token& token) {
    const auto variable = std::find(scope_.variables.begin(), scope_.variables.end(), token.text);
    const auto constant = std::find_if(scope_.constants.begin(), scope_.constants.end(),
                                       [&](const auto& entry) { return entry.first == token.text; });
    const bool is_time = token.text == "t", is_variable = variable != scope_.variables.end(),
               is_constant = constant != scope_.constants.end();
    const bool known = is_time || is_variable || is_constant || token.text == "pi" || token.text == "e";
    if (is("(")) {
        if (!known) return call(token);
        fail(token, shown(token) + " is not a function; write '" + std::string(token.text) + "*(' for a product");
    }
    if (is_variable) return graph_.variable(static_cast<int>(variable - scope_.variables.begin()));
    if (is_constant) return graph_.constant(constant->second);
    if (is_time && scope_.time) return graph_.time();
    if (is_time) fail(token, "the time 't' cannot be used here");
    if (token.text == "pi") return graph_.constant(std::numbers::pi);
    if (token.text == "e") return graph_.constant(std::numbers::e);
    refuse_name(token);
}

void Parser::refuse_name(const Token& token) {
    if (const Function* function = find_function(token.text)) {
        const std::string called = std::string(function->name) + "(...)";
        fail(token, shown(token) + " is a function, expected its arguments in parentheses: " + called);
    }
    std::vector<std::string> known = scope_.variables;
    for (const auto& [constant, value] : scope_.constants) known.push_back(constant);
    if (scope_.time) known.emplace_back("t");
    for (const char* constant : {"pi", "e"}) known.emplace_back(constant);
    known.insert(known.end(), function_names().begin(), function_names().end());
    fail(token, unknown_name("name", token.text, known));
}

std::vector<NodeId> Parser::arguments(const Token& token) {
    const Token open = take();
    std::vector<NodeId> list;
    if (skip(")")) return list;
    do list.push_back(disjunction());
    while (skip(","));
    if (skip(")")) return list;
    if (token_.kind == Token::Kind::end) fail(open, "the '(' of " + shown(token) + " is never closed, expected ')'");
    refuse_leftover();
}

NodeId Parser::call(const Token& token) {
    const Function* function = find_function(token.text);
    if (function == nullptr) fail(token, unknown_name("function", token.text, function_names()));
    const std::vector<NodeId> list = arguments(token);
    const auto expected = static_cast<std::size_t>(function->n_arguments);
    if (list.size() < expected || (list.size() > expected && !function->or_more))
        fail(token, shown(token) + " takes " + std::to_string(expected) + (expected == 1 ? " argument" : " arguments") +
                        (function->or_more ? " or more" : "") + ", found " + std::to_string(list.size()));
    if (!function->or_more)
        return apply(token, function->op, list[0], expected > 1 ? list[1] : no_node, expected > 2 ? list[2] : no_node);
    NodeId result = list[0];
    for (std::size_t i = 1; i < list.size(); ++i) result = apply(token, function->op, result, list[i]);
    return result;
}

void Parser::refuse_leftover() {
    std::string problem = "unexpected " + shown(token_) + ", expected an operator";
    if (token_.kind == Token::Kind::name || token_.kind == Token::Kind::number || is("("))
        problem += "; products are written with '*'";
    if (is(",")) problem = "unexpected ',' outside of the arguments of a function, expected an operator";
    fail(token_, problem);
}

}  // namespace

void check_names(const std::vector<LocatedText>& variables, const Constants& constants, const SourceLocation& where) {
    std::vector<std::string> taken;
    const auto check = [&taken](const std::string& kind, const std::string& name, double value,
                                const SourceLocation& at) {
        const auto refuse = [&](const std::string& problem) {
            const std::string place = to_string(at);
            throw ConfigError((place.empty() ? "" : place + ": ") + kind + " '" + name + "': " + problem);
        };
        if (!is_name(name)) refuse("not a name, expected letters, digits and '_'");
        if (name == "t") refuse("the name of the time, expected another name");
        if (kind == "variable" && (name == "pi" || name == "e"))
            refuse("the name of a constant, expected another name");
        if (find_function(name) != nullptr || name == "and" || name == "or" || name == "not")
            refuse("the name of a function or operator, expected another name");
        if (std::find(taken.begin(), taken.end(), name) != taken.end())
            refuse("there is another variable or parameter of this name");
        taken.push_back(name);
        if (!std::isfinite(value))
            refuse(std::string("found ") +
                   (std::isnan(value) ? "nan"
                    : value > 0.0     ? "inf"
                                      : "-inf") +
                   ", expected a finite number");
    };
    for (const LocatedText& variable : variables) check("variable", variable.text, 0.0, variable.where);
    for (const auto& [name, value] : constants) check("parameter", name, value, where);
}

NodeId parse(Graph& graph, const LocatedText& source, const Scope& scope) {
    return Parser(graph, source, scope).whole();
}

}  // namespace dynkin::expression
