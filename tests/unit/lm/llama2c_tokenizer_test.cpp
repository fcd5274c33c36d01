#include "models/lm/tokenizer.hpp"
#include "solvers/core/errors.hpp"
#include "tests/unit/lm/shared_data.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <cstring>
#include <map>

namespace {

using namespace dynkin;
using namespace dynkin::lm;
using namespace dynkin::lm::tests;

struct Entry {
    float score;
    std::string text;
};

std::vector<Entry> entries_of(const std::string& bytes) {
    std::vector<Entry> entries;
    for (std::size_t at = 4; at < bytes.size();) {
        Entry entry;
        std::int32_t length = 0;
        std::memcpy(&entry.score, bytes.data() + at, 4);
        std::memcpy(&length, bytes.data() + at + 4, 4);
        entry.text = bytes.substr(at + 8, static_cast<std::size_t>(length));
        at += 8 + static_cast<std::size_t>(length);
        entries.push_back(entry);
    }
    return entries;
}

std::string file_of(const std::vector<Entry>& entries, std::int32_t longest) {
    std::string bytes(4, '\0');
    std::memcpy(bytes.data(), &longest, 4);
    for (const Entry& entry : entries) {
        char head[8];
        const auto length = static_cast<std::int32_t>(entry.text.size());
        std::memcpy(head, &entry.score, 4);
        std::memcpy(head + 4, &length, 4);
        bytes += std::string(head, 8) + entry.text;
    }
    return bytes;
}

enum class Variant { right, rightmost_first, no_space_in_front, lowest_score_first };

/// What run.c of llama2.c does, as slowly as it does it: every pair is tried again after every merge. The variants are
/// mutants.
std::vector<int> plain_encode(const std::vector<Entry>& entries, const std::string& text, Variant variant) {
    std::map<std::string, int> number;
    for (std::size_t i = 0; i < entries.size(); ++i) number.emplace(entries[i].text, static_cast<int>(i));
    std::vector<int> tokens{1};
    if (!text.empty() && variant != Variant::no_space_in_front) tokens.push_back(number.at(" "));
    for (std::size_t at = 0; at < text.size();) {
        std::string character(1, text[at++]);
        while (at < text.size() && (text[at] & 0xC0) == 0x80 && character.size() < 4) character += text[at++];
        if (number.contains(character))
            tokens.push_back(number.at(character));
        else
            for (const char byte : character) tokens.push_back(static_cast<unsigned char>(byte) + 3);
    }
    for (;;) {
        double best = -1e10;
        std::size_t place = 0;
        for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
            const auto found = number.find(entries[tokens[i]].text + entries[tokens[i + 1]].text);
            if (found == number.end()) continue;
            const double score =
                variant == Variant::lowest_score_first ? -entries[found->second].score : entries[found->second].score;
            if (score > best || (variant == Variant::rightmost_first && score == best && best > -1e10)) {
                best = score;
                place = i + 1;
            }
        }
        if (place == 0) return tokens;
        tokens[place - 1] = number.at(entries[tokens[place - 1]].text + entries[tokens[place]].text);
        tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(place));
    }
}

std::vector<std::string> sample_texts() {
    return {"",
            "Once upon a time, there was a little girl named Lily.",
            "aaaaaaaaaaaaaaaa  the the thethethe",
            "  two spaces\n\nand lines\t",
            "caf\xc3\xa9 \xe5\xba\x8a\xe5\x89\x8d\xe6\x98\x8e\xe6\x9c\x88\xe5\x85\x89 \xf0\x9f\x8c\x99",
            "\xff\x80\x80\x80\x80\x80 not UTF-8 \xc3",
            "<0x41><s></s><unk>",
            "ssssssheeeeee was wasas a ann and andd"};
}

std::vector<Entry> tok512() {
    return entries_of(contents(shared("lm/tok512.bin")));
}

// Three control tokens, the bytes, and a few tokens whose scores tie.
std::vector<Entry> small_vocabulary() {
    std::vector<Entry> entries{{0, "<unk>"}, {0, "\n<s>\n"}, {0, "\n</s>\n"}};
    for (int byte = 0; byte < 256; ++byte) {
        char name[8];
        std::snprintf(name, sizeof name, "<0x%02X>", byte);
        entries.push_back({0, name});
    }
    for (const char* text : {" ", "a", "b"}) entries.push_back({-9, text});
    for (const char* text : {"aa", "ba", "bab", " a"}) entries.push_back({-1, text});
    for (const char* text : {"ab", "aba"}) entries.push_back({-2, text});
    entries.push_back({-3, "abab"});
    return entries;
}

TEST(Llama2cTokenizer, EncodesAsThePlainAlgorithmDoes) {
    const auto path = shared("lm/tok512.bin");
    DYNKIN_SKIP_WITHOUT(path);
    const std::vector<Entry> entries = tok512();
    const Tokenizer tokenizer = read_llama2c_tokenizer(path);
    EXPECT_EQ(tokenizer.vocabulary(), 512);

    for (const std::string& text : sample_texts()) {
        EXPECT_EQ(tokenizer.encode(text, true), plain_encode(entries, text, Variant::right)) << text;
    }
}

