#include "models/lm/split_patterns.hpp"

#include "models/lm/character_class.hpp"
#include "models/lm/utf8.hpp"

#include <limits>

namespace dynkin::lm {
namespace {

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

bool is_newline(char32_t code) {
    return code == U'\r' || code == U'\n';
}
bool is_other(char32_t code) {  // [^\s\p{L}\p{N}]
    return !is_letter(code) && !is_number(code) && !is_white_space(code);
}

/// A text seen from a place, to be asked how far a class reaches.
class Reader {
public:
    Reader(std::string_view text, std::size_t at) : text_(text), at_(at) {}

    bool ends(std::size_t offset) const { return at_ + offset >= text_.size(); }
    Character at(std::size_t offset) const { return character_at(text_, at_ + offset); }

    /// Bytes of the run of at most `most` characters of the class that begins at the offset; 0 when there is none.
    template <class Class>
    std::size_t run(std::size_t offset, Class is_member, std::size_t most = unlimited) const {
        std::size_t n = 0;
        for (std::size_t count = 0; count < most && !ends(offset + n); ++count) {
            const Character c = at(offset + n);
            if (!is_member(c.code)) break;
            n += c.n_bytes;
        }
        return n;
    }

private:
    std::string_view text_;
    std::size_t at_;
};

char32_t lower_case(char32_t code) {
    if (code == 0x17f) return U's';  // the long s folds to s, and no other character to the letters below
    return code >= U'A' && code <= U'Z' ? code + 0x20 : code;
}

// 's|'t|'re|'ve|'m|'ll|'d, for llama3 and qwen2 in any case.
std::size_t contraction(const Reader& text, bool any_case) {
    if (text.at(0).code != U'\'' || text.ends(1)) return 0;
    const Character first = text.at(1);
    const char32_t a = any_case ? lower_case(first.code) : first.code;
    const std::size_t one = 1 + first.n_bytes;
    if (a == U's' || a == U't' || a == U'm' || a == U'd') return one;
    if (text.ends(one)) return 0;
    const Character second = text.at(one);
    const char32_t b = any_case ? lower_case(second.code) : second.code;
    const bool pair = ((a == U'r' || a == U'v') && b == U'e') || (a == U'l' && b == U'l');
    return pair ? one + second.n_bytes : 0;
}

// "\s+(?!\S)|\s+": a run of white space without its last character when a word follows, so that the word keeps its
// space; one character if it is the only one.
std::size_t white_space(const Reader& text) {
    std::size_t n = 0, last = 0;
    while (!text.ends(n) && is_white_space(text.at(n).code)) {
        last = text.at(n).n_bytes;
        n += last;
    }
    return text.ends(n) || n == last ? n : n - last;
}

// "\s*[\r\n]+": through the last line end of the run of white space.
std::size_t line_ends(const Reader& text) {
    std::size_t n = 0, end = 0;
    while (!text.ends(n) && is_white_space(text.at(n).code)) {
        const Character c = text.at(n);
        n += c.n_bytes;
        if (is_newline(c.code)) end = n;
    }
    return end;
}

// " ?" and a run of the class.
template <class Class>
std::size_t spaced_run(const Reader& text, Class is_member) {
    const std::size_t space = text.at(0).code == U' ' ? 1 : 0;
    const std::size_t n = text.run(space, is_member);
    return n > 0 ? space + n : 0;
}

// "[^\r\n\p{L}\p{N}]?\p{L}+": what stands before a word goes with it.
std::size_t word(const Reader& text) {
    const Character c = text.at(0);
    const bool before = !is_newline(c.code) && !is_letter(c.code) && !is_number(c.code);
    const std::size_t skip = before ? c.n_bytes : 0;
    const std::size_t n = text.run(skip, is_letter);
    return n > 0 ? skip + n : 0;
}

std::size_t gpt2_length(const Reader& text) {
    if (const std::size_t n = contraction(text, false)) return n;
    if (const std::size_t n = spaced_run(text, is_letter)) return n;
    if (const std::size_t n = spaced_run(text, is_number)) return n;
    if (const std::size_t n = spaced_run(text, is_other)) return n;
    return white_space(text);
}

std::size_t llama3_length(const Reader& text, std::size_t most_digits) {
    if (const std::size_t n = contraction(text, true)) return n;
    if (const std::size_t n = word(text)) return n;
    if (const std::size_t n = text.run(0, is_number, most_digits)) return n;
    if (const std::size_t n = spaced_run(text, is_other)) return n + text.run(n, is_newline);
    if (const std::size_t n = line_ends(text)) return n;
    return white_space(text);
}

}  // namespace

std::optional<SplitPattern> known_pattern(std::string_view expression) {
    if (expression == R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)") {
        return SplitPattern::gpt2;
    }
    constexpr std::string_view begin = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N})";
    constexpr std::string_view end = R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
    if (!expression.starts_with(begin) || !expression.ends_with(end)) return {};
    if (expression.size() < begin.size() + end.size()) return {};
    expression.remove_prefix(begin.size());
    expression.remove_suffix(end.size());
    if (expression == "{1,3}") return SplitPattern::llama3;
    if (expression.empty()) return SplitPattern::qwen2;
    return {};
}

std::size_t match_length(SplitPattern pattern, std::string_view text, std::size_t at) {
    const Reader reader(text, at);
    if (pattern == SplitPattern::gpt2) return gpt2_length(reader);
    return llama3_length(reader, pattern == SplitPattern::llama3 ? 3 : 1);
}

std::size_t digits_length(std::string_view text, std::size_t at, bool individual) {
    const Reader reader(text, at);
    if (const std::size_t n = reader.run(0, is_number, individual ? 1 : unlimited)) return n;
    return reader.run(0, [](char32_t code) { return !is_number(code); });
}

}  // namespace dynkin::lm
