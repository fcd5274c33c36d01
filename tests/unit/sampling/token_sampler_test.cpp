// Reverse token samplers judged by the laws they make: no sample is drawn here.
//
// Figures of total variation: three tokens, three positions, uniform noise from t = 3 to 0.05, started with the exact
// law at t = 3. An error at N steps is C N^-p (1 + O(1/N)); figures are met within 20 %, which tells first order
// samplers from each other (they differ by 1.08 to 1.6) and any of them from a wrong one.
#include "solvers/core/errors.hpp"
#include "solvers/sampling/categorical.hpp"
#include "tests/unit/sampling/token_cases.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>

namespace dynkin {
namespace {

using test::absorbing_case;
using test::TokenCase;
using test::total_variation;
using test::uniform_case;
using test::Vector;

void expect_figures(const TokenCase& tokens, const std::string& name, const std::map<int, double>& figures) {
    const auto sampler = make_token_sampler(name);
    for (const auto& [n, figure] : figures)
        EXPECT_NEAR(tokens.error(*sampler, n) / figure, 1.0, 0.2) << name << " " << n;
}

double observed_order(const TokenCase& tokens, const TokenSampler& sampler, int n) {
    return std::log2(tokens.error(sampler, n) / tokens.error(sampler, 2 * n));
}

TEST(TokenSamplers, UniformNoiseErrorsAreThoseMeasured) {
    const TokenCase tokens = uniform_case();
    expect_figures(tokens, "euler", {{16, 9.5e-2}, {64, 2.2e-2}, {128, 1.07e-2}});
    expect_figures(tokens, "tau_leaping", {{16, 1.25e-1}, {64, 3.2e-2}, {128, 1.56e-2}});
    expect_figures(tokens, "tweedie", {{16, 7.8e-2}, {64, 2.0e-2}, {128, 9.9e-3}});
    expect_figures(tokens, "theta_trapezoidal", {{16, 3.2e-2}, {64, 4.9e-3}, {128, 2.0e-3}});
}

TEST(TokenSamplers, ObservedOrders) {
    const TokenCase tokens = uniform_case();
    for (const char* name : {"euler", "tau_leaping", "tweedie"})
        EXPECT_NEAR(observed_order(tokens, *make_token_sampler(name), 64), 1.0, 0.1) << name;
}

// After a jump in the first stage (probability O(h)) an extrapolated rate can be negative by O(1); clipping it moves
// O(h^2) of the law a step. So order 1 is left in the end, with a small constant.
TEST(TokenSamplers, TheClipSpoilsOrderTwo) {
    const TokenCase tokens = uniform_case();
    const auto clipped = make_token_sampler("theta_trapezoidal"),
               unclipped = make_token_sampler("theta_trapezoidal_unclipped");

    const auto orders = [&](const TokenSampler& sampler) {
        const double e64 = tokens.error(sampler, 64), e128 = tokens.error(sampler, 128),
                     e256 = tokens.error(sampler, 256);
        return std::pair{std::log2(e64 / e128), std::log2(e128 / e256)};
    };
    const auto with_clip = orders(*clipped), without = orders(*unclipped);

    EXPECT_NEAR(with_clip.first, 1.3, 0.1);
    EXPECT_NEAR(with_clip.second, 1.15, 0.1);
    EXPECT_NEAR(without.first, 1.9, 0.1);
    EXPECT_NEAR(without.second, 2.0, 0.1);
    double least = 0.0;
    for (double k : token_kernel(*unclipped, tokens.model, 0.096, 0.05)) least = std::min(least, k);
    EXPECT_LT(least, -1e-4) << "what makes it no sampler";
}

TEST(TokenSamplers, FirstHittingIsExact) {
    const auto sampler = make_token_sampler("first_hitting");
    for (TokenSchedule schedule : {TokenSchedule::Kind::linear, TokenSchedule::Kind::cosine}) {
        const TokenCase tokens = absorbing_case(schedule);

        EXPECT_LE(tokens.error(*sampler, 1), 1e-14);
        EXPECT_LE(tokens.error(*sampler, 7), 1e-14) << "also when it is stopped on the way";
        Vector all_masked(tokens.p0.size(), 0.0);
        all_masked.back() = 1.0;
        const Vector law = propagate_token_law(*sampler, tokens.model, {1.0, 0.0}, all_masked);
        EXPECT_LE(total_variation(law, tokens.p0), 1e-14);
        // Mutant: all positions from one call, as if independent.
        const Vector at_once =
            propagate_token_law(*make_token_sampler("tweedie"), tokens.model, {1.0, 0.0}, all_masked);
        EXPECT_GT(total_variation(at_once, tokens.p0), 0.1);
    }
}

TEST(TokenSamplers, UniformisationIsExact) {
    const auto sampler = make_token_sampler("uniformisation");
    const TokenCase tokens{{2, 2}, TokenNoise::uniform(2, TokenSchedule::Kind::exponential), 1.0, 0.2};
    EXPECT_LE(tokens.error(*sampler, 1), 1e-9);
    EXPECT_LE(tokens.error(*sampler, 3), 3e-9);
}

TEST(TokenSamplers, EulerIsTweedieForLinearMasking) {
    const auto euler = make_token_sampler("euler"), tweedie = make_token_sampler("tweedie");
    for (const auto& [schedule, same] :
         {std::pair{TokenSchedule::Kind::linear, true}, std::pair{TokenSchedule::Kind::cosine, false}}) {
        const TokenCase tokens = absorbing_case(schedule);
        const std::vector<double> times = token_times(tokens.from, tokens.to, 16);

        const double difference = total_variation(propagate_token_law(*euler, tokens.model, times, tokens.start),
                                                  propagate_token_law(*tweedie, tokens.model, times, tokens.start));

        EXPECT_TRUE(same ? difference <= 1e-14 : difference > 1e-3) << difference;
    }
}

TEST(TokenSamplers, KernelsAreStochastic) {
    for (const TokenCase& tokens : {uniform_case(), absorbing_case()})
        for (const TokenSamplerInfo& info : token_sampler_list()) {
            if (info.absorbing_only && !tokens.model.noise.is_absorbing()) continue;
            const Vector kernel = token_kernel(*make_token_sampler(info.name), tokens.model, 0.5, 0.3);
            const auto n = static_cast<std::size_t>(tokens.space.n_states());
            for (std::size_t i = 0; i < n; ++i) {
                double sum = 0.0;
                for (std::size_t j = 0; j < n; ++j) {
                    sum += kernel[i * n + j];
                    EXPECT_TRUE(kernel[i * n + j] >= 0.0 || !info.is_law) << info.name;
                }
                EXPECT_NEAR(sum, 1.0, 1e-13) << info.name;
            }
        }
}

TEST(ComposedPosterior, IsExactForOneTokenAndNotForSequences) {
    const double beta = 1.0;
    for (int n_positions : {1, 3}) {
        const SequenceSpace space{4, n_positions};
        const TokenNoise noise = TokenNoise::absorbing(4, TokenSchedule::Kind::linear);
        const Vector conditional = test::rough_law(space, 3, 7), unconditional = test::rough_law(space, 3, 8);
        Vector wanted(conditional.size(), 0.0), all_masked(conditional.size(), 0.0);
        for (std::size_t i = 0; i < wanted.size(); ++i)
            if (conditional[i] > 0.0)
                wanted[i] = std::pow(conditional[i], 1.0 + beta) / std::pow(unconditional[i], beta);
        wanted = Categorical::from_weights(wanted).probabilities();
        all_masked.back() = 1.0;
        const auto part = [&](const Vector& p) { return std::make_shared<EnumeratedPosterior>(space, p, noise); };
        const TokenModel guided{noise, std::make_shared<ComposedPosterior>(
                                           std::vector<std::shared_ptr<const TokenPosterior>>{part(conditional)},
                                           part(unconditional), Composition{.beta = beta})};

        const double error = total_variation(
            propagate_token_law(*make_token_sampler("first_hitting"), guided, {1.0, 0.0}, all_masked), wanted);

        if (n_positions == 1) {
            EXPECT_LE(error, 1e-14);
        } else {
            EXPECT_GT(error, 0.02) << "composition does not commute with noising";
        }
    }
}

TEST(ReverseMasterEquation, LeadsBackWithOrderFour) {
    const TokenCase tokens = uniform_case();
    const auto error = [&](int n, double remasking) {
        return total_variation(
            reverse_master_equation(tokens.model, tokens.start, tokens.from, tokens.to, n, remasking), tokens.end);
    };

    EXPECT_NEAR(std::log2(error(256, 0.0) / error(512, 0.0)), 4.0, 0.1);
    EXPECT_LE(error(128, 0.0), 1e-5);
}

/// Euler with rates of the test's own making: where mutants live.
class EulerWith final : public TokenSampler {
public:
    using Rates = std::function<void(const TokenModel&, double, std::span<const int>, std::span<double>)>;
    explicit EulerWith(Rates rates) : rates_(std::move(rates)) {}

