#include "models/lm/generation.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "models/lm/llama2c.hpp"
#include "models/lm/prefix_weights.hpp"
#include "models/lm/stop_scanner.hpp"
#include "solvers/check/law_comparison.hpp"
#include "solvers/core/errors.hpp"
#include "tests/unit/lm/random_checkpoint.hpp"
#include "tests/unit/lm/shared_data.hpp"

namespace {

using namespace dynkin;
using namespace dynkin::lm;
using namespace dynkin::lm::tests;

// One token of logit 0 and 2^16 of logit -20 each: together 1.35e-4 of the mass. In single precision -log(-log u) of a
// 24-bit u lies between -log(24 log 2) = -2.81 and 16.64, so that Gumbel's trick never draws the latter: -20 + 16.64 is
// below -2.81. The largest of 2^16 such numbers is drawn here from its own law, u_max = 2^-24 ceil(2^24 v^(2^-16)).
TEST(TokenFilters, TheTailBelowE17IsDrawn) {
    constexpr int n_tail = 1 << 16, n_drawn = 300000;
    std::vector<float> logits(n_tail + 1, -20.0f);
    logits[0] = 0.0f;
    const Categorical law = next_token_law(logits, {}, {});
    double drawn = 0, gumbel = 0;
    const auto gumbel_of = [](double u24) { return -std::log(-std::log(static_cast<float>(u24))); };
    for (std::uint64_t s = 0; s < n_drawn; ++s) {
        drawn += draw(law, token_uniform(1, s, 0)) > 0;
        const double u = (std::floor(0x1p24 * token_uniform(2, s, 0)) + 0.5) * 0x1p-24;
        const double largest = (std::ceil(0x1p24 * std::pow(token_uniform(3, s, 0), 1.0 / n_tail)) - 0.5) * 0x1p-24;
        gumbel += -20.0f + gumbel_of(largest) > gumbel_of(u);
    }

    const double tail = n_tail * std::exp(-20.0) / (1 + n_tail * std::exp(-20.0));
    const std::vector<double> exact{1 - tail, tail};
    const auto outcome = [&](double n) {
        return judge({law_comparison("tail", 0.0, {n_drawn - n, n}, exact)}).outcome;
    };
    EXPECT_NEAR(n_drawn * tail, 40.5, 0.1);  // the budget: 40.5 expected, standard error 6.4
    EXPECT_EQ(outcome(drawn), Outcome::agree) << drawn;
    EXPECT_EQ(outcome(gumbel), Outcome::disagree) << gumbel;
}

TEST(TokenFilters, OneNumberForEachSequenceAndPosition) {
    EXPECT_EQ(token_uniform(1, 2, 3), token_uniform(1, 2, 3));
    EXPECT_NE(token_uniform(1, 2, 3), token_uniform(1, 3, 2));
    EXPECT_NE(token_uniform(1, 2, 3), token_uniform(2, 2, 3));
}

TEST(TokenFilters, SaysWhatIsWrong) {
    EXPECT_THROW(validate(TokenFilters{.temperature = -1}), ConfigError);
    EXPECT_THROW(validate(TokenFilters{.top_k = -1}), ConfigError);
    EXPECT_THROW(validate(TokenFilters{.top_p = 0}), ConfigError);
    EXPECT_THROW(validate(TokenFilters{.min_p = 1.5}), ConfigError);
    EXPECT_THROW(validate(TokenFilters{.repetition_penalty = 0}), ConfigError);
}

TEST(StopScanner, HoldsBackWhatMayBeTheBeginningOfAStop) {
    StopScanner scanner({"\n\n", "END", "ENDLESS"});
    EXPECT_EQ(scanner.push("abc\n"), "abc");
    EXPECT_EQ(scanner.push("dE"), "\nd");
    EXPECT_EQ(scanner.push("N"), "");
    EXPECT_EQ(scanner.push("X"), "ENX");
    EXPECT_EQ(scanner.push("yEN"), "y");
    EXPECT_FALSE(scanner.stopped());
    EXPECT_EQ(scanner.push("Dzz"), "");
    EXPECT_TRUE(scanner.stopped());
    EXPECT_EQ(scanner.push("more"), "");
    EXPECT_EQ(scanner.finish(), "");

    StopScanner unfinished({"END"});
    EXPECT_EQ(unfinished.push("an EN"), "an ");
    EXPECT_EQ(unfinished.finish(), "EN");
    EXPECT_THROW(StopScanner({""}), ConfigError);
}

struct Stories {
    Decoder decoder{read_llama2c(shared("lm/stories260K.bin"))};
    Tokenizer tokenizer = read_llama2c_tokenizer(shared("lm/tok512.bin"));

