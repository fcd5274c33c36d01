#pragma once
// Where a piece of input stands, for messages.
#include <string>

namespace dynkin {

/// Line and column count from 1; columns count characters, not bytes. Line 0: `file` alone says where (a value given on the
/// command line is "-s D=0.1"), and a column > 0 counts within it.
struct SourceLocation {
    std::string file;
    int line = 0;
    int column = 0;
};

/// A text and where its first character stands, for a parser of its content.
struct LocatedText {
    std::string text;
    SourceLocation where{};
};

/// "run.toml:5:9", "-s drift=x-" or "-s drift=x-, column 9".
inline std::string to_string(const SourceLocation& where) {
    if (where.line > 0) return where.file + ":" + std::to_string(where.line) + ":" + std::to_string(where.column);
    return where.column > 0 ? where.file + ", column " + std::to_string(where.column) : where.file;
}

}  // namespace dynkin
