#pragma once
#include "models/expression/program.hpp"

#include <utility>
#include <vector>

namespace dynkin::expression {

/// Turns formulas into the instructions of a Program.
class Compiler {
public:
    Compiler(const Graph& graph, const std::vector<NodeId>& formulas, int n_variables);
    Program take() { return std::move(program_); }

private:
    using Instruction = Program::Instruction;
    /// Where the value of a node comes from.
    enum class Source { variable, number, row };
    /// An operation on rows with its operands; two when it is fused.
    struct Operation {
        Kernel kernel = nullptr;
        NodeId result = no_node;
        std::vector<NodeId> operands;    // as the kernel takes them
        std::vector<char> is_broadcast;  // numbers that the kernel takes as rows only
    };

    void lower(const Graph& graph, const std::vector<NodeId>& formulas);
    NodeId lowered_power(NodeId a, int n);
    void classify();
    void place_numbers();
    void order_from(NodeId root, std::vector<char>& visited);
    void choose_fusions();
    NodeId fusible_argument(NodeId id) const;
    Kernel fused_kernel_of(NodeId id, const std::vector<NodeId>& operands, unsigned scalars) const;
    Operation operation_of(NodeId id) const;
    void emit();
    void emit(const Operation& operation, int position);
    void emit_output(int i);
    int place_of(NodeId id) const;
    int acquire_register();
    void release_operands(const Operation& operation, int position);

    int at_register(int r) const { return program_.n_variables_ + program_.n_outputs_ + r; }
    Source source(NodeId id) const { return sources_[static_cast<std::size_t>(id)]; }
    bool is_row(NodeId id) const { return source(id) != Source::number; }

    Program program_;
    Graph graph_;
    std::vector<NodeId> outputs_;  // roots in graph_
    std::vector<Source> sources_;  // by node
    std::vector<int> n_uses_;      // by node, rows only; an output counts as two, so that it is never fused away
    std::vector<int> output_of_;   // by node: the first output it is, -1 when none
    std::vector<NodeId> order_;    // row operations, operands first
    std::vector<NodeId> fused_;    // by node: the argument computed along with it
    std::vector<char> absorbed_;   // by node
    std::vector<int> places_;      // by node: number, output or register, -1 when it has none yet
    std::vector<int> last_use_;    // by node: position of the operation that reads it last
    std::vector<int> free_registers_;
};

}  // namespace dynkin::expression
