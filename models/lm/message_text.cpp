#include "models/lm/message_text.hpp"

#include "solvers/core/errors.hpp"

#include <algorithm>

namespace dynkin::lm {

std::string shown(std::string_view text) {
    constexpr char digits[] = "0123456789abcdef";
    std::string quoted = "'";
    for (const char c : text.substr(0, 80)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f) {
            quoted += c;
        } else {
            quoted += "\\x";
            quoted += digits[byte >> 4];
            quoted += digits[byte & 15];
        }
    }
    return quoted + (text.size() > 80 ? "...'" : "'");
}

std::string did_you_mean(std::string_view wanted, std::vector<std::string> known) {
    constexpr std::size_t longest = 200, most = 4096;
    if (wanted.size() > longest) return "";
    if (known.size() > most) known.resize(most);
    std::erase_if(known, [](const std::string& name) { return name.size() > longest; });
    const std::string near = nearest_name(wanted, known);
    return near.empty() ? "" : "; did you mean " + shown(near) + "?";
}

}  // namespace dynkin::lm
