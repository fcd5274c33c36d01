#pragma once
// --positions and its numbers.
#include "apps/lm/model_files.hpp"
#include "models/lm/weight_matrix.hpp"

#include <cstdint>
#include <string>

namespace dynkin::language {

/// As PositionSpec has them; empty and 0: not given.
struct PositionOptions {
    std::string scheme, scale;
    std::int64_t window = 0, training_length = 0;
    double factor = 0.0, expansion = 0.0, base_factor = 0.0;
    std::int64_t max_length = 0;  ///< tokens of a sequence
};

struct ChosenPositions {
    lm::PositionSpec spec{};
    std::int64_t max_length = 0;  ///< 0: as many as are needed
};

/// The scheme asked for, or that of the training, or rope. A scale without training_length takes the context of the
/// model. The longest sequence, if not given: the context for rope; factor or expansion times it for schemes that have
/// one; any for leaky_rerope, rerope and sliding_window. ConfigError: unknown names, numbers missing or without use.
ChosenPositions choose_positions(const PositionOptions& options, const ModelFiles& model);

/// max_length of the decoder for `needed` tokens of `what`. ConfigError: they are too many.
std::int64_t required_length(const ChosenPositions& chosen, std::int64_t needed, const std::string& what);

/// "fp32", "bf16", "int8", "as_stored", or a name of the library. ConfigError.
lm::WeightFormat weights_of(const std::string& name);

/// What a decoder is run with, for the record: "rerope, window 32, scale log_n_test, training_length 64".
std::string text_of(const lm::PositionSpec& spec);

}  // namespace dynkin::language
