#include "models/lm/study/character_corpus.hpp"

#include <string>

#include "solvers/core/errors.hpp"

namespace dynkin::lm {

ByteVocabulary::ByteVocabulary(std::string_view text, int least_count) {
    std::array<long, 256> counts{};
    for (char byte : text) ++counts[static_cast<unsigned char>(byte)];
    int n = 0;
    for (std::size_t b = 0; b < 256; ++b) tokens_[b] = counts[b] >= least_count && counts[b] > 0 ? n++ : -1;
    unknown_ = n;
    for (int& token : tokens_)
        if (token < 0) token = unknown_;
}

std::vector<int> ByteVocabulary::encode(std::string_view text) const {
    std::vector<int> tokens;
    tokens.reserve(text.size());
    for (char byte : text) tokens.push_back(token(byte));
    return tokens;
}

CharacterCorpus character_corpus(std::string_view text) {
    constexpr std::size_t least_size = 10000;
    if (text.size() < least_size)
        throw ConfigError("study: a text of " + std::to_string(text.size()) + " bytes is too short; give at least " +
                          std::to_string(least_size));
    const ByteVocabulary vocabulary(text, 50);
    const std::size_t cut = text.size() / 10 * 9;
    return {vocabulary, vocabulary.encode(text.substr(0, cut)), vocabulary.encode(text.substr(cut))};
}

}  // namespace dynkin::lm
