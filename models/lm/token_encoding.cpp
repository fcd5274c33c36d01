#include "models/lm/token_encoding.hpp"

#include "models/lm/message_text.hpp"
#include "models/lm/pair_merging.hpp"
#include "models/lm/text_splitting.hpp"
#include "models/lm/utf8.hpp"
#include "solvers/core/errors.hpp"

#include <algorithm>

namespace dynkin::lm {
namespace {

std::string replaced(std::string_view text, const ReplaceStep& step) {
    std::string result;
    for (std::size_t at = 0;;) {
        const std::size_t found = text.find(step.from, at);
        result += text.substr(at, found - at);
        if (found == std::string_view::npos) return result;
        result += step.to;
        at = found + step.from.size();
    }
}

std::string normalized(const TokenizerParts& parts, std::string_view text) {
    std::string result(text);
    for (const NormalizerStep& step : parts.normalizer) {
        if (const auto* prepend = std::get_if<PrependStep>(&step)) {
            if (!result.empty()) result.insert(0, prepend->prefix);
        } else {
            result = replaced(result, std::get<ReplaceStep>(step));
        }
    }
    return result;
}

std::size_t symbol_length(const TokenizerParts& parts, std::string_view piece, std::size_t at) {
    if (parts.alphabet == Alphabet::bytes) return 1;
    if (parts.alphabet == Alphabet::characters) return character_at(piece, at).n_bytes;
    if (at == 0) return 1;  // the space in front, which takes no continuation bytes
    std::size_t n = 1;
    while (n < 4 && at + n < piece.size() && (static_cast<unsigned char>(piece[at + n]) & 0xc0) == 0x80) ++n;
    return n;
}

// A symbol that is no token: its bytes if there are tokens for them, else the unknown token.
void append_unknown(const TokenizerParts& parts, std::string_view symbol, bool& after_unknown,
                    std::vector<int>& tokens) {
    const auto token_of = [&parts](char byte) { return parts.byte_token[static_cast<unsigned char>(byte)]; };
    if (std::all_of(symbol.begin(), symbol.end(), [&](char byte) { return token_of(byte) >= 0; })) {
        for (const char byte : symbol) tokens.push_back(token_of(byte));
        after_unknown = false;
        return;
    }
    if (!parts.unknown) throw ConfigError("the vocabulary has no token for " + shown(symbol));
    if (!(after_unknown && parts.fuse_unknown)) tokens.push_back(*parts.unknown);
    after_unknown = true;
}

std::vector<int> symbols_of(const TokenizerParts& parts, std::string_view piece) {
    std::vector<int> tokens;
    tokens.reserve(piece.size());
    bool after_unknown = false;
    for (std::size_t at = 0; at < piece.size();) {
        const std::size_t n = symbol_length(parts, piece, at);
        const std::string_view symbol = piece.substr(at, n);
        at += n;
        if (parts.alphabet != Alphabet::bytes) {
            if (const auto found = parts.number_of.find(symbol); found != parts.number_of.end()) {
                tokens.push_back(found->second);
                after_unknown = false;
                continue;
            }
        }
        append_unknown(parts, symbol, after_unknown, tokens);
    }
    return tokens;
}

void merge_by_rank(const TokenizerParts& parts, std::vector<int>& tokens) {
    merge_pairs(tokens, [&parts](int left, int right) -> PairMerge {
        const auto found = parts.merges.find(TokenizerParts::pair_key(left, right));
        if (found == parts.merges.end()) return {};
        return {static_cast<double>(found->second.rank), found->second.token};
    });
}

// Any two neighbours whose texts together are a token, as SentencePiece and llama2.c have it.
void merge_by_score(const TokenizerParts& parts, std::vector<int>& tokens) {
    constexpr float least_score = -1e10f;  // llama2.c merges nothing that scores lower
    std::string both;
    merge_pairs(tokens, [&](int left, int right) -> PairMerge {
        both = parts.names[static_cast<std::size_t>(left)];
        both += parts.names[static_cast<std::size_t>(right)];
        const auto found = parts.number_of.find(both);
        if (found == parts.number_of.end()) return {};
        const float score = parts.scores[static_cast<std::size_t>(found->second)];
        if (!(score > least_score)) return {};
        return {-static_cast<double>(score), found->second};
    });
}

void encode_piece(const TokenizerParts& parts, std::string_view piece, std::vector<int>& tokens) {
    if (piece.empty()) return;
    if (parts.whole_pieces_first) {
        if (const auto found = parts.number_of.find(piece); found != parts.number_of.end()) {
            tokens.push_back(found->second);
            return;
        }
    }
    std::vector<int> symbols = symbols_of(parts, piece);
    if (!parts.scores.empty())
        merge_by_score(parts, symbols);
    else if (!parts.merges.empty())
        merge_by_rank(parts, symbols);
    tokens.insert(tokens.end(), symbols.begin(), symbols.end());
}

}  // namespace

void encode_segment(const TokenizerParts& parts, std::string_view text, bool is_first, std::vector<int>& tokens) {
    const std::string whole = normalized(parts, text);
    for (const std::string& piece : split_into_pieces(parts, whole, is_first)) encode_piece(parts, piece, tokens);
}

}  // namespace dynkin::lm
