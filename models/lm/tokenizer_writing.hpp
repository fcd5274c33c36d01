#pragma once
// Tokenizers built as a tokenizer.json, so that all of one's own can be saved.
#include "models/lm/tokenizer.hpp"

#include <string>
#include <utility>
#include <vector>

namespace dynkin::lm {

/// Byte-level BPE with these entries, spelled in the byte alphabet, as tokens 0, 1, ..., then the special tokens. Split
/// into words as GPT-2 does, or not at all. ConfigError: a special token that is empty or twice.
Tokenizer byte_level_tokenizer(const std::vector<std::string>& names,
                               const std::vector<std::pair<std::string, std::string>>& merges, bool in_words,
                               const std::vector<std::string>& special);

}  // namespace dynkin::lm
