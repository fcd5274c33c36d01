// Deterministic samplers carry quantiles: the error of their law against model calls, without Monte Carlo.
#include "solvers/core/errors.hpp"
#include "tests/unit/sampling/law.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>

namespace dynkin {
namespace {

using test::three_bumps;

SamplerSetup edm_setup(const GaussianMixture& law) {
    return {.schedule = make_schedule(Edm{}), .model = mixture_denoiser(law)};
}

double error_at(const std::string& name, SamplerSetup setup, const GaussianMixture& law, int model_calls,
                TimeSpacing spacing = TimeSpacing::karras, Index n_quantiles = 2000) {
    const int n_steps = model_calls / static_cast<int>(sampler_info(name).model_calls);
    setup.times = sampling_times(*setup.schedule, {.spacing = spacing, .n_steps = n_steps});
    return quantile_error(name, setup, law, n_quantiles);
}

// W1 at 16 and 256 model calls, Karras rho = 7, sigma 80 -> 0.002, 2000 quantiles: figures of an independent program.
TEST(SamplerLaw, ErrorsAreThoseOfTheReference) {
    struct Figure {
        const char* sampler;
        double at_16, at_256;
    };
    const GaussianMixture law = three_bumps();
    for (const Figure& figure :
         {Figure{"ddim", 9.7e-2, 5.8e-3}, Figure{"heun", 1.1e-1, 2.8e-4}, Figure{"dpm2", 9.7e-2, 1.8e-4},
          Figure{"dpmpp2m", 3.0e-2, 9.4e-5}, Figure{"lms4", 2.9e-2, 3.9e-6}}) {
        EXPECT_NEAR(error_at(figure.sampler, edm_setup(law), law, 16) / figure.at_16, 1.0, 0.05) << figure.sampler;
        EXPECT_NEAR(error_at(figure.sampler, edm_setup(law), law, 256) / figure.at_256, 1.0, 0.05) << figure.sampler;
    }
}

// Broad bumps, so that the error is asymptotic at few hundred steps.
GaussianMixture soft_bumps() {
    return {.weights = {0.4, 0.6}, .means = {{-1.0}, {0.8}}, .sds = {{0.5}, {0.7}}};
}

double observed_order(const std::string& name, const SamplerSetup& setup, int n_steps) {
    const GaussianMixture law = soft_bumps();
    const int calls = n_steps * static_cast<int>(sampler_info(name).model_calls);
    return std::log2(error_at(name, setup, law, calls, TimeSpacing::log_snr, 101) /
                     error_at(name, setup, law, 2 * calls, TimeSpacing::log_snr, 101));
}

TEST(SamplerLaw, OrdersAreThoseStated) {
    for (const SchedulePtr& schedule : {make_schedule(Edm{.sigma_min = 0.02, .sigma_max = 20.0}),
                                        make_schedule(VpLinear{}), make_schedule(FlowMatching{.t_min = 0.02})}) {
        const SamplerSetup setup{.schedule = schedule, .model = mixture_denoiser(soft_bumps())};
        for (const char* name : {"ddim", "heun", "dpm2", "dpmpp2m", "unipc"})
            EXPECT_NEAR(observed_order(name, setup, 256), sampler_info(name).order, 0.1) << name << schedule->name();
    }
}

// The single steps of lower order at the start leave errors of order 2: they are small only where the path is nearly
// straight, at high noise.
TEST(SamplerLaw, Lms4ShowsItsOrderFromHighNoise) {
    const DenoiserPtr model = mixture_denoiser(soft_bumps());
    const SamplerSetup from_high{.schedule = make_schedule(Edm{.sigma_min = 0.02, .sigma_max = 1000.0}),
                                 .model = model};
    const SamplerSetup from_low{.schedule = make_schedule(Edm{.sigma_min = 0.02, .sigma_max = 5.0}), .model = model};

    EXPECT_NEAR(observed_order("lms4", from_high, 1024), 4.0, 0.1);
    EXPECT_LT(observed_order("lms4", from_low, 1024), 2.5);
}

TEST(SamplerLaw, UniPcGainsAnOrder) {
    for (const int p : {1, 2, 3}) {
        SamplerSetup setup{.schedule = make_schedule(VpLinear{}), .model = mixture_denoiser(soft_bumps())};
        setup.options.predictor_order = p;

        EXPECT_NEAR(observed_order("unipc", setup, 128), p + 1.0, 0.1);
    }
}

// Mutants: half a score, and a model that believes the noise to be 1 % higher than it is. Their error does not fall.
TEST(SamplerLaw, AWrongModelLeavesAnError) {
    const GaussianMixture law = soft_bumps();
    const DenoiserPtr exact = mixture_denoiser(law);
    const auto changed = [&](double score_factor, double sigma_factor) {
        return user_denoiser("changed", 1, Prediction::score, [=](Points x, NoiseLevel level, Rows out) {
            exact->score(x, {level.alpha, sigma_factor * level.sigma}, out);
            for (Index q = 0; q < x.n; ++q) out.row(0)[q] *= score_factor;
        });
    };
    SamplerSetup setup{.schedule = make_schedule(VpLinear{}), .model = changed(1.0, 1.0)};
    for (const char* name : {"heun", "dpmpp2m", "unipc"}) {
        setup.model = changed(1.0, 1.0);
        EXPECT_NEAR(observed_order(name, setup, 128), sampler_info(name).order, 0.1) << name;
        setup.model = changed(0.5, 1.0);
        EXPECT_LT(observed_order(name, setup, 128), 0.2) << name;
        setup.model = changed(1.0, 1.01);
        EXPECT_LT(observed_order(name, setup, 128), 0.5) << name;
    }
}

TEST(SamplerList, ModelCallsAreThoseStated) {
    std::atomic<int> calls{0};
    const DenoiserPtr exact = mixture_denoiser(soft_bumps());
    const DenoiserPtr counting =
        user_denoiser("counting", 1, Prediction::score, [&](Points x, NoiseLevel at, Rows out) {
            ++calls;
            exact->score(x, at, out);
        });
    const SchedulePtr schedule = make_schedule(VpLinear{});
    const SamplerSetup setup{
        .schedule = schedule, .model = counting, .times = sampling_times(*schedule, {.n_steps = 10})};
    for (const SamplerInfo& info : sampler_list()) {
        if (info.name == "probability_flow") continue;
        const auto sampler = make_sampler(info.name, setup);
        Block x(1, 3), noise(10 * sampler->normal_rows(), 3);
        calls = 0;

        run_steps(*sampler, 10, x, noise.rows());

        EXPECT_EQ(calls, static_cast<int>(10 * info.model_calls + info.extra_model_calls)) << info.name;
        EXPECT_EQ(info.stochastic, sampler->normal_rows() > 0) << info.name;
    }
}

TEST(SamplerList, RefusesWhatCannotRun) {
    SamplerSetup setup = edm_setup(soft_bumps());
    EXPECT_THROW(make_sampler("ddim", setup), ConfigError);  // no times
    setup.times = {80.0, 1.0, 0.002};
    EXPECT_NE(test::message_of([&] { make_sampler("dpmp2m", setup); }).find("did you mean 'dpmpp2m'"),
              std::string::npos);
    EXPECT_THROW(make_sampler("probability_flow", setup), ConfigError);
    setup.options.eta = 1.5;
    EXPECT_NE(test::message_of([&] { make_sampler("ddim", setup); }).find("eta = 1.5, expected 0 <= eta <= 1"),
              std::string::npos);
    setup.options = {.lambda = -1.0, .predictor_order = 9};
    EXPECT_THROW(make_sampler("euler_maruyama", setup), ConfigError);
    EXPECT_THROW(make_sampler("unipc", setup), ConfigError);
    setup.model = nullptr;
    EXPECT_THROW(make_sampler("heun", setup), ConfigError);
}

}  // namespace
}  // namespace dynkin
