#include "models/lm/tokenizer_json.hpp"

#include "models/lm/utf8.hpp"
#include "solvers/core/errors.hpp"
#include "tests/unit/lm/shared_data.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <nlohmann/json.hpp>

namespace {

using namespace dynkin;
using namespace dynkin::lm;
using namespace dynkin::lm::tests;
using Json = nlohmann::json;

// Made with the library `tokenizers` by tokenizer_data/make.js.
Json data(const std::string& name) {
    return Json::parse(contents(std::filesystem::path(DYNKIN_TOKENIZER_DATA) / (name + ".json")));
}

Tokenizer tokenizer_of(const Json& file) {
    return parse_tokenizer_json(file.dump(), "tokenizer.json");
}

/// Texts that become other tokens than the library gives, or none.
int n_different(const Tokenizer& tokenizer, const Json& cases) {
    int n = 0;
    for (const Json& one : cases) {
        try {
            n += tokenizer.encode(one["text"].get<std::string>(), false) != one["tokens"].get<std::vector<int>>();
        } catch (const ConfigError&) {
            ++n;
        }
    }
    return n;
}

class AgainstTheLibrary : public testing::TestWithParam<const char*> {};

TEST_P(AgainstTheLibrary, GivesTheSameTokensAndTexts) {
    const Json file = data(GetParam());
    const Tokenizer tokenizer = tokenizer_of(file["tokenizer"]);

    EXPECT_EQ(n_different(tokenizer, file["cases"]), 0);
    for (const Json& one : file["cases"]) {
        EXPECT_EQ(tokenizer.decode(one["tokens"].get<std::vector<int>>()), one["decoded"].get<std::string>());
    }
}

TEST_P(AgainstTheLibrary, FindsMutantsOut) {
    const Json file = data(GetParam());
    Json backwards = file["tokenizer"];
    std::reverse(backwards["model"]["merges"].begin(), backwards["model"]["merges"].end());
    EXPECT_GT(n_different(tokenizer_of(backwards), file["cases"]), 0);

    Json unsplit = file["tokenizer"], other = file["tokenizer"];
    if (Json& steps = unsplit["pre_tokenizer"]; steps.is_object() && steps.contains("pretokenizers")) {
        steps["pretokenizers"].erase(0);
    } else {
        steps = nullptr;
        unsplit["normalizer"] = nullptr;
    }
    EXPECT_GT(n_different(tokenizer_of(unsplit), file["cases"]), 0);

    other["added_tokens"] = Json::array();
    other["model"]["unk_token"] = nullptr;
    other["model"]["byte_fallback"] = true;
    EXPECT_GT(n_different(tokenizer_of(other), file["cases"]), 0);
}

INSTANTIATE_TEST_SUITE_P(Kinds, AgainstTheLibrary,
                         testing::Values("gpt2", "llama3", "digits", "llama2", "metaspace", "metaspace_words"),
                         [](const auto& param) { return std::string(param.param); });

// Three whose vocabulary has every byte.
class RoundTrip : public testing::TestWithParam<const char*> {};

TEST_P(RoundTrip, GivesEveryByteBack) {
    const Tokenizer tokenizer = tokenizer_of(data(GetParam())["tokenizer"]);
    EXPECT_TRUE(rc::check([&](const std::string& bytes) {
        RC_ASSERT(tokenizer.decode(tokenizer.encode(bytes, true, SpecialTokens::as_text)) == bytes);
    }));
    const std::string special = " <s></s><unk><|endoftext|> \xff\xe6\x9c";
    EXPECT_EQ(tokenizer.decode(tokenizer.encode(special, true, SpecialTokens::as_text)), special);
}

TEST_P(RoundTrip, GivesChinesePoemsBack) {
    const auto path = shared("text/tang300.json");
    DYNKIN_SKIP_WITHOUT(path);
    const std::string text = contents(path);
    const Tokenizer tokenizer = tokenizer_of(data(GetParam())["tokenizer"]);

    const std::vector<int> tokens = tokenizer.encode(text, true);

    EXPECT_EQ(tokenizer.decode(tokens), text);
    StreamDecoder stream(tokenizer);
    std::string streamed;
    for (const int token : tokens) streamed += stream.push(token);
    EXPECT_EQ(streamed + stream.finish(), text);
}

INSTANTIATE_TEST_SUITE_P(Kinds, RoundTrip, testing::Values("gpt2", "llama3", "digits", "llama2"),
                         [](const auto& param) { return std::string(param.param); });

TEST(CharacterTokenizer, HasOneTokenForEveryCharacter) {
    const Tokenizer tokenizer = character_tokenizer("ba\xe6\x9c\x88 ab", {"<mask>"});
    EXPECT_EQ(tokenizer.vocabulary(), 5);
    EXPECT_EQ(tokenizer.encode("ab \xe6\x9c\x88", true), (std::vector<int>{1, 2, 0, 3}));
    EXPECT_EQ(tokenizer.find("<mask>"), 4);
    EXPECT_TRUE(tokenizer.is_special(4));
    EXPECT_EQ(tokenizer.encode("a<mask>", false), (std::vector<int>{1, 4}));
    EXPECT_EQ(message_of<ConfigError>([&] { tokenizer.encode("abc", false); }), "the vocabulary has no token for 'c'");
    EXPECT_NE(message_of<ConfigError>([] { character_tokenizer("a\xff"); }), "");
    EXPECT_NE(message_of<ConfigError>([] { character_tokenizer("ab", {"a"}); }), "");
}

TEST(CharacterTokenizer, GivesChinesePoemsBack) {
    const auto path = shared("text/tang300.json");
    DYNKIN_SKIP_WITHOUT(path);
    const std::string text = contents(path);
    const Tokenizer tokenizer = character_tokenizer(text);
    const std::vector<int> tokens = tokenizer.encode(text, false);
    std::size_t n_characters = 0;
    for (std::size_t at = 0; at < text.size(); ++n_characters) at += character_at(text, at).n_bytes;
    EXPECT_EQ(tokens.size(), n_characters);
    EXPECT_EQ(tokenizer.decode(tokens), text);
}

TEST(ByteTokenizer, HasOneTokenForEveryByte) {
    const Tokenizer tokenizer = byte_tokenizer({"<mask>"});
    EXPECT_EQ(tokenizer.vocabulary(), 257);
    EXPECT_TRUE(rc::check([&](const std::string& bytes) {
        const std::vector<int> tokens = tokenizer.encode(bytes, false, SpecialTokens::as_text);
        RC_ASSERT(tokens.size() == bytes.size());
        for (std::size_t i = 0; i < bytes.size(); ++i) RC_ASSERT(tokens[i] == static_cast<unsigned char>(bytes[i]));
        RC_ASSERT(tokenizer.decode(tokens) == bytes);
    }));
}

TEST(TokenizerJson, TakesBosFromThePostProcessor) {
    Json file = data("llama3")["tokenizer"];
    EXPECT_FALSE(tokenizer_of(file).begins_with_bos());
    file["post_processor"] = Json::parse(R"({"type": "Sequence", "processors": [{"type": "ByteLevel"},
        {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<|begin_of_text|>", "type_id": 0}},
                                                  {"Sequence": {"id": "A", "type_id": 0}}]}]})");

    const Tokenizer tokenizer = tokenizer_of(file);

    EXPECT_TRUE(tokenizer.begins_with_bos());
    EXPECT_EQ(tokenizer.bos(), tokenizer.find("<|begin_of_text|>"));
    EXPECT_EQ(tokenizer.end_tokens(), (std::vector<int>{*tokenizer.find("<|end_of_text|>")}));
    EXPECT_EQ(tokenizer.encode("", true), (std::vector<int>{*tokenizer.bos()}));
}

