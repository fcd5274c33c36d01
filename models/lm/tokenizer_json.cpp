#include "models/lm/tokenizer_json.hpp"

#include "models/lm/byte_alphabet.hpp"
#include "models/lm/json_input.hpp"
#include "models/lm/message_text.hpp"
#include "models/lm/tokenizer_steps.hpp"
#include "solvers/core/errors.hpp"

#include <limits>

namespace dynkin::lm {
namespace {

// A table of tokens must not be larger than the file justifies: numbers may have gaps, but not more gaps than tokens.
void set_name(TokenizerParts& parts, const JsonValue& place, const std::string& name, std::int64_t id,
              std::size_t n_entries) {
    if (id < 0 || static_cast<std::uint64_t>(id) >= 2 * n_entries + 256) {
        place.fail("token " + shown(name) + " has number " + std::to_string(id) + ", but there are only " +
                   std::to_string(n_entries) + " tokens");
    }
    const auto token = static_cast<std::size_t>(id);
    if (token >= parts.names.size()) parts.names.resize(token + 1);
    std::string& entry = parts.names[token];
    if (!entry.empty() && entry != name) {
        place.fail("number " + std::to_string(id) + " belongs to " + shown(entry) + " and " + shown(name));
    }
    entry = name;
}

using Numbers = std::unordered_map<std::string, int>;

Numbers read_vocabulary(const JsonValue& vocabulary, std::size_t n_entries, TokenizerParts& parts) {
    Numbers number;
    for (const auto& [name, id] : vocabulary.require_object().raw().items()) {
        if (name.empty()) vocabulary.fail("a token without a text");
        if (!id.is_number_unsigned() || id.get<std::uint64_t>() > std::numeric_limits<std::int32_t>::max()) {
            vocabulary.fail("the number of " + shown(name) + " is " + shown(id.dump()));
        }
        set_name(parts, vocabulary, name, id.get<std::int64_t>(), n_entries);
        number.emplace(name, id.get<int>());
    }
    return number;
}

void read_added_tokens(const JsonValue& list, std::size_t n_entries, Numbers& number, TokenizerParts& parts) {
    for (const JsonValue& entry : list.elements()) {
        AddedToken token;
        token.text = entry.at("content").text();
        token.id = static_cast<int>(entry.at("id").integer(0, std::numeric_limits<std::int32_t>::max()));
        token.special = entry.boolean_or("special", false);
        token.strips_left = entry.boolean_or("lstrip", false);
        token.strips_right = entry.boolean_or("rstrip", false);
        token.single_word = entry.boolean_or("single_word", false);
        if (token.text.empty()) entry.fail("a token without a text");
        const auto [known, is_new] = number.emplace(token.text, token.id);
        if (!is_new && known->second != token.id) {
            entry.fail("token " + shown(token.text) + " has the numbers " + std::to_string(known->second) + " and " +
                       std::to_string(token.id));
        }
        set_name(parts, entry, token.text, token.id, n_entries);
        parts.added.push_back(std::move(token));
    }
}

// "a b", or ["a", "b"] in newer files.
std::pair<std::string, std::string> read_merge(const JsonValue& merges, const Json& entry, std::size_t rank) {
    const auto fail = [&] {
        merges.fail("merge " + std::to_string(rank) + " is " + shown(entry.dump()) + ", two texts expected");
    };
    if (entry.is_array()) {
        if (entry.size() != 2 || !entry[0].is_string() || !entry[1].is_string()) fail();
        return {entry[0].get<std::string>(), entry[1].get<std::string>()};
    }
    if (!entry.is_string()) fail();
    const auto& text = entry.get_ref<const std::string&>();
    const std::size_t space = text.find(' ');
    if (space == std::string::npos || text.find(' ', space + 1) != std::string::npos) fail();
    return {text.substr(0, space), text.substr(space + 1)};
}

void read_merges(const JsonValue& merges, const Numbers& number, TokenizerParts& parts) {
    const Json& list = merges.raw();
    if (!list.is_array()) merges.fail("an array expected, not " + std::string(list.type_name()));
    const auto token_of = [&](const std::string& text, std::size_t rank) {
        const auto found = number.find(text);
        if (found == number.end()) {
            merges.fail("merge " + std::to_string(rank) + ": " + shown(text) + " is not in the vocabulary");
        }
        return found->second;
    };
    parts.merges.reserve(list.size());
    for (std::size_t rank = 0; rank < list.size(); ++rank) {
        const auto [left, right] = read_merge(merges, list[rank], rank);
        const std::uint64_t pair = TokenizerParts::pair_key(token_of(left, rank), token_of(right, rank));
        parts.merges[pair] = {static_cast<int>(rank), token_of(left + right, rank)};  // the last of equal ones counts
    }
}

void check_model(const JsonValue& model) {
    if (const auto type = model.find("type"); type && type->text() != "BPE") {
        type->fail("model " + shown(type->text()) + " is not known; BPE is");
    }
    if (const double dropout = model.real_or("dropout", 0.0); dropout != 0.0) {
        model.at("dropout").fail("merges left out at random are not supported");
    }
    for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
        if (!model.text_or(key, "").empty()) model.at(key).fail("not supported");
    }
}

// What every token stands for in a text, and what the symbols of a text are.
void set_bytes(const Numbers& vocabulary, bool byte_fallback, TokenizerParts& parts) {
    const std::string space = space_symbol(parts);
    parts.bytes.resize(parts.names.size());
    parts.special.assign(parts.names.size(), 0);
    parts.byte_token.fill(-1);
    for (const auto& [name, token] : vocabulary) {
        std::string& bytes = parts.bytes[static_cast<std::size_t>(token)];
        bytes = name;
        if (parts.alphabet != Alphabet::bytes) {
            parts.number_of.emplace(name, token);
            if (!space.empty()) {
                for (std::size_t at = 0; (at = bytes.find(space, at)) != std::string::npos; ++at) {
                    bytes.replace(at, space.size(), " ");
                }
            }
        } else if (const auto raw = unspelled(name)) {
            bytes = *raw;
            parts.number_of.emplace(*raw, token);
            if (raw->size() == 1) parts.byte_token[static_cast<unsigned char>(raw->front())] = token;
        }
    }
    constexpr char digits[] = "0123456789ABCDEF";
    for (int byte = 0; byte < 256 && byte_fallback; ++byte) {
        const auto found = vocabulary.find(std::string("<0x") + digits[byte >> 4] + digits[byte & 15] + ">");
        if (found == vocabulary.end()) continue;
        parts.byte_token[static_cast<std::size_t>(byte)] = found->second;
        parts.bytes[static_cast<std::size_t>(found->second)] = std::string(1, static_cast<char>(byte));
    }
    for (const AddedToken& token : parts.added) {
        parts.bytes[static_cast<std::size_t>(token.id)] = token.text;
        if (token.special) parts.special[static_cast<std::size_t>(token.id)] = 1;
    }
}

// A special token that the post-processor puts before the text.
std::string leading_special_token(const JsonValue& processor) {
    const std::string type = processor.text_or("type", "");
    if (type == "Sequence") {
        for (const JsonValue& inner : processor.at("processors").elements()) {
            if (const std::string found = leading_special_token(inner); !found.empty()) return found;
        }
    }
    if (type != "TemplateProcessing") return "";
    const std::vector<JsonValue> single = processor.at("single").elements();
    const auto special = single.empty() ? std::nullopt : single.front().find("SpecialToken");
    return special ? special->at("id").text() : "";
}

// Where the files of a directory say nothing else.
void guess_ends(const JsonValue& file, const Numbers& number, TokenizerParts& parts) {
    const auto special = [&](const std::string& name) -> std::optional<int> {
        const auto found = number.find(name);
        if (found == number.end() || !parts.special[static_cast<std::size_t>(found->second)]) return {};
        return found->second;
    };
    if (const auto processor = file.find("post_processor")) {
        parts.bos = special(leading_special_token(*processor));
        parts.begins_with_bos = parts.bos.has_value();
    }
    for (const char* name : {"<s>", "<|begin_of_text|>", "<bos>", "<|endoftext|>"}) {
        if (!parts.bos) parts.bos = special(name);
    }
    for (const char* name : {"</s>", "<|end_of_text|>", "<eos>", "<|endoftext|>", "<|eot_id|>", "<|im_end|>"}) {
        if (const auto token = special(name)) parts.ends.push_back(*token);
    }
}

}  // namespace