TEST(Llama2cTokenizer, PlainAlgorithmFindsItsMutantsOut) {
    const std::vector<Entry> entries = small_vocabulary();
    const Tokenizer tokenizer = parse_llama2c_tokenizer(file_of(entries, 6), "t.bin");
    const auto differs = [&](Variant variant) {
        int n = 0;
        for (const char* text : {"aba", "ababab", "aaaa", "bababa ab"}) {
            n += tokenizer.encode(text, true) != plain_encode(entries, text, variant);
        }
        return n;
    };
    EXPECT_EQ(differs(Variant::right), 0);
    EXPECT_GT(differs(Variant::rightmost_first), 0);
    EXPECT_GT(differs(Variant::no_space_in_front), 0);
    EXPECT_GT(differs(Variant::lowest_score_first), 0);
}

TEST(Llama2cTokenizer, EncodesRandomTextsAsThePlainAlgorithmDoes) {
    const std::vector<Entry> entries = small_vocabulary();
    const Tokenizer tokenizer = parse_llama2c_tokenizer(file_of(entries, 6), "t.bin");
    EXPECT_TRUE(rc::check([&] {
        const auto text = *rc::gen::container<std::string>(rc::gen::element('a', 'b', 'b', 'a', ' ', '\xc3', '\xa9'));
        RC_ASSERT(tokenizer.encode(text, true) == plain_encode(entries, text, Variant::right));
        RC_ASSERT(tokenizer.decode(tokenizer.encode(text, true)) == text);
    }));
}

TEST(Llama2cTokenizer, GivesEveryTextBack) {
    const auto path = shared("lm/tok512.bin");
    DYNKIN_SKIP_WITHOUT(path);
    const Tokenizer tokenizer = read_llama2c_tokenizer(path);
    for (const std::string& text : sample_texts()) {
        EXPECT_EQ(tokenizer.decode(tokenizer.encode(text, true)), text);
        EXPECT_EQ(tokenizer.decode(tokenizer.encode(text, false)), text);
    }
    EXPECT_TRUE(rc::check(
        [&](const std::string& bytes) { RC_ASSERT(tokenizer.decode(tokenizer.encode(bytes, true)) == bytes); }));
    const auto poems = shared("text/tang300.json");
    DYNKIN_SKIP_WITHOUT(poems);
    const std::string text = contents(poems);
    EXPECT_EQ(tokenizer.decode(tokenizer.encode(text, true)), text);
}

TEST(StreamDecoder, GivesOutWholeCharactersOnly) {
    const Tokenizer tokenizer = parse_llama2c_tokenizer(file_of(small_vocabulary(), 6), "t.bin");
    const std::string moon = "a\xe6\x9c\x88\xe6";  // "a", the moon, and the first byte of something
    StreamDecoder stream(tokenizer);
    std::vector<std::string> shown;
    for (const int token : tokenizer.encode(moon, true)) shown.push_back(stream.push(token));
    EXPECT_EQ(shown, (std::vector<std::string>{"", "a", "", "", "\xe6\x9c\x88", ""}));
    EXPECT_EQ(stream.finish(), "\xef\xbf\xbd");

    StreamDecoder continued(tokenizer, TextPosition::continuation);
    EXPECT_EQ(continued.push(tokenizer.encode("a", false).at(0)), " a");
}

TEST(Llama2cTokenizer, SaysWhatIsWrongWithAFile) {
    const std::vector<Entry> sound = small_vocabulary();
    const auto refusal = [](const std::string& bytes) {
        return message_of<IoError>([&] { parse_llama2c_tokenizer(bytes, "t.bin"); });
    };
    const auto with = [&](std::size_t token, const Entry& entry) {
        std::vector<Entry> entries = sound;
        entries[token] = entry;
        return refusal(file_of(entries, 6));
    };
    const std::string bytes = file_of(sound, 6);
    std::string negative = bytes;
    negative[11] = '\xff';

    EXPECT_EQ(refusal(bytes), "");
    EXPECT_EQ(refusal(""), "t.bin: ends in the length of the longest token: 4 bytes wanted, 0 left");
    EXPECT_EQ(refusal(bytes.substr(0, bytes.size() - 1)), "t.bin: ends in token 268: 4 bytes wanted, 3 left");
    EXPECT_EQ(refusal(bytes.substr(0, 4 + 8 + 5)),
              "t.bin: 1 tokens; at least 259 expected: three control tokens and 256 bytes");
    EXPECT_NE(refusal(file_of(sound, 0)).find("a longest token of 0 bytes"), std::string::npos);
    EXPECT_NE(refusal(file_of(sound, 2000000000)).find("a longest token of 2000000000 bytes"), std::string::npos);
    EXPECT_NE(refusal(file_of(sound, 5)).find("token 2 has 6 bytes"), std::string::npos);
    EXPECT_NE(refusal(negative).find("token 0 has -"), std::string::npos);
    EXPECT_EQ(with(5, {0, "x"}), "t.bin: token 5 is 'x', expected <0x02>");
    EXPECT_EQ(with(5, {std::nanf(""), "<0x02>"}), "t.bin: the score of token 5 is not finite");
}

TEST(Llama2cTokenizer, RefusesTokensItDoesNotHave) {
    const Tokenizer tokenizer = parse_llama2c_tokenizer(file_of(small_vocabulary(), 6), "t.bin");
    const std::vector<int> wrong{269}, negative{-1};
    EXPECT_EQ(message_of<ConfigError>([&] { tokenizer.decode(wrong); }), "token 269 is outside the vocabulary of 269");
    EXPECT_NE(message_of<ConfigError>([&] { tokenizer.decode(negative); }), "");
}

}  // namespace
