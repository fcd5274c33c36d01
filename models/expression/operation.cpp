#include "models/expression/operation.hpp"

#include <array>

namespace dynkin::expression {
namespace {

// In the order in which suggestions prefer them.
constexpr std::array<Function, 30> functions = {{
    {"sqrt", Op::sqrt, 1, false},   {"exp", Op::exp, 1, false},     {"log", Op::log, 1, false},
    {"log1p", Op::log1p, 1, false}, {"expm1", Op::expm1, 1, false}, {"log10", Op::log10, 1, false},
    {"sin", Op::sin, 1, false},     {"cos", Op::cos, 1, false},     {"tan", Op::tan, 1, false},
    {"asin", Op::asin, 1, false},   {"acos", Op::acos, 1, false},   {"atan", Op::atan, 1, false},
    {"atan2", Op::atan2, 2, false}, {"sinh", Op::sinh, 1, false},   {"cosh", Op::cosh, 1, false},
    {"tanh", Op::tanh, 1, false},   {"asinh", Op::asinh, 1, false}, {"acosh", Op::acosh, 1, false},
    {"atanh", Op::atanh, 1, false}, {"abs", Op::abs, 1, false},     {"sign", Op::sign, 1, false},
    {"min", Op::min, 2, true},      {"max", Op::max, 2, true},      {"floor", Op::floor, 1, false},
    {"ceil", Op::ceil, 1, false},   {"pow", Op::power, 2, false},   {"hypot", Op::hypot, 2, false},
    {"erf", Op::erf, 1, false},     {"erfc", Op::erfc, 1, false},   {"where", Op::where, 3, false},
}};

}  // namespace

int n_arguments(Op op) {
    if (op == Op::where) return 3;
    if (op >= Op::add) return 2;
    return op >= Op::integer_power ? 1 : 0;
}

bool is_smooth(Op op) {
    switch (op) {
        case Op::logical_not:
        case Op::abs:
        case Op::sign:
        case Op::floor:
        case Op::ceil:
        case Op::min:
        case Op::max:
        case Op::less:
        case Op::less_equal:
        case Op::equal:
        case Op::not_equal:
        case Op::logical_and:
        case Op::logical_or:
        case Op::where: return false;
        default: return true;
    }
}

const Function* find_function(std::string_view name) {
    for (const Function& function : functions)
        if (function.name == name) return &function;
    return nullptr;
}

const std::vector<std::string>& function_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> list;
        for (const Function& function : functions) list.emplace_back(function.name);
        return list;
    }();
    return names;
}

}  // namespace dynkin::expression
