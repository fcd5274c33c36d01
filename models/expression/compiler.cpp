#include "models/expression/compiler.hpp"

#include <algorithm>
#include <utility>

namespace dynkin::expression {
namespace {

std::size_t at(int id) {
    return static_cast<std::size_t>(id);
}

bool is_arithmetic(Op op) {
    return op == Op::add || op == Op::subtract || op == Op::multiply;
}

Kernel kernel_of(const Node& node, unsigned scalars) {
    return node.op == Op::integer_power ? power_kernel(node.index) : kernel_for(node.op, scalars);
}

}  // namespace

Program::Program(const Graph& graph, const std::vector<NodeId>& formulas, int n_variables)
    : Program(Compiler(graph, formulas, n_variables).take()) {}

Compiler::Compiler(const Graph& graph, const std::vector<NodeId>& formulas, int n_variables) {
    program_.n_variables_ = n_variables;
    program_.n_outputs_ = static_cast<int>(formulas.size());
    lower(graph, formulas);
    classify();
    place_numbers();
    std::vector<char> visited(at(graph_.size()), 0);
    for (const NodeId root : outputs_) order_from(root, visited);
    choose_fusions();
    emit();
}

// Down to squares and cubes, which are operations.
NodeId Compiler::lowered_power(NodeId a, int n) {
    if (n < 0) return graph_.divide(graph_.constant(1.0), lowered_power(a, -n));
    if (n <= 3) return graph_.integer_power(a, n);
    if (n % 2 == 1) return graph_.multiply(lowered_power(a, n - 1), a);
    return graph_.integer_power(lowered_power(a, n / 2), 2);
}

void Compiler::lower(const Graph& graph, const std::vector<NodeId>& formulas) {
    std::vector<NodeId> lowered(at(graph.size()), no_node);
    const auto image = [&lowered](NodeId id) { return id == no_node ? no_node : lowered[at(id)]; };
    for (const NodeId id : graph.reachable(formulas)) {
        const Node& node = graph[id];
        const auto& [a, b, c] = node.arguments;
        NodeId result = no_node;
        switch (node.op) {
            case Op::constant: result = graph_.constant(node.value); break;
            case Op::variable: result = graph_.variable(node.index); break;
            case Op::time: result = graph_.time(); break;
            case Op::integer_power: result = lowered_power(image(a), node.index); break;
            default: result = graph_.apply(node.op, image(a), image(b), image(c));
        }
        lowered[at(id)] = result;
    }
    for (const NodeId formula : formulas) outputs_.push_back(image(formula));
}

void Compiler::classify() {
    sources_.assign(at(graph_.size()), Source::number);
    n_uses_.assign(at(graph_.size()), 0);
    for (const NodeId id : graph_.reachable(outputs_)) {
        const Node& node = graph_[id];
        if (node.op == Op::variable) sources_[at(id)] = Source::variable;
        for (const NodeId argument : node.arguments)
            if (argument != no_node && is_row(argument)) sources_[at(id)] = Source::row;
        if (source(id) != Source::row) continue;
        for (const NodeId argument : node.arguments)
            if (argument != no_node) ++n_uses_[at(argument)];
    }
    output_of_.assign(at(graph_.size()), -1);
    for (int i = program_.n_outputs_ - 1; i >= 0; --i) {
        n_uses_[at(outputs_[at(i)])] += 2;
        output_of_[at(outputs_[at(i)])] = i;
    }
}

// Constants, t and what follows from t alone.
void Compiler::place_numbers() {
    places_.assign(at(graph_.size()), -1);
    std::vector<NodeId> numbers;
    for (const NodeId id : graph_.reachable(outputs_)) {
        if (is_row(id)) continue;
        places_[at(id)] = static_cast<int>(numbers.size());  // shifted when the number of registers is known
        const Node& node = graph_[id];
        if (node.op == Op::time) program_.time_place_ = static_cast<int>(numbers.size());
        numbers.push_back(id);
        program_.numbers_.push_back(node.op == Op::constant ? node.value : 0.0);
        if (n_arguments(node.op) == 0) continue;
        const int a = places_[at(node.arguments[0])];
        const auto other = [&](int i) {
            return n_arguments(node.op) > i ? places_[at(node.arguments[static_cast<std::size_t>(i)])] : a;
        };
        program_.once_.push_back({kernel_of(node, no_scalar), places_[at(id)], a, other(1), other(2)});
    }
}

// Depth first, so that registers are free again soon. By hand, since chains may be thousands of nodes deep.
void Compiler::order_from(NodeId root, std::vector<char>& visited) {
    std::vector<std::pair<NodeId, std::size_t>> stack;
    const auto push = [&](NodeId id) {
        if (id == no_node || source(id) != Source::row || visited[at(id)]) return;
        visited[at(id)] = 1;
        stack.emplace_back(id, 0);
    };
    push(root);
    while (!stack.empty()) {
        auto& [id, next] = stack.back();
        if (next == 3) {
            order_.push_back(id);
            stack.pop_back();
        } else {
            push(graph_[id].arguments[next++]);
        }
    }
}

// The argument of an addition, subtraction or product that is itself one, is used nowhere else and has a kernel with
// it.
NodeId Compiler::fusible_argument(NodeId id) const {
    const Node& node = graph_[id];
    if (!is_arithmetic(node.op)) return no_node;
    for (const NodeId argument : {node.arguments[0], node.arguments[1]})
        if (source(argument) == Source::row && n_uses_[at(argument)] == 1 &&
            (is_arithmetic(graph_[argument].op) || graph_[argument].op == Op::integer_power) &&
            fused_[at(argument)] == no_node)
            return argument;
    return no_node;
}

void Compiler::choose_fusions() {
    fused_.assign(at(graph_.size()), no_node);
    absorbed_.assign(at(graph_.size()), 0);
    for (auto id = order_.rbegin(); id != order_.rend(); ++id) {
        if (absorbed_[at(*id)]) continue;
        const NodeId argument = fusible_argument(*id);
        if (argument == no_node) continue;
        fused_[at(*id)] = argument;
        absorbed_[at(argument)] = 1;
    }
}

Kernel Compiler::fused_kernel_of(NodeId id, const std::vector<NodeId>& operands, unsigned scalars) const {
    const Node &outer = graph_[id], &inner = graph_[fused_[at(id)]];
    const bool reversed = outer.arguments[0] != fused_[at(id)];
    if (inner.op != Op::integer_power) return fused_kernel(inner.op, outer.op, reversed, scalars);
    const PowerPartner partner = operands[1] == operands[0] ? PowerPartner::same_row
                                 : scalars != no_scalar     ? PowerPartner::scalar
                                                            : PowerPartner::row;
    return fused_power_kernel(inner.index, outer.op, reversed, partner);
}

Compiler::Operation Compiler::operation_of(NodeId id) const {
    const Node& node = graph_[id];
    Operation operation;
    operation.result = id;
    const NodeId inner = fused_[at(id)];
    if (inner == no_node) {
        for (const NodeId argument : node.arguments)
            if (argument != no_node) operation.operands.push_back(argument);
    } else {
        for (const NodeId argument : graph_[inner].arguments)
            if (argument != no_node) operation.operands.push_back(argument);
        operation.operands.push_back(node.arguments[node.arguments[0] == inner ? 1 : 0]);
    }
    unsigned scalars = 0;
    for (std::size_t i = 0; i < operation.operands.size(); ++i)
        if (!is_row(operation.operands[i])) scalars |= 1u << i;
    operation.is_broadcast.assign(operation.operands.size(), 0);
    if (inner != no_node) {
        operation.kernel = fused_kernel_of(id, operation.operands, scalars);
        return operation;
    }
    operation.kernel = kernel_of(node, scalars);
    if (operation.kernel != nullptr) return operation;
    operation.kernel = kernel_of(node, no_scalar);
    for (std::size_t i = 0; i < operation.operands.size(); ++i)
        operation.is_broadcast[i] = !is_row(operation.operands[i]);
    return operation;
}

int Compiler::acquire_register() {
    if (free_registers_.empty()) return at_register(program_.n_registers_++);
    const int place = free_registers_.back();
    free_registers_.pop_back();
    return place;
}

void Compiler::release_operands(const Operation& operation, int position) {
    for (const NodeId operand : operation.operands) {
        if (source(operand) != Source::row || last_use_[at(operand)] != position) continue;
        last_use_[at(operand)] = -1;  // an operand that stands twice is released once
        if (places_[at(operand)] >= at_register(0)) free_registers_.push_back(places_[at(operand)]);
    }
}

int Compiler::place_of(NodeId id) const {
    if (source(id) == Source::variable) return graph_[id].index;
    // Numbers come after the registers, of which more may follow: they are counted down from -1 until the end.
    return source(id) == Source::number ? -1 - places_[at(id)] : places_[at(id)];
}

void Compiler::emit(const Operation& operation, int position) {
    std::vector<int> places, broadcast;
    for (std::size_t i = 0; i < operation.operands.size(); ++i) {
        places.push_back(place_of(operation.operands[i]));
        if (!operation.is_broadcast[i]) continue;
        const int number = places.back();
        places.back() = acquire_register();
        broadcast.push_back(places.back());
        program_.per_strip_.push_back({fill_kernel(), places.back(), number, number, number});
    }
    free_registers_.insert(free_registers_.end(), broadcast.begin(), broadcast.end());
    release_operands(operation, position);
    int& result = places_[at(operation.result)];
    const int output = output_of_[at(operation.result)];
    result = output >= 0 ? program_.n_variables_ + output : acquire_register();
    places.resize(3, places[0]);
    program_.per_strip_.push_back({operation.kernel, result, places[0], places[1], places[2]});
}

// Formulas that are a variable, a number, or the same as an earlier one.
void Compiler::emit_output(int i) {
    const NodeId root = outputs_[at(i)];
    const int from = place_of(root), to = program_.n_variables_ + i;
    if (from == to) return;
    program_.per_strip_.push_back({is_row(root) ? copy_kernel() : fill_kernel(), to, from, from, from});
}

void Compiler::emit() {
    order_.erase(std::remove_if(order_.begin(), order_.end(), [this](NodeId id) { return absorbed_[at(id)] != 0; }),
                 order_.end());
    std::vector<Operation> operations;
    last_use_.assign(at(graph_.size()), -1);
    for (const NodeId id : order_) {
        operations.push_back(operation_of(id));
        for (const NodeId operand : operations.back().operands)
            last_use_[at(operand)] = static_cast<int>(operations.size()) - 1;
    }
    for (std::size_t i = 0; i < operations.size(); ++i) emit(operations[i], static_cast<int>(i));
    for (int i = 0; i < program_.n_outputs_; ++i) emit_output(i);
    const int first_number = at_register(program_.n_registers_);
    const auto settle = [first_number](std::int32_t& place) {
        if (place < 0) place = first_number - 1 - place;
    };
    for (Instruction& i : program_.per_strip_)
        for (std::int32_t* place : {&i.a, &i.b, &i.c}) settle(*place);
    for (Instruction& i : program_.once_)
        for (std::int32_t* place : {&i.out, &i.a, &i.b, &i.c}) *place += first_number;
}

}  // namespace dynkin::expression
