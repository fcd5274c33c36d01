#include "models/lm/tokenizer.hpp"

#include "models/lm/message_text.hpp"
#include "models/lm/text_splitting.hpp"
#include "models/lm/token_encoding.hpp"
#include "models/lm/tokenizer_parts.hpp"
#include "models/lm/utf8.hpp"
#include "solvers/core/errors.hpp"

#include <limits>

namespace dynkin::lm {

Tokenizer::Tokenizer(TokenizerParts parts) : parts_(std::make_shared<const TokenizerParts>(std::move(parts))) {}

int Tokenizer::vocabulary() const {
    return static_cast<int>(parts_->names.size());
}

std::optional<int> Tokenizer::bos() const {
    return parts_->bos;
}

const std::vector<int>& Tokenizer::end_tokens() const {
    return parts_->ends;
}

bool Tokenizer::begins_with_bos() const {
    return parts_->begins_with_bos;
}

const std::string& Tokenizer::bytes_of(int token) const {
    if (token < 0 || token >= vocabulary()) {
        throw ConfigError("token " + std::to_string(token) + " is outside the vocabulary of " +
                          std::to_string(vocabulary()));
    }
    static const std::string nothing;
    return is_special(token) ? nothing : parts_->bytes[static_cast<std::size_t>(token)];
}

bool Tokenizer::is_special(int token) const {
    return token >= 0 && token < vocabulary() && parts_->special[static_cast<std::size_t>(token)] != 0;
}

std::optional<int> Tokenizer::find(std::string_view name) const {
    for (std::size_t token = 0; token < parts_->names.size(); ++token) {
        if (!name.empty() && parts_->names[token] == name) return static_cast<int>(token);
    }
    return {};
}

std::vector<int> Tokenizer::encode(std::string_view text, bool bos, SpecialTokens special) const {
    if (text.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max() / 4)) {
        throw ConfigError("a text of " + std::to_string(text.size()) +
                          " bytes is too long; encode it in parts of 2^29");
    }
    std::vector<int> tokens;
    if (bos && parts_->bos) tokens.push_back(*parts_->bos);
    for (const TextSegment& segment : split_at_added_tokens(*parts_, text, special)) {
        if (segment.token >= 0)
            tokens.push_back(segment.token);
        else
            encode_segment(*parts_, segment.text, segment.is_first, tokens);
    }
    return tokens;
}

std::string Tokenizer::decode(std::span<const int> tokens) const {
    std::string text;
    bool at_beginning = true;
    for (const int token : tokens) {
        if (parts_->prefix_after_bos && token == parts_->bos) at_beginning = true;
        std::string_view bytes = bytes_of(token);
        if (bytes.empty()) continue;
        if (at_beginning && !parts_->prefix.empty() && bytes.starts_with(parts_->prefix)) {
            bytes.remove_prefix(parts_->prefix.size());
        }
        at_beginning = false;
        text += bytes;
    }
    return text;
}

std::string StreamDecoder::push(int token) {
    const TokenizerParts& parts = tokenizer_.parts();
    if (parts.prefix_after_bos && token == parts.bos) at_beginning_ = true;
    std::string_view bytes = tokenizer_.bytes_of(token);
    if (bytes.empty()) return "";
    const std::string& prefix = parts.prefix;
    if (at_beginning_ && !prefix.empty() && bytes.starts_with(prefix)) bytes.remove_prefix(prefix.size());
    at_beginning_ = false;
    held_ += bytes;
    const std::size_t n = held_.size() - incomplete_tail(held_);
    const std::string ready = with_replacements(std::string_view(held_).substr(0, n));
    held_.erase(0, n);
    return ready;
}

std::string StreamDecoder::finish() {
    const std::string rest = with_replacements(held_);
    held_.clear();
    return rest;
}

}  // namespace dynkin::lm
