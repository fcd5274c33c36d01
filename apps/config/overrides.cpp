#include "apps/config/value.hpp"
#include "solvers/core/errors.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace dynkin::config {
namespace {

std::string trimmed(const std::string& text) {
    const std::size_t first = text.find_first_not_of(" \t");
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

int n_characters(const std::string& text) {
    return static_cast<int>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::vector<std::string> parts_of(const std::string& path) {
    std::vector<std::string> parts;
    for (std::size_t start = 0;;) {
        const std::size_t dot = path.find('.', start);
        parts.push_back(path.substr(start, dot - start));
        if (dot == std::string::npos) return parts;
        start = dot + 1;
    }
}

/// Paths of all values that are no tables: "model.parameters.D", "test_functions.0.degree".
void collect_paths(const Value& value, const std::string& path, std::vector<std::string>& paths) {
    if (value.kind == Kind::table) {
        for (const Entry& entry : value.entries) collect_paths(*entry.value, join(path, entry.key), paths);
        return;
    }
    const bool has_tables = value.kind == Kind::array && !value.items.empty() && value.items[0]->kind == Kind::table;
    for (std::size_t i = 0; has_tables && i < value.items.size(); ++i)
        collect_paths(*value.items[i], join(path, std::to_string(i)), paths);
    if (!has_tables) paths.push_back(path);
}

std::string last_part(const std::string& path) {
    return path.substr(path.rfind('.') + 1);
}

/// The full path of a bare name; unknown and ambiguous ones are errors.
std::string resolve(const Value& root, const std::string& name, const std::string& where) {
    for (const Entry& entry : root.entries)
        if (entry.key == name) return name;
    std::vector<std::string> paths, matches, names;
    collect_paths(root, "", paths);
    for (const std::string& path : paths) {
        if (last_part(path) == name) matches.push_back(path);
        names.push_back(last_part(path));
    }
    if (matches.size() == 1) return matches[0];
    if (matches.empty()) {
        const std::string near = nearest_name(name, names);
        throw ConfigError(where + ": unknown key '" + name + "'" +
                          (near.empty() ? "" : "; did you mean '" + near + "'?") +
                          " A key the file does not have needs its full path, as in particles.seed=1");
    }
    std::string list;
    for (const std::string& match : matches) list += (list.empty() ? "" : ", ") + match;
    throw ConfigError(where + ": '" + name + "' is ambiguous; give one of the full paths " + list);
}

std::size_t index_of(const std::string& part, const Value& array, const std::string& path, const std::string& where) {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
    if (error != std::errc() || end != part.data() + part.size() || index >= array.items.size())
        throw ConfigError(where + ": '" + path + "' is " + describe(array) + "; '" + part +
                          "' is no index of it (they count from 0)");
    return index;
}

void check_replacement(const Value& old, const std::string& path, const std::string& where) {
    if (old.kind == Kind::table) throw ConfigError(where + ": '" + path + "' is a table; name a key in it");
}

/// Puts `value` at `path`, making the tables on the way.
void put(Value& root, const std::string& path, std::unique_ptr<Value> value, const std::string& where) {
    Value* here = &root;
    std::string walked;
    const std::vector<std::string> parts = parts_of(path);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::string& part = parts[i];
        const bool last = i + 1 == parts.size();
        std::unique_ptr<Value>* slot = nullptr;
        if (part.empty()) throw ConfigError(where + ": the key has an empty part");
        if (here->kind == Kind::array) {
            slot = &here->items[index_of(part, *here, walked, where)];
        } else if (here->kind != Kind::table) {
            throw ConfigError(where + ": '" + walked + "' is " + describe(*here) + " and has no key '" + part + "'");
        } else if (Entry* entry = here->find(part)) {
            slot = &entry->value;
        } else {
            auto made = std::make_unique<Value>();
            made->where = {where, 0, 0};
            here->entries.push_back({part, {where, 0, 0}, std::move(made), false, false});
            slot = &here->entries.back().value;
            if (last) *slot = std::move(value);
            here = slot->get();
            walked = join(walked, part);
            continue;
        }
        walked = join(walked, part);
        if (last) {
            check_replacement(**slot, walked, where);
            *slot = std::move(value);
            return;
        }
        here = slot->get();
    }
}

}  // namespace

void apply_override(Tree& tree, const std::string& argument) {
    const std::string where = "-s " + argument;
    const std::size_t equals = argument.find('=');
    const std::string key = trimmed(argument.substr(0, equals));
    if (equals == std::string::npos || key.empty()) throw ConfigError(where + ": expected key=value");
    const std::size_t first = argument.find_first_not_of(" \t", equals + 1);
    if (first == std::string::npos) throw ConfigError(where + ": no value, expected key=value");
    auto value =
        parse_override_value(trimmed(argument.substr(first)), argument, n_characters(argument.substr(0, first)));
    const std::string path = key.find('.') == std::string::npos ? resolve(tree.root, key, where) : key;
    put(tree.root, path, std::move(value), where);
}

}  // namespace dynkin::config
