#include "models/lm/perplexity.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "models/lm/llama2c.hpp"
#include "models/lm/tokenizer.hpp"
#include "solvers/core/errors.hpp"
#include "tests/unit/lm/random_checkpoint.hpp"
#include "tests/unit/lm/shared_data.hpp"

namespace {

using namespace dynkin;
using namespace dynkin::lm;
using namespace dynkin::lm::tests;

TEST(Perplexity, IsTheMeanOfTheReferenceDecoder) {
    DecoderShape shape = small_shape();
    shape.context = 100;
    const Checkpoint checkpoint = random_checkpoint(shape, 12);
    std::vector<int> tokens;
    for (int i = 0; i < 90; ++i) tokens.push_back((5 * i * i + i) % 23);
    const auto logits = ReferenceDecoder(checkpoint, {}, OutputHead::tied, Attention::causal).logits(tokens);
    Decoder decoder(checkpoint);
    for (const std::size_t first : {std::size_t{1}, std::size_t{20}, std::size_t{89}}) {
        double loss = 0.0;
        for (std::size_t t = first - 1; t + 1 < tokens.size(); ++t) {
            double sum = 0.0;
            for (std::size_t k = 0; k < 23; ++k) sum += std::exp(logits[23 * t + k]);
            loss += (std::log(sum) - logits[23 * t + std::size_t(tokens[t + 1])]) / double(tokens.size() - first);
        }
        const TextScore score = score_text(decoder, tokens, static_cast<std::int64_t>(first));
        EXPECT_NEAR(score.loss, loss, 1e-5);  // the budget of the logits
        EXPECT_EQ(score.n_tokens, static_cast<std::int64_t>(tokens.size() - first));
        // Mutant: targets one place late.
        std::vector<int> late = tokens;
        late.insert(late.begin() + static_cast<std::ptrdiff_t>(first), 0);
        EXPECT_GT(std::abs(score_text(decoder, late, static_cast<std::int64_t>(first)).loss - loss), 1e-3);
    }
    EXPECT_THROW(score_text(decoder, tokens, 0), ConfigError);
    EXPECT_THROW(score_text(decoder, tokens, 90), ConfigError);
    tokens.back() = 23;
    EXPECT_THROW(score_text(decoder, tokens), ConfigError);
}

// What the page says of the checkpoint: a validation loss of 1.2968 a token. The page's own story is near what the
// model would say, so it scores better; a shuffled one far worse.
TEST(Perplexity, OfAStory) {
    DYNKIN_SKIP_WITHOUT(shared("lm/stories260K.bin"));
    Decoder decoder(read_llama2c(shared("lm/stories260K.bin")));
    const Tokenizer tokenizer = read_llama2c_tokenizer(shared("lm/tok512.bin"));
    const std::string page = contents(shared("lm/stories260K.md"));
    const auto begin = page.find("Once upon a time, there was a little boy");
    const auto story = tokenizer.encode(page.substr(begin, page.find("\n```", begin) - begin), true);

    const double loss = score_text(decoder, story).loss;

    EXPECT_LT(loss, 2.0);
    EXPECT_GT(loss, 0.5);
    std::vector<int> backwards = story;
    std::reverse(backwards.begin() + 1, backwards.end());
    EXPECT_GT(score_text(decoder, backwards).loss, 4.0);
    // At three times the trained length of 512 RoPE loses the thread and ReRoPE does not: 1.27 and 1.03 measured.
    std::vector<int> long_text = story;
    while (long_text.size() < 1500) long_text.insert(long_text.end(), story.begin() + 1, story.end());
    const auto first = static_cast<std::int64_t>(long_text.size()) - 200;
    const auto at_length = [&](const PositionSpec& spec) {
        Decoder longer(read_llama2c(shared("lm/stories260K.bin")), {.positions = spec, .max_length = 2000});
        return score_text(longer, long_text, first).loss;
    };
    const double rope = at_length({}), rerope = at_length({.scheme = PositionScheme::rerope, .window = 128});
    EXPECT_GT(rope, rerope + 0.1) << rope << " " << rerope;
}

}  // namespace
