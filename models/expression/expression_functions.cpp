#include "models/expression/expression_functions.hpp"

#include "models/expression/derivative.hpp"
#include "models/expression/lexer.hpp"
#include "models/expression/program.hpp"
#include "solvers/core/errors.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace dynkin {
namespace {

using expression::Differentiator;
using expression::Graph;
using expression::Node;
using expression::NodeId;
using expression::Op;
using expression::Program;

constexpr Index no_stride = 0;  // of a single row

NodeId parse_state_function(Graph& graph, const LocatedText& text, const std::vector<std::string>& variables,
                            const Constants& constants) {
    std::vector<LocatedText> located;
    for (const std::string& variable : variables) located.push_back({variable, text.where});
    expression::check_names(located, constants, text.where);
    return parse(graph, text, {variables, constants, false});
}

std::vector<NodeId> gradient_of(Graph& graph, NodeId f, int dim) {
    std::vector<NodeId> gradient;
    for (int j = 0; j < dim; ++j) gradient.push_back(Differentiator(graph, graph.variable(j))(f));
    return gradient;
}

std::vector<NodeId> hessian_of(Graph& graph, const std::vector<NodeId>& gradient) {
    const std::size_t dim = gradient.size();
    std::vector<NodeId> hessian(dim * dim);
    for (std::size_t j = 0; j < dim; ++j) {
        Differentiator along(graph, graph.variable(static_cast<int>(j)));
        for (std::size_t i = 0; i <= j; ++i) hessian[i * dim + j] = hessian[j * dim + i] = along(gradient[i]);
    }
    return hessian;
}

bool is_smooth_in_variables(const Graph& graph, NodeId f) {
    for (const NodeId id : graph.reachable({f}))
        if (!is_smooth(graph[id].op) && graph.depends_on_variables(id)) return false;
    return true;
}

/// "x >= c" and the like, whose fraction of a cell is known.
std::optional<TestFunctionPtr> half_line(const Graph& graph, NodeId f, int dim) {
    const Node& node = graph[f];
    if (node.op != Op::less && node.op != Op::less_equal) return std::nullopt;
    const Node &left = graph[node.arguments[0]], &right = graph[node.arguments[1]];
    if (left.op == Op::variable && right.op == Op::constant)
        return half_line_indicator(dim, left.index, right.value, Side::below);
    if (left.op == Op::constant && right.op == Op::variable)
        return half_line_indicator(dim, right.index, left.value, Side::above);
    return std::nullopt;
}

class ExpressionTestFunction final : public TestFunction {
public:
    ExpressionTestFunction(std::string name, Graph graph, NodeId f, int dimension)
        : TestFunction(std::move(name), dimension, is_smooth_in_variables(graph, f)), value_(graph, {f}, dimension) {
        if (!smooth()) {
            if (const auto indicator = half_line(graph, f, dimension)) indicator_ = *indicator;
            return;
        }
        const std::vector<NodeId> gradient = gradient_of(graph, f, dimension);
        gradient_ = Program(graph, gradient, dimension);
        hessian_ = Program(graph, hessian_of(graph, gradient), dimension);
    }

    void value(Points x, double* out) const override { value_.evaluate(x, 0.0, {out, no_stride}); }

    void derivatives(Points x, double* value, Rows gradient, Rows hessian) const override {
        if (!smooth())
            throw NumericsError("test function " + name() +
                                ": has jumps or kinks and so no derivatives; use it in pairing "
                                "checks only");
        value_.evaluate(x, 0.0, {value, no_stride});
        gradient_.evaluate(x, 0.0, gradient);
        hessian_.evaluate(x, 0.0, hessian);
    }

