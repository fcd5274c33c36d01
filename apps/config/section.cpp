#include "apps/config/config.hpp"
#include "apps/config/value.hpp"
#include "solvers/core/errors.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

using config::describe;
using config::Entry;
using config::Kind;
using config::Tree;
using config::Value;

/// A value on its way out: the tree it is of, and its path for messages.
struct Reading {
    const Tree& tree;
    Value& value;
    std::string path;

    [[noreturn]] void refuse(const std::string& expected) const {
        throw ConfigError(to_string(value.where) + ": " + path + ": found " + describe(value) + ", expected " +
                          expected);
    }
    Reading item(std::size_t i) const { return {tree, *value.items[i], config::join(path, std::to_string(i))}; }
};

const char* words_for(RealRange range) {
    switch (range) {
        case RealRange::finite: return "a finite number";
        case RealRange::positive: return "a finite number > 0";
        case RealRange::non_negative: return "a finite number >= 0";
        case RealRange::with_infinity: return "a number";
    }
    return "";
}

bool inside(double value, RealRange range) {
    if (std::isnan(value) || (range != RealRange::with_infinity && std::isinf(value))) return false;
    return (range != RealRange::positive || value > 0.0) && (range != RealRange::non_negative || value >= 0.0);
}

double read_real(const Reading& at, RealRange range) {
    Value& value = at.value;
    double number = value.real;
    if (value.kind == Kind::integer)
        number = static_cast<double>(value.integer);
    else if (value.kind == Kind::text && at.tree.constant_evaluator)
        number = at.tree.constant_evaluator(value.text, value.text_where);
    else if (value.kind != Kind::real)
        at.refuse(words_for(range));
    if (!inside(number, range)) {
        if (value.kind != Kind::text) at.refuse(words_for(range));
        at.refuse(words_for(range) + (", and its value is " + config::real_text(number)));
    }
    value.as_read = config::real_text(number);
    return number;
}

std::int64_t read_integer(const Reading& at, std::int64_t lowest, std::int64_t highest) {
    Value& value = at.value;
    const std::int64_t none = std::numeric_limits<std::int64_t>::min(), all = std::numeric_limits<std::int64_t>::max();
    std::string expected = "an integer";
    if (lowest != none) expected += " >= " + std::to_string(lowest);
    if (highest != all) expected += (lowest != none ? " and <= " : " <= ") + std::to_string(highest);
    std::int64_t number = value.integer;
    if (value.kind == Kind::real) {
        // Beyond 2^53 a double no longer names one integer.
        if (!(std::abs(value.real) <= 0x1p53) || value.real != std::floor(value.real)) at.refuse(expected);
        number = static_cast<std::int64_t>(value.real);
    } else if (value.kind != Kind::integer) {
        at.refuse(expected);
    }
    if (number < lowest || number > highest) at.refuse(expected);
    value.as_read = std::to_string(number);
    return number;
}

std::string read_text(const Reading& at) {
    if (at.value.kind != Kind::text) at.refuse("a text in quotes");
    return at.value.text;
}

LocatedText read_located_text(const Reading& at) {
    return {read_text(at), at.value.text_where};
}

/// Reads every element with `read`; `what` names one in the plural.
template <class Read>
auto read_array(const Reading& at, Section::Size size, const std::string& what, Read read) {
    const std::string expected = "an array of " + (size ? std::to_string(*size) + " " : std::string()) + what;
    if (at.value.kind != Kind::array || at.value.items.empty()) at.refuse(expected);
    if (size && at.value.items.size() != *size) at.refuse(expected);
    std::vector<decltype(read(at))> values;
    for (std::size_t i = 0; i < at.value.items.size(); ++i) values.push_back(read(at.item(i)));
    return values;
}

template <class Read>
auto read_matrix(const Reading& at, Section::Size rows, Section::Size columns, const std::string& what, Read read) {
    Section::Size width = columns;
    return read_array(at, rows,
                      "rows, each an array of " + (columns ? std::to_string(*columns) + " " : std::string()) + what,
                      [&](const Reading& row) {
                          auto values = read_array(row, width, what, read);
                          width = values.size();  // all rows as long as the first
                          return values;
                      });
}

