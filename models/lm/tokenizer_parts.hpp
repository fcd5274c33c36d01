#pragma once
// What a tokenizer is made of; readers fill it in, `Tokenizer` runs it.
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

namespace dynkin::lm {

/// A token that is cut out of the text before anything else happens to it.
struct AddedToken {
    int id = 0;
    std::string text;
    bool special = false;                            // carries no text of its own: left out by decode
    bool strips_left = false, strips_right = false;  // takes the white space beside it
    bool single_word = false;                        // only where no letter, number or _ stands beside it
};

/// Steps on the text before it is split.
struct PrependStep {
    std::string prefix;  // unless the text is empty
};
struct ReplaceStep {
    std::string from, to;
};
using NormalizerStep = std::variant<PrependStep, ReplaceStep>;

enum class SplitPattern { gpt2, llama3, qwen2 };
enum class PrependScheme { always, first, never };

/// Steps that split the text. No merge crosses a border between pieces.
struct PatternStep {
    SplitPattern pattern;
};
struct DigitsStep {
    bool individual;
};
struct PrefixSpaceStep {};  // a space in front unless there is one
struct MetaspaceStep {
    std::string replacement;  // of spaces
    PrependScheme prepend;
    bool split;  // before every replacement
};
using SplitStep = std::variant<PatternStep, DigitsStep, PrefixSpaceStep, MetaspaceStep>;

/// What the text of a vocabulary entry stands for, and what single symbols are before merging.
enum class Alphabet {
    bytes,       // GPT-2: every byte is a printable character, and a symbol
    characters,  // UTF-8 characters, bytes outside the vocabulary by <0xNN> if there are such tokens
    llama2c,     // characters as llama2.c groups bytes: up to three continuation bytes after any first byte
};

struct MergeResult {
    int rank = 0, token = 0;
};

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
using TokenNumbers = std::unordered_map<std::string, int, TextHash, std::equal_to<>>;

struct TokenizerParts {
    Alphabet alphabet = Alphabet::characters;
    std::vector<std::string> names;     // [token], as the file writes it; "" where there is none
    std::vector<std::string> bytes;     // [token], what decode gives
    std::vector<char> special;          // [token], left out by decode
    TokenNumbers number_of;             // symbols after the steps -> token; raw bytes with Alphabet::bytes
    std::array<int, 256> byte_token{};  // token of a byte, -1 where there is none
    std::vector<AddedToken> added;

    std::vector<NormalizerStep> normalizer;
    std::vector<SplitStep> splits;

    // Merges by rank of the pair, or, where scores are given, by score of the merged text (highest first).
    std::unordered_map<std::uint64_t, MergeResult> merges;
    std::vector<float> scores;
    bool whole_pieces_first = false;  // a piece that is a token is that token, whatever the merges say
    std::optional<int> unknown;
    bool fuse_unknown = false;

    std::optional<int> bos;
    std::vector<int> ends;  // tokens after which a text is over
    bool begins_with_bos = false;
    std::string prefix;             // taken from the beginning of a text by decode: " " or ""
    bool prefix_after_bos = false;  // and from what follows a bos further on

    std::string json;  // tokenizer.json it came from; "" for tokenizer.bin

    static std::uint64_t pair_key(int left, int right) {
        return std::uint64_t{static_cast<std::uint32_t>(left)} << 32 | static_cast<std::uint32_t>(right);
    }
};

}  // namespace dynkin::lm
