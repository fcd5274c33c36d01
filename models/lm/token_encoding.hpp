#pragma once
// A segment of text without added tokens to tokens: steps on the text, pieces, symbols, merges.
#include "models/lm/tokenizer_parts.hpp"

#include <string_view>
#include <vector>

namespace dynkin::lm {

/// Appends the tokens of `text`. `is_first`: nothing stands before it. ConfigError as Tokenizer::encode.
void encode_segment(const TokenizerParts& parts, std::string_view text, bool is_first, std::vector<int>& tokens);

}  // namespace dynkin::lm
