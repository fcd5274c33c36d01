#pragma once
// The tree behind Config: what the file and the command line say, where they say it, and what was asked for.
// Private to this folder.
#include "solvers/core/source_location.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace dynkin::config {

enum class Kind { boolean, integer, real, text, date, array, table };

struct Value;

struct Entry {
    std::string key;
    SourceLocation where;  // of the key
    std::unique_ptr<Value> value;
    bool read = false;
    bool by_default = false;  // nobody wrote it; the program filled it in
};

struct Value {
    Kind kind = Kind::table;
    bool boolean = false;
    std::int64_t integer = 0;
    double real = 0.0;
    std::string text;           // text, or a date as it was written
    SourceLocation where;       // of the value; of the header for a section
    SourceLocation text_where;  // of the first character inside the quotes
    std::vector<std::unique_ptr<Value>> items;
    std::vector<Entry> entries;      // in the order of the file
    std::vector<std::string> asked;  // keys the program asked this table for
    std::string as_read;             // canonical form of what a number was taken for ("1" read as a real is "1.0")

    Entry* find(const std::string& key);
};

/// What Config and its Sections share.
struct Tree {
    std::string name;  // of the file, for messages
    Value root;
    std::function<double(const std::string&, const SourceLocation&)> constant_evaluator;
    std::vector<std::string> not_hashed;
};

/// Parses TOML into `root`. Throws ConfigError "file:line:column: ...".
void parse_document(const std::string& text, const std::string& name, Value& root);

/// The value of "-s key=value": TOML, or a bare word as text. `offset`: characters of the argument before the value.
std::unique_ptr<Value> parse_override_value(const std::string& text, const std::string& argument, int offset);

/// Applies "key=value" to the tree. Throws ConfigError.
void apply_override(Tree& tree, const std::string& argument);

/// The tree as TOML, defaults marked by a comment.
std::string to_toml(const Value& root);

/// One line with sorted keys and without comments, blanks, empty tables and the paths in `left_out`.
std::string canonical(const Value& root, const std::vector<std::string>& left_out);

/// The shortest text that reads back as the same double, always with a point, an exponent, "inf" or "nan".
std::string real_text(double value);

/// TOML string in double quotes.
std::string quoted(const std::string& text);

/// "the text 'abc'", "the number 1.5", "an array of 2", for messages.
std::string describe(const Value& value);

/// prefix.key, or key at the root.
std::string join(const std::string& prefix, const std::string& key);

}  // namespace dynkin::config
