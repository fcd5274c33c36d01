#include "models/lm/mapped_file.hpp"
#include "models/lm/message_text.hpp"
#include "models/lm/tokenizer.hpp"
#include "models/lm/tokenizer_parts.hpp"
#include "solvers/core/errors.hpp"

#include <cmath>
#include <cstring>

namespace dynkin::lm {
namespace {

constexpr int unknown_token = 0, bos_token = 1, eos_token = 2, first_byte_token = 3;
constexpr std::size_t longest_token = 4096;  // no vocabulary has one; bounds the work a file can ask for

/// Numbers and bytes in order, never beyond the end.
class Cursor {
public:
    Cursor(std::string_view bytes, const std::string& where) : left_(bytes), where_(where) {}

    bool at_end() const { return left_.empty(); }

    template <class Number>
    Number take(const std::string& what) {
        Number number;
        std::memcpy(&number, take_bytes(sizeof number, what).data(), sizeof number);
        return number;
    }
    std::string_view take_bytes(std::size_t n, const std::string& what) {
        if (n > left_.size()) {
            throw IoError(where_ + ": ends in " + what + ": " + std::to_string(n) + " bytes wanted, " +
                          std::to_string(left_.size()) + " left");
        }
        const std::string_view taken = left_.substr(0, n);
        left_.remove_prefix(n);
        return taken;
    }

private:
    std::string_view left_;
    const std::string& where_;
};

std::string byte_name(int byte) {
    constexpr char digits[] = "0123456789ABCDEF";
    return std::string("<0x") + digits[byte >> 4] + digits[byte & 15] + ">";
}

void read_tokens(Cursor& cursor, const std::string& where, TokenizerParts& parts) {
    const auto longest = cursor.take<std::int32_t>("the length of the longest token");
    if (longest < 1 || static_cast<std::size_t>(longest) > longest_token) {
        throw IoError(where + ": a longest token of " + std::to_string(longest) + " bytes; 1 to " +
                      std::to_string(longest_token) + " expected in a tokenizer.bin of llama2.c");
    }
    while (!cursor.at_end()) {
        const std::string what = "token " + std::to_string(parts.names.size());
        const auto score = cursor.take<float>(what);
        const auto length = cursor.take<std::int32_t>(what);
        if (!std::isfinite(score)) throw IoError(where + ": the score of " + what + " is not finite");
        if (length < 0 || length > longest) {
            throw IoError(where + ": " + what + " has " + std::to_string(length) + " bytes, 0 to " +
                          std::to_string(longest) + " expected");
        }
        parts.scores.push_back(score);
        parts.names.emplace_back(cursor.take_bytes(static_cast<std::size_t>(length), what));
    }
}

void name_bytes(const std::string& where, TokenizerParts& parts) {
    if (parts.names.size() < first_byte_token + 256) {
        throw IoError(where + ": " + std::to_string(parts.names.size()) +
                      " tokens; at least 259 expected: three control tokens and 256 bytes");
    }
    for (int byte = 0; byte < 256; ++byte) {
        const auto token = static_cast<std::size_t>(first_byte_token + byte);
        if (parts.names[token] != byte_name(byte)) {
            throw IoError(where + ": token " + std::to_string(token) + " is " + shown(parts.names[token]) +
                          ", expected " + byte_name(byte));
        }
        parts.bytes[token] = std::string(1, static_cast<char>(static_cast<unsigned char>(byte)));
        parts.byte_token[static_cast<std::size_t>(byte)] = static_cast<int>(token);
    }
}

}  // namespace

Tokenizer parse_llama2c_tokenizer(std::string_view bytes, const std::string& where) {
    TokenizerParts parts;
    parts.alphabet = Alphabet::llama2c;
    Cursor cursor(bytes, where);
    read_tokens(cursor, where, parts);
    parts.bytes = parts.names;
    parts.byte_token.fill(-1);
    name_bytes(where, parts);
    parts.special.assign(parts.names.size(), 0);
    parts.special[bos_token] = parts.special[eos_token] = 1;
    // Of equal texts the first: which one bsearch finds in llama2.c is not defined.
    for (std::size_t token = 0; token < parts.names.size(); ++token) {
        parts.number_of.emplace(parts.names[token], static_cast<int>(token));
    }
    parts.normalizer = {PrependStep{" "}};
    parts.prefix = " ";
    parts.prefix_after_bos = true;
    parts.unknown = unknown_token;
    parts.bos = bos_token;
    parts.ends = {bos_token, eos_token};  // training texts follow each other with bos between them
    parts.begins_with_bos = true;
    return Tokenizer(std::move(parts));
}

Tokenizer read_llama2c_tokenizer(const std::filesystem::path& path) {
    const auto file = MappedFile::open(path);
    const auto bytes = file->bytes();
    return parse_llama2c_tokenizer({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file->path());
}

}  // namespace dynkin::lm