    const TokenSamplerInfo& info() const override { return token_sampler_list().front(); }
    void step(const TokenModel&, double, double, std::span<int>, Draws&) const override {}
    Vector step_law(const TokenModel& model, double t, double s, std::span<const int> x) const override {
        const auto V = static_cast<std::size_t>(model.space().n_tokens);
        Vector rates(V * x.size());
        rates_(model, t, x, rates);
        for (std::size_t d = 0; d < x.size(); ++d) {
            double total = 0.0;
            for (std::size_t v = 0; v < V; ++v) total += rates[d * V + v] *= t - s;
            const double scale = total > 1.0 ? 1.0 / total : 1.0;
            for (std::size_t v = 0; v < V; ++v) rates[d * V + v] *= scale;
            rates[d * V + static_cast<std::size_t>(x[d])] = std::max(0.0, 1.0 - total);
        }
        return product_law(model.space(), rates);
    }

private:
    Rates rates_;
};

TEST(TokenSamplers, WrongRatesDoNotConverge) {
    const EulerWith right([](const TokenModel& m, double t, std::span<const int> x, std::span<double> r) {
        reverse_rates(m, t, x, 0.0, r);
    });
    const EulerWith no_ratio([](const TokenModel& m, double t, std::span<const int> x, std::span<double> r) {
        const std::size_t V = r.size() / x.size();
        for (std::size_t d = 0; d < x.size(); ++d) {
            const Vector into = m.noise.rates_into(x[d]);
            for (std::size_t v = 0; v < V; ++v) r[d * V + v] = m.noise.schedule().rate(t) * into[v];
        }
    });
    const EulerWith wrong_clock([](const TokenModel& m, double t, std::span<const int> x, std::span<double> r) {
        reverse_rates(m, t, x, 0.0, r);
        for (double& rate : r) rate /= m.noise.schedule().rate(t) * (1.0 + t);
    });
    const EulerWith wrong_time([](const TokenModel& m, double t, std::span<const int> x, std::span<double> r) {
        reverse_rates(m, 0.8 * t, x, 0.0, r);
    });
    const EulerWith only_remasking([](const TokenModel& m, double t, std::span<const int> x, std::span<double> r) {
        reverse_rates(m, t, x, 1.0, r);
        Vector plain(r.size());
        reverse_rates(m, t, x, 0.0, plain);
        for (std::size_t i = 0; i < r.size(); ++i) r[i] -= plain[i];  // forward added, its reverse forgotten
    });

    const TokenCase tokens = uniform_case();

    EXPECT_LE(tokens.error(right, 64), 2.2e-2 * 1.2);
    for (const EulerWith* mutant : {&no_ratio, &wrong_clock, &wrong_time, &only_remasking}) {
        EXPECT_GE(tokens.error(*mutant, 64), 2.2e-2 * 1.2);
        EXPECT_LE(observed_order(tokens, *mutant, 64), 0.6);
    }
    const TokenCase masked = absorbing_case();
    for (const EulerWith* mutant : {&no_ratio, &wrong_clock, &wrong_time, &only_remasking})
        EXPECT_LE(observed_order(masked, *mutant, 64), 0.6);
}

TEST(Remasking, LeavesTheMarginalsAsTheyAre) {
    for (const TokenCase& tokens : {uniform_case(), absorbing_case()})
        for (double kappa : {0.5, 2.0}) {
            const Vector law = reverse_master_equation(tokens.model, tokens.start, tokens.from, tokens.to, 256, kappa);
            EXPECT_LE(total_variation(law, tokens.end), 2e-4) << "kappa " << kappa;
            for (const char* name : {"euler", "tau_leaping"}) {
                const auto sampler = make_token_sampler(name, {.remasking = kappa});
                EXPECT_NEAR(observed_order(tokens, *sampler, 128), 1.0, 0.15) << name << ", kappa " << kappa;
            }
            EXPECT_LT(tokens.error(*make_token_sampler("theta_trapezoidal", {.remasking = kappa}), 64),
                      tokens.error(*make_token_sampler("tau_leaping", {.remasking = kappa}), 128))
                << "as many model calls, a smaller error";
        }
}

TEST(TokenSamplers, RefuseWrongInput) {
    const TokenCase tokens = uniform_case();
    std::vector<int> x{0, 1, 2};
    Draws noise({1, Stream::resampling, 0}, 0);
    EXPECT_THROW(make_token_sampler("tau_leapin"), ConfigError);
    EXPECT_THROW(make_token_sampler("theta_trapezoidal", {.theta = 1.0}), ConfigError);
    EXPECT_THROW(make_token_sampler("euler", {.remasking = -1.0}), ConfigError);
    EXPECT_THROW(make_token_sampler("tweedie", {.remasking = 1.0}), ConfigError);
    EXPECT_THROW(make_token_sampler("first_hitting")->step(tokens.model, 0.5, 0.1, x, noise), ConfigError);
    EXPECT_THROW(make_token_sampler("euler")->step(tokens.model, 0.1, 0.5, x, noise), ConfigError);
    EXPECT_THROW(make_token_sampler("theta_trapezoidal_unclipped")->step(tokens.model, 0.5, 0.1, x, noise),
                 ConfigError);
    EXPECT_THROW(token_times(0.1, 0.5, 4), ConfigError);
    EXPECT_THROW(make_token_sampler("uniformisation")->step(tokens.model, 0.5, 0.0, x, noise), ConfigError);
    const TokenCase masked = absorbing_case();
    EXPECT_THROW(make_token_sampler("euler")->step(masked.model, 1.0, 0.5, x, noise), ConfigError);
}

}  // namespace
}  // namespace dynkin
