#pragma once
// What a node of a formula can be. Private to this folder.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dynkin::expression {

enum class Op : std::uint8_t {
    // leaves
    constant,
    variable,
    time,
    // a^n, the integer n held in the node
    integer_power,
    // one argument; sqrt_slope is the derivative of sqrt: 1 / (2 sqrt(a)), and 0 where sqrt(a) is not positive
    negate,
    logical_not,
    sqrt,
    sqrt_slope,
    exp,
    log,
    log1p,
    expm1,
    log10,
    sin,
    cos,
    tan,
    asin,
    acos,
    atan,
    sinh,
    cosh,
    tanh,
    asinh,
    acosh,
    atanh,
    abs,
    sign,
    floor,
    ceil,
    erf,
    erfc,
    // two
    add,
    subtract,
    multiply,
    divide,
    power,
    atan2,
    hypot,
    min,
    max,
    less,
    less_equal,
    equal,
    not_equal,
    logical_and,
    logical_or,
    // three: a != 0 ? b : c
    where,
};

/// 0 for leaves.
int n_arguments(Op op);

/// False for operations with a jump or a kink: comparisons, logic, where, abs, sign, floor, ceil, min, max.
bool is_smooth(Op op);

/// A function as users call it. min and max take two arguments or more, the others exactly n_arguments.
struct Function {
    std::string_view name;
    Op op;
    int n_arguments;
    bool or_more;
};

/// nullptr when there is none of this name.
const Function* find_function(std::string_view name);
const std::vector<std::string>& function_names();

}  // namespace dynkin::expression
