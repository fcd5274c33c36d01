// Token diffusion with a trained denoiser, on a vocabulary so small that every law can be enumerated.
#include "models/lm/train/masked_denoiser.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "models/lm/train/trainer.hpp"
#include "solvers/check/law_comparison.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/sampling/token_infill.hpp"

namespace dynkin::lm {
namespace {

using Vector = std::vector<double>;

constexpr int n_positions = 4, n_tokens = 4, mask = 3;
const SequenceSpace space{n_tokens, n_positions};

/// Three tokens that tend to be followed by the next one: stationary, since rotary positions know no beginning.
Vector true_law() {
    Vector p(static_cast<std::size_t>(space.n_states()), 0.0);
    std::vector<int> x(n_positions);
    for (Index i = 0; i < space.n_states(); ++i) {
        space.sequence(i, x);
        if (std::find(x.begin(), x.end(), mask) != x.end()) continue;
        double w = 1.0 / 3.0;
        for (int d = 1; d < n_positions; ++d) w *= x[std::size_t(d)] == (x[std::size_t(d) - 1] + 1) % 3 ? 0.8 : 0.1;
        p[static_cast<std::size_t>(i)] = w;
    }
    return p;
}

DecoderSpec denoiser_spec() {
    DecoderSpec spec;
    spec.shape.vocabulary = n_tokens;
    spec.shape.width = 24;
    spec.shape.n_layers = 2;
    spec.shape.n_heads = spec.shape.n_kv_heads = 2;
    spec.shape.head_width = 12;
    spec.shape.hidden = 48;
    spec.shape.context = n_positions;
    spec.attention = Attention::bidirectional;
    return spec;
}

const TokenNoise& noise() {
    static const TokenNoise absorbing = TokenNoise::absorbing(n_tokens, TokenSchedule::Kind::linear);
    return absorbing;
}

std::shared_ptr<const BatchSource> rows(MaskedDraws kind) {
    return std::make_shared<MaskedRows>(std::make_shared<EnumeratedSequences>(space, true_law()), n_positions, noise(),
                                        kind);
}

TrainingOptions training_options() {
    TrainingOptions options;
    options.n_steps = 800;
    options.rows_per_step = 128;
    options.rows_per_block = 32;
    options.learning_rate = {5e-3, 50, 0.01};
    options.adam_w.decay = 0.0;
    return options;
}

/// Trained once for all tests.
const std::vector<float>& trained() {
    static const std::vector<float> parameters = [] {
        const DecoderSpec spec = denoiser_spec();
        Trainer trainer(spec, training_options(), rows(MaskedDraws::count),
                        TrainingState::begin(initial_parameters<float>(spec.shape, spec.head, 2)));
        trainer.run();
        return trainer.state().parameters;
    }();
    return parameters;
}

TokenModel trained_model() {
    return {noise(), std::make_shared<MaskedDenoiser>(denoiser_spec(), trained(), n_positions)};
}

const std::vector<int> all_masked(n_positions, mask);

/// The expected loss of MaskedRows, by enumeration: t is integrated over with int t^(m-1) (1-t)^(D-m) dt = 1 / (m
/// binomial(D, m)) for a set of m masks. A bound on -log p from above: the mean over all orders of revealing.  [nats]
double expected_loss(const TokenPosterior& posterior) {
    const Vector p0 = true_law();
    Vector out(n_positions * n_tokens);
    std::vector<int> x(n_positions), y(n_positions);
    const double binomial[] = {1, 4, 6, 4, 1};
    double loss = 0.0;
    for (std::size_t i = 0; i < p0.size(); ++i) {
        if (p0[i] == 0.0) continue;
        space.sequence(static_cast<Index>(i), x);
        for (unsigned set = 1; set < 1u << n_positions; ++set) {
            const int m = std::popcount(set);
            y = x;
            for (int d = 0; d < n_positions; ++d)
                if (set >> d & 1u) y[std::size_t(d)] = mask;
            posterior.evaluate(y, 0.5, out);
            for (int d = 0; d < n_positions; ++d)
                if (set >> d & 1u)
                    loss -= p0[i] / (m * binomial[m]) * std::log(out[std::size_t(d * n_tokens + x[std::size_t(d)])]);
        }
    }
    return loss;
}

double entropy_of(const Vector& p) {
    double h = 0.0;
    for (double w : p)
        if (w > 0.0) h -= w * std::log(w);
    return h;
}

double total_variation(const Vector& p, const Vector& q) {
    double sum = 0.0;
    for (std::size_t i = 0; i < p.size(); ++i) sum += std::abs(p[i] - q[i]) / 2.0;
    return sum;
}

TEST(MaskedDenoiser, LearnsTheLawAndItsLossBoundsTheDistance) {
    const TokenModel model = trained_model();
    const double excess = expected_loss(*model.posterior) - entropy_of(true_law());

    const Vector law = filled_law(*make_token_sampler("first_hitting"), model, {1.0, 0.0}, 0, all_masked);

    // KL(p0 | law of the sampler) <= loss - entropy, and Pinsker's inequality: no tolerance in it.
    EXPECT_GT(excess, 0.0);
    EXPECT_LE(total_variation(law, true_law()), std::sqrt(excess / 2.0));
    EXPECT_LT(excess, 0.02) << "of " << entropy_of(true_law()) << " nats";
    // Mutant: the same denoiser asked once for all positions.
    const Vector at_once = filled_law(*make_token_sampler("tweedie"), model, {1.0, 0.0}, 0, all_masked);
    EXPECT_GT(total_variation(at_once, true_law()), std::sqrt(excess / 2.0));
}

TEST(MaskedDenoiser, BatchesHaveTheExpectedLossOfTheirWeights) {
    const TokenModel model = trained_model();
    const BatchedDecoder<float> decoder(denoiser_spec(), Phase::inference);
    DecoderWorkspace<float> workspace;
    const double expected = expected_loss(*model.posterior);
    const int n = 20000;
    double error_by_time = 0.0;
    for (const MaskedDraws kind : {MaskedDraws::time, MaskedDraws::count}) {
        const auto source = rows(kind);
        double sum = 0.0, squares = 0.0, unweighted = 0.0;
        for (int r = 0; r < n; ++r) {
            TokenBatch row{1, n_positions, std::vector<int>(n_positions), std::vector<int>(n_positions),
                           Vector(n_positions)};
            Draws draws({77, Stream::resampling, 0}, static_cast<std::uint64_t>(r));
            source->draw(draws, row.tokens, row.targets, row.weights);
            const double loss = decoder.loss(trained(), row, workspace) * n_positions;
            sum += loss;
            squares += loss * loss;
            for (double& weight : row.weights) weight = weight > 0.0 ? 1.0 : 0.0;  // mutant: without 1 / t
            unweighted += decoder.loss(trained(), row, workspace);
        }
        const double mean = sum / n, error = std::sqrt((squares / n - mean * mean) / n);
        // Weights up to 1 / t have a heavy tail, of which the error knows; the posterior leaves out the mask as a
        // token, which the decoder gives less than 1e-3, so that its loss is larger by less than that a token.
        EXPECT_NEAR(mean, expected, 4.0 * error + 4e-3);
        EXPECT_GT(std::abs(unweighted / n - expected), 0.1);
        if (kind == MaskedDraws::time) {
            error_by_time = error;
        } else {
            EXPECT_LT(error, 0.7 * error_by_time) << "half the steps for the same gradient";
        }
    }
}

Outcome verdict_of(const TokenSampler& drawn, const Vector& law, int n_steps) {
    const TokenModel model = trained_model();
    Vector counts(law.size(), 0.0);
    const auto times = token_times(1.0, 0.0, n_steps);
    for (int path = 0; path < 6000; ++path) {
        std::vector<int> x = all_masked;
        fill_masks(drawn, model, times, 0, x, 31, static_cast<std::uint64_t>(path));
        counts[static_cast<std::size_t>(space.number(x))] += 1.0;
    }
    VerdictOptions options;
    options.resolution = 0.2;
    return judge({law_comparison("sequences", 0.0, counts, law)}, options).outcome;
}

TEST(MaskedDenoiser, SequencesPassTheVerdictAndMutantsDoNot) {
    const TokenModel model = trained_model();
    const int n_steps = 3;
    for (const char* name : {"first_hitting", "tweedie", "low_confidence"}) {
        const auto sampler = make_token_sampler(name);
        const Vector law = filled_law(*sampler, model, token_times(1.0, 0.0, n_steps), 0, all_masked);
        EXPECT_EQ(verdict_of(*sampler, law, n_steps), Outcome::agree) << name;
        // Mutant: everything revealed in one step.
        if (std::string(name) != "first_hitting") {
            EXPECT_EQ(verdict_of(*sampler, law, 1), Outcome::disagree) << name;
        }
    }
    const Vector exact = filled_law(*make_token_sampler("first_hitting"), model, {1.0, 0.0}, 0, all_masked);
    EXPECT_EQ(verdict_of(*make_token_sampler("low_confidence"), exact, n_steps), Outcome::disagree);
}

TEST(MaskedDenoiser, FillsWhatIsMissing) {
    const TokenModel model = trained_model();
    const std::vector<int> x{mask, 1, mask, 0};  // most likely 0 1 2 0
    std::vector<int> y = x;
    fill_masks(*make_token_sampler("low_confidence", {.temperature = 0.0}), model, token_times(1.0, 0.0, 2), 1, y, 1,
               0);
    EXPECT_EQ(y, (std::vector<int>{0, 1, 2, 0}));
}

TEST(MaskedDenoiser, RefusesWhatDoesNotFit) {
    DecoderSpec spec = denoiser_spec();
    EXPECT_THROW(MaskedDenoiser(spec, trained(), 5), ConfigError);
    EXPECT_THROW(MaskedDenoiser(spec, {1.0f}, 4), ConfigError);
    spec.attention = Attention::causal;
    EXPECT_THROW(MaskedDenoiser(spec, trained(), 4), ConfigError);
    EXPECT_THROW(MaskedRows(std::make_shared<EnumeratedSequences>(space, true_law()), 4,
                            TokenNoise::uniform(4, TokenSchedule::Kind::linear)),
                 ConfigError);
}

}  // namespace
}  // namespace dynkin::lm
