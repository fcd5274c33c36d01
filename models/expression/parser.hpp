#pragma once
// From text to a node of a graph.
//
//   or             a or b, a || b
//   and            a and b, a && b
//   not            not a, !a                     applies to a whole comparison
//   comparison     < <= > >= == !=               one; a < b < c is refused. Value 1 or 0
//   sum            + -
//   product        * /
//   sign           -a, +a                        below powers: -x^2 = -(x^2)
//   power          a ^ b                         from the right: 2^3^2 = 2^9; the exponent may have a sign: 2^-1
//   operand        number, name, f(a, ...), (a)
//
// Any number other than 0 counts as true. Names: variables, parameters, t (time) where it is allowed, pi and e. A
// parameter may be called pi or e and then stands for its own value; no variable may.
#include "models/expression/graph.hpp"
#include "solvers/core/source_location.hpp"

#include <string>
#include <utility>
#include <vector>

namespace dynkin {

/// Named parameters of an expression, with values.
using Constants = std::vector<std::pair<std::string, double>>;

namespace expression {

struct Scope {
    const std::vector<std::string>& variables;
    const Constants& constants;
    bool time = false;  ///< may `t` stand in the text?
};

/// Variables and parameters must be names, different from each other, from t and from functions; values must be finite.
/// Throws ConfigError located at the variable, at `where` for a parameter.
void check_names(const std::vector<LocatedText>& variables, const Constants& constants, const SourceLocation& where);

/// Throws ConfigError "file:line:column: unexpected ')', expected an operand" and the like, also for a division by the
/// number 0 and other constant parts without a finite value, unless `where` leaves them out.
NodeId parse(Graph& graph, const LocatedText& source, const Scope& scope);

}  // namespace expression
}  // namespace dynkin
