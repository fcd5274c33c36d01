#include "models/lm/byte_alphabet.hpp"

#include "models/lm/utf8.hpp"

#include <array>
#include <unordered_map>

namespace dynkin::lm {
namespace {

bool stands_for_itself(int byte) {
    return (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte <= 0xff && byte != 0xad);
}

struct Alphabet256 {
    std::array<char32_t, 256> letter{};
    std::unordered_map<char32_t, unsigned char> byte;

    Alphabet256() {
        char32_t next = 0x100;
        for (int b = 0; b < 256; ++b) {
            const char32_t code = stands_for_itself(b) ? static_cast<char32_t>(b) : next++;
            letter[static_cast<std::size_t>(b)] = code;
            byte.emplace(code, static_cast<unsigned char>(b));
        }
    }
};

const Alphabet256& alphabet() {
    static const Alphabet256 table;
    return table;
}

}  // namespace

char32_t letter_of_byte(unsigned char byte) {
    return alphabet().letter[byte];
}

std::string spelled(std::string_view bytes) {
    std::string name;
    for (const char byte : bytes) append_utf8(letter_of_byte(static_cast<unsigned char>(byte)), name);
    return name;
}

std::optional<std::string> unspelled(std::string_view name) {
    std::string bytes;
    for (std::size_t at = 0; at < name.size();) {
        const Character c = character_at(name, at);
        const auto found = alphabet().byte.find(c.code);
        if (!c.valid || found == alphabet().byte.end()) return {};
        bytes += static_cast<char>(found->second);
        at += c.n_bytes;
    }
    return bytes;
}

}  // namespace dynkin::lm
