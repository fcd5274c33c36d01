// The only file that includes toml++.
#include "apps/config/value.hpp"
#include "solvers/core/errors.hpp"

#include <toml++/toml.h>
#include <algorithm>
#include <sstream>
#include <string_view>

namespace dynkin::config {
namespace {

/// Turns positions of toml++ into ours.
class Locator {
public:
    virtual ~Locator() = default;
    virtual SourceLocation at(const toml::source_position& position) const = 0;
    /// Of the first character inside the quotes of the string at `position`.
    SourceLocation inside_quotes(const toml::source_position& position) const;

protected:
    explicit Locator(std::string_view text) {
        for (std::size_t start = 0; start <= text.size();) {
            const std::size_t end = std::min(text.find('\n', start), text.size());
            lines_.push_back(text.substr(start, end - start));
            start = end + 1;
        }
    }

private:
    std::string_view from(const toml::source_position& position) const;
    std::vector<std::string_view> lines_;
};

// Columns count code points: bytes of the form 10xxxxxx continue one.
std::string_view Locator::from(const toml::source_position& position) const {
    if (position.line < 1 || position.line > lines_.size()) return {};
    std::string_view line = lines_[position.line - 1];
    for (toml::source_index column = 1; column < position.column && !line.empty(); ++column) {
        line.remove_prefix(1);
        while (!line.empty() && (static_cast<unsigned char>(line[0]) & 0xC0) == 0x80) line.remove_prefix(1);
    }
    return line;
}

SourceLocation Locator::inside_quotes(const toml::source_position& position) const {
    std::string_view rest = from(position);
    toml::source_position inside = position;
    const std::string_view fence = rest.substr(0, 3);
    const bool multi_line = fence == "\"\"\"" || fence == "'''";
    inside.column += multi_line ? 3 : 1;
    rest.remove_prefix(std::min<std::size_t>(rest.size(), multi_line ? 3 : 1));
    // A line break right after the opening quotes is not part of the text.
    if (multi_line && (rest.empty() || rest == "\r")) inside = {position.line + 1, 1};
    return at(inside);
}

class FileLocator : public Locator {
public:
    FileLocator(std::string_view text, std::string name) : Locator(text), name_(std::move(name)) {}
    SourceLocation at(const toml::source_position& position) const override {
        return {name_, std::max(1, static_cast<int>(position.line)), std::max(1, static_cast<int>(position.column))};
    }

private:
    std::string name_;
};

constexpr std::string_view override_prefix = "v = ";

class ArgumentLocator : public Locator {
public:
    ArgumentLocator(std::string_view text, const std::string& argument, int offset)
        : Locator(text), name_("-s " + argument), offset_(offset) {}
    SourceLocation at(const toml::source_position& position) const override {
        if (position.line != 1) return {name_, 0, 0};
        return {name_, 0, offset_ + static_cast<int>(position.column) - static_cast<int>(override_prefix.size())};
    }

private:
    std::string name_;
    int offset_;
};

std::unique_ptr<Value> convert(const toml::node& node, const Locator& locator);

std::string written(const toml::node& node) {
    std::ostringstream out;
    if (const auto* date = node.as_date()) out << date->get();
    if (const auto* time = node.as_time()) out << time->get();
    if (const auto* both = node.as_date_time()) out << both->get();
    return out.str();
}

// toml++ keeps keys sorted; messages and the resolved file follow the author's order.
std::vector<Entry> entries_of(const toml::table& table, const Locator& locator) {
    std::vector<std::pair<toml::source_position, Entry>> found;
    for (const auto& [key, node] : table) {
        Entry entry;
        entry.key = std::string(key.str());
        entry.where = locator.at(key.source().begin);
        entry.value = convert(node, locator);
        found.emplace_back(key.source().begin, std::move(entry));
    }
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<Entry> entries;
    for (auto& [position, entry] : found) entries.push_back(std::move(entry));
    return entries;
}

std::unique_ptr<Value> convert(const toml::node& node, const Locator& locator) {
    auto value = std::make_unique<Value>();
    value->where = locator.at(node.source().begin);
    if (const auto* boolean = node.as_boolean()) {
        value->kind = Kind::boolean;
        value->boolean = boolean->get();
    } else if (const auto* integer = node.as_integer()) {
        value->kind = Kind::integer;
        value->integer = integer->get();
    } else if (const auto* real = node.as_floating_point()) {
        value->kind = Kind::real;
        value->real = real->get();
    } else if (const auto* text = node.as_string()) {
        value->kind = Kind::text;
        value->text = text->get();
        value->text_where = locator.inside_quotes(node.source().begin);
    } else if (const auto* array = node.as_array()) {
        value->kind = Kind::array;
        for (const toml::node& item : *array) value->items.push_back(convert(item, locator));
    } else if (const auto* table = node.as_table()) {
        value->kind = Kind::table;
        value->entries = entries_of(*table, locator);
    } else {
        value->kind = Kind::date;
        value->text = written(node);
    }
    return value;
}

/// A value given on the command line is located by its argument alone; only texts keep a column.
void drop_columns(Value& value) {
    value.where.column = 0;
    for (auto& item : value.items) drop_columns(*item);
    for (Entry& entry : value.entries) {
        entry.where.column = 0;
        drop_columns(*entry.value);
    }
}

}  // namespace

void parse_document(const std::string& text, const std::string& name, Value& root) {
    const FileLocator locator(text, name);
    try {
        const toml::table table = toml::parse(std::string_view(text), std::string_view(name));
        root.kind = Kind::table;
        root.where = {name, 1, 1};
        root.entries = entries_of(table, locator);
    } catch (const toml::parse_error& error) {
        throw ConfigError(to_string(locator.at(error.source().begin)) + ": " + std::string(error.description()));
    }
}

std::unique_ptr<Value> parse_override_value(const std::string& text, const std::string& argument, int offset) {
    const std::string document = std::string(override_prefix) + text;
    const ArgumentLocator locator(document, argument, offset);
    try {
        const toml::table table = toml::parse(std::string_view(document));
        if (const toml::node* node = table.get("v"); node != nullptr && table.size() == 1) {
            auto value = convert(*node, locator);
            drop_columns(*value);
            return value;
        }
    } catch (const toml::parse_error& error) {
        if (const std::string_view opening = "[{\"'"; opening.find(text[0]) != std::string_view::npos)
            throw ConfigError(to_string(locator.at(error.source().begin)) + ": " + std::string(error.description()));
    }
    auto word = std::make_unique<Value>();
    word->kind = Kind::text;
    word->text = text;
    word->where = {"-s " + argument, 0, 0};
    word->text_where = {"-s " + argument, 0, offset + 1};
    return word;
}

}  // namespace dynkin::config
