#include "models/expression/lexer.hpp"

#include "solvers/core/errors.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace dynkin::expression {
namespace {

constexpr std::size_t longest_text = 10000;
constexpr char32_t invalid = 0xFFFFFFFF;

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_ascii_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// The character at `at` and its number of bytes; {invalid, 1} where the bytes are not UTF-8.
std::pair<char32_t, std::size_t> decode(std::string_view text, std::size_t at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead < 0x80) return {lead, 1};
    const std::size_t n = lead >= 0xF0 && lead < 0xF5   ? 4
                          : lead >= 0xE0 && lead < 0xF0 ? 3
                          : lead >= 0xC2 && lead < 0xE0 ? 2
                                                        : 0;
    if (n == 0 || at + n > text.size()) return {invalid, 1};
    char32_t code = lead & (0xFFu >> (n + 1));
    for (std::size_t i = 1; i < n; ++i) {
        if (!continues_character(text[at + i])) return {invalid, 1};
        code = code << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3Fu);
    }
    return {code, n};
}

bool is_foreign_letter(char32_t c) {
    const auto between = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
    return (between(0xC0, 0x24F) && c != 0xD7 && c != 0xF7) || between(0x370, 0x1FFF) || between(0x3040, 0x9FFF) ||
           between(0xAC00, 0xD7A3);
}

bool is_subscript_digit(char32_t c) {
    return c >= 0x2080 && c <= 0x2089;
}

/// Bytes of the name that starts at `at`, 0 when none does.
std::size_t name_length(std::string_view text, std::size_t at) {
    std::size_t length = 0;
    while (at + length < text.size()) {
        const char c = text[at + length];
        const auto [code, n] = decode(text, at + length);
        const bool first_letter = is_ascii_letter(c) || (code != invalid && is_foreign_letter(code));
        if (!first_letter && (length == 0 || !(is_digit(c) || is_subscript_digit(code)))) break;
        length += n;
    }
    return length;
}

struct Hint {
    std::string_view found, write;
};
// Longer ones first.
constexpr std::array<Hint, 14> hints = {{{"**", "^"},
                                         {"&", "&&"},
                                         {"|", "||"},
                                         {"=", "=="},
                                         {"\u2212", "-"},
                                         {"\u2013", "-"},
                                         {"\u00D7", "*"},
                                         {"\u00B7", "*"},
                                         {"\u00F7", "/"},
                                         {"\u2264", "<="},
                                         {"\u2265", ">="},
                                         {"\u2260", "!="},
                                         {"\u00B2", "^2"},
                                         {"\u00B3", "^3"}}};

}  // namespace

void fail_at(const LocatedText& source, std::size_t offset, const std::string& problem) {
    SourceLocation where = source.where;
    std::string shown;
    for (std::size_t i = 0; i < offset && i < source.text.size(); ++i) {
        if (source.text[i] == '\n' && where.line > 0) {
            ++where.line;
            where.column = 1;
        } else if (!continues_character(source.text[i])) {
            ++where.column;
        }
    }
    if (source.where.column == 0) {
        // A text from code: the place can only be told within the text itself.
        shown = where.file.empty() ? "" : where.file + ": ";
        throw ConfigError(shown + "'" + source.text + "', column " + std::to_string(where.column + 1) + ": " + problem);
    }
    throw ConfigError(to_string(where) + ": " + problem);
}

Lexer::Lexer(const LocatedText& source) : source_(source), text_(source.text) {
    if (text_.size() > longest_text)
        throw ConfigError(to_string(source.where) + ": an expression of " + std::to_string(text_.size()) +
                          " bytes is too long, expected at most " + std::to_string(longest_text));
    for (std::size_t i = 0; i < text_.size(); i += decode(text_, i).second)
        if (decode(text_, i).first == invalid) fail_at(source_, i, "the text is not valid UTF-8");
    if (trimmed(text_).empty()) fail_at(source_, 0, "found an empty text, expected an expression");
}

Token Lexer::token(Token::Kind kind, std::size_t start, std::size_t length) {
    at_ = start + length;
    return {kind, text_.substr(start, length), start, 0.0};
}

Token Lexer::next() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    if (at_ >= text_.size()) return {Token::Kind::end, {}, text_.size(), 0.0};
    const char c = text_[at_];
    if (is_digit(c) || (c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) return number(at_);
    if (const std::size_t length = name_length(text_, at_); length > 0) return token(Token::Kind::name, at_, length);
    return symbol(at_);
}

Token Lexer::number(std::size_t start) {
    double value = 0.0;
    const char* const first = text_.data() + start;
    const auto [end, problem] = std::from_chars(first, text_.data() + text_.size(), value);
    const auto length = static_cast<std::size_t>(end - first);
    Token result = token(Token::Kind::number, start, length);
    if (problem == std::errc::result_out_of_range)
        fail_at(source_, start, "the number " + std::string(result.text) + " is out of the range of doubles");
    result.value = value;
    return result;
}

Token Lexer::symbol(std::size_t start) {
    const std::string_view rest = text_.substr(start);
    for (const std::string_view two : {"<=", ">=", "==", "!=", "&&", "||"})
        if (rest.substr(0, 2) == two) return token(Token::Kind::symbol, start, 2);
    const bool power = rest.substr(0, 2) == "**";
    if (!power && std::string_view("+-*/^(),<>!").find(rest[0]) != std::string_view::npos)
        return token(Token::Kind::symbol, start, 1);
    refuse_character(start);
}

void Lexer::refuse_character(std::size_t at) const {
    const std::string_view rest = text_.substr(at);
    for (const Hint& hint : hints)
        if (rest.substr(0, hint.found.size()) == hint.found)
            fail_at(source_, at,
                    "unexpected '" + std::string(hint.found) + "'; did you mean '" + std::string(hint.write) + "'?");
    const auto [code, n] = decode(rest, 0);
    if (code < 0x20 || code == 0x7F)
        fail_at(source_, at, "unexpected control character, number " + std::to_string(code));
    fail_at(source_, at, "unexpected '" + std::string(rest.substr(0, n)) + "', expected an expression");
}

bool is_name(std::string_view text) {
    return !text.empty() && name_length(text, 0) == text.size();
}

std::string trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return std::string(text);
}

}  // namespace dynkin::expression