    double cell_mean(const double* lower, const double* upper) const override {
        if (smooth()) return TestFunction::cell_mean(lower, upper);
        return indicator_ ? indicator_->cell_mean(lower, upper) : midpoint_mean(lower, upper);
    }

private:
    // At a jump Gauss points are no better than midpoints: O(h / n). n^dim points, about a thousand at most.
    double midpoint_mean(const double* lower, const double* upper) const {
        const int n = dim() == 1 ? 64 : dim() == 2 ? 32 : dim() == 3 ? 10 : dim() <= 5 ? 4 : 2;
        Index total = 1;
        for (int j = 0; j < dim(); ++j) total *= n;
        Block x(dim(), total);
        Index repeats = 1;
        for (int j = 0; j < dim(); repeats *= n, ++j)
            for (Index q = 0; q < total; ++q)
                x.row(j)[q] = lower[j] + (upper[j] - lower[j]) * (static_cast<double>(q / repeats % n) + 0.5) / n;
        std::vector<double> values(static_cast<std::size_t>(total));
        value(x.points(), values.data());
        double sum = 0.0;
        for (const double v : values) sum += v;
        return sum / static_cast<double>(total);
    }

    Program value_, gradient_, hessian_;
    TestFunctionPtr indicator_;
};

class ExpressionLevelSet final : public LevelSet {
public:
    ExpressionLevelSet(std::string name, Graph graph, NodeId level, int dimension)
        : name_(std::move(name)),
          dim_(dimension),
          level_(graph, {level}, dimension),
          gradient_(graph, gradient_of(graph, level, dimension), dimension) {}

    int dim() const override { return dim_; }
    std::string name() const override { return name_; }
    void level(Points x, double* out) const override { level_.evaluate(x, 0.0, {out, no_stride}); }
    void gradient(Points x, Rows out) const override { gradient_.evaluate(x, 0.0, out); }

private:
    std::string name_;
    int dim_;
    Program level_, gradient_;
};

/// The level of a set, no_node where the text is not made of comparisons.
NodeId level_of(Graph& graph, NodeId set) {
    const Node node = graph[set];
    const auto [a, b, c] = node.arguments;
    switch (node.op) {
        case Op::less:
        case Op::less_equal: return graph.subtract(b, a);
        case Op::logical_and:
        case Op::logical_or: {
            const NodeId left = level_of(graph, a), right = level_of(graph, b);
            if (left == expression::no_node || right == expression::no_node) return expression::no_node;
            return graph.apply(node.op == Op::logical_and ? Op::min : Op::max, left, right);
        }
        case Op::logical_not: {
            const NodeId inside = level_of(graph, a);
            return inside == expression::no_node ? inside : graph.negate(inside);
        }
        default: return expression::no_node;
    }
}

}  // namespace

TestFunctionPtr expression_test_function(const LocatedText& text, const std::vector<std::string>& variables,
                                         const Constants& constants) {
    Graph graph;
    const NodeId f = parse_state_function(graph, text, variables, constants);
    return std::make_shared<const ExpressionTestFunction>(expression::trimmed(text.text), std::move(graph), f,
                                                          static_cast<int>(variables.size()));
}

std::shared_ptr<const LevelSet> expression_level_set(const LocatedText& text, const std::vector<std::string>& variables,
                                                     const Constants& constants) {
    Graph graph;
    const NodeId set = parse_state_function(graph, text, variables, constants);
    const NodeId level = graph.is_constant(set) ? set : level_of(graph, set);
    if (level == expression::no_node)
        expression::fail_at(text, 0,
                            "'" + expression::trimmed(text.text) +
                                "' does not describe a set, expected comparisons such as 'x >= 0', joined by and, "
                                "or, not");
    if (!graph.depends_on_variables(level))
        expression::fail_at(text, 0,
                            "the set '" + expression::trimmed(text.text) + "' does not depend on any variable");
    return std::make_shared<const ExpressionLevelSet>(expression::trimmed(text.text), std::move(graph), level,
                                                      static_cast<int>(variables.size()));
}

std::function<void(Points, double*)> expression_function(const LocatedText& text,
                                                         const std::vector<std::string>& variables,
                                                         const Constants& constants) {
    Graph graph;
    const NodeId f = parse_state_function(graph, text, variables, constants);
    const auto program =
        std::make_shared<const Program>(graph, std::vector<NodeId>{f}, static_cast<int>(variables.size()));
    return [program](Points x, double* out) { program->evaluate(x, 0.0, {out, no_stride}); };
}

double evaluate_constant(const LocatedText& text, const Constants& constants) {
    Graph graph;
    const NodeId value = parse_state_function(graph, text, {}, constants);
    return graph[value].value;
}

}  // namespace dynkin
