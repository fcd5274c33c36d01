#pragma once
// The text the studies are run on. It is not part of the repository.
#include <filesystem>
#include <string>

#include "solvers/store/text_file.hpp"

namespace dynkin::lm::test {

/// Empty when it is not there.
inline std::string study_text() {
    const std::filesystem::path path(DYNKIN_TEST_TEXT);
    return std::filesystem::exists(path) ? read_text(path) : std::string();
}

#define DYNKIN_SKIP_WITHOUT(text) \
    if ((text).empty()) GTEST_SKIP() << "no " << DYNKIN_TEST_TEXT

}  // namespace dynkin::lm::test
