#pragma once
// Shorthands of these tests: values and messages of expressions in x, y.
#include "models/expression/expression_functions.hpp"
#include "solvers/core/errors.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dynkin::testing {

inline const std::vector<std::string> xy = {"x", "y"};

/// Value of an expression in x and y.
inline double value_at(const std::string& text, double x, double y = 0.0, const Constants& constants = {}) {
    const double point[2] = {x, y};
    double value = 0.0;
    expression_function({text}, xy, constants)({point, 2, 1, 1}, &value);
    return value;
}

/// The message of the ConfigError that `action` throws; "" and a failed test when it throws none.
template <class Action>
std::string message_of(Action action) {
    try {
        action();
    } catch (const ConfigError& error) {
        return error.what();
    }
    ADD_FAILURE() << "no ConfigError";
    return "";
}

/// Numbers in (lower, upper), the same every time.
inline std::vector<double> spread(double lower, double upper, int n) {
    std::vector<double> points;
    for (int i = 0; i < n; ++i) {
        const double u = 0.6180339887498949 * (i + 1);
        points.push_back(lower + (upper - lower) * (u - static_cast<int>(u)));
    }
    return points;
}

}  // namespace dynkin::testing
