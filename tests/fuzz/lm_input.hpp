#pragma once
// What the fuzz programs of models/lm share.
#include "solvers/core/errors.hpp"

#include <cstdlib>
#include <iostream>
#include <string>

namespace dynkin::fuzz {

[[noreturn]] inline void fail(const std::string& what) {
    std::cerr << what << '\n';
    std::abort();
}

/// Runs a reader. It may refuse the input with an IoError that names the file, and with nothing else.
template <class Read>
void read_or_refuse(Read read) {
    try {
        read();
    } catch (const IoError& error) {
        const std::string message = error.what();
        if (!message.starts_with("fuzz.bin: ") && !message.starts_with("fuzz.json: ")) fail("no file in: " + message);
        if (message.size() > 2000) fail("a message of " + std::to_string(message.size()) + " bytes");
    }
}

}  // namespace dynkin::fuzz
