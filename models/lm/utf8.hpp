#pragma once
// UTF-8, one character at a time, for bytes that may be anything.
#include <cstddef>
#include <string>
#include <string_view>

namespace dynkin::lm {

struct Character {
    char32_t code = 0;        // U+FFFD where the bytes are no character
    std::size_t n_bytes = 1;  // 1 where they are none
    bool valid = false;
};

/// The character that begins at text[at], at < text.size(). Overlong forms, surrogates and codes above U+10FFFF are
/// not valid (Unicode 15, table 3-7).
Character character_at(std::string_view text, std::size_t at);

/// How many bytes at the end may be the beginning of a character (0 to 3).
std::size_t incomplete_tail(std::string_view text);

/// Appends the character as UTF-8.
void append_utf8(char32_t code, std::string& text);

/// Bytes that are no character become U+FFFD, one for each.
std::string with_replacements(std::string_view text);

}  // namespace dynkin::lm
