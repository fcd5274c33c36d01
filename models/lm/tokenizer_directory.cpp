#include "models/lm/json_input.hpp"
#include "models/lm/mapped_file.hpp"
#include "models/lm/message_text.hpp"
#include "models/lm/tokenizer_json.hpp"
#include "models/lm/tokenizer_steps.hpp"
#include "solvers/core/errors.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin::lm {
namespace {

namespace fs = std::filesystem;

// "</s>", or {"content": "</s>", ...}.
int token_named(const JsonValue& value, const TokenizerParts& parts) {
    const std::string name = value.raw().is_object() ? value.at("content").text() : value.text();
    const auto found = std::find(parts.names.begin(), parts.names.end(), name);
    if (name.empty() || found == parts.names.end()) value.fail(shown(name) + " is not in the vocabulary");
    return static_cast<int>(found - parts.names.begin());
}

// A number or an array of numbers.
std::vector<int> token_numbers(const JsonValue& value, const TokenizerParts& parts) {
    const auto last = static_cast<std::int64_t>(parts.names.size()) - 1;
    if (!value.raw().is_array()) return {static_cast<int>(value.integer(0, last))};
    std::vector<int> numbers;
    for (const JsonValue& number : value.elements()) numbers.push_back(static_cast<int>(number.integer(0, last)));
    return numbers;
}

// Our own key: the file was a tokenizer.bin, and becomes one again: merges by score, spaces as spaces. No merge makes
// bos or eos, which have other texts there.
void read_scores(const JsonValue& list, TokenizerParts& parts) {
    const std::vector<JsonValue> scores = list.elements();
    if (scores.size() != parts.names.size()) {
        list.fail(std::to_string(scores.size()) + " scores for " + std::to_string(parts.names.size()) + " tokens");
    }
    for (const JsonValue& score : scores) {
        const auto value = static_cast<float>(score.real());
        if (!std::isfinite(value)) score.fail("not finite");
        parts.scores.push_back(value);
    }
    const std::string mark = space_symbol(parts);
    parts.alphabet = Alphabet::llama2c;
    parts.normalizer = {PrependStep{" "}};
    parts.prefix = " ";
    parts.prefix_after_bos = true;
    parts.splits.clear();
    parts.number_of.clear();
    for (std::size_t token = 0; token < parts.names.size(); ++token) {
        std::string& name = parts.names[token];
        for (std::size_t at = 0; !mark.empty() && (at = name.find(mark, at)) != std::string::npos; ++at) {
            name.replace(at, mark.size(), " ");
        }
        const bool is_end =
            std::find(parts.ends.begin(), parts.ends.end(), static_cast<int>(token)) != parts.ends.end();
        if (!name.empty() && !is_end) parts.number_of.emplace(name, static_cast<int>(token));
    }
}

Tokenizer read_directory(const fs::path& directory) {
    const fs::path file = directory / "tokenizer.json";
    if (!is_there(file)) {
        if (is_there(directory / "tokenizer.bin")) return read_llama2c_tokenizer(directory / "tokenizer.bin");
        throw IoError(directory.string() + ": no tokenizer.json in it" +
                      (is_there(directory / "tokenizer.model") ? " (tokenizer.model is not read)" : ""));
    }
    TokenizerParts parts = parse_tokenizer_parts(contents_of(file), file.string());
    std::vector<int> ends;
    for (const char* name : {"config.json", "generation_config.json"}) {
        const fs::path path = directory / name;
        if (!is_there(path)) continue;
        const Json json = parse_json(contents_of(path), path.string());
        const JsonValue config(json, path.string());
        if (const auto bos = config.find("bos_token_id")) parts.bos = token_numbers(*bos, parts).front();
        if (const auto eos = config.find("eos_token_id")) {
            const std::vector<int> numbers = token_numbers(*eos, parts);
            ends.insert(ends.end(), numbers.begin(), numbers.end());
        }
    }
    const fs::path path = directory / "tokenizer_config.json";
    const Json json = is_there(path) ? parse_json(contents_of(path), path.string()) : Json::object();
    const JsonValue config(json, path.string());
    if (const auto bos = config.find("bos_token")) parts.bos = token_named(*bos, parts);
    if (const auto eos = config.find("eos_token")) ends.push_back(token_named(*eos, parts));
    parts.begins_with_bos = config.boolean_or("add_bos_token", parts.begins_with_bos) && parts.bos;
    std::sort(ends.begin(), ends.end());
    ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
    if (!ends.empty()) parts.ends = ends;
    if (const auto scores = config.find("dynkin_scores")) read_scores(*scores, parts);
    return Tokenizer(std::move(parts));
}

}  // namespace

Tokenizer read_tokenizer(const fs::path& path) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) return read_directory(path);
    const auto file = MappedFile::open(path);
    const std::string_view bytes(reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size());
    const std::size_t first = bytes.find_first_not_of(" \t\r\n");
    const bool is_json = path.extension() == ".json" || (first != std::string_view::npos && bytes[first] == '{');
    if (is_json) return parse_tokenizer_json(std::string(bytes), file->path());
    return parse_llama2c_tokenizer(bytes, file->path());
}

}  // namespace dynkin::lm
