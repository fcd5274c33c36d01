#pragma once
// Where a text is cut: at added tokens, then at the borders its pre-tokenizer asks for.
#include "models/lm/tokenizer.hpp"
#include "models/lm/tokenizer_parts.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dynkin::lm {

/// A stretch of text, or an added token where `token` >= 0.
struct TextSegment {
    std::string_view text;
    int token = -1;
    bool is_first = false;  // begins where the text begins
};

/// The leftmost added token first, the longest where several begin at one place. Special ones only when parsed.
std::vector<TextSegment> split_at_added_tokens(const TokenizerParts& parts, std::string_view text,
                                               SpecialTokens special);

/// The pieces after all split steps, in order.
std::vector<std::string> split_into_pieces(const TokenizerParts& parts, std::string_view text, bool is_first);

}  // namespace dynkin::lm