    Request prompt(const std::string& text) const { return {{tokenizer.encode(text, true)}}; }
};

TEST(Generation, StreamsTextUpToAStopString) {
    DYNKIN_SKIP_WITHOUT(shared("lm/stories260K.bin"));
    Stories stories;
    const std::vector<Request> requests{stories.prompt(""), stories.prompt("Once upon a time")};
    GenerationOptions options{
        .filters = {.temperature = 0}, .stop_strings = {"saw a big"}, .tokenizer = &stories.tokenizer, .record = true};
    std::vector<std::string> shown(2);

    const auto out = generate(stories.decoder, requests, options, [&](const TokenEvent& event) {
        EXPECT_EQ(event.text.find("saw a big"), std::string::npos);
        shown[event.request] += event.text;
        return true;
    });

    EXPECT_EQ(
        out[0].text,
        "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she ");
    EXPECT_EQ("Once upon a time" + out[1].text, out[0].text);
    for (std::size_t r = 0; r < 2; ++r) {
        EXPECT_EQ(shown[r], out[r].text);
        EXPECT_EQ(out[r].reason, StopReason::stop_string);
        EXPECT_EQ(out[r].records.size(), out[r].tokens.size());
    }
    // A greedy law has one token.
    EXPECT_EQ(out[0].records[5].log_probability, 0.0);
}

TEST(Generation, EndsForOtherReasons) {
    DYNKIN_SKIP_WITHOUT(shared("lm/stories260K.bin"));
    Stories stories;
    const std::vector<Request> requests{stories.prompt("Once upon a time")};
    GenerationOptions options{.filters = {.temperature = 0}, .tokenizer = &stories.tokenizer};
    options.max_tokens = 5;
    const auto five = generate(stories.decoder, requests, options)[0];
    EXPECT_EQ(five.tokens.size(), 5u);
    EXPECT_EQ(five.reason, StopReason::max_tokens);

    options.stop_tokens = {five.tokens[3]};
    const auto stopped = generate(stories.decoder, requests, options)[0];
    EXPECT_EQ(stopped.reason, StopReason::stop_token);
    EXPECT_EQ(stopped.tokens, std::vector<int>(five.tokens.begin(), five.tokens.begin() + 3));

    options.stop_tokens = {};
    const auto cancelled =
        generate(stories.decoder, requests, options, [](const TokenEvent& e) { return e.position < 1; })[0];
    EXPECT_EQ(cancelled.reason, StopReason::cancelled);
    EXPECT_EQ(cancelled.tokens.size(), 2u);

    options.max_tokens = 0;
    EXPECT_TRUE(generate(stories.decoder, requests, options)[0].tokens.empty());

    options.max_tokens = 100;
    Decoder brief(read_llama2c(shared("lm/stories260K.bin")), {.max_length = 12});
    const auto full = generate(brief, requests, options)[0];
    EXPECT_EQ(full.reason, StopReason::context_full);
    // The last token drawn needs no room: it is not read.
    EXPECT_EQ(full.tokens.size() + requests[0].contexts[0].size(), 13u);
}

// A tied decoder with random weights repeats its input.
DecoderShape untied_shape() {
    DecoderShape shape = small_shape();
    shape.tied_output = false;
    return shape;
}

// A request becomes the same whatever comes with it, and other seeds or sequence numbers give other texts.
TEST(Generation, DependsOnSeedAndSequenceOnly) {
    const Checkpoint checkpoint = random_checkpoint(untied_shape(), 21);
    Decoder decoder(checkpoint);
    const std::vector<Request> three{{{{1, 2}}}, {{{3}}}, {{{4, 5, 6}}}};
    GenerationOptions options{.max_tokens = 12, .seed = 5};
    const auto together = generate(decoder, three, options);
    options.first_sequence = 2;
    EXPECT_EQ(generate(decoder, std::span(three).subspan(2), options)[0].tokens, together[2].tokens);
    options.first_sequence = 0;
    EXPECT_NE(generate(decoder, std::span(three).subspan(2), options)[0].tokens, together[2].tokens);
    options.seed = 6;
    EXPECT_NE(generate(decoder, three, options)[0].tokens, together[0].tokens);
}

TEST(Generation, RecordsEntropiesAndTheChosenContext) {
    Decoder decoder(random_checkpoint(untied_shape(), 22));
    const std::vector<Request> requests{{{{1, 2, 3}, {4, 5, 3}, {6, 3}}, {3}}};
    GenerationOptions options{.max_tokens = 20, .record = true};
    options.composition = {.pool = Pool::min_entropy, .beta = 0.25, .top_p = 0.95, .eta = 0.1};

    const auto records = generate(decoder, requests, options)[0].records;

    int last = -1;
    ASSERT_EQ(records.size(), 20u);
    for (const TokenRecord& record : records) {
        ASSERT_EQ(record.entropies.size(), 3u);
        auto entropies = record.entropies;
        if (last >= 0) entropies[std::size_t(last)] -= 0.1;
        last = static_cast<int>(std::min_element(entropies.begin(), entropies.end()) - entropies.begin());
        EXPECT_EQ(record.context, last);
    }
}

TEST(Generation, SaysWhatIsWrong) {
    const Checkpoint checkpoint = random_checkpoint(small_shape(), 7);
    Decoder decoder(checkpoint), masked(checkpoint, {.attention = Attention::bidirectional});
    const auto refuse = [&](const std::vector<Request>& requests, const GenerationOptions& options,
                            const std::string& part) {
        const std::string message = message_of<ConfigError>([&] { generate(decoder, requests, options); });
        EXPECT_NE(message.find(part), std::string::npos) << "'" << message << "' lacks '" << part << "'";
    };
    const Composition guidance{.pool = Pool::mean};
    refuse({}, {}, "nothing to continue");
    refuse({{{}}}, {}, "no context");
    refuse({{{{}}}}, {}, "an empty prompt");
    refuse({{{{1}, {2}}}}, {}, "2 contexts but there is no composition");
    refuse({{{{1}}}}, {.composition = guidance}, "no unconditional prompt");
    refuse({{{{1}}}}, {.stop_strings = {"x"}}, "need a tokenizer");
    refuse({{{{1}}}}, {.filters = {.top_p = 2}}, "top_p");
    refuse({{{std::vector<int>(41, 1)}}}, {}, "at most 40");
    refuse({{{{1}}, {1}}}, {.composition = Composition{.pool = Pool::mean, .beta = -1}}, "beta");
    EXPECT_THROW(generate(masked, std::vector<Request>{{{{1}}}}, {}), ConfigError);
    const Request request{{{1}}, {1}};
    EXPECT_THROW(generate_weighted(decoder, {{{1}}}, {}), ConfigError);
    EXPECT_THROW(generate_weighted(decoder, request, {.composition = {.temperature = 0.5}}), ConfigError);
    EXPECT_THROW(generate_weighted(decoder, request, {.n_tokens = 40}), ConfigError);
    EXPECT_THROW(generate_weighted(decoder, request, {.n_particles = 0}), ConfigError);
}

}  // namespace
