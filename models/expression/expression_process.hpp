#pragma once
// A stochastic process whose drift and sigma are given as text.
#include "models/expression/parser.hpp"
#include "solvers/core/process.hpp"
#include "solvers/core/source_location.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dynkin {

struct ExpressionModel {
    std::string name = "custom";
    std::vector<LocatedText> variables, drift;    ///< (dim) each
    std::vector<std::vector<LocatedText>> sigma;  ///< (dim)(noise_dim), or empty: sigma = 0
    Constants parameters;
    Calculus calculus = Calculus::ito;
    std::optional<LocatedText> killing;  ///< rate at which mass is removed
    Domain natural_domain;               ///< (dim), or empty: open
};

/// A process with everything that models in C++ have except exact transitions; derivatives are symbolic (rules at jumps
/// and kinks: models/expression/derivative.hpp). The language is described in models/expression/parser.hpp.
///
/// The noise is classified by the formulas: none (all entries vanish; noise_dim is then 0), additive, diagonal;
/// commutative when it has one column or when its commutators vanish, as formulas or else to 1e-9 at points of the
/// natural domain.
///
/// Throws ConfigError located in the text: see parse() and check_names(); also when sizes do not fit.
std::shared_ptr<const Process> make_expression_process(const ExpressionModel& model);

}  // namespace dynkin
