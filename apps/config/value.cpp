#include "apps/config/value.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace dynkin::config {
namespace {

bool is_bare(const std::string& key) {
    return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

std::string toml_key(const std::string& key) {
    return is_bare(key) ? key : quoted(key);
}

bool is_list_of_tables(const Value& value) {
    return value.kind == Kind::array && !value.items.empty() &&
           std::all_of(value.items.begin(), value.items.end(),
                       [](const auto& item) { return item->kind == Kind::table; });
}

bool is_section(const Entry& entry) {
    return entry.value->kind == Kind::table || is_list_of_tables(*entry.value);
}

std::string scalar(const Value& value) {
    switch (value.kind) {
        case Kind::boolean: return value.boolean ? "true" : "false";
        case Kind::integer: return std::to_string(value.integer);
        case Kind::real: return real_text(value.real);
        case Kind::text: return quoted(value.text);
        default: return value.text;
    }
}

std::string inline_value(const Value& value) {
    std::string text;
    if (value.kind == Kind::array) {
        for (const auto& item : value.items) text += (text.empty() ? "" : ", ") + inline_value(*item);
        return "[" + text + "]";
    }
    if (value.kind == Kind::table) {
        for (const Entry& entry : value.entries)
            text += (text.empty() ? "" : ", ") + toml_key(entry.key) + " = " + inline_value(*entry.value);
        return "{" + text + "}";
    }
    return scalar(value);
}

void append_table(const Value& table, const std::string& header, std::string& out) {
    for (const Entry& entry : table.entries) {
        if (is_section(entry)) continue;
        out += toml_key(entry.key) + " = " + inline_value(*entry.value);
        out += entry.by_default ? "  # default\n" : "\n";
    }
    for (const Entry& entry : table.entries) {
        if (!is_section(entry)) continue;
        const std::string inner = header.empty() ? toml_key(entry.key) : header + "." + toml_key(entry.key);
        const Value& value = *entry.value;
        if (value.kind == Kind::array) {
            for (const auto& item : value.items) {
                out += "\n[[" + inner + "]]\n";
                append_table(*item, inner, out);
            }
            continue;
        }
        const bool only_sections =
            !value.entries.empty() && std::all_of(value.entries.begin(), value.entries.end(), is_section);
        if (value.entries.empty() && entry.by_default) continue;
        if (!only_sections) out += "\n[" + inner + "]\n";
        append_table(value, inner, out);
    }
}

// Indices of lists are no part of the paths that are left out.
std::string canonical_value(const Value& value, const std::string& path, const std::vector<std::string>& left_out) {
    if (!value.as_read.empty()) return value.as_read;
    std::string text;
    if (value.kind == Kind::array) {
        for (const auto& item : value.items) text += (text.empty() ? "" : ",") + canonical_value(*item, path, left_out);
        return "[" + text + "]";
    }
    if (value.kind != Kind::table) return scalar(value);
    std::vector<const Entry*> sorted;
    for (const Entry& entry : value.entries) sorted.push_back(&entry);
    std::sort(sorted.begin(), sorted.end(), [](const Entry* a, const Entry* b) { return a->key < b->key; });
    for (const Entry* entry : sorted) {
        const std::string inner = join(path, entry->key);
        if (std::find(left_out.begin(), left_out.end(), inner) != left_out.end()) continue;
        const std::string content = canonical_value(*entry->value, inner, left_out);
        if (content != "{}") text += (text.empty() ? "" : ",") + quoted(entry->key) + "=" + content;
    }
    return "{" + text + "}";
}

}  // namespace

Entry* Value::find(const std::string& key) {
    for (Entry& entry : entries)
        if (entry.key == key) return &entry;
    return nullptr;
}

std::string to_toml(const Value& root) {
    std::string out;
    append_table(root, "", out);
    return out;
}

std::string canonical(const Value& root, const std::vector<std::string>& left_out) {
    return canonical_value(root, "", left_out);
}

std::string real_text(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value < 0.0 ? "-inf" : "inf";
    char buffer[40];
    const std::string text(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\', out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (code < 0x20 || code == 0x7f) {
            out += std::string("\\u00") + "0123456789abcdef"[code >> 4] + "0123456789abcdef"[code & 15];
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string describe(const Value& value) {
    switch (value.kind) {
        case Kind::boolean: return scalar(value);
        case Kind::integer: return "the integer " + scalar(value);
        case Kind::real: return "the number " + scalar(value);
        case Kind::text: return "the text '" + value.text + "'";
        case Kind::date: return "the date " + value.text;
        case Kind::array:
            return value.items.empty() ? "an empty array" : "an array of " + std::to_string(value.items.size());
        case Kind::table: return "a table";
    }
    return {};
}

std::string join(const std::string& prefix, const std::string& key) {
    return prefix.empty() ? key : prefix + "." + key;
}

}  // namespace dynkin::config
