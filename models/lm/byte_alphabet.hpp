#pragma once
// The printable characters by which byte-level tokenizers (GPT-2) write the 256 bytes in their vocabularies.
#include <optional>
#include <string>
#include <string_view>

namespace dynkin::lm {

/// Bytes that are printable in Latin-1 stand for themselves; the others are U+0100, U+0101, ... in ascending order.
char32_t letter_of_byte(unsigned char byte);

/// Bytes as their letters, in UTF-8.
std::string spelled(std::string_view bytes);

/// The bytes of a vocabulary entry, or nothing when one of its characters is no letter of the alphabet.
std::optional<std::string> unspelled(std::string_view name);

}  // namespace dynkin::lm
