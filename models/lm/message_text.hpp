#pragma once
// Words from files in error messages: printable, and no longer than a line.
#include <string>
#include <string_view>
#include <vector>

namespace dynkin::lm {

/// In quotes; bytes outside printable ASCII as \xNN, cut after 80 bytes. For names that a file may have made up.
std::string shown(std::string_view text);

/// "; did you mean 'x'?" or "", looking at no more than the first 4096 names and only for a name of at most 200 bytes:
/// a file must not be able to make an error slow.
std::string did_you_mean(std::string_view wanted, std::vector<std::string> known);

}  // namespace dynkin::lm
