#include "models/lm/byte_alphabet.hpp"
#include "models/lm/character_class.hpp"
#include "models/lm/split_patterns.hpp"
#include "models/lm/utf8.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

namespace {

using namespace dynkin::lm;

TEST(Utf8, ReadsEveryCharacterItWrites) {
    for (char32_t code = 0; code <= 0x10ffff; ++code) {
        if (code >= 0xd800 && code < 0xe000) continue;
        std::string text;
        append_utf8(code, text);
        const Character c = character_at(text, 0);
        ASSERT_TRUE(c.valid && c.code == code && c.n_bytes == text.size()) << std::hex << std::uint32_t(code);
        ASSERT_EQ(incomplete_tail(text), 0u);
        for (std::size_t n = 1; n < text.size(); ++n) ASSERT_EQ(incomplete_tail(text.substr(0, n)), n);
    }
}

// Table 3-7 of the Unicode standard: overlong forms, surrogates, codes above U+10FFFF.
TEST(Utf8, RefusesWhatIsNoCharacter) {
    for (const char* bytes : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                              "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xe6\x9c",
                              "\xe6\x9c"
                              "a"}) {
        const Character c = character_at(bytes, 0);
        EXPECT_FALSE(c.valid) << bytes;
        EXPECT_EQ(c.n_bytes, 1u);
    }
    EXPECT_EQ(with_replacements("a\xff\xe6\x9c\x88"), "a\xef\xbf\xbd\xe6\x9c\x88");
}

TEST(CharacterClass, KnowsLettersNumbersAndSpaces) {
    for (const char32_t letter :
         {U'a', U'Z', char32_t(0xaa), char32_t(0xe9), char32_t(0x6708), char32_t(0x1d7cb), char32_t(0x3131)}) {
        EXPECT_TRUE(is_letter(letter) && !is_number(letter) && !is_white_space(letter)) << std::uint32_t(letter);
    }
    for (const char32_t number :
         {U'0', U'9', char32_t(0xb2), char32_t(0x661), char32_t(0x2167), char32_t(0x3007), char32_t(0x1d7ff)}) {
        EXPECT_TRUE(is_number(number) && !is_letter(number)) << std::uint32_t(number);
    }
    for (const char32_t other : {U'_', U'@', U'[', U'`', U'{', U'/', U':', char32_t(0x301), char32_t(0x200d),
                                 char32_t(0x1f319), char32_t(0xfffd)}) {
        EXPECT_FALSE(is_letter(other) || is_number(other) || is_white_space(other)) << std::uint32_t(other);
    }
    int n_spaces = 0;
    for (char32_t code = 0; code <= 0x10ffff; ++code) n_spaces += is_white_space(code);
    EXPECT_EQ(n_spaces, 25);  // as many as have the property White_Space
}

TEST(CharacterClass, RangesAscendWithoutTouching) {
    for (const auto table : {letter_table(), number_table()}) {
        for (std::size_t i = 0; i < table.size(); ++i) {
            EXPECT_LE(table[i].first, table[i].last);
            if (i > 0) {
                EXPECT_GT(table[i].first, table[i - 1].last + 1);
            }
        }
    }
}

TEST(ByteAlphabet, SpellsEveryByteByALetterOfItsOwn) {
    std::set<char32_t> letters;
    for (int byte = 0; byte < 256; ++byte) letters.insert(letter_of_byte(static_cast<unsigned char>(byte)));
    EXPECT_EQ(letters.size(), 256u);
    EXPECT_EQ(*letters.rbegin(), 0x143u);  // 68 bytes are not printable
    EXPECT_EQ(spelled(" a\n"),
              "\xc4\xa0"
              "a\xc4\x8a");
    EXPECT_EQ(unspelled("\xe6\x9c\x88"), std::nullopt);
    EXPECT_TRUE(rc::check([](const std::string& bytes) { RC_ASSERT(unspelled(spelled(bytes)) == bytes); }));
}

std::vector<std::string> pieces_of(SplitPattern pattern, const std::string& text) {
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < text.size(); at += pieces.back().size()) {
        pieces.push_back(text.substr(at, match_length(pattern, text, at)));
    }
    return pieces;
}

TEST(SplitPatterns, CutTextsAsTheirExpressionsDo) {
    using Pieces = std::vector<std::string>;
    const std::string text = "It's  12345 x\n\n y!!\n";
    EXPECT_EQ(pieces_of(SplitPattern::gpt2, text), (Pieces{"It", "'s", " ", " 12345", " x", "\n\n", " y", "!!", "\n"}));
    EXPECT_EQ(pieces_of(SplitPattern::llama3, text),
              (Pieces{"It", "'s", " ", " ", "123", "45", " x", "\n\n", " y", "!!\n"}));
    EXPECT_EQ(pieces_of(SplitPattern::qwen2, "a12\tb'LL"), (Pieces{"a", "1", "2", "\tb", "'LL"}));
}

TEST(SplitPatterns, CoverEveryText) {
    for (const SplitPattern pattern : {SplitPattern::gpt2, SplitPattern::llama3, SplitPattern::qwen2}) {
        EXPECT_TRUE(rc::check([&](const std::string& bytes) {
            std::string joined;
            for (const std::string& piece : pieces_of(pattern, bytes)) {
                RC_ASSERT(!piece.empty());
                joined += piece;
            }
            RC_ASSERT(joined == bytes);
        }));
    }
}

TEST(SplitPatterns, AreKnownByTheirExpressions) {
    const std::string end = R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
    const std::string begin = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N})";
    EXPECT_EQ(known_pattern(begin + "{1,3}" + end), SplitPattern::llama3);
    EXPECT_EQ(known_pattern(begin + end), SplitPattern::qwen2);
    EXPECT_EQ(known_pattern(begin + "{1,2}" + end), std::nullopt);
    EXPECT_EQ(known_pattern(""), std::nullopt);
}

}  // namespace
