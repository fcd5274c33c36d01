// Drawn sequences against propagated laws, and how often a sampler asks its model.
#include "solvers/core/errors.hpp"
#include "solvers/sampling/categorical.hpp"
#include "tests/unit/sampling/token_cases.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace dynkin {
namespace {

using test::absorbing_case;
using test::TokenCase;
using test::uniform_case;
using test::Vector;

/// max |z| over all sequences, z = (count - n p) / sqrt(n p (1 - p)), of n draws by `sampler` against a law. Sequences
/// expected less than five times are counted together.
double largest_z(const TokenCase& tokens, const TokenSampler& sampler, const std::vector<double>& times,
                 const std::vector<int>& start, const Vector& law, int n) {
    Vector counts(law.size(), 0.0);
    for (int path = 0; path < n; ++path) {
        std::vector<int> x = start;
        sample_tokens(sampler, tokens.model, times, x, 17, static_cast<std::uint64_t>(path));
        counts[static_cast<std::size_t>(tokens.space.number(x))] += 1.0;
    }
    double worst = 0.0, rare = 0.0, rare_count = 0.0;
    const auto z = [&](double count, double p) { return std::abs(count - n * p) / std::sqrt(n * p * (1.0 - p)); };
    for (std::size_t i = 0; i < law.size(); ++i) {
        if (n * law[i] >= 5.0 && law[i] < 1.0 - 5.0 / n) {
            worst = std::max(worst, z(counts[i], law[i]));
        } else if (law[i] < 0.5) {
            rare += law[i];
            rare_count += counts[i];
        }
    }
    if (n * rare >= 5.0) worst = std::max(worst, z(rare_count, rare));
    if (rare == 0.0 && rare_count > 0.0) worst = std::numeric_limits<double>::infinity();
    return worst;
}

// Two-sided 1e-6 over at most 65 x 12 comparisons: |z| <= 6.1 for a normal; counts of mean >= 5 are skew, hence 7.
constexpr double z_limit = 7.0;

TEST(TokenPaths, AgreeWithTheLawOfTheirSteps) {
    const int n = 10000;
    for (const TokenCase& tokens : {uniform_case(), absorbing_case()})
        for (const TokenSamplerInfo& info : token_sampler_list()) {
            if (!info.is_law || (info.absorbing_only && !tokens.model.noise.is_absorbing())) continue;
            const auto sampler = make_token_sampler(info.name);
            const std::vector<double> times{tokens.from, 0.6, 0.3};
            const std::vector<int> start(3, tokens.model.noise.is_absorbing() ? 3 : 1);
            Vector p(tokens.p0.size(), 0.0);
            p[static_cast<std::size_t>(tokens.space.number(start))] = 1.0;

            const Vector law = propagate_token_law(*sampler, tokens.model, times, p);

            EXPECT_LE(largest_z(tokens, *sampler, times, start, law, n), z_limit) << info.name;
            // Mutant: the same draws against the law of one step in place of two.
            const Vector one = propagate_token_law(*sampler, tokens.model, {tokens.from, 0.3}, p);
            if (std::isinf(info.order)) continue;  // one step or two are the same to exact samplers
            EXPECT_GT(largest_z(tokens, *sampler, times, start, one, n), z_limit) << info.name;
        }
}

TEST(TokenPaths, ForwardNoiseHasTheLawOfItsTransitions) {
    const double s = 0.2, t = 0.7;
    const int n = 20000, start = 1;
    for (const TokenNoise& noise :
         {TokenNoise::uniform(3, TokenSchedule::Kind::cosine), TokenNoise::absorbing(3, TokenSchedule::Kind::linear)}) {
        const SparseRateMatrix chain = noise.token_chain();
        const Vector P = noise.transition(s, t), half = noise.transition(s, 0.5);
        double drawn = 0.0, jumped = 0.0, halfway = 0.0;
        for (int path = 0; path < n; ++path) {
            Draws one({3, Stream::resampling, 0}, static_cast<std::uint64_t>(path)),
                other({3, Stream::resampling, 1}, static_cast<std::uint64_t>(path));
            std::vector<int> x{start};
            noise.add_noise(s, t, x, one);
            const JumpPath jumps = noise.path(chain, start, s, t, other);
            drawn += x[0] == start;
            jumped += jumps.states.back() == start;
            halfway += jumps.state_at(0.5 - s) == start;
        }
        const auto z = [&](double count, double p) { return std::abs(count - n * p) / std::sqrt(n * p * (1.0 - p)); };
        EXPECT_LE(z(drawn, P[4]), 5.0);
        EXPECT_LE(z(jumped, P[4]), 5.0);
        EXPECT_LE(z(halfway, half[4]), 5.0) << "jump times follow the clock";
        // Mutant: jump times in proportion to time.
        const double alpha = noise.schedule().alpha(s), kept = std::pow(noise.schedule().alpha(t) / alpha, 0.3 / 0.5);
        const double wrong = noise.is_uniform() ? kept + (1.0 - kept) / 3.0 : kept;
        EXPECT_GT(z(halfway, wrong), 5.0);
    }
}

TEST(TokenPaths, AreFunctionsOfTheirNoise) {
    const TokenCase tokens = uniform_case();
    const auto sampler = make_token_sampler("tweedie");
    const std::vector<double> times = token_times(3.0, 0.05, 8);
    std::vector<int> a{0, 1, 2}, b{0, 1, 2};
    sample_tokens(*sampler, tokens.model, times, a, 5, 123);
    sample_tokens(*sampler, tokens.model, times, b, 5, 123);
    EXPECT_EQ(a, b);
}

/// Independent positions with one law: long sequences, of which nothing may be enumerated.
class IndependentPosterior final : public TokenPosterior {
public:
    IndependentPosterior(const SequenceSpace& space, Vector law, TokenNoise noise)
        : space_(space), law_(std::move(law)), noise_(std::move(noise)) {}
    const SequenceSpace& space() const override { return space_; }
    void evaluate(std::span<const int> x, double t, std::span<double> out) const override {
        for (std::size_t d = 0; d < x.size(); ++d) {
            Vector w = noise_.likelihood(0.0, t, x[d]);
            double sum = 0.0;
            for (std::size_t a = 0; a < w.size(); ++a) sum += w[a] *= law_[a];
            for (std::size_t a = 0; a < w.size(); ++a) out[d * w.size() + a] = w[a] / sum;
        }
    }

private:
    SequenceSpace space_;
    Vector law_;
    TokenNoise noise_;
};

TEST(TokenPaths, LongSequencesAreNotEnumerated) {
    const SequenceSpace space{5, 400};
    EXPECT_THROW(space.n_states(), ConfigError);
    const Vector law{0.5, 0.2, 0.15, 0.1, 0.05};
    const TokenNoise noise = TokenNoise::uniform(5, TokenSchedule::Kind::exponential);
    const TokenModel model{noise, std::make_shared<IndependentPosterior>(space, law, noise)};
    const Vector start = noise.push(0.0, 2.0, law), end = noise.push(0.0, 0.1, law);
    const auto tweedie = make_token_sampler("tweedie"), euler = make_token_sampler("euler");
    const auto largest = [&](const TokenSampler& sampler) {
        Vector counts(5, 0.0);
        const int n = 20;
        for (int path = 0; path < n; ++path) {
            Draws draws({5, Stream::initial_law, 0}, static_cast<std::uint64_t>(path));
            std::vector<int> x(400);
            for (int& token : x) token = draw_weights(start, 1.0, draws.uniform());
            sample_tokens(sampler, model, token_times(2.0, 0.1, 4), x, 8, static_cast<std::uint64_t>(path));
            for (int token : x) counts[static_cast<std::size_t>(token)] += 1.0;
        }
        double worst = 0.0;
        for (std::size_t v = 0; v < 5; ++v)
            worst = std::max(worst, std::abs(counts[v] - 8000 * end[v]) / std::sqrt(8000 * end[v] * (1.0 - end[v])));
        return worst;
    };

    EXPECT_LE(largest(*tweedie), 5.0) << "independent positions: exact at any number of steps";
    EXPECT_GT(largest(*euler), 5.0) << "four steps of Euler are not";
}

/// Counts the calls of another posterior.
class Counted final : public TokenPosterior {
public:
    explicit Counted(std::shared_ptr<const TokenPosterior> inner) : inner_(std::move(inner)) {}
    const SequenceSpace& space() const override { return inner_->space(); }
    void evaluate(std::span<const int> x, double t, std::span<double> out) const override {
        ++calls;
        inner_->evaluate(x, t, out);
    }
    mutable int calls = 0;

private:
    std::shared_ptr<const TokenPosterior> inner_;
};

TEST(TokenPaths, CallTheModelAsOftenAsTheTableSays) {
    const TokenCase tokens = absorbing_case();
    const auto counted = std::make_shared<Counted>(tokens.model.posterior);
    const TokenModel model{tokens.model.noise, counted};
    for (const TokenSamplerInfo& info : token_sampler_list()) {
        if (!info.is_law || info.name == "uniformisation") continue;
        counted->calls = 0;
        std::vector<int> x(3, 3);
        sample_tokens(*make_token_sampler(info.name), model, token_times(1.0 - 1e-9, 1e-9, 10), x, 2, 0);
        // Of a sampler with 0, one call for each token revealed; likewise low_confidence, three tokens in ten steps.
        const bool every_step = info.model_calls > 0 && info.name != "low_confidence";
        EXPECT_EQ(counted->calls, every_step ? 10 * info.model_calls : 3) << info.name;
    }
}

}  // namespace
}  // namespace dynkin
