#include "models/lm/character_class.hpp"

#include <algorithm>

namespace dynkin::lm {
namespace {

bool is_in(std::span<const CharacterRange> table, char32_t code) {
    const auto range = std::lower_bound(table.begin(), table.end(), code,
                                        [](const CharacterRange& r, char32_t wanted) { return r.last < wanted; });
    return range != table.end() && range->first <= code;
}

}  // namespace

bool is_letter(char32_t code) {
    if (code < 0x80) return (code | 0x20) >= U'a' && (code | 0x20) <= U'z';
    return is_in(letter_table(), code);
}

bool is_number(char32_t code) {
    if (code < 0x80) return code >= U'0' && code <= U'9';
    return is_in(number_table(), code);
}

bool is_white_space(char32_t code) {
    if (code < 0x80) return code == U' ' || (code >= 0x09 && code <= 0x0d);
    return code == 0x85 || code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 ||
           code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000;
}

}  // namespace dynkin::lm
