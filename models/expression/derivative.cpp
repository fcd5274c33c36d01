#include "models/expression/derivative.hpp"

#include <cmath>
#include <numbers>

namespace dynkin::expression {

NodeId Differentiator::operator()(NodeId formula) {
    if (static_cast<std::size_t>(formula) < derivatives_.size() && known(formula) != no_node) return known(formula);
    // Arguments come before the nodes that use them, so no recursion is needed.
    for (const NodeId id : graph_.reachable({formula})) {
        if (static_cast<std::size_t>(id) >= derivatives_.size())
            derivatives_.resize(static_cast<std::size_t>(graph_.size()), no_node);
        if (known(id) != no_node) continue;
        const NodeId derivative = rule(id);
        derivatives_[static_cast<std::size_t>(id)] = derivative;
    }
    return known(formula);
}

NodeId Differentiator::rule(NodeId id) {
    const Node node = graph_[id];  // a copy: the graph grows below
    Graph& g = graph_;
    if (id == leaf_) return g.constant(1.0);
    const auto [a, b, c] = node.arguments;
    const NodeId da = known(a), db = known(b), dc = known(c);
    const auto vanishes = [&g](NodeId d) { return d == no_node || g.is_zero(d); };
    if (vanishes(da) && vanishes(db) && vanishes(dc)) return g.constant(0.0);
    switch (node.op) {
        case Op::where: return g.apply(Op::where, a, db, dc);
        case Op::integer_power: return g.multiply(g.scale(node.index, g.integer_power(a, node.index - 1)), da);
        case Op::power: return rule_of_power(id, a, b, da, db);
        default: return n_arguments(node.op) == 1 ? rule_of_function(node, id, a, da) : rule_of_pair(node, id, da, db);
    }
}

NodeId Differentiator::rule_of_function(const Node& node, NodeId self, NodeId a, NodeId da) {
    Graph& g = graph_;
    const NodeId one = g.constant(1.0);
    const auto square = [&g](NodeId u) { return g.integer_power(u, 2); };
    const auto gaussian = [&](double factor) {
        return g.multiply(g.scale(factor, g.apply(Op::exp, g.negate(square(a)))), da);
    };
    // (1 - a^2), without cancellation at the ends
    const auto below_one = [&] { return g.multiply(g.subtract(one, a), g.add(one, a)); };
    switch (node.op) {
        case Op::negate: return g.negate(da);
        case Op::sqrt: return g.multiply(g.apply(Op::sqrt_slope, a), da);
        case Op::sqrt_slope: return g.multiply(g.scale(-2.0, g.integer_power(self, 3)), da);
        case Op::exp: return g.multiply(self, da);
        case Op::expm1: return g.multiply(g.apply(Op::exp, a), da);
        case Op::log: return g.divide(da, a);
        case Op::log1p: return g.divide(da, g.add(one, a));
        case Op::log10: return g.divide(da, g.scale(std::numbers::ln10, a));
        case Op::sin: return g.multiply(g.apply(Op::cos, a), da);
        case Op::cos: return g.negate(g.multiply(g.apply(Op::sin, a), da));
        case Op::tan: return g.multiply(g.add(one, square(self)), da);
        case Op::asin: return g.divide(da, g.apply(Op::sqrt, below_one()));
        case Op::acos: return g.negate(g.divide(da, g.apply(Op::sqrt, below_one())));
        case Op::atan: return g.divide(da, g.add(one, square(a)));
        case Op::sinh: return g.multiply(g.apply(Op::cosh, a), da);
        case Op::cosh: return g.multiply(g.apply(Op::sinh, a), da);
        case Op::tanh: return g.multiply(g.subtract(one, square(self)), da);
        case Op::asinh: return g.divide(da, g.apply(Op::sqrt, g.add(one, square(a))));
        case Op::acosh: return g.divide(da, g.apply(Op::sqrt, g.multiply(g.subtract(a, one), g.add(a, one))));
        case Op::atanh: return g.divide(da, below_one());
        case Op::abs: return g.apply(Op::where, g.apply(Op::less, a, g.constant(0.0)), g.negate(da), da);
        case Op::erf: return gaussian(2.0 * std::numbers::inv_sqrtpi);
        case Op::erfc: return gaussian(-2.0 * std::numbers::inv_sqrtpi);
        default: return g.constant(0.0);  // sign, floor, ceil, not
    }
}

NodeId Differentiator::rule_of_power(NodeId self, NodeId a, NodeId b, NodeId da, NodeId db) {
    Graph& g = graph_;
    NodeId sum = g.constant(0.0);
    if (!g.is_zero(da)) {
        const NodeId lower = g.apply(Op::power, a, g.subtract(b, g.constant(1.0)));
        sum = g.multiply(g.multiply(b, lower), da);
    }
    if (!g.is_zero(db)) {
        NodeId slope = g.multiply(self, g.apply(Op::log, a));
        // 0^b = 0 for every b > 0: no slope along b, and not 0 x log 0.
        if (!g.is_constant(a))
            slope = g.apply(Op::where, g.apply(Op::equal, a, g.constant(0.0)), g.constant(0.0), slope);
        sum = g.add(sum, g.multiply(slope, db));
    }
    return sum;
}

NodeId Differentiator::rule_of_pair(const Node& node, NodeId self, NodeId da, NodeId db) {
    Graph& g = graph_;
    const NodeId a = node.arguments[0], b = node.arguments[1];
    switch (node.op) {
        case Op::add: return g.add(da, db);
        case Op::subtract: return g.subtract(da, db);
        case Op::multiply: return g.add(g.multiply(da, b), g.multiply(a, db));
        case Op::divide: return g.divide(g.subtract(da, g.multiply(self, db)), b);
        case Op::atan2: {
            const NodeId squared_norm = g.add(g.integer_power(a, 2), g.integer_power(b, 2));
            return g.divide(g.subtract(g.multiply(b, da), g.multiply(a, db)), squared_norm);
        }
        case Op::hypot: {
            // At the origin there is no derivative; 0 there, as for sqrt.
            const NodeId slope = g.divide(g.add(g.multiply(a, da), g.multiply(b, db)), self);
            return g.apply(Op::where, g.apply(Op::less, g.constant(0.0), self), slope, g.constant(0.0));
        }
        case Op::min: return g.apply(Op::where, g.apply(Op::less, b, a), db, da);
        case Op::max: return g.apply(Op::where, g.apply(Op::less, a, b), db, da);
        default: return g.constant(0.0);  // comparisons, and, or
    }
}

}  // namespace dynkin::expression
