#pragma once
// Formulas as nodes of one graph. Equal parts are one node (common subexpressions come for free), arguments have
// smaller numbers than the nodes that use them, constants are folded, and identities that keep every bit are applied (x
// + 0, 1 x, 0 x, x - x, --x, x x = x^2, ...; 0 x and x - x as if x were finite). Private to this folder.
#include "models/expression/operation.hpp"

#include <array>
#include <cstddef>
#include <unordered_map>
#include <vector>

namespace dynkin::expression {

using NodeId = int;
inline constexpr NodeId no_node = -1;

struct Node {
    Op op = Op::constant;
    std::array<NodeId, 3> arguments{no_node, no_node, no_node};
    double value = 0.0;  ///< of a constant
    int index = 0;       ///< of a variable; exponent of an integer power

    friend bool operator==(const Node& p, const Node& q);
};

class Graph {
public:
    NodeId constant(double value);
    NodeId variable(int index);
    NodeId time();
    NodeId apply(Op op, NodeId a, NodeId b = no_node, NodeId c = no_node);
    NodeId integer_power(NodeId a, int n);

    // The same, for formulas in code.
    NodeId add(NodeId a, NodeId b) { return apply(Op::add, a, b); }
    NodeId subtract(NodeId a, NodeId b) { return apply(Op::subtract, a, b); }
    NodeId multiply(NodeId a, NodeId b) { return apply(Op::multiply, a, b); }
    NodeId scale(double a, NodeId b) { return apply(Op::multiply, constant(a), b); }
    NodeId divide(NodeId a, NodeId b) { return apply(Op::divide, a, b); }
    NodeId negate(NodeId a) { return apply(Op::negate, a); }

    const Node& operator[](NodeId id) const { return nodes_[static_cast<std::size_t>(id)]; }
    NodeId size() const { return static_cast<NodeId>(nodes_.size()); }
    bool is_constant(NodeId id) const { return (*this)[id].op == Op::constant; }
    bool is_constant(NodeId id, double value) const { return is_constant(id) && (*this)[id].value == value; }
    bool is_zero(NodeId id) const { return is_constant(id, 0.0); }

    /// The roots and everything below them, in ascending order.
    std::vector<NodeId> reachable(const std::vector<NodeId>& roots) const;
    bool depends_on(NodeId root, NodeId leaf) const;
    bool depends_on_variables(NodeId root) const;

private:
    struct Hash {
        std::size_t operator()(const Node& node) const;
    };
    NodeId intern(const Node& node);
    NodeId intern(Op op, NodeId a, NodeId b = no_node, NodeId c = no_node) { return intern(Node{op, {a, b, c}}); }
    // One per operation with identities; no_node when none applies.
    NodeId simpler_negate(NodeId a);
    NodeId simpler_add(NodeId a, NodeId b);
    NodeId simpler_subtract(NodeId a, NodeId b);
    NodeId simpler_multiply(NodeId a, NodeId b);
    NodeId simpler_divide(NodeId a, NodeId b);
    NodeId simpler_power(NodeId a, NodeId b);
    NodeId simpler(Op op, NodeId a, NodeId b, NodeId c);

    std::vector<Node> nodes_;
    std::unordered_map<Node, NodeId, Hash> known_;
};

/// Integer powers up to this exponent are products (x^3 = x x x, x^4 = (x x)^2, x^-n = 1 / x^n); the error of a product
/// grows with n, so that beyond it std::pow is used.
inline constexpr int largest_product_power = 64;

}  // namespace dynkin::expression
