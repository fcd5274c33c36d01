#pragma once
// The normalizer and pre_tokenizer of a tokenizer.json as steps.
#include "models/lm/json_input.hpp"
#include "models/lm/tokenizer_parts.hpp"

namespace dynkin::lm {

/// Fills in `normalizer`, `splits`, `alphabet` and `prefix`. IoError naming a step that is not known.
void read_steps(const JsonValue& file, TokenizerParts& parts);

/// The character that stands for a space in the vocabulary, or "" when a space is one.
std::string space_symbol(const TokenizerParts& parts);

}  // namespace dynkin::lm
