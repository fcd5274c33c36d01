#pragma once
// From text to tokens, and from a place in the text to a message. Private to this folder.
#include "solvers/core/source_location.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace dynkin::expression {

struct Token {
    enum class Kind { number, name, symbol, end };
    Kind kind = Kind::end;
    std::string_view text;
    std::size_t offset = 0;  ///< bytes before it
    double value = 0.0;      ///< of a number
};

/// Throws ConfigError "<place>: <problem>" where the place is `offset` bytes into the text.
[[noreturn]] void fail_at(const LocatedText& source, std::size_t offset, const std::string& problem);

class Lexer {
public:
    /// Refuses texts that are empty, too long or not UTF-8. `source` must outlive the lexer.
    explicit Lexer(const LocatedText& source);

    const LocatedText& source() const { return source_; }
    Token next();

private:
    Token number(std::size_t start);
    Token symbol(std::size_t start);
    [[noreturn]] void refuse_character(std::size_t at) const;
    Token token(Token::Kind kind, std::size_t start, std::size_t length);

    const LocatedText& source_;
    std::string_view text_;
    std::size_t at_ = 0;
};

/// A name: letters, digits and _, no digit first; letters of any script of the basic plane.
bool is_name(std::string_view text);

/// Blanks at both ends removed.
std::string trimmed(std::string_view text);

}  // namespace dynkin::expression
