// What was trained, run by the decoder of models/lm and read back from files.
#include "models/lm/train/trained_checkpoint.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "models/lm/decoder.hpp"
#include "models/lm/model_directory.hpp"
#include "models/lm/tokenizer_json.hpp"
#include "models/lm/train/batched_decoder.hpp"
#include "solvers/core/errors.hpp"

namespace dynkin::lm {
namespace {

DecoderSpec small_spec(OutputHead head, const PositionSpec& positions) {
    DecoderSpec spec;
    spec.shape.vocabulary = 9;
    spec.shape.width = 16;
    spec.shape.n_layers = 2;
    spec.shape.n_heads = 4;
    spec.shape.n_kv_heads = 2;
    spec.shape.head_width = 8;
    spec.shape.hidden = 20;
    spec.shape.context = 40;
    spec.shape.rotary_pairing = RotaryPairing::halves;
    spec.head = head;
    spec.positions = positions;
    return spec;
}

std::vector<int> tokens() {
    std::vector<int> t;
    for (int i = 0; i < 40; ++i) t.push_back((i * i + i / 3) % 9);
    return t;
}

double largest_difference(std::span<const float> a, std::span<const float> b) {
    double worst = a.size() == b.size() ? 0.0 : 1e9;
    for (std::size_t i = 0; i < a.size() && i < b.size(); ++i)
        worst = std::max(worst, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
    return worst;
}

// Two programs for the same formulas in single precision: sums of 16 to 40 terms of size one, three layers deep, differ
// by a few 1e-6.
constexpr double rounding = 2e-5;

TEST(TrainedCheckpoint, GivesTheSameLogitsWhenItIsRun) {
    using enum PositionScheme;
    for (const OutputHead head : {OutputHead::tied, OutputHead::untied, OutputHead::tied_projection,
                                  OutputHead::tied_half_swap, OutputHead::tied_shuffle})
        for (const PositionSpec& positions : {PositionSpec{.scheme = rope}, PositionSpec{.scheme = rerope, .window = 7},
                                              PositionSpec{.scheme = inv_leaky, .window = 7, .expansion = 4},
                                              PositionSpec{.scheme = sliding_window, .window = 7}})
            for (const Attention attention : {Attention::causal, Attention::bidirectional}) {
                DecoderSpec spec = small_spec(head, positions);
                spec.attention = attention;
                InitialScales scales;
                scales.embedding = 0.5;
                scales.residual = 1.0;
                const auto parameters = initial_parameters<float>(spec.shape, head, 5, scales);
                DecoderWorkspace<float> workspace;
                std::vector<float> trained;
                BatchedDecoder<float>(spec, Phase::training).logits(parameters, tokens(), 40, {}, workspace, trained);

                DecoderOptions options{.positions = positions, .phase = Phase::training, .attention = attention};
                Decoder decoder(to_checkpoint(spec.shape, head, parameters), options);
                Sequence sequence = decoder.start();
                const std::vector<int> input = tokens();
                const Extension all{&sequence, input};
                const std::span<const float> run = decoder.extend({&all, 1}, LogitsOf::all);

                EXPECT_LE(largest_difference(trained, run), rounding) << name_of(head);
                // Mutant: inference where the scheme is another one in training.
                if (positions.scheme == inv_leaky) {
                    options.phase = Phase::inference;
                    Decoder other(to_checkpoint(spec.shape, head, parameters), options);
                    Sequence fresh = other.start();
                    const Extension again{&fresh, input};
                    EXPECT_GT(largest_difference(trained, other.extend({&again, 1}, LogitsOf::all)), 1e-3);
                }
            }
}

TEST(TrainedCheckpoint, GoesToAModelDirectoryAndBack) {
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("lm_trained_" + std::to_string(::getpid()));
    for (const OutputHead head : {OutputHead::tied, OutputHead::untied, OutputHead::tied_shuffle}) {
        const DecoderSpec spec = small_spec(head, {.scheme = PositionScheme::rope});
        const auto parameters = initial_parameters<float>(spec.shape, head, 5);
        const Checkpoint made = to_checkpoint(spec.shape, head, parameters);
        save_model_directory(folder, made.shape(), made.tensors(), character_tokenizer("abcdefgh", {"<mask>"}));

        const Checkpoint read = read_model_directory(folder);

        EXPECT_EQ(parameters_of(read), parameters_of(made)) << name_of(head);
        if (head == OutputHead::tied_shuffle) {  // untied now: the same with one matrix more
            EXPECT_EQ(read.shape().tied_output, false);
        } else {
            EXPECT_EQ(parameters_of(read), parameters) << name_of(head);
        }
    }
    std::filesystem::remove_all(folder);
}

TEST(TrainedCheckpoint, RefusesAnotherNumberOfParameters) {
    const DecoderSpec spec = small_spec(OutputHead::tied, {.scheme = PositionScheme::rope});
    EXPECT_THROW(to_checkpoint(spec.shape, OutputHead::tied, std::vector<float>(3)), ConfigError);
}

}  // namespace
}  // namespace dynkin::lm
