#include "apps/config/config.hpp"

#include "apps/config/value.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/store/sha256.hpp"
#include "solvers/store/text_file.hpp"

#include <algorithm>
#include <iostream>
#include <iterator>

namespace dynkin {
namespace {

using config::Entry;
using config::Kind;
using config::Tree;
using config::Value;

struct Unread {
    const Entry* entry = nullptr;
    const Value* table = nullptr;
    std::string path;
};

SourceLocation location_of(const Entry& entry) {
    return entry.value->where.line == 0 ? entry.value->where : entry.where;  // line 0: from the command line
}

// Depth first, in the order of the file; a table nobody asked for is reported itself, not its keys.
Unread first_unread(const Value& value, const std::string& path) {
    for (std::size_t i = 0; i < value.items.size(); ++i)
        if (Unread found = first_unread(*value.items[i], config::join(path, std::to_string(i))); found.entry != nullptr)
            return found;
    for (const Entry& entry : value.entries) {
        const std::string inner = config::join(path, entry.key);
        if (!entry.read) return {&entry, &value, inner};
        if (Unread found = first_unread(*entry.value, inner); found.entry != nullptr) return found;
    }
    return {};
}

}  // namespace

Config Config::load(const std::string& path, const std::vector<std::string>& overrides) {
    if (path == "-")
        return parse(std::string(std::istreambuf_iterator<char>(std::cin), {}), "<standard input>", overrides);
    return parse(read_text(path), path, overrides);
}

Config Config::parse(const std::string& text, const std::string& name, const std::vector<std::string>& overrides) {
    auto tree = std::make_shared<Tree>();
    tree->name = name;
    config::parse_document(text, name, tree->root);
    for (const std::string& argument : overrides) config::apply_override(*tree, argument);
    return Config(std::move(tree));
}

Section Config::root() const {
    return {tree_, &tree_->root, ""};
}

const std::string& Config::name() const {
    return tree_->name;
}

void Config::set_constant_evaluator(ConstantEvaluator evaluator) {
    tree_->constant_evaluator = std::move(evaluator);
}

void Config::require_all_read() const {
    const Unread unread = first_unread(tree_->root, "");
    if (unread.entry == nullptr) return;
    const std::vector<std::string>& known = unread.table->asked;
    const std::string near = nearest_name(unread.entry->key, known);
    std::string message = to_string(location_of(*unread.entry)) + ": unknown key '" + unread.path + "'";
    if (!near.empty()) message += "; did you mean '" + near + "'?";
    if (!known.empty()) message += near.empty() ? "; known:" : " known:";
    for (std::size_t i = 0; i < known.size(); ++i) message += (i == 0 ? " " : ", ") + known[i];
    throw ConfigError(message);
}

std::string Config::resolved_toml() const {
    return config::to_toml(tree_->root);
}

void Config::exclude_from_hash(const std::string& path) {
    tree_->not_hashed.push_back(path);
}

std::string Config::hash() const {
    return sha256_hex(config::canonical(tree_->root, tree_->not_hashed));
}

}  // namespace dynkin
