#pragma once
// A text as tokens, one a byte, in two parts: one to train on, one to score.
#include <array>
#include <string_view>
#include <vector>

namespace dynkin::lm {

/// Token k is the k-th byte value that occurs at least `least_count` times in the text; the last token stands for all
/// others.
class ByteVocabulary {
public:
    ByteVocabulary(std::string_view text, int least_count);

    int size() const { return unknown_ + 1; }
    int unknown() const { return unknown_; }
    int token(char byte) const { return tokens_[static_cast<unsigned char>(byte)]; }
    std::vector<int> encode(std::string_view text) const;

private:
    std::array<int, 256> tokens_{};
    int unknown_ = 0;
};

struct CharacterCorpus {
    ByteVocabulary vocabulary;
    std::vector<int> training;  ///< the first nine tenths
    std::vector<int> scored;    ///< the last tenth
};

/// ConfigError: fewer than 10,000 bytes. Bytes that occur less than 50 times are unknown.
CharacterCorpus character_corpus(std::string_view text);

}  // namespace dynkin::lm
