#include "models/expression/graph.hpp"

#include "models/expression/kernels.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <utility>

namespace dynkin::expression {
namespace {

double power_by_products(double a, int n) {
    if (n < 0) return 1.0 / power_by_products(a, -n);
    if (n == 1) return a;
    if (n % 2 == 1) return power_by_products(a, n - 1) * a;
    const double root = power_by_products(a, n / 2);
    return root * root;
}

/// 1 / c has no rounding error.
bool has_exact_reciprocal(double c) {
    int exponent = 0;
    return std::abs(std::frexp(c, &exponent)) == 0.5 && std::abs(exponent) < 1000;
}

}  // namespace

bool operator==(const Node& p, const Node& q) {
    // By bits: -0 and +0 are two constants, a NaN is one.
    return p.op == q.op && p.arguments == q.arguments && p.index == q.index &&
           std::bit_cast<std::uint64_t>(p.value) == std::bit_cast<std::uint64_t>(q.value);
}

std::size_t Graph::Hash::operator()(const Node& node) const {
    std::uint64_t h = std::bit_cast<std::uint64_t>(node.value) ^ static_cast<std::uint64_t>(node.op);
    const auto mix = [&h](int part) {
        h = (h ^ static_cast<std::uint64_t>(static_cast<std::uint32_t>(part))) * 0x9E3779B97F4A7C15u;
        h ^= h >> 29;
    };
    for (const NodeId argument : node.arguments) mix(argument);
    mix(node.index);
    return static_cast<std::size_t>(h);
}

NodeId Graph::intern(const Node& node) {
    const auto [at, is_new] = known_.try_emplace(node, size());
    if (is_new) nodes_.push_back(node);
    return at->second;
}

NodeId Graph::constant(double value) {
    return intern(Node{Op::constant, {no_node, no_node, no_node}, value});
}

NodeId Graph::variable(int index) {
    return intern(Node{Op::variable, {no_node, no_node, no_node}, 0.0, index});
}

NodeId Graph::time() {
    return intern(Node{Op::time});
}

NodeId Graph::integer_power(NodeId a, int n) {
    if (n == 0) return constant(1.0);
    if (n == 1) return a;
    if (is_constant(a)) return constant(power_by_products((*this)[a].value, n));
    if ((*this)[a].op == Op::negate) {
        const NodeId positive = integer_power((*this)[a].arguments[0], n);
        return n % 2 == 0 ? positive : negate(positive);
    }
    return intern(Node{Op::integer_power, {a, no_node, no_node}, 0.0, n});
}

NodeId Graph::simpler_negate(NodeId a) {
    const Node node = (*this)[a];
    if (node.op == Op::negate) return node.arguments[0];
    if (node.op == Op::subtract) return subtract(node.arguments[1], node.arguments[0]);
    return no_node;
}

NodeId Graph::simpler_add(NodeId a, NodeId b) {
    if (is_zero(a)) return b;
    if (is_zero(b)) return a;
    if ((*this)[b].op == Op::negate) return subtract(a, (*this)[b].arguments[0]);
    if ((*this)[a].op == Op::negate) return subtract(b, (*this)[a].arguments[0]);
    return no_node;
}

NodeId Graph::simpler_subtract(NodeId a, NodeId b) {
    if (a == b) return constant(0.0);
    if (is_zero(b)) return a;
    if (is_zero(a)) return negate(b);
    if ((*this)[b].op == Op::negate) return add(a, (*this)[b].arguments[0]);
    return no_node;
}

NodeId Graph::simpler_multiply(NodeId a, NodeId b) {
    if (is_constant(b)) std::swap(a, b);
    if (is_zero(a)) return constant(0.0);
    if (is_constant(a, 1.0)) return b;
    if (is_constant(a, -1.0)) return negate(b);
    if ((*this)[b].op == Op::negate) std::swap(a, b);
    if ((*this)[a].op == Op::negate) {
        const NodeId positive = (*this)[a].arguments[0];
        return is_constant(b) ? scale(-(*this)[b].value, positive) : negate(multiply(positive, b));
    }
    if (a == b) return integer_power(a, 2);
    for (const auto& [square, factor] : {std::pair(a, b), std::pair(b, a)}) {
        const Node& node = (*this)[square];
        if (node.op == Op::integer_power && node.index == 2 && node.arguments[0] == factor)
            return integer_power(factor, 3);
    }
    return no_node;
}

NodeId Graph::simpler_divide(NodeId a, NodeId b) {
    if (is_zero(b)) return no_node;
    if (is_zero(a)) return constant(0.0);
    if (is_constant(b) && has_exact_reciprocal((*this)[b].value)) return scale(1.0 / (*this)[b].value, a);
    if ((*this)[a].op == Op::negate) return negate(divide((*this)[a].arguments[0], b));
    if ((*this)[b].op == Op::negate) return negate(divide(a, (*this)[b].arguments[0]));
    return no_node;
}

NodeId Graph::simpler_power(NodeId a, NodeId b) {
    if (!is_constant(b)) return no_node;
    const double exponent = (*this)[b].value;
    if (exponent == std::floor(exponent) && std::abs(exponent) <= largest_product_power)
        return integer_power(a, static_cast<int>(exponent));
    if (exponent == 0.5) return apply(Op::sqrt, a);
    if (exponent == -0.5) return divide(constant(1.0), apply(Op::sqrt, a));
    return no_node;
}

NodeId Graph::simpler(Op op, NodeId a, NodeId b, NodeId c) {
    switch (op) {
        case Op::negate: return simpler_negate(a);
        case Op::add: return simpler_add(a, b);
        case Op::subtract: return simpler_subtract(a, b);
        case Op::multiply: return simpler_multiply(a, b);
        case Op::divide: return simpler_divide(a, b);
        case Op::min:
        case Op::max: return a == b ? a : no_node;
        case Op::where:
            if (b == c) return b;
            if (is_constant(a)) return (*this)[a].value != 0.0 ? b : c;
            return no_node;
        default: return no_node;
    }
}

NodeId Graph::apply(Op op, NodeId a, NodeId b, NodeId c) {
    if (op == Op::power)
        if (const NodeId result = simpler_power(a, b); result != no_node) return result;
    const int n = n_arguments(op);
    if (is_constant(a) && (n < 2 || is_constant(b)) && (n < 3 || is_constant(c)))
        return constant(evaluate(op, (*this)[a].value, n > 1 ? (*this)[b].value : 0.0, n > 2 ? (*this)[c].value : 0.0));
    if (const NodeId result = simpler(op, a, b, c); result != no_node) return result;
    const bool commutes = op == Op::add || op == Op::multiply || op == Op::equal || op == Op::not_equal ||
                          op == Op::logical_and || op == Op::logical_or;
    if (commutes && b < a) std::swap(a, b);
    return intern(op, a, b, c);
}

std::vector<NodeId> Graph::reachable(const std::vector<NodeId>& roots) const {
    NodeId last = no_node;
    for (const NodeId root : roots) last = std::max(last, root);
    std::vector<char> marked(static_cast<std::size_t>(last + 1), 0);
    for (const NodeId root : roots) marked[static_cast<std::size_t>(root)] = 1;
    std::vector<NodeId> found;
    for (NodeId id = last; id >= 0; --id) {
        if (!marked[static_cast<std::size_t>(id)]) continue;
        found.push_back(id);
        for (const NodeId argument : (*this)[id].arguments)
            if (argument != no_node) marked[static_cast<std::size_t>(argument)] = 1;
    }
    std::reverse(found.begin(), found.end());
    return found;
}

bool Graph::depends_on(NodeId root, NodeId leaf) const {
    const std::vector<NodeId> below = reachable({root});
    return std::binary_search(below.begin(), below.end(), leaf);
}

bool Graph::depends_on_variables(NodeId root) const {
    const std::vector<NodeId> below = reachable({root});
    return std::any_of(below.begin(), below.end(), [this](NodeId id) { return (*this)[id].op == Op::variable; });
}

}  // namespace dynkin::expression
