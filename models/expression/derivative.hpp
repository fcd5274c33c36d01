#pragma once
#include "models/expression/graph.hpp"

#include <vector>

namespace dynkin::expression {

/// Partial derivatives with respect to one leaf (a variable or time), by the rules of calculus, node by node.
///
/// Where a function has jumps or kinks the derivative is taken piece by piece: abs'(0) = 1, min and max follow the
/// argument they return, floor, ceil, sign and comparisons have derivative 0, where(c, a, b) has where(c, a', b').
/// sqrt(u)' is u' / (2 sqrt(u)), and 0 where sqrt(u) is not positive, as for models in C++ (solvers/core/dual.hpp), so
/// that sigma sigma' of a square-root noise stays finite at its boundary.
class Differentiator {
public:
    Differentiator(Graph& graph, NodeId leaf) : graph_(graph), leaf_(leaf) {}

    NodeId operator()(NodeId formula);

private:
    NodeId rule(NodeId id);
    NodeId rule_of_function(const Node& node, NodeId self, NodeId a, NodeId da);
    NodeId rule_of_power(NodeId self, NodeId a, NodeId b, NodeId da, NodeId db);
    NodeId rule_of_pair(const Node& node, NodeId self, NodeId da, NodeId db);
    NodeId known(NodeId id) const { return id == no_node ? no_node : derivatives_[static_cast<std::size_t>(id)]; }

    Graph& graph_;
    NodeId leaf_;
    std::vector<NodeId> derivatives_;  // by node; no_node: not computed yet
};

}  // namespace dynkin::expression
