#include "models/lm/decoder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "solvers/core/errors.hpp"
#include "tests/unit/lm/random_checkpoint.hpp"

namespace {

using namespace dynkin;
using namespace dynkin::lm;
using namespace dynkin::lm::tests;

std::vector<int> tokens_of(std::int64_t n, const DecoderShape& shape) {
    std::vector<int> tokens;
    for (std::int64_t i = 0; i < n; ++i) tokens.push_back(static_cast<int>((7 * i * i + 3 * i + 1) % shape.vocabulary));
    return tokens;
}

std::vector<float> all_at_once(Decoder& decoder, const std::vector<int>& tokens) {
    Sequence sequence = decoder.start();
    const Extension extension{&sequence, tokens};
    const auto logits = decoder.extend(std::span(&extension, 1), LogitsOf::all);
    return {logits.begin(), logits.end()};
}

std::vector<float> one_by_one(Decoder& decoder, const std::vector<int>& tokens) {
    Sequence sequence = decoder.start();
    std::vector<float> out;
    for (const int& token : tokens) {
        const Extension extension{&sequence, std::span(&token, 1)};
        const auto logits = decoder.extend(std::span(&extension, 1));
        out.insert(out.end(), logits.begin(), logits.end());
    }
    return out;
}

double largest_difference(const std::vector<float>& a, const std::vector<double>& b) {
    double worst = a.size() == b.size() ? 0.0 : std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        worst = std::max(worst, std::abs(double(a[i]) - b[i]));
    return worst;
}

std::vector<PositionSpec> all_positions() {
    std::vector<PositionSpec> specs{
        {},
        {.scheme = PositionScheme::interpolation, .factor = 4},
        {.scheme = PositionScheme::ntk_mixed, .factor = 4},
        {.scheme = PositionScheme::leaky_rerope, .window = 5, .factor = 4},
        {.scheme = PositionScheme::rerope, .window = 5},
        {.scheme = PositionScheme::inv_leaky, .window = 5, .expansion = 8},
        {.scheme = PositionScheme::sliding_window, .window = 5},
    };
    for (std::size_t i = 0; i < 7; ++i) {
        specs.push_back(specs[i]);
        specs.back().scale = i % 2 == 0 ? AttentionScale::log_n : AttentionScale::log_n_test;
        specs.back().training_length = 10;
    }
    return specs;
}

// Logits are of order 5 and pass through 2 layers of sums of up to 37 terms in single precision: each rounding is
// 6e-8 of its size, several hundred of them add up like a random walk to about 1e-6 of 5; 1e-5 asked by the task.
constexpr double budget = 1e-5;

TEST(Decoder, CachedDecodingEqualsTheFormulasForEveryPositionScheme) {
    DecoderShape shape = small_shape();
    for (const auto pairing : {RotaryPairing::adjacent, RotaryPairing::halves}) {
        shape.rotary_pairing = pairing;
        const Checkpoint checkpoint = random_checkpoint(shape, 1);
        const auto tokens = tokens_of(24, shape);
        for (const PositionSpec& spec : all_positions()) {
            for (const auto phase : {Phase::inference, Phase::training}) {
                Decoder decoder(checkpoint, {.positions = spec, .phase = phase});
                const auto expected =
                    ReferenceDecoder(checkpoint, spec, OutputHead::tied, Attention::causal, phase).logits(tokens);
                const auto block = all_at_once(decoder, tokens);
                EXPECT_LT(largest_difference(block, expected), budget) << name_of(spec.scheme);
                EXPECT_EQ(one_by_one(decoder, tokens), block) << name_of(spec.scheme);
            }
        }
    }
}

TEST(Decoder, BidirectionalAttention) {
    const Checkpoint checkpoint = random_checkpoint(small_shape(), 2);
    const auto tokens = tokens_of(24, small_shape());
    for (const PositionSpec& spec : all_positions()) {
        Decoder decoder(checkpoint, {.positions = spec, .attention = Attention::bidirectional});
        const auto expected =
            ReferenceDecoder(checkpoint, spec, OutputHead::tied, Attention::bidirectional).logits(tokens);
        EXPECT_LT(largest_difference(all_at_once(decoder, tokens), expected), budget) << name_of(spec.scheme);
    }
}

TEST(Decoder, EveryOutputHead) {
    for (const auto head : {OutputHead::tied, OutputHead::untied, OutputHead::tied_projection,
                            OutputHead::tied_half_swap, OutputHead::tied_shuffle}) {
        DecoderShape shape = small_shape();
        shape.tied_output = head != OutputHead::untied;
        const Checkpoint checkpoint = random_checkpoint(shape, 3, 1.0f, head == OutputHead::tied_projection);
        const auto tokens = tokens_of(9, shape);
        Decoder decoder(checkpoint, {.head = head});
        const auto expected = ReferenceDecoder(checkpoint, {}, head, Attention::causal).logits(tokens);
        EXPECT_LT(largest_difference(all_at_once(decoder, tokens), expected), budget) << name_of(head);
    }
}

// The same check finds: another pairing, a window one larger, a far query that is not shifted.
TEST(Decoder, MutantsAreFound) {
    const Checkpoint checkpoint = random_checkpoint(small_shape(), 1);
    const auto tokens = tokens_of(24, small_shape());
    const PositionSpec rerope{.scheme = PositionScheme::rerope, .window = 5};
    Decoder decoder(checkpoint, {.positions = rerope});
    const auto got = all_at_once(decoder, tokens);

    PositionSpec wider = rerope;
    wider.window = 6;
    EXPECT_GT(largest_difference(
                  got, ReferenceDecoder(checkpoint, wider, OutputHead::tied, Attention::causal).logits(tokens)),
              100 * budget);
    EXPECT_GT(
        largest_difference(got, ReferenceDecoder(checkpoint, {}, OutputHead::tied, Attention::causal).logits(tokens)),
        100 * budget);
    EXPECT_GT(largest_difference(
                  got, ReferenceDecoder(checkpoint, rerope, OutputHead::tied, Attention::bidirectional).logits(tokens)),
              100 * budget);
}

// Blocks of 64 tokens are cut, sequences of several lengths share a batch, threads share the work: the same bits.
TEST(Decoder, TheSameBitsForAnyBatchAndAnyNumberOfThreads) {
    DecoderShape shape = small_shape();
    shape.context = 200;
    shape.vocabulary = 3000;
    shape.width = 96;
    shape.hidden = 600;
    const Checkpoint checkpoint = random_checkpoint(shape, 4);
    const PositionSpec spec{.scheme = PositionScheme::leaky_rerope, .window = 20, .factor = 4};
    for (const auto format : {WeightFormat::float32, WeightFormat::bfloat16, WeightFormat::int8}) {
        std::vector<float> alone;
        for (int n_threads : {1, 2, 5}) {
            Decoder decoder(checkpoint, {.positions = spec, .weights = format, .n_threads = n_threads});
            const auto long_prompt = tokens_of(150, shape), short_prompt = tokens_of(3, shape);
            if (alone.empty()) {
                const auto all = all_at_once(decoder, long_prompt);
                alone.assign(all.end() - shape.vocabulary, all.end());
            }
            Sequence a = decoder.start(), b = decoder.start();
            const Extension both[] = {{&a, std::span(long_prompt).first(70)}, {&b, short_prompt}};
            decoder.extend(both);
            const Extension rest[] = {{&b, short_prompt}, {&a, std::span(long_prompt).subspan(70)}};
            const auto logits = decoder.extend(rest);
            EXPECT_EQ(std::vector<float>(logits.end() - shape.vocabulary, logits.end()), alone) << n_threads;
        }
    }
}

// The bits of the logits after 40 tokens, recorded; ctest runs this at every vector level (lm_bits_...).
TEST(Decoder, TheRecordedBits) {
    DecoderShape shape = small_shape();
    shape.width = 72;  // whole registers and a rest at every level
    shape.hidden = 100;
    const Checkpoint checkpoint = random_checkpoint(shape, 9);
    std::vector<std::uint64_t> hashes;
    for (const auto format : {WeightFormat::float32, WeightFormat::bfloat16, WeightFormat::int8}) {
        Decoder decoder(checkpoint, {.positions = {.scheme = PositionScheme::rerope, .window = 9}, .weights = format});
        std::uint64_t hash = 14695981039346656037u;  // Fowler, Noll and Vo
        for (const float logit : all_at_once(decoder, tokens_of(40, shape)))
            hash = (hash ^ std::bit_cast<std::uint32_t>(logit)) * 1099511628211u;
        hashes.push_back(hash);
    }
    EXPECT_EQ(hashes, (std::vector<std::uint64_t>{12204339965397658256u, 6139764314851364036u, 14272665319594485428u}));
}

// bf16 keeps 8 bits: 2^-9 of each weight at random, of logits of order 5 after 15 products in a row about 0.05. int8
// keeps 1/254 of the largest in a group, of which an entry is a third: about the same again, for weights and vectors.
TEST(Decoder, RoundedWeightsChangeLittle) {
    const Checkpoint checkpoint = random_checkpoint(small_shape(), 5);
    const auto tokens = tokens_of(24, small_shape());
    const auto exact = ReferenceDecoder(checkpoint, {}, OutputHead::tied, Attention::causal).logits(tokens);
    const auto error = [&](WeightFormat format) {
        Decoder decoder(checkpoint, {.weights = format});
        const auto logits = all_at_once(decoder, tokens);
        double squares = 0.0;
        for (std::size_t i = 0; i < exact.size(); ++i) squares += std::pow(double(logits[i]) - exact[i], 2);
        return std::sqrt(squares / double(exact.size()));
    };
    EXPECT_LT(error(WeightFormat::float32), 1e-5);
    EXPECT_LT(error(WeightFormat::bfloat16), 0.05);
    EXPECT_LT(error(WeightFormat::int8), 0.1);
    EXPECT_GT(error(WeightFormat::bfloat16), 1e-4);
    EXPECT_GT(error(WeightFormat::int8), 1e-4);
}

TEST(Decoder, TruncatedAndCopiedSequences) {
    const Checkpoint checkpoint = random_checkpoint(small_shape(), 6);
    Decoder decoder(checkpoint, {.positions = {.scheme = PositionScheme::rerope, .window = 4}});
    const auto tokens = tokens_of(20, small_shape());
    const auto expected = all_at_once(decoder, tokens);
    Sequence sequence = decoder.start();
    const std::vector<int> other{5, 5, 5};
    const auto extend = [&](Sequence& s, std::span<const int> t) {
        const Extension e{&s, t};
        const auto logits = decoder.extend(std::span(&e, 1));
        return std::vector<float>(logits.begin(), logits.end());
    };
    extend(sequence, std::span(tokens).first(12));
    Sequence copy = sequence;
    extend(sequence, other);
    sequence.truncate(12);
    const std::vector<float> last(expected.end() - small_shape().vocabulary, expected.end());
    EXPECT_EQ(extend(sequence, std::span(tokens).subspan(12)), last);
    EXPECT_EQ(extend(copy, std::span(tokens).subspan(12)), last);
    EXPECT_THROW(sequence.truncate(21), ConfigError);
}

TEST(Decoder, SaysWhatIsWrong) {
    const Checkpoint checkpoint = random_checkpoint(small_shape(), 7);
    Decoder decoder(checkpoint), far(checkpoint, {.positions = {.scheme = PositionScheme::rerope, .window = 4}});
    Sequence a = decoder.start(), of_far = far.start();
    const std::vector<int> none, fine{1, 2}, outside{1, 23}, many(41, 0);
    const auto refuse = [&](std::vector<Extension> extensions) {
        EXPECT_THROW(decoder.extend(extensions), ConfigError);
        EXPECT_EQ(a.length(), 0);
    };
    refuse({});
    refuse({{&a, none}});
    refuse({{&a, outside}});
    refuse({{&a, many}});
    refuse({{&a, fine}, {&a, fine}});
    refuse({{&of_far, fine}});
    refuse({{nullptr, fine}});
    EXPECT_THROW(Decoder(checkpoint, {.head = OutputHead::untied}), ConfigError);
    EXPECT_THROW(Decoder(checkpoint, {.head = OutputHead::tied_projection}), ConfigError);
    EXPECT_THROW(Decoder(checkpoint, {.n_threads = 0}), ConfigError);

    Decoder masked(checkpoint, {.attention = Attention::bidirectional});
    Sequence whole = masked.start();
    const Extension extension{&whole, fine};
    masked.extend(std::span(&extension, 1));
    EXPECT_THROW(masked.extend(std::span(&extension, 1)), ConfigError);

    Decoder overflowing(random_checkpoint(small_shape(), 7, 1e30f));
    Sequence b = overflowing.start();
    const Extension fails{&b, fine};
    EXPECT_THROW(overflowing.extend(std::span(&fails, 1)), NumericsError);
}

}  // namespace
