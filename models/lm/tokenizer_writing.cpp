#include "models/lm/tokenizer_writing.hpp"

#include "models/lm/byte_alphabet.hpp"
#include "models/lm/json_input.hpp"
#include "models/lm/message_text.hpp"
#include "models/lm/tokenizer_json.hpp"
#include "models/lm/utf8.hpp"
#include "solvers/core/errors.hpp"

#include <algorithm>
#include <set>

namespace dynkin::lm {
namespace {

constexpr const char* space_mark = "\xe2\x96\x81";  // U+2581

bool is_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const Character c = character_at(text, at);
        if (!c.valid) return false;
        at += c.n_bytes;
    }
    return true;
}

Json added_token(int id, const std::string& text) {
    return {{"id", id},        {"content", text},     {"single_word", false}, {"lstrip", false},
            {"rstrip", false}, {"normalized", false}, {"special", true}};
}

Json empty_model() {
    return {{"type", "BPE"},
            {"dropout", nullptr},
            {"unk_token", nullptr},
            {"continuing_subword_prefix", nullptr},
            {"end_of_word_suffix", nullptr},
            {"fuse_unk", false},
            {"byte_fallback", false},
            {"ignore_merges", false},
            {"vocab", Json::object()},
            {"merges", Json::array()}};
}

Json empty_file() {
    return {{"version", "1.0"},          {"truncation", nullptr},
            {"padding", nullptr},        {"added_tokens", Json::array()},
            {"normalizer", nullptr},     {"pre_tokenizer", nullptr},
            {"post_processor", nullptr}, {"decoder", nullptr},
            {"model", empty_model()}};
}

// Texts of a tokenizer.bin as SentencePiece writes them.
std::vector<std::string> sentencepiece_names(const TokenizerParts& parts) {
    std::vector<std::string> names;
    std::set<std::string> seen;
    for (std::size_t token = 0; token < parts.names.size(); ++token) {
        std::string name;
        for (const char c : parts.names[token]) name += c == ' ' ? space_mark : std::string(1, c);
        if (static_cast<int>(token) == parts.bos) name = "<s>";
        if (token == 2) name = "</s>";
        if (!is_utf8(name) || name.empty() || !seen.insert(name).second) {
            throw ConfigError("tokenizer.json cannot hold token " + std::to_string(token) + ", " + shown(name) +
                              ": it is empty, no UTF-8 or twice in the vocabulary");
        }
        names.push_back(name);
    }
    return names;
}

// Every way to make a token of two others, the best score first: what the library `tokenizers` merges by.
Json merges_by_score(const TokenizerParts& parts, const std::vector<std::string>& names) {
    std::unordered_map<std::string, int> number;
    for (std::size_t token = 0; token < names.size(); ++token) number.emplace(names[token], static_cast<int>(token));
    struct Split {
        float score;
        int left, right;
    };
    std::vector<Split> splits;
    for (std::size_t token = 3; token < names.size(); ++token) {
        const std::string& name = names[token];
        for (std::size_t n = 1; n < name.size(); ++n) {
            const auto left = number.find(name.substr(0, n)), right = number.find(name.substr(n));
            if (left == number.end() || right == number.end()) continue;
            splits.push_back({parts.scores[token], left->second, right->second});
        }
    }
    std::stable_sort(splits.begin(), splits.end(), [](const Split& a, const Split& b) { return a.score > b.score; });
    Json merges = Json::array();
    for (const Split& split : splits) {
        merges.push_back({names[static_cast<std::size_t>(split.left)], names[static_cast<std::size_t>(split.right)]});
    }
    return merges;
}

Json bos_template(int bos, const std::string& name) {
    const Json special = {{"SpecialToken", {{"id", name}, {"type_id", 0}}}};
    const auto sequence = [](const char* id, int type) -> Json {
        return {{"Sequence", {{"id", id}, {"type_id", type}}}};
    };
    return {{"type", "TemplateProcessing"},
            {"single", Json::array({special, sequence("A", 0)})},
            {"pair", Json::array({special, sequence("A", 0), special, sequence("B", 1)})},
            {"special_tokens", {{name, {{"id", name}, {"ids", Json::array({bos})}, {"tokens", Json::array({name})}}}}}};
}

