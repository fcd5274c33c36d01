// The checkpoint "stories260K" of Karpathy's tinyllamas, and what its page prints.
#include "models/lm/decoder.hpp"
#include "models/lm/llama2c.hpp"
#include "models/lm/model_directory.hpp"
#include "models/lm/tokenizer_json.hpp"
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

std::string greedy(const Checkpoint& checkpoint, const Tokenizer& tokenizer, const DecoderOptions& options,
                   int n_tokens) {
    Decoder decoder(checkpoint, options);
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

std::string greedy(const std::string& model, const DecoderOptions& options, int n_tokens) {
    return greedy(read_llama2c(shared(model)), read_llama2c_tokenizer(shared("lm/tok512.bin")), options, n_tokens);
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

// Written as a directory of Hugging Face, where the pairs of channels lie otherwise, and read back.
TEST(Stories260K, TheSameTextFromADirectory) {
    DYNKIN_SKIP_WITHOUT(shared("lm/stories260K.bin"));
    const auto directory = std::filesystem::path(testing::TempDir()) / "stories260K";
    const Checkpoint original = read_llama2c(shared("lm/stories260K.bin"));
    save_model_directory(directory, original.shape(), original.tensors(),
                         read_llama2c_tokenizer(shared("lm/tok512.bin")));

    const Checkpoint read_back = read_model_directory(directory);
    const std::string text = greedy(read_back, read_tokenizer(directory), {}, 256);

    EXPECT_EQ(read_back.shape().rotary_pairing, RotaryPairing::halves);
    EXPECT_EQ(text, greedy_text_of_the_page());
    // Mutant: the pairs of the first file for the rows of the second.
    DecoderShape wrong = read_back.shape();
    wrong.rotary_pairing = RotaryPairing::adjacent;
    EXPECT_NE(greedy(Checkpoint(wrong, read_back.tensors(), nullptr), read_tokenizer(directory), {}, 256), text);
    std::filesystem::remove_all(directory);
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