Value value_of(bool boolean) {
    Value value;
    value.kind = Kind::boolean;
    value.boolean = boolean;
    return value;
}
Value value_of(std::int64_t integer) {
    Value value;
    value.kind = Kind::integer;
    value.integer = integer;
    return value;
}
Value value_of(double real) {
    Value value;
    value.kind = Kind::real;
    value.real = real;
    return value;
}
Value value_of(const std::string& text) {
    Value value;
    value.kind = Kind::text;
    value.text = text;
    return value;
}
template <class T>
Value value_of(const std::vector<T>& items) {
    Value value;
    value.kind = Kind::array;
    for (const T& item : items) value.items.push_back(std::make_unique<Value>(value_of(item)));
    return value;
}

}  // namespace

SourceLocation Section::location() const {
    return table_->where;
}

Value* Section::find(const std::string& key) const {
    std::vector<std::string>& asked = table_->asked;
    if (std::find(asked.begin(), asked.end(), key) == asked.end()) asked.push_back(key);
    Entry* entry = table_->find(key);
    if (entry == nullptr) return nullptr;
    entry->read = true;
    return entry->value.get();
}

Value& Section::require(const std::string& key, const std::string& expected) const {
    if (Value* value = find(key)) return *value;
    throw ConfigError(to_string(table_->where) + ": " + config::join(path_, key) + ": missing, expected " + expected);
}

void Section::record(const std::string& key, Value value) const {
    value.where = table_->where;
    for (auto& item : value.items) item->where = table_->where;
    table_->entries.push_back({key, table_->where, std::make_unique<Value>(std::move(value)), true, true});
}

bool Section::has(const std::string& key) const {
    return find(key) != nullptr;
}

ConfigKind Section::kind_of(const std::string& key) const {
    const Value* value = find(key);
    if (value == nullptr) return ConfigKind::absent;
    switch (value->kind) {
        case Kind::boolean: return ConfigKind::boolean;
        case Kind::integer: return ConfigKind::integer;
        case Kind::real: return ConfigKind::real;
        case Kind::text: return ConfigKind::text;
        case Kind::date: return ConfigKind::date;
        case Kind::table: return ConfigKind::table;
        case Kind::array: break;
    }
    const bool tables = !value->items.empty() && value->items[0]->kind == Kind::table;
    return tables ? ConfigKind::array_of_tables : ConfigKind::array;
}

int Section::rank_of(const std::string& key) const {
    int rank = 0;
    for (const Value* value = find(key); value != nullptr && value->kind == Kind::array;
         value = value->items.empty() ? nullptr : value->items[0].get())
        ++rank;
    return rank;
}

std::vector<std::string> Section::keys() const {
    std::vector<std::string> keys;
    for (const Entry& entry : table_->entries) keys.push_back(entry.key);
    return keys;
}

double Section::real(const std::string& key, RealRange range) const {
    return read_real({*tree_, require(key, words_for(range)), config::join(path_, key)}, range);
}

double Section::real_or(const std::string& key, double otherwise, RealRange range) const {
    if (has(key)) return real(key, range);
    record(key, value_of(otherwise));
    return otherwise;
}

std::int64_t Section::integer(const std::string& key, std::int64_t lowest, std::int64_t highest) const {
    return read_integer({*tree_, require(key, "an integer"), config::join(path_, key)}, lowest, highest);
}

std::int64_t Section::integer_or(const std::string& key, std::int64_t otherwise, std::int64_t lowest,
                                 std::int64_t highest) const {
    if (has(key)) return integer(key, lowest, highest);
    record(key, value_of(otherwise));
    return otherwise;
}

bool Section::boolean(const std::string& key) const {
    const Reading at{*tree_, require(key, "true or false"), config::join(path_, key)};
    if (at.value.kind != Kind::boolean) at.refuse("true or false");
    return at.value.boolean;
}

bool Section::boolean_or(const std::string& key, bool otherwise) const {
    if (has(key)) return boolean(key);
    record(key, value_of(otherwise));
    return otherwise;
}

std::string Section::text(const std::string& key) const {
    return read_text({*tree_, require(key, "a text in quotes"), config::join(path_, key)});
}

std::string Section::text_or(const std::string& key, const std::string& otherwise) const {
    if (has(key)) return text(key);
    record(key, value_of(otherwise));
    return otherwise;
}

LocatedText Section::located_text(const std::string& key) const {
    return read_located_text({*tree_, require(key, "a text in quotes"), config::join(path_, key)});
}

std::string Section::one_of(const std::string& key, const std::vector<std::string>& choices) const {
    std::string list;
    for (const std::string& choice : choices) list += (list.empty() ? "'" : ", '") + choice + "'";
    const Reading at{*tree_, require(key, "one of " + list), config::join(path_, key)};
    if (at.value.kind != Kind::text) at.refuse("one of " + list);
    if (std::find(choices.begin(), choices.end(), at.value.text) != choices.end()) return at.value.text;
    const std::string near = nearest_name(at.value.text, choices);
    at.refuse("one of " + list + (near.empty() ? "" : "; did you mean '" + near + "'?"));
}

