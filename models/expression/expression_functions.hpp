#pragma once
// Functions of the state given as text. Language: models/expression/parser.hpp; the time `t` is part of it in the last
// but one only.
#include "models/expression/parser.hpp"
#include "solvers/core/level_set.hpp"
#include "solvers/core/source_location.hpp"
#include "solvers/core/test_functions.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace dynkin {

/// phi as written, with its name; gradient and Hessian are symbolic. smooth() is false as soon as something that
/// depends on the variables has a jump or a kink: comparisons, and, or, not, where, abs, sign, floor, ceil, min, max.
/// Cell means of those: exact for one comparison of a variable with a number ("x >= 0"), else midpoints of a fine
/// subdivision of the cell.
TestFunctionPtr expression_test_function(const LocatedText& text, const std::vector<std::string>& variables,
                                         const Constants& constants);

/// The set where a comparison holds: "x >= 0" has the level x - 0, "x^2 + y^2 < 1" the level 1 - (x^2 + y^2); `and`
/// takes the smaller level of the two, `or` the larger, `not` the negative one. < and <= are the same set, up to its
/// boundary.
std::shared_ptr<const LevelSet> expression_level_set(const LocatedText& text, const std::vector<std::string>& variables,
                                                     const Constants& constants);

/// Values on a block of points, in out[0..n).
std::function<void(Points, double*)> expression_function(const LocatedText& text,
                                                         const std::vector<std::string>& variables,
                                                         const Constants& constants);

/// A function of the time `t` alone with its first two derivatives, symbolic. ConfigError: jumps and kinks.
struct TimeDerivatives {
    double value, first, second;
};
std::function<TimeDerivatives(double)> expression_function_of_time(const LocatedText& text, const Constants& constants);

/// "1/3", "sqrt(2*D)".
double evaluate_constant(const LocatedText& text, const Constants& constants = {});

}  // namespace dynkin
