#pragma once
// Files beside the project that some tests need; they skip when these are absent.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace dynkin::lm::tests {

inline std::filesystem::path shared(const std::string& name) {
    return std::filesystem::path(DYNKIN_SHARED_DIR) / "data" / name;
}

inline std::string contents(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// The message of the error that `act` throws, or "" when it throws none of that kind.
template <class Error, class Act>
std::string message_of(Act act) {
    try {
        act();
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

}  // namespace dynkin::lm::tests

#define DYNKIN_SKIP_WITHOUT(path) \
    if (!std::filesystem::exists(path)) GTEST_SKIP() << (path).string() << " is absent"