TEST(TokenizerJson, SaysWhatIsWrongWithAFile) {
    const Json sound = data("llama3")["tokenizer"];
    const auto refusal = [&](const std::string& pointer, const Json& value) {
        Json file = sound;
        file[Json::json_pointer(pointer)] = value;
        return message_of<IoError>([&] { tokenizer_of(file); });
    };
    const auto expect = [&](const std::string& pointer, const Json& value, const std::string& part) {
        EXPECT_NE(refusal(pointer, value).find(part), std::string::npos) << pointer << ": " << refusal(pointer, value);
    };
    EXPECT_EQ(refusal("/version", "1.0"), "");
    expect("/model/type", "Unigram", "tokenizer.json: model.type: model 'Unigram' is not known; BPE is");
    expect("/model/vocab", 3, "model.vocab: an object expected, not number");
    expect("/model/vocab/x", "1", "model.vocab: the number of 'x' is '\"1\"'");
    expect("/model/vocab/new", 2000000000, "'new' has number 2000000000, but there are only");
    expect("/model/vocab/new", -1, "the number of 'new' is '-1'");
    expect("/model/vocab/new", 3, "number 3 belongs to");
    expect("/model/merges", "a b", "model.merges: an array expected");
    expect("/model/merges/1", Json::array({"a"}), "merge 1 is '[\"a\"]', two texts expected");
    expect("/model/merges/1", "a b c", "merge 1 is");
    expect("/model/merges/1", Json::array({"a", "nowhere"}), "merge 1: 'nowhere' is not in the vocabulary");
    expect("/model/dropout", 0.1, "model.dropout: merges left out at random");
    expect("/model/end_of_word_suffix", "</w>", "model.end_of_word_suffix: not supported");
    expect("/model/unk_token", "<nothing>", "model.unk_token: '<nothing>' is not in the vocabulary");
    expect("/normalizer", {{"type", "NFC"}}, "normalizer: step 'NFC' is not known");
    expect("/pre_tokenizer", {{"type", "Whitespace"}}, "pre_tokenizer: step 'Whitespace' is not known");
    expect("/pre_tokenizer/pretokenizers/0/pattern/Regex", "\\w+", "expression '\\w+' is not known");
    expect("/pre_tokenizer/pretokenizers/0/behavior", "Contiguous", "behavior 'Contiguous' is not known");
    expect("/added_tokens/0/content", "", "added_tokens[0]: a token without a text");
    expect("/added_tokens/0/id", 0, "number 0 belongs to");
    EXPECT_NE(message_of<IoError>([] { parse_tokenizer_json("{\"a\":", "t.json"); }).find("t.json: no JSON:"),
              std::string::npos);
    EXPECT_NE(
        message_of<IoError>([] { parse_tokenizer_json("{\"a\":1, \"a\":1}", "t.json"); }).find("key 'a' is twice"),
        std::string::npos);
    EXPECT_NE(message_of<IoError>([] { parse_tokenizer_json(std::string(100000, '['), "t.json"); }).find("levels"),
              std::string::npos);
}

}  // namespace
