#pragma once
// Byte-level BPE learned from a text (Sennrich, Haddow & Birch 2016; bytes as in GPT-2).
#include "models/lm/tokenizer.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dynkin::lm {

struct BytePairTraining {
    int vocabulary = 512;              // with the 256 bytes and the special tokens
    std::int64_t least_count = 2;      // pairs that are seen less often are not merged
    std::vector<std::string> special;  // such as "<|endoftext|>"; they get the last numbers
};

/// The pair of neighbours seen most often in the words of the text (split as GPT-2 splits) becomes a token, again and
/// again; of pairs seen equally often the one with the smaller numbers. The same text gives the same tokens. The
/// vocabulary is smaller than asked for when no pair is left.
/// O(n log n) in the length of the text for a fixed vocabulary.
/// ConfigError: a vocabulary below 256 and the special tokens, a special token that is empty or twice.
Tokenizer train_byte_pairs(std::string_view text, const BytePairTraining& training);

struct LearnedMerge {
    int left = 0, right = 0, token = 0;

    bool operator==(const LearnedMerge&) const = default;
};

/// The merges in their order. Tokens 0 to 255 are the bytes in the order of their letters (see byte_alphabet.hpp); a
/// merge makes the next one, or again one whose bytes are the same. Ends at n_tokens, bytes included.
std::vector<LearnedMerge> learn_merges(std::string_view text, std::size_t n_tokens, std::int64_t least_count);

}  // namespace dynkin::lm
