#pragma once
// Names of test functions, as a person would write them; not part of the interface.
#include "solvers/core/errors.hpp"
#include "solvers/core/process.hpp"

#include <cstdio>
#include <string>
#include <vector>

namespace dynkin::test_function_names {

inline std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    return text;
}

/// "x", "(x - 0.5)", "(x + 1)".
inline std::string shifted(const std::string& variable, double centre) {
    if (centre == 0.0) return variable;
    return "(" + variable + (centre > 0.0 ? " - " : " + ") + number(centre > 0.0 ? centre : -centre) + ")";
}

/// The parts joined by `separator`, or `empty` when there are none.
inline std::string joined(const std::vector<std::string>& parts, const std::string& separator, const std::string& empty) {
    std::string all;
    for (const std::string& part : parts) all += (all.empty() ? "" : separator) + part;
    return all.empty() ? empty : all;
}

/// The variables as given, or their defaults.
inline std::vector<std::string> names_for(std::size_t dim, const std::vector<std::string>& variables) {
    if (variables.empty()) return default_variables(static_cast<int>(dim));
    if (variables.size() != dim) throw ConfigError("test function: as many variable names as components are expected");
    return variables;
}

inline void require(bool condition, const char* kind, const char* what) {
    if (!condition) throw ConfigError(std::string("test function '") + kind + "': " + what);
}

}  // namespace dynkin::test_function_names
