#include "models/lm/json_input.hpp"

#include "models/lm/message_text.hpp"
#include "solvers/core/errors.hpp"

#include <unordered_set>

namespace dynkin::lm {
namespace {

constexpr int most_levels = 64;

/// Looks at every event of the parser.
class Watch {
public:
    explicit Watch(const std::string& where) : where_(where) {}

    bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
        switch (event) {
            case Json::parse_event_t::object_start: keys_.emplace_back(); [[fallthrough]];
            case Json::parse_event_t::array_start:
                if (depth >= most_levels) {
                    throw IoError(where_ + ": JSON of more than " + std::to_string(most_levels) + " levels");
                }
                break;
            case Json::parse_event_t::object_end: keys_.pop_back(); break;
            case Json::parse_event_t::key:
                if (!keys_.back().insert(parsed.get_ref<const std::string&>()).second) {
                    throw IoError(where_ + ": key " + shown(parsed.get_ref<const std::string&>()) +
                                  " is twice in one object");
                }
                break;
            default: break;
        }
        return true;
    }

private:
    const std::string& where_;
    std::vector<std::unordered_set<std::string>> keys_;  // of the objects that are open
};

}  // namespace

Json parse_json(std::string_view text, const std::string& where) {
    Watch watch(where);
    try {
        return Json::parse(text.begin(), text.end(), [&watch](int depth, Json::parse_event_t event, Json& parsed) {
            return watch(depth, event, parsed);
        });
    } catch (const Json::exception& error) {
        // "[json.exception.parse_error.101] parse error at line 1, column 2: ..."; what follows may quote the file.
        std::string message = error.what();
        if (const auto end = message.find("] "); end != std::string::npos) message.erase(0, end + 2);
        const std::string quoted = shown(message.substr(0, 300));
        throw IoError(where + ": no JSON: " + quoted.substr(1, quoted.size() - 2));
    }
}

void JsonValue::fail(const std::string& what) const {
    throw IoError(where_ + ": " + what);
}

const JsonValue& JsonValue::require_object() const {
    if (!value_->is_object()) fail("an object expected, not " + std::string(value_->type_name()));
    return *this;
}

std::optional<JsonValue> JsonValue::find(const std::string& key) const {
    require_object();
    const auto found = value_->find(key);
    if (found == value_->end() || found->is_null()) return {};
    return JsonValue(*found, where_ + (where_.ends_with(".json") ? ": " : ".") + key);
}

JsonValue JsonValue::at(const std::string& key) const {
    const auto found = find(key);
    if (!found) fail("'" + key + "' is missing");
    return *found;
}

std::vector<JsonValue> JsonValue::elements() const {
    if (!value_->is_array()) fail("an array expected, not " + std::string(value_->type_name()));
    std::vector<JsonValue> list;
    for (std::size_t i = 0; i < value_->size(); ++i) {
        list.emplace_back((*value_)[i], where_ + "[" + std::to_string(i) + "]");
    }
    return list;
}

std::string JsonValue::text() const {
    if (!value_->is_string()) fail("a text expected, not " + std::string(value_->type_name()));
    return value_->get<std::string>();
}

bool JsonValue::boolean() const {
    if (!value_->is_boolean()) fail("true or false expected, not " + std::string(value_->type_name()));
    return value_->get<bool>();
}

std::int64_t JsonValue::integer(std::int64_t lowest, std::int64_t highest) const {
    if (!value_->is_number_integer()) fail("an integer expected, not " + shown(value_->dump()));
    const bool too_large = value_->is_number_unsigned() && value_->get<std::uint64_t>() > std::uint64_t{1} << 62;
    const std::int64_t number = too_large ? highest : value_->get<std::int64_t>();
    if (too_large || number < lowest || number > highest) {
        fail("a number between " + std::to_string(lowest) + " and " + std::to_string(highest) + " expected, not " +
             value_->dump());
    }
    return number;
}

double JsonValue::real() const {
    if (!value_->is_number()) fail("a number expected, not " + std::string(value_->type_name()));
    return value_->get<double>();
}

std::string JsonValue::text_or(const std::string& key, const std::string& fallback) const {
    const auto value = find(key);
    return value ? value->text() : fallback;
}

bool JsonValue::boolean_or(const std::string& key, bool fallback) const {
    const auto value = find(key);
    return value ? value->boolean() : fallback;
}

std::int64_t JsonValue::integer_or(const std::string& key, std::int64_t lowest, std::int64_t highest,
                                   std::int64_t fallback) const {
    const auto value = find(key);
    return value ? value->integer(lowest, highest) : fallback;
}

double JsonValue::real_or(const std::string& key, double fallback) const {
    const auto value = find(key);
    return value ? value->real() : fallback;
}

}  // namespace dynkin::lm
