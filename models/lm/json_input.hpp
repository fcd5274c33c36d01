#pragma once
// JSON from files that may be hostile: parsed with limits, read with the place in every message.
#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dynkin::lm {

using Json = nlohmann::json;

/// IoError that begins with `where`: a syntax error with its place, bytes that are no UTF-8, a key twice in an object,
/// more than 64 levels.
Json parse_json(std::string_view text, const std::string& where);

/// A value and where it stands, "config.json: rope_scaling.type". The Json must outlive it. Every function throws
/// IoError saying what is expected there.
class JsonValue {
public:
    JsonValue(const Json& value, std::string where) : value_(&value), where_(std::move(where)) {}

    const Json& raw() const { return *value_; }
    const std::string& where() const { return where_; }
    [[noreturn]] void fail(const std::string& what) const;

    JsonValue at(const std::string& key) const;
    /// Nothing when the key is absent or null.
    std::optional<JsonValue> find(const std::string& key) const;
    std::vector<JsonValue> elements() const;

    std::string text() const;
    bool boolean() const;
    std::int64_t integer(std::int64_t lowest, std::int64_t highest) const;
    double real() const;

    std::string text_or(const std::string& key, const std::string& fallback) const;
    bool boolean_or(const std::string& key, bool fallback) const;
    std::int64_t integer_or(const std::string& key, std::int64_t lowest, std::int64_t highest,
                            std::int64_t fallback) const;
    double real_or(const std::string& key, double fallback) const;

    const JsonValue& require_object() const;

private:
    const Json* value_;
    std::string where_;
};

}  // namespace dynkin::lm
