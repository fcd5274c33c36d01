#pragma once
// Formulas as a list of row operations, run over strips of points. Private to this folder.
#include "models/expression/graph.hpp"
#include "models/expression/kernels.hpp"
#include "solvers/core/points.hpp"

#include <cstdint>
#include <vector>

namespace dynkin::expression {

/// Values of some formulas on a block of points. Parts that depend on t alone are computed once per call, equal parts
/// once, and a product, sum or difference that is used once merges with the operation that uses it. Every point goes
/// through the same roundings whatever block it is in and whatever the vector level. Const and thread-safe: the scratch
/// rows belong to the thread and are allocated on its first call.
class Program {
public:
    Program() = default;
    /// Output i, in row i, is formula i of `graph`.
    Program(const Graph& graph, const std::vector<NodeId>& formulas, int n_variables);

    /// `out` must not overlap the points.
    void evaluate(Points x, double t, Rows out) const;

    int n_outputs() const { return n_outputs_; }
    int n_registers() const { return n_registers_; }
    int n_instructions() const { return static_cast<int>(per_strip_.size()); }
    int n_instructions_once() const { return static_cast<int>(once_.size()); }

private:
    friend class Compiler;
    /// Operands are places in the table [variables, outputs, registers, numbers].
    struct Instruction {
        Kernel kernel;
        std::int32_t out, a, b, c;
    };
    /// Points per strip: a register is 4 KB, so that a few of them stay in the first-level cache.
    static constexpr Index strip = 512;
    /// Not a multiple of 512: equal places of different registers would share a cache set.
    static constexpr Index register_stride = strip + 8;

    int n_variables_ = 0, n_outputs_ = 0, n_registers_ = 0;
    std::vector<double> numbers_;  // constants, time at time_place_, then the results of once_
    int time_place_ = -1;
    std::vector<Instruction> once_, per_strip_;
};

}  // namespace dynkin::expression
