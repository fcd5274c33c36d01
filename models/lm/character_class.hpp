#pragma once
// The three classes of characters that split patterns speak of: \p{L}, \p{N} and \s.
#include <span>

namespace dynkin::lm {

struct CharacterRange {
    char32_t first, last;
};

/// General categories Lu, Ll, Lt, Lm, Lo.
bool is_letter(char32_t code);
/// General categories Nd, Nl, No.
bool is_number(char32_t code);
/// The property White_Space.
bool is_white_space(char32_t code);

/// Ranges in ascending order, made by scripts/unicode_tables.py.
std::span<const CharacterRange> letter_table();
std::span<const CharacterRange> number_table();

}  // namespace dynkin::lm
