// Samplers that draw noise, on Gaussian data: every step is affine in the start and the normals, so that running them
// on unit vectors of noise gives mean and variance of their law without Monte Carlo.
#include "solvers/core/errors.hpp"
#include "solvers/core/test_functions.hpp"
#include "solvers/particle/ensemble.hpp"
#include "solvers/sampling/sampling_propagator.hpp"
#include "solvers/sampling/schedule_formula.hpp"
#include "tests/unit/sampling/law.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace dynkin {
namespace {

using test::two_in_the_plane;

constexpr double data_mean = 0.7, data_sd = 0.6;
GaussianMixture gaussian() {
    return {.weights = {1.0}, .means = {{data_mean}}, .sds = {{data_sd}}};
}

// |mean - exact| + |variance - exact| at the last time, started from the exact law.
double law_error(const std::string& name, const SamplerSetup& setup) {
    const auto sampler = make_sampler(name, setup);
    const int n_steps = static_cast<int>(setup.times.size()) - 1, n_normals = n_steps * sampler->normal_rows();
    const GaussianMixture start = noised(gaussian(), setup.schedule->level(setup.times.front()));
    const GaussianMixture end = noised(gaussian(), setup.schedule->level(setup.times.back()));
    // Point 0: the mean, no noise. Point 1: one standard deviation more. Point 2 + k: normal number k is 1.
    Block x(1, n_normals + 2), noise(n_normals, n_normals + 2);
    for (Index q = 0; q < x.size(); ++q) x.row(0)[q] = start.means[0][0] + (q == 1 ? start.sds[0][0] : 0.0);
    for (int k = 0; k < n_normals; ++k) noise.row(k)[k + 2] = 1.0;

    run_steps(*sampler, n_steps, x, noise.rows());

    double variance = 0.0;
    for (Index q = 1; q < x.size(); ++q) variance += (x.row(0)[q] - x.row(0)[0]) * (x.row(0)[q] - x.row(0)[0]);
    return std::abs(x.row(0)[0] - end.means[0][0]) + std::abs(variance - end.sds[0][0] * end.sds[0][0]);
}

double law_error(const std::string& name, SamplerSetup setup, int n_steps) {
    setup.times = sampling_times(*setup.schedule, {.spacing = TimeSpacing::log_snr, .n_steps = n_steps});
    return law_error(name, setup);
}

double observed_order(const std::string& name, const SamplerSetup& setup, int n_steps) {
    return std::log2(law_error(name, setup, n_steps) / law_error(name, setup, 2 * n_steps));
}

SamplerSetup setup_on(const SchedulePtr& schedule) {
    return {.schedule = schedule, .model = mixture_denoiser(gaussian())};
}

TEST(StochasticSamplers, OrdersAreThoseStated) {
    for (const SchedulePtr& schedule :
         {make_schedule(VpLinear{.t_min = 0.01}), make_schedule(Edm{.sigma_min = 0.05, .sigma_max = 10.0})}) {
        SamplerSetup setup = setup_on(schedule);
        for (const char* name : {"ddpm", "euler_maruyama", "dpmpp2m_sde"})
            EXPECT_NEAR(observed_order(name, setup, 512), sampler_info(name).order, 0.1) << name << schedule->name();
        setup.options.eta = 0.5;
        EXPECT_NEAR(observed_order("ddim", setup, 512), 1.0, 0.1) << schedule->name();
        setup.options.churn = 20.0;
        EXPECT_NEAR(observed_order("heun", setup, 256), 2.0, 0.1) << schedule->name();
        for (const double lambda : {0.0, 0.25, 2.0}) {
            setup.options.lambda = lambda;
            EXPECT_NEAR(observed_order("euler_maruyama", setup, 512), 1.0, 0.1) << schedule->name() << lambda;
        }
    }
}

struct WrongSigmaDerivative {  // flow matching whose g^2 was made with sigma' = 1.1
    static constexpr const char* name = "wrong_sigma_derivative";
    double t_min = 0.01, t_max = 0.9, factor = 1.1;
    template <class S>
    S alpha(S t) const {
        return 1.0 - t;
    }
    template <class S>
    S sigma(S t) const {
        return t;
    }
    template <class S>
    S scale_rate(S t) const {
        return -1.0 / (1.0 - t);
    }
    template <class S>
    S squared_noise_rate(S t) const {
        return 2.0 * t * factor + 2.0 * t * t / (1.0 - t);
    }
    double time_of_ratio(double ratio) const { return ratio / (1.0 + ratio); }
};

TEST(StochasticSamplers, MutantsOfTheReverseEquationLeaveAnError) {
    const SamplerSetup right = setup_on(schedule_of(WrongSigmaDerivative{.factor = 1.0}));
    SamplerSetup factor_two = right;  // (1 + lambda) g^2 s instead of half of it
    factor_two.model = user_denoiser("factor_two", 1, Prediction::score, [&](Points x, NoiseLevel level, Rows out) {
        right.model->score(x, level, out);
        for (Index q = 0; q < x.n; ++q) out.row(0)[q] *= 2.0;
    });

    EXPECT_NEAR(observed_order("euler_maruyama", right, 256), 1.0, 0.1);
    EXPECT_LT(observed_order("euler_maruyama", factor_two, 256), 0.3);
    EXPECT_LT(observed_order("euler_maruyama", setup_on(schedule_of(WrongSigmaDerivative{})), 256), 0.5);
}

TEST(StochasticSamplers, LimitsOfTheFamiliesCoincide) {
    SamplerSetup setup = setup_on(make_schedule(VpLinear{}));
    setup.options.eta = 1.0;
    setup.options.corrector_steps = 0;
    EXPECT_EQ(law_error("ddim", setup, 20), law_error("ddpm", setup, 20));
    EXPECT_EQ(law_error("predictor_corrector", setup, 20), law_error("ddpm", setup, 20));
}

// Langevin with step e on N(m, v) relaxes to variance v / (1 - e / (4 v)), e = 2 r^2 sigma^2: with one step a level the
// error stays below that of the predictor plus this bias.
TEST(StochasticSamplers, CorrectorStepsRepairThePredictor) {
    SamplerSetup setup = setup_on(make_schedule(Edm{.sigma_min = 0.3, .sigma_max = 10.0}));
    setup.options.corrector_ratio = 0.3;
    setup.options.corrector_steps = 8;
    const double variance = data_sd * data_sd + 0.09, step = 2.0 * 0.09 * 0.09;
    const double bias = variance / (1.0 - step / (4.0 * variance)) - variance;

    EXPECT_LT(law_error("predictor_corrector", setup, 32), 0.75 * law_error("ddpm", setup, 32) + bias);
}

EnsembleResult ensemble(const SamplingProblem& problem, Index block_size, int n_threads) {
    const auto propagator = make_sampling_propagator(problem);
    const auto start = noise_law(problem.setup);
    return run_ensemble({.propagator = *propagator,
                         .initial = *start,
                         .dim = 2,
                         .outputs = output_times(problem),
                         .n_particles = 700,
                         .seed = problem.seed,
                         .test_functions = {monomial({1, 0}), monomial({1, 1})},
                         .n_threads = n_threads,
                         .block_size = block_size});
}

TEST(SamplingPropagator, SameBitsForAnyBlockThreadAndOutputs) {
    const SchedulePtr schedule = make_schedule(VpLinear{});
    for (const SamplerInfo& info : sampler_list()) {
        SamplingProblem problem{.sampler = info.name,
                                .setup = {.schedule = schedule,
                                          .model = mixture_denoiser(two_in_the_plane()),
                                          .times = sampling_times(*schedule, {.n_steps = 6})},
                                .seed = 11,
                                .outputs = {0, 3, 6}};
        const EnsembleResult one = ensemble(problem, 128, 1), other = ensemble(problem, 512, 2);
        problem.outputs = {};
        const EnsembleResult last = ensemble(problem, 256, 1);

        for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(one.rows[k].mean, other.rows[k].mean) << info.name;
        EXPECT_EQ(one.rows[2].mean, last.rows[0].mean) << info.name;
        problem.seed = 12;
        EXPECT_NE(last.rows[0].mean, ensemble(problem, 256, 1).rows[0].mean) << info.name;
    }
}

TEST(SamplingPropagator, ReportsWhatGoesWrong) {
    const SchedulePtr schedule = make_schedule(VpLinear{});
    SamplingProblem problem{.sampler = "heun",
                            .setup = {.schedule = schedule,
                                      .model = user_denoiser("holes", 2, Prediction::epsilon,
                                                             [](Points x, NoiseLevel, Rows out) {
                                                                 for (int j = 0; j < 2; ++j)
                                                                     std::fill_n(out.row(j), x.n, std::nan(""));
                                                             }),
                                      .times = sampling_times(*schedule, {.n_steps = 6})}};
    EXPECT_THROW(ensemble(problem, 128, 1), NumericsError);
    problem.sampler = "probability_flow";
    EXPECT_THROW(ensemble(problem, 128, 1), NumericsError);
    problem.outputs = {3, 2};
    EXPECT_THROW(make_sampling_propagator(problem), ConfigError);
    problem.outputs = {7};
    EXPECT_THROW(make_sampling_propagator(problem), ConfigError);
}

}  // namespace
}  // namespace dynkin
