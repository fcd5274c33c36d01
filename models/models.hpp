#pragma once
// The built-in models by name. The list itself is in models/model_types.hpp.
#include "models/parameters.hpp"
#include "solvers/core/process.hpp"

#include <memory>
#include <string>
#include <vector>

namespace dynkin {

/// What a model is, for `dynkin models` and the docs. Sizes and kind are those of the default parameters.
struct ModelInfo {
    std::string name;      ///< the word of the config
    std::string title;     ///< "Double well"
    std::string equation;  ///< "dX = (X - X^3) dt + sqrt(2 D) dW"
    int dim = 0, noise_dim = 0;
    NoiseKind noise = NoiseKind::none;
    std::vector<ParameterInfo> parameters;
    std::string source;               ///< where the model is described
    bool exact_transition = false;    ///< Process::has_exact_transition()
    bool transition_density = false;  ///< Process::has_transition_density()
};

/// In the order of the docs.
const std::vector<ModelInfo>& model_list();

/// The process of the model called `name`; parameters the source does not have keep their defaults. Throws ConfigError
/// for an unknown name (with the nearest), an unknown parameter, a value out of range, a combination without sense.
std::shared_ptr<const Process> make_model(const std::string& name, const ParameterSource& source);

}  // namespace dynkin
