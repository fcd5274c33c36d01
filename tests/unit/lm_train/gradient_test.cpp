// The hand-written backward pass against finite differences in double precision.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "models/lm/train/batched_decoder.hpp"
#include "models/lm/train/row_kernels.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/core/random.hpp"

namespace dynkin::lm {
namespace {

using Vector = std::vector<double>;

// Queries in two groups, wider together than the model, so that no two sizes are the same by chance.
DecoderSpec small_decoder(OutputHead head, Attention attention, const PositionSpec& positions) {
    DecoderSpec spec;
    spec.shape.vocabulary = 11;
    spec.shape.width = 12;
    spec.shape.n_layers = 2;
    spec.shape.n_heads = 4;
    spec.shape.n_kv_heads = 2;
    spec.shape.head_width = 6;
    spec.shape.hidden = 10;
    spec.shape.context = 40;
    spec.shape.rotary_base = 100.0;
    spec.head = head;
    spec.attention = attention;
    spec.positions = positions;
    return spec;
}

/// Two sequences longer than a block of queries; positions without weight and unequal weights.
TokenBatch small_batch(std::int64_t length) {
    TokenBatch batch{2, length, {}, {}, {}};
    Draws draws({5, Stream::initial_law, 0}, 0);
    for (std::int64_t i = 0; i < 2 * length; ++i) {
        batch.tokens.push_back(static_cast<int>(11 * draws.uniform()));
        batch.targets.push_back(static_cast<int>(11 * draws.uniform()));
        batch.weights.push_back(i % 3 == 1 ? 0.0 : 0.2 + draws.uniform());
    }
    return batch;
}

Vector start_of(const DecoderSpec& spec) {
    InitialScales scales;
    scales.embedding = 0.5;
    scales.residual = 1.0;
    Vector p = initial_parameters<double>(spec.shape, spec.head, 3, scales);
    Draws draws({6, Stream::initial_law, 0}, 0);
    const ParameterList list(spec.shape, spec.head);
    for (const ParameterTensor& tensor : list.tensors())
        if (!tensor.decays)  // norms away from ones
            for (std::size_t i = 0; i < tensor.size; ++i) p[tensor.first + i] = 0.5 + draws.uniform();
    return p;
}

/// The largest |difference quotient - gradient| over six entries of every tensor, in units of the largest gradient of
/// the tensor. Quotients of order 4 with h = 5e-4: with h = 2e-3 the
/// worst entry is off by 1.4e-6, by h^4 / 30 times a fifth derivative, so this leaves 6e-9; rounding 1e-15 * 20 / h.
double largest_error(const DecoderSpec& spec, const Vector& p, const TokenBatch& batch, const Vector& gradient) {
    const BatchedDecoder<double> decoder(spec, Phase::training);
    DecoderWorkspace<double> workspace;
    const double h = 5e-4;
    double worst = 0.0;
    Draws draws({7, Stream::initial_law, 0}, 0);
    for (const ParameterTensor& tensor : decoder.parameter_list().tensors()) {
        double scale = 0.0;
        for (std::size_t i = 0; i < tensor.size; ++i) scale = std::max(scale, std::abs(gradient[tensor.first + i]));
        for (int probe = 0; probe < 6; ++probe) {
            const std::size_t at =
                tensor.first + static_cast<std::size_t>(static_cast<double>(tensor.size) * draws.uniform());
            const auto shifted = [&](double by) {
                Vector moved = p;
                moved[at] += by;
                return decoder.loss(moved, batch, workspace);
            };
            const double quotient =
                (8.0 * (shifted(h) - shifted(-h)) - (shifted(2 * h) - shifted(-2 * h))) / (12.0 * h);
            worst = std::max(worst, std::abs(quotient - gradient[at]) / scale);
        }
    }
    return worst;
}

Vector gradient_of(const DecoderSpec& spec, const Vector& p, const TokenBatch& batch, double* loss = nullptr) {
    const BatchedDecoder<double> decoder(spec, Phase::training);
    DecoderWorkspace<double> workspace;
    Vector gradient(p.size(), 0.0);
    const double value = decoder.loss_and_gradient(p, batch, workspace, gradient);
    if (loss) *loss = value;
    return gradient;
}

std::vector<PositionSpec> all_positions() {
    using enum PositionScheme;
    std::vector<PositionSpec> all;
    all.push_back({.scheme = rope});
    all.push_back({.scheme = interpolation, .factor = 4});
    all.push_back({.scheme = ntk_fixed, .factor = 4});
    all.push_back({.scheme = ntk_mixed, .factor = 4});
    all.push_back({.scheme = leaky_rerope, .window = 5, .factor = 3});
    all.push_back({.scheme = rerope, .window = 5});
    all.push_back({.scheme = inv_leaky, .window = 5, .expansion = 4});
    all.push_back({.scheme = sliding_window, .window = 5});
    PositionSpec scaled{.scheme = rerope, .window = 5};
    scaled.scale = AttentionScale::log_n;
    scaled.training_length = 9;
    all.push_back(scaled);
    return all;
}

constexpr OutputHead all_heads[] = {OutputHead::tied, OutputHead::untied, OutputHead::tied_projection,
                                    OutputHead::tied_half_swap, OutputHead::tied_shuffle};

TEST(Gradient, AgreesWithDifferencesForEveryHeadAndPositionScheme) {
    for (const OutputHead head : all_heads)
        for (const PositionSpec& positions : all_positions())
            for (const Attention attention : {Attention::causal, Attention::bidirectional}) {
                const DecoderSpec spec = small_decoder(head, attention, positions);
                const TokenBatch batch = small_batch(9);
                const Vector p = start_of(spec);

                double loss = 0.0;
                const Vector gradient = gradient_of(spec, p, batch, &loss);

                EXPECT_LE(largest_error(spec, p, batch, gradient), 1e-6)
                    << name_of(head) << " " << name_of(positions.scheme);
                DecoderWorkspace<double> workspace;
                EXPECT_EQ(loss, BatchedDecoder<double>(spec, Phase::training).loss(p, batch, workspace));
            }
}

TEST(Gradient, AgreesWithDifferencesAcrossBlocksOfQueries) {
    for (const PositionSpec& positions : all_positions())
        for (const Attention attention : {Attention::causal, Attention::bidirectional})
            for (const RotaryPairing pairing : {RotaryPairing::adjacent, RotaryPairing::halves}) {
                DecoderSpec spec = small_decoder(OutputHead::tied, attention, positions);
                spec.shape.rotary_pairing = pairing;
                const TokenBatch batch = small_batch(40);
                const Vector p = start_of(spec);
                EXPECT_LE(largest_error(spec, p, batch, gradient_of(spec, p, batch)), 1e-6)
                    << name_of(positions.scheme);
            }
}

TEST(Gradient, MutantsWithADroppedTermAreFound) {
    const PositionSpec rope{.scheme = PositionScheme::rope};
    const TokenBatch batch = small_batch(9);
    const DecoderSpec tied = small_decoder(OutputHead::tied, Attention::causal, rope);
    const Vector p = start_of(tied);

    // The output's part of the gradient by a tied embedding, which the untied decoder with equal matrices lacks there.
    DecoderSpec untied = tied;
    untied.head = OutputHead::untied;
    Vector both = p;
    both.insert(both.end(), p.begin(), p.begin() + 11 * 12);
    Vector without_output = gradient_of(untied, both, batch);
    without_output.resize(p.size());
    EXPECT_GT(largest_error(tied, p, batch, without_output), 1e-2);

    // Far scores taken as near ones.
    DecoderSpec far = tied;
    far.positions = {.scheme = PositionScheme::rerope, .window = 5};
    EXPECT_GT(largest_error(far, p, batch, gradient_of(tied, p, batch)), 1e-4);
    // A query that looks one key too far.
    far.positions = {.scheme = PositionScheme::sliding_window, .window = 5};
    DecoderSpec wider = far;
    wider.positions.window = 6;
    EXPECT_GT(largest_error(far, p, batch, gradient_of(wider, p, batch)), 1e-4);
}

TEST(Gradient, OfSingleRowsAgreesWithDifferencesAndMutantsDoNot) {
    const RowIndex d = 21;  // a full vector of lanes and a rest
    Vector x(d), gain(d), dy(d), y(d), dx(d, 0.0), dgain(d, 0.0);
    Draws draws({8, Stream::initial_law, 0}, 0);
    for (RowIndex j = 0; j < d; ++j) {
        const auto at = static_cast<std::size_t>(j);
        x[at] = draws.normal();
        gain[at] = draws.normal();
        dy[at] = draws.normal();
    }
    double inverse_rms = 0.0;
    const auto norm_along = [&](const Vector& at) {
        rms_norm(1, d, at.data(), gain.data(), 1e-5, y.data(), &inverse_rms);
        double sum = 0.0;
        for (std::size_t j = 0; j < y.size(); ++j) sum += dy[j] * y[j];
        return sum;
    };
    const auto softmax_along = [&](const Vector& at) {
        Vector row = at;
        softmax(row.data(), 2, 20, d);
        double sum = 0.0;
        for (std::size_t j = 0; j < row.size(); ++j) sum += dy[j] * row[j];
        return sum;
    };
    const auto error = [&](const auto& f, const Vector& derivative) {
        double worst = 0.0;
        for (std::size_t j = 0; j < x.size(); ++j) {
            Vector up = x, down = x;
            up[j] += 1e-5;
            down[j] -= 1e-5;
            worst = std::max(worst, std::abs((f(up) - f(down)) / 2e-5 - derivative[j]));
        }
        return worst;
    };

    norm_along(x);
    rms_norm_backward(1, d, x.data(), gain.data(), &inverse_rms, dy.data(), dx.data(), dgain.data());
    Vector p = x, dp = dy;
    softmax(p.data(), 2, 20, d);
    softmax_backward(p.data(), dp.data(), 2, 20, d);

    EXPECT_LE(error(norm_along, dx), 1e-8);
    EXPECT_LE(error(softmax_along, dp), 1e-8);
    // Mutants: the norm taken as a constant; the mean not subtracted.
    Vector constant_norm(d), no_mean(d);
    for (std::size_t j = 0; j < x.size(); ++j) {
        constant_norm[j] = dy[j] * gain[j] * inverse_rms;
        no_mean[j] = p[j] * dy[j];
    }
    EXPECT_GT(error(norm_along, constant_norm), 1e-3);
    EXPECT_GT(error(softmax_along, no_mean), 1e-3);
}

TEST(BatchedDecoder, RefusesWhatDoesNotFit) {
    const DecoderSpec spec = small_decoder(OutputHead::tied, Attention::causal, {.scheme = PositionScheme::rope});
    const BatchedDecoder<double> decoder(spec, Phase::training);
    DecoderWorkspace<double> workspace;
    const Vector p = start_of(spec);
    TokenBatch batch = small_batch(9);
    batch.tokens[4] = 11;
    EXPECT_THROW(decoder.loss(p, batch, workspace), ConfigError);
    batch = small_batch(9);
    batch.targets[0] = -1;
    EXPECT_THROW(decoder.loss(p, batch, workspace), ConfigError);
    batch = small_batch(9);
    batch.length = 8;
    EXPECT_THROW(decoder.loss(p, batch, workspace), ConfigError);
    EXPECT_THROW(decoder.loss(Vector(3), small_batch(9), workspace), ConfigError);
}

}  // namespace
}  // namespace dynkin::lm
