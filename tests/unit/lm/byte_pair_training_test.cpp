#include "models/lm/byte_pair_training.hpp"

#include "models/lm/byte_alphabet.hpp"
#include "models/lm/split_patterns.hpp"
#include "models/lm/tokenizer_json.hpp"
#include "solvers/core/errors.hpp"
#include "tests/unit/lm/shared_data.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>

namespace {

using namespace dynkin;
using namespace dynkin::lm;
using namespace dynkin::lm::tests;
using Merges = std::vector<std::pair<std::string, std::string>>;

enum class Variant { right, last_of_equals, across_words };

/// By the definition, with texts instead of numbers: all pairs of all words are counted again for every merge. The
/// variants are mutants.
Merges learn_slowly(const std::string& text, std::size_t n_made, Variant variant) {
    std::vector<std::vector<std::string>> words;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t n = match_length(SplitPattern::gpt2, text, at);
        if (variant != Variant::across_words || words.empty()) words.emplace_back();
        for (std::size_t i = at; i < at + n; ++i) words.back().push_back(spelled(text.substr(i, 1)));
        at += n;
    }
    std::map<std::string, std::size_t> made;  // merged texts by their turn; letters, which are shorter, come first
    const auto number = [&](const std::string& name) {
        return made.contains(name) ? std::pair(made.at(name), std::string()) : std::pair(std::size_t{0}, name);
    };
    Merges merges;
    while (made.size() < n_made) {
        std::map<std::pair<std::string, std::string>, int> counts;
        for (const auto& word : words) {
            for (std::size_t i = 0; i + 1 < word.size(); ++i) ++counts[{word[i], word[i + 1]}];
        }
        std::pair<std::string, std::string> best;
        int most = 1;
        for (const auto& [pair, count] : counts) {
            const auto order = [&](const auto& p) { return std::pair(number(p.first), number(p.second)); };
            const bool earlier = most > 1 && (order(pair) < order(best)) != (variant == Variant::last_of_equals);
            if (count > most || (count == most && most > 1 && earlier)) {
                best = pair;
                most = count;
            }
        }
        if (most < 2) break;
        merges.push_back(best);
        made.emplace(best.first + best.second, merges.size());
        for (auto& word : words) {
            for (std::size_t i = 0; i + 1 < word.size(); ++i) {
                if (word[i] != best.first || word[i + 1] != best.second) continue;
                word[i] += word[i + 1];
                word.erase(word.begin() + static_cast<std::ptrdiff_t>(i) + 1);
            }
        }
    }
    return merges;
}

Merges learn(const std::string& text, std::size_t n_made) {
    std::vector<std::string> names;
    for (char32_t code = 0; code < 0x144; ++code) {
        for (int byte = 0; byte < 256; ++byte) {
            if (letter_of_byte(static_cast<unsigned char>(byte)) == code)
                names.push_back(spelled(std::string(1, static_cast<char>(byte))));
        }
    }
    Merges merges;
    for (const LearnedMerge& merge : learn_merges(text, 256 + n_made, 2)) {
        merges.emplace_back(names.at(static_cast<std::size_t>(merge.left)),
                            names.at(static_cast<std::size_t>(merge.right)));
        const std::string both = merges.back().first + merges.back().second;
        if (merge.token == std::ssize(names)) names.push_back(both);
        EXPECT_EQ(names.at(static_cast<std::size_t>(merge.token)), both);
    }
    return merges;
}

TEST(BytePairTraining, FollowsTheDefinition) {
    EXPECT_TRUE(rc::check([] {
        const auto text = *rc::gen::container<std::string>(rc::gen::element('a', 'b', 'a', 'c', ' ', '\xc3'));
        RC_ASSERT(learn(text, 12) == learn_slowly(text, 12, Variant::right));
    }));
    const std::string text = "the cat ate the hat that the bat ate aaaa aaa ababab cbcbcb";
    EXPECT_EQ(learn(text, 30), learn_slowly(text, 30, Variant::right));
    EXPECT_NE(learn(text, 30), learn_slowly(text, 30, Variant::last_of_equals));
    EXPECT_NE(learn(text, 30), learn_slowly(text, 30, Variant::across_words));
}

TEST(BytePairTraining, MakesATokenizerThatCanBeSaved) {
    const auto path = shared("text/tang300.json");
    DYNKIN_SKIP_WITHOUT(path);
    const std::string text = contents(path);

    const Tokenizer tokenizer = train_byte_pairs(text, {.vocabulary = 700, .special = {"<|endoftext|>"}});

    EXPECT_EQ(tokenizer.vocabulary(), 700);
    EXPECT_EQ(tokenizer.find("<|endoftext|>"), 699);
    EXPECT_EQ(tokenizer.end_tokens(), std::vector<int>{699});
    const std::vector<int> tokens = tokenizer.encode(text, false);
    EXPECT_EQ(tokenizer.decode(tokens), text);
    EXPECT_LT(tokens.size(), text.size() / 2);
    const Tokenizer again = parse_tokenizer_json(tokenizer_files(tokenizer).tokenizer_json, "tokenizer.json");
    EXPECT_EQ(again.encode(text, false), tokens);
}

TEST(BytePairTraining, StopsWhenNoPairIsLeft) {
    EXPECT_EQ(train_byte_pairs("", {}).vocabulary(), 256);
    EXPECT_EQ(train_byte_pairs("abab", {}).vocabulary(), 257);  // "abab" itself is seen once
    EXPECT_NE(message_of<ConfigError>([] { train_byte_pairs("a", {.vocabulary = 255, .special = {}}); }), "");
}

}  // namespace
