#pragma once
// Numbers in messages.
#include <cstdio>
#include <string>

namespace dynkin {

inline std::string message_number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.10g", value);
    return text;
}

}  // namespace dynkin
