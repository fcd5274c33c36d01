#include "models/lm/text_splitting.hpp"

#include "models/lm/character_class.hpp"
#include "models/lm/split_patterns.hpp"
#include "models/lm/utf8.hpp"

#include <algorithm>

namespace dynkin::lm {
namespace {

bool is_word_character(std::string_view text, std::size_t at) {
    const char32_t code = character_at(text, at).code;
    return code == U'_' || is_letter(code) || is_number(code);
}

std::size_t previous_character(std::string_view text, std::size_t end) {
    for (std::size_t n = 1; n <= std::min<std::size_t>(4, end); ++n) {
        const Character c = character_at(text.substr(0, end), end - n);
        if (c.valid && c.n_bytes == n) return end - n;
    }
    return end - 1;
}

bool stands_alone(std::string_view text, std::size_t begin, std::size_t end) {
    if (begin > 0 && is_word_character(text, previous_character(text, begin))) return false;
    return end == text.size() || !is_word_character(text, end);
}

/// Finds the added tokens of a tokenizer in a text.
class AddedTokenFinder {
public:
    AddedTokenFinder(const TokenizerParts& parts, SpecialTokens special) {
        for (const AddedToken& token : parts.added) {
            if (token.special && special == SpecialTokens::as_text) continue;
            tokens_.emplace(token.text, &token);
            begins_[static_cast<unsigned char>(token.text.front())] = true;
            lengths_.push_back(token.text.size());
        }
        std::sort(lengths_.rbegin(), lengths_.rend());
        lengths_.erase(std::unique(lengths_.begin(), lengths_.end()), lengths_.end());
    }

    bool empty() const { return tokens_.empty(); }

    const AddedToken* longest_at(std::string_view text, std::size_t at) const {
        if (!begins_[static_cast<unsigned char>(text[at])]) return nullptr;
        for (const std::size_t n : lengths_) {
            if (n > text.size() - at) continue;
            const auto found = tokens_.find(text.substr(at, n));
            if (found == tokens_.end()) continue;
            if (!found->second->single_word || stands_alone(text, at, at + n)) return found->second;
        }
        return nullptr;
    }

private:
    std::unordered_map<std::string_view, const AddedToken*> tokens_;
    std::array<bool, 256> begins_{};
    std::vector<std::size_t> lengths_;  // longest first
};

void append_pieces(const SplitStep& step, std::string_view piece, bool is_first, std::vector<std::string>& pieces) {
    if (const auto* pattern = std::get_if<PatternStep>(&step)) {
        for (std::size_t at = 0; at < piece.size();) {
            const std::size_t n = match_length(pattern->pattern, piece, at);
            pieces.emplace_back(piece.substr(at, n));
            at += n;
        }
    } else if (const auto* digits = std::get_if<DigitsStep>(&step)) {
        for (std::size_t at = 0; at < piece.size();) {
            const std::size_t n = digits_length(piece, at, digits->individual);
            pieces.emplace_back(piece.substr(at, n));
            at += n;
        }
    } else if (std::holds_alternative<PrefixSpaceStep>(step)) {
        pieces.push_back((piece.starts_with(' ') ? "" : " ") + std::string(piece));
    } else {
        const auto& metaspace = std::get<MetaspaceStep>(step);
        std::string text;
        for (const char c : piece) {
            if (c == ' ')
                text += metaspace.replacement;
            else
                text += c;
        }
        const bool prepends =
            metaspace.prepend == PrependScheme::always || (metaspace.prepend == PrependScheme::first && is_first);
        if (prepends && !text.starts_with(metaspace.replacement)) text.insert(0, metaspace.replacement);
        std::size_t begin = 0;
        while (metaspace.split) {
            const std::size_t end = text.find(metaspace.replacement, begin + metaspace.replacement.size());
            if (end == std::string::npos) break;
            pieces.push_back(text.substr(begin, end - begin));
            begin = end;
        }
        pieces.push_back(text.substr(begin));
    }
}

}  // namespace

std::vector<TextSegment> split_at_added_tokens(const TokenizerParts& parts, std::string_view text,
                                               SpecialTokens special) {
    std::vector<TextSegment> segments;
    const AddedTokenFinder finder(parts, special);
    std::size_t begin = 0;
    const auto close = [&](std::size_t end) {
        if (end > begin) segments.push_back({text.substr(begin, end - begin), -1, begin == 0});
    };
    for (std::size_t at = 0; !finder.empty() && at < text.size();) {
        const AddedToken* token = finder.longest_at(text, at);
        if (token == nullptr) {
            ++at;
            continue;
        }
        std::size_t left = at, right = at + token->text.size();
        while (token->strips_left && left > begin) {
            const std::size_t before = previous_character(text, left);
            if (before < begin || !is_white_space(character_at(text, before).code)) break;
            left = before;
        }
        while (token->strips_right && right < text.size() && is_white_space(character_at(text, right).code)) {
            right += character_at(text, right).n_bytes;
        }
        close(left);
        segments.push_back({text.substr(at, token->text.size()), token->id, false});
        begin = at = right;
    }
    close(text.size());
    return segments;
}

std::vector<std::string> split_into_pieces(const TokenizerParts& parts, std::string_view text, bool is_first) {
    std::vector<std::string> pieces{std::string(text)};
    for (const SplitStep& step : parts.splits) {
        std::vector<std::string> finer;
        for (std::size_t i = 0; i < pieces.size(); ++i) append_pieces(step, pieces[i], is_first && i == 0, finer);
        pieces = std::move(finer);
    }
    return pieces;
}

}  // namespace dynkin::lm