std::string Section::one_of_or(const std::string& key, const std::string& otherwise,
                               const std::vector<std::string>& choices) const {
    if (has(key)) return one_of(key, choices);
    record(key, value_of(otherwise));
    return otherwise;
}

std::vector<double> Section::reals(const std::string& key, Size size, RealRange range) const {
    const Reading at{*tree_, require(key, "an array of numbers"), config::join(path_, key)};
    return read_array(at, size, "numbers", [&](const Reading& item) { return read_real(item, range); });
}

std::vector<double> Section::reals_or(const std::string& key, const std::vector<double>& otherwise, Size size,
                                      RealRange range) const {
    if (has(key)) return reals(key, size, range);
    record(key, value_of(otherwise));
    return otherwise;
}

std::vector<std::int64_t> Section::integers(const std::string& key, Size size, std::int64_t lowest,
                                            std::int64_t highest) const {
    const Reading at{*tree_, require(key, "an array of integers"), config::join(path_, key)};
    return read_array(at, size, "integers", [&](const Reading& item) { return read_integer(item, lowest, highest); });
}

std::vector<std::string> Section::texts(const std::string& key, Size size) const {
    const Reading at{*tree_, require(key, "an array of texts"), config::join(path_, key)};
    return read_array(at, size, "texts", read_text);
}

std::vector<std::string> Section::texts_or(const std::string& key, const std::vector<std::string>& otherwise,
                                           Size size) const {
    if (has(key)) return texts(key, size);
    record(key, value_of(otherwise));
    return otherwise;
}

std::vector<LocatedText> Section::located_texts(const std::string& key, Size size) const {
    const Reading at{*tree_, require(key, "an array of texts"), config::join(path_, key)};
    return read_array(at, size, "texts", read_located_text);
}

std::vector<std::vector<double>> Section::real_matrix(const std::string& key, Size rows, Size columns,
                                                      RealRange range) const {
    const Reading at{*tree_, require(key, "an array of arrays of numbers"), config::join(path_, key)};
    return read_matrix(at, rows, columns, "numbers", [&](const Reading& item) { return read_real(item, range); });
}

std::vector<std::vector<std::string>> Section::text_matrix(const std::string& key, Size rows, Size columns) const {
    const Reading at{*tree_, require(key, "an array of arrays of texts"), config::join(path_, key)};
    return read_matrix(at, rows, columns, "texts", read_text);
}

std::vector<std::vector<LocatedText>> Section::located_text_matrix(const std::string& key, Size rows,
                                                                   Size columns) const {
    const Reading at{*tree_, require(key, "an array of arrays of texts"), config::join(path_, key)};
    return read_matrix(at, rows, columns, "texts", read_located_text);
}

std::optional<Section> Section::find_section(const std::string& key) const {
    Value* table = find(key);
    if (table == nullptr) return std::nullopt;
    const Reading at{*tree_, *table, config::join(path_, key)};
    if (table->kind != Kind::table) at.refuse("a section [" + at.path + "]");
    return Section(tree_, table, at.path);
}

Section Section::section(const std::string& key) const {
    require(key, "a section [" + config::join(path_, key) + "]");
    return *find_section(key);
}

Section Section::section_or_empty(const std::string& key) const {
    if (!has(key)) record(key, Value{});
    return *find_section(key);
}

std::vector<Section> Section::sections(const std::string& key) const {
    Value* list = find(key);
    if (list == nullptr) return {};
    const Reading at{*tree_, *list, config::join(path_, key)};
    if (list->kind != Kind::array) at.refuse("sections [[" + at.path + "]]");
    std::vector<Section> sections;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
        const Reading item = at.item(i);
        if (item.value.kind != Kind::table) item.refuse("a section [[" + at.path + "]]");
        sections.push_back(Section(tree_, &item.value, item.path));
    }
    return sections;
}

SourceLocation Section::location(const std::string& key) const {
    const Entry* entry = table_->find(key);
    return entry != nullptr ? entry->value->where : table_->where;
}

void Section::fail(const std::string& key, const std::string& problem) const {
    throw ConfigError(to_string(location(key)) + ": " + config::join(path_, key) + ": " + problem);
}

}  // namespace dynkin
