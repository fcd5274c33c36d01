"""Writes models/lm/character_tables.cpp: the ranges of Unicode letters (L*) and numbers (N*).

Usage: /usr/bin/python3 scripts/unicode_tables.py > models/lm/character_tables.cpp
"""
import sys
import unicodedata


def ranges(initial):
    """(first, last) of every maximal run of characters whose general category begins with `initial`."""
    found = []
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code))[0] != initial:
            continue
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return found


def table(name, pairs):
    entries = [f"{{0x{first:x}, 0x{last:x}}}," for first, last in pairs]
    lines, line = [], "   "
    for entry in entries:
        if len(line) + 1 + len(entry) > 120:
            lines.append(line)
            line = "   "
        line += " " + entry
    lines.append(line)
    return [f"constexpr CharacterRange {name}_ranges[] = {{", *lines, "};"]


def main():
    letters, numbers = ranges("L"), ranges("N")
    print("\n".join([
        f"// Made by scripts/unicode_tables.py from Unicode {unicodedata.unidata_version}; do not edit.",
        '#include "models/lm/character_class.hpp"',
        "",
        "namespace dynkin::lm {",
        "namespace {",
        "",
        "// clang-format off",
        *table("letter", letters),
        "",
        *table("number", numbers),
        "// clang-format on",
        "",
        "}  // namespace",
        "",
        "std::span<const CharacterRange> letter_table() {",
        "    return letter_ranges;",
        "}",
        "",
        "std::span<const CharacterRange> number_table() {",
        "    return number_ranges;",
        "}",
        "",
        "}  // namespace dynkin::lm",
    ]))


if __name__ == "__main__":
    main()
