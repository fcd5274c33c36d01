#include "models/lm/utf8.hpp"

#include <algorithm>

namespace dynkin::lm {
namespace {

constexpr char32_t replacement = 0xfffd;

unsigned byte_at(std::string_view text, std::size_t i) {
    return static_cast<unsigned char>(text[i]);
}

// What the first byte promises, and the range of the second that keeps overlong forms and surrogates out.
struct Lead {
    std::size_t n_bytes = 0;  // 0: no first byte
    unsigned lowest = 0x80, highest = 0xbf;
};

Lead lead_of(unsigned byte) {
    if (byte < 0x80) return {1};
    if (byte < 0xc2) return {};
    if (byte < 0xe0) return {2};
    if (byte == 0xe0) return {3, 0xa0, 0xbf};
    if (byte == 0xed) return {3, 0x80, 0x9f};
    if (byte < 0xf0) return {3};
    if (byte == 0xf0) return {4, 0x90, 0xbf};
    if (byte < 0xf4) return {4};
    if (byte == 0xf4) return {4, 0x80, 0x8f};
    return {};
}

// Bytes from `at` that fit the form, up to the whole character.
std::size_t n_fitting(std::string_view text, std::size_t at, const Lead& lead) {
    std::size_t n = 1;
    while (n < lead.n_bytes && at + n < text.size()) {
        const unsigned byte = byte_at(text, at + n), low = n == 1 ? lead.lowest : 0x80,
                       high = n == 1 ? lead.highest : 0xbf;
        if (byte < low || byte > high) break;
        ++n;
    }
    return n;
}

}  // namespace

Character character_at(std::string_view text, std::size_t at) {
    const unsigned first = byte_at(text, at);
    if (first < 0x80) return {first, 1, true};
    const Lead lead = lead_of(first);
    if (lead.n_bytes == 0 || n_fitting(text, at, lead) < lead.n_bytes) return {replacement, 1, false};
    char32_t code = first & (0xffu >> (lead.n_bytes + 1));
    for (std::size_t i = 1; i < lead.n_bytes; ++i) code = code << 6 | (byte_at(text, at + i) & 0x3fu);
    return {code, lead.n_bytes, true};
}

std::size_t incomplete_tail(std::string_view text) {
    for (std::size_t n = 1; n <= std::min<std::size_t>(3, text.size()); ++n) {
        const std::size_t at = text.size() - n;
        const Lead lead = lead_of(byte_at(text, at));
        if (lead.n_bytes > n && n_fitting(text, at, lead) == n) return n;
    }
    return 0;
}

void append_utf8(char32_t code, std::string& text) {
    const auto put = [&text](char32_t byte) { text += static_cast<char>(static_cast<unsigned char>(byte)); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xc0 | code >> 6);
        put(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        put(0xe0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3f));
        put(0x80 | (code & 0x3f));
    } else {
        put(0xf0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3f));
        put(0x80 | (code >> 6 & 0x3f));
        put(0x80 | (code & 0x3f));
    }
}

std::string with_replacements(std::string_view text) {
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        const Character c = character_at(text, at);
        if (c.valid)
            result += text.substr(at, c.n_bytes);
        else
            append_utf8(replacement, result);
        at += c.n_bytes;
    }
    return result;
}

}  // namespace dynkin::lm