TokenizerParts parse_tokenizer_parts(std::string json, const std::string& where) {
    const Json parsed = parse_json(json, where);
    const JsonValue file(parsed, where);
    TokenizerParts parts;
    read_steps(file, parts);
    const JsonValue model = file.at("model"), vocabulary = model.at("vocab");
    check_model(model);
    const auto added = file.find("added_tokens");
    const std::size_t n_entries = vocabulary.require_object().raw().size() + (added ? added->raw().size() : 0);
    Numbers number = read_vocabulary(vocabulary, n_entries, parts);
    const Numbers vocabulary_number = number;
    if (added) read_added_tokens(*added, n_entries, number, parts);
    if (parts.names.empty()) vocabulary.fail("no tokens");
    set_bytes(vocabulary_number, model.boolean_or("byte_fallback", false), parts);
    read_merges(model.at("merges"), vocabulary_number, parts);
    parts.whole_pieces_first = model.boolean_or("ignore_merges", false);
    parts.fuse_unknown = model.boolean_or("fuse_unk", false);
    if (const auto unknown = model.find("unk_token"); unknown && !unknown->text().empty()) {
        const auto found = number.find(unknown->text());
        if (found == number.end()) unknown->fail(shown(unknown->text()) + " is not in the vocabulary");
        parts.unknown = found->second;
    }
    guess_ends(file, number, parts);
    parts.json = std::move(json);
    return parts;
}

Tokenizer parse_tokenizer_json(std::string json, const std::string& where) {
    return Tokenizer(parse_tokenizer_parts(std::move(json), where));
}

}  // namespace dynkin::lm
