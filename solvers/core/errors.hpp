#pragma once
// The three ways a run can fail. The library throws; only apps/ prints and sets an exit code.
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace dynkin {

class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Wrong input: "file:line:column: key: what was expected". Exit code 2.
class ConfigError : public Error {
public:
    using Error::Error;
};

/// A computation that cannot go on: who, where, when, what to try. Exit code 3.
class NumericsError : public Error {
public:
    using Error::Error;
};

/// A file or directory that cannot be read or written, with its path. Exit code 5.
class IoError : public Error {
public:
    using Error::Error;
};

/// The run was asked to stop (Ctrl-C, time limit); what is on disk is readable. Exit code 4.
class Interrupted : public Error {
public:
    using Error::Error;
};

/// The entry of `known` closest to `wanted` in Damerau-Levenshtein distance, or "" when none is
/// within max(2, |wanted| / 3) edits, small and capital letters being the same. Ties go to the earlier entry.
std::string nearest_name(std::string_view wanted, const std::vector<std::string>& known);

/// "unknown scheme 'sra2'; did you mean 'sra1'? known: a, b, c" - the one wording for wrong names.
std::string unknown_name(std::string_view what, std::string_view wanted, const std::vector<std::string>& known);

}  // namespace dynkin
