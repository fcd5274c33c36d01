#pragma once
// The regular expressions by which byte-level tokenizers cut text into words, as functions. Alternatives are tried in
// their order and the first that matches is taken, as a backtracking engine does.
#include "models/lm/tokenizer_parts.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace dynkin::lm {

/// The pattern a file writes so, or nothing when it is another one.
std::optional<SplitPattern> known_pattern(std::string_view expression);

/// Bytes of the piece that begins at text[at], at least 1. Bytes that are no UTF-8 count as characters that are neither
/// letter, number nor white space. Every text is covered: the patterns have an alternative for everything.
std::size_t match_length(SplitPattern pattern, std::string_view text, std::size_t at);

/// Bytes of the piece at text[at]: a run of numbers (or one of them), or a run of everything else.
std::size_t digits_length(std::string_view text, std::size_t at, bool individual);

}  // namespace dynkin::lm
