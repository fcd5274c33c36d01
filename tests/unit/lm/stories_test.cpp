// The checkpoint "stories260K" of Karpathy's tinyllamas, and what its page prints.
#include "models/lm/decoder.hpp"
#include "models/lm/llama2c.hpp"
#include "models/lm/tokenizer.hpp"
#include "tests/unit/lm/shared_data.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace {

using namespace dynkin::lm;
using namespace dynkin::lm::tests;

/// What follows "./run ... -t 0.0" up to the closing fence.
std::string greedy_text_of_the_page() {
    const std::string page = contents(shared("lm/stories260K.md"));
    const auto command = page.find("-t 0.0\n");
    const auto first = page.find('\n', command) + 1;
    return page.substr(first, page.find("\n```", first) - first);
}

std::string greedy(const std::string& model, const DecoderOptions& options, int n_tokens) {
    Decoder decoder(read_llama2c(shared(model)), options);
    const Tokenizer tokenizer = read_llama2c_tokenizer(shared("lm/tok512.bin"));
    std::vector<int> tokens{*tokenizer.bos()};
    Sequence sequence = decoder.start();
    while (static_cast<int>(tokens.size()) <= n_tokens) {
        const Extension extension{&sequence, std::span(tokens).last(1)};
        const auto logits = decoder.extend(std::span(&extension, 1));
        const auto next = static_cast<int>(std::max_element(logits.begin(), logits.end()) - logits.begin());
        if (next == *tokenizer.bos()) break;
        tokens.push_back(next);
    }
    return tokenizer.decode(tokens);
}

TEST(Stories260K, GreedyTextIsThatOfThePageWordForWord) {
    DYNKIN_SKIP_WITHOUT(shared("lm/stories260K.bin"));

    // llama2.c stops after 256 tokens.
    const std::string text = greedy("lm/stories260K.bin", {}, 256);

    EXPECT_EQ(text, greedy_text_of_the_page());
    // Mutant: positions 5 % closer together.
    PositionSpec slower{.scheme = PositionScheme::interpolation, .factor = 1.05};
    EXPECT_NE(greedy("lm/stories260K.bin", {.positions = slower}, 256), greedy_text_of_the_page());
}

TEST(Stories260K, TwoThreadsAndSmallerNumbers) {
    DYNKIN_SKIP_WITHOUT(shared("lm/stories260K.bin"));
    EXPECT_EQ(greedy("lm/stories260K.bin", {.n_threads = 2}, 256), greedy_text_of_the_page());
    // Not the same text, but a story: its beginning survives the rounding.
    for (const auto format : {WeightFormat::bfloat16, WeightFormat::int8}) {
        const std::string text = greedy("lm/stories260K.bin", {.weights = format}, 40);
        EXPECT_EQ(text.substr(0, 16), "Once upon a time") << name_of(format) << ": " << text;
    }
}

}  // namespace