std::string sentencepiece_json(const TokenizerParts& parts) {
    const std::vector<std::string> names = sentencepiece_names(parts);
    Json file = empty_file();
    for (int token = 0; token < 3; ++token)
        file["added_tokens"].push_back(added_token(token, names[static_cast<std::size_t>(token)]));
    const Json space = {{"String", " "}}, mark = {{"String", space_mark}};
    file["normalizer"] = {
        {"type", "Sequence"},
        {"normalizers", Json::array({Json{{"type", "Prepend"}, {"prepend", space_mark}},
                                     Json{{"type", "Replace"}, {"pattern", space}, {"content", space_mark}}})}};
    file["post_processor"] = bos_template(*parts.bos, names[static_cast<std::size_t>(*parts.bos)]);
    file["decoder"] = {
        {"type", "Sequence"},
        {"decoders",
         Json::array({Json{{"type", "Replace"}, {"pattern", mark}, {"content", " "}}, Json{{"type", "ByteFallback"}},
                      Json{{"type", "Fuse"}}, Json{{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}}})}};
    Json& model = file["model"];
    model["unk_token"] = names[0];
    model["fuse_unk"] = true;
    model["byte_fallback"] = true;
    for (std::size_t token = 0; token < names.size(); ++token) model["vocab"][names[token]] = token;
    model["merges"] = merges_by_score(parts, names);
    return file.dump(1) + "\n";
}

void add_special(Json& file, int first, const std::vector<std::string>& special) {
    std::set<std::string> seen;
    for (const std::string& name : special) {
        if (name.empty() || !is_utf8(name) || !seen.insert(name).second || file["model"]["vocab"].contains(name)) {
            throw ConfigError("special token " + shown(name) + " is empty, no UTF-8 or twice in the vocabulary");
        }
        file["added_tokens"].push_back(added_token(first++, name));
    }
}

}  // namespace

TokenizerFiles tokenizer_files(const Tokenizer& tokenizer) {
    const TokenizerParts& parts = tokenizer.parts();
    TokenizerFiles files;
    files.tokenizer_json = parts.json.empty() ? sentencepiece_json(parts) : parts.json;
    Json config = {{"tokenizer_class", "PreTrainedTokenizerFast"}, {"add_bos_token", parts.begins_with_bos}};
    const auto name_of = [&](int token) -> std::string {
        if (parts.json.empty() && token == 1) return "<s>";
        if (parts.json.empty() && token == 2) return "</s>";
        return parts.names[static_cast<std::size_t>(token)];
    };
    if (parts.bos) config["bos_token"] = name_of(*parts.bos);
    if (!parts.ends.empty()) config["eos_token"] = name_of(parts.ends.back());
    if (!parts.scores.empty()) config["dynkin_scores"] = parts.scores;
    files.tokenizer_config_json = config.dump() + "\n";
    return files;
}

Tokenizer character_tokenizer(std::string_view text, const std::vector<std::string>& special) {
    if (text.empty() || !is_utf8(text)) {
        throw ConfigError("a character tokenizer needs a text of UTF-8 that is not empty");
    }
    std::set<char32_t> characters;
    for (std::size_t at = 0; at < text.size();) {
        const Character c = character_at(text, at);
        characters.insert(c.code);
        at += c.n_bytes;
    }
    Json file = empty_file();
    file["decoder"] = {{"type", "Fuse"}};
    int id = 0;
    for (const char32_t code : characters) {
        std::string name;
        append_utf8(code, name);
        file["model"]["vocab"][name] = id++;
    }
    add_special(file, id, special);
    return parse_tokenizer_json(file.dump(1) + "\n", "character_tokenizer");
}

Tokenizer byte_level_tokenizer(const std::vector<std::string>& names,
                               const std::vector<std::pair<std::string, std::string>>& merges, bool in_words,
                               const std::vector<std::string>& special) {
    Json file = empty_file();
    file["pre_tokenizer"] = {
        {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", in_words}};
    file["decoder"] = {{"type", "ByteLevel"}, {"add_prefix_space", true}, {"trim_offsets", true}, {"use_regex", true}};
    int id = 0;
    for (const std::string& name : names) file["model"]["vocab"][name] = id++;
    for (const auto& [left, right] : merges) file["model"]["merges"].push_back({left, right});
    add_special(file, id, special);
    return parse_tokenizer_json(file.dump(1) + "\n", "byte_level_tokenizer");
}

Tokenizer byte_tokenizer(const std::vector<std::string>& special) {
    std::vector<std::string> names;
    for (int byte = 0; byte < 256; ++byte) names.push_back(spelled(std::string(1, static_cast<char>(byte))));
    return byte_level_tokenizer(names, {}, false, special);
}

}  // namespace dynkin::lm
