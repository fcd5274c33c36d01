// Probability flow by dopri5: the likelihood of points, and quantiles carried to the tolerance of the steps.
#include "solvers/core/errors.hpp"
#include "solvers/sampling/sampling_propagator.hpp"
#include "tests/unit/sampling/law.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace dynkin {
namespace {

using test::three_bumps;
using test::two_in_the_plane;

// Largest |log p by the flow - exact log p at the last time| over points drawn from the law itself.
double likelihood_defect(const GaussianMixture& law, const SchedulePtr& schedule, const DenoiserPtr& model) {
    const SamplerSetup setup{.schedule = schedule,
                             .model = model,
                             .times = sampling_times(*schedule, {.n_steps = 40}),
                             .options = {.rtol = 1e-9, .atol = 1e-11}};
    const DenoiserPtr exact = mixture_denoiser(law);
    const NoiseLevel first = schedule->level(setup.times.front()), last = schedule->level(setup.times.back());
    constexpr Index n = 40;
    Block x(law.dim(), n);
    initial_law(noised(law, last))->sample(x.rows(), n, 0, {.seed = 4, .stream = Stream::initial_law});
    std::vector<double> by_flow(n), by_formula(n);

    flow_log_likelihood(
        setup, x.points(), [&](Points y, double* out) { exact->log_density(y, first, out); }, by_flow.data());

    exact->log_density(x.points(), last, by_formula.data());
    double worst = 0.0;
    for (std::size_t q = 0; q < by_flow.size(); ++q) worst = std::max(worst, std::abs(by_flow[q] - by_formula[q]));
    return worst;
}

// Some hundred steps with local errors of 1e-9 relative, divergences up to 1 / sigma^2 at the last level amplify them.
TEST(Likelihood, ByTheFlowIsExact) {
    for (const SchedulePtr& schedule :
         {make_schedule(VpLinear{}), make_schedule(Edm{.sigma_min = 0.01}), make_schedule(FlowMatching{})}) {
        EXPECT_LT(likelihood_defect(three_bumps(), schedule, mixture_denoiser(three_bumps())), 1e-5)
            << schedule->name();
        EXPECT_LT(likelihood_defect(two_in_the_plane(), schedule, mixture_denoiser(two_in_the_plane())), 1e-5)
            << schedule->name();
    }
}

TEST(Likelihood, OfAnotherModelIsWrong) {  // mutant: sds 5 % too large
    GaussianMixture wider = two_in_the_plane();
    for (auto& sd : wider.sds)
        for (double& s : sd) s *= 1.05;

    EXPECT_GT(likelihood_defect(two_in_the_plane(), make_schedule(VpLinear{}), mixture_denoiser(wider)), 1e-2);
}

TEST(ProbabilityFlow, CarriesQuantilesToItsTolerance) {
    const GaussianMixture law = three_bumps();
    const SchedulePtr schedule = make_schedule(Edm{});
    SamplingProblem problem{
        .sampler = "probability_flow",
        .setup = {
            .schedule = schedule, .model = mixture_denoiser(law), .times = sampling_times(*schedule, {.n_steps = 32})}};
    const auto error_with = [&](double rtol) {
        problem.setup.options.rtol = rtol;
        problem.setup.options.atol = 1e-3 * rtol;
        const Index n = 100;
        BlockState state;
        state.n = n;
        state.x = test::quantiles(law, schedule->level(80.0), n);
        state.weight.resize(1, n);
        state.alive.resize(1, n);
        std::fill_n(state.alive.row(0), n, 1.0);
        std::fill_n(state.weight.row(0), n, 1.0);
        const auto propagator = make_sampling_propagator(problem);
        const auto worker = propagator->worker();
        const BlockState& end = worker->advance(state, 0);
        const Block exact = test::quantiles(law, schedule->level(0.002), n);
        double sum = 0.0;
        for (Index i = 0; i < n; ++i) sum += std::abs(end.x.row(0)[i] - exact.row(0)[i]);
        return sum / static_cast<double>(n);
    };

    EXPECT_LT(error_with(1e-9), 1e-6);
    EXPECT_GT(error_with(1e-4), 1e-8);
}

TEST(ProbabilityFlow, LastStepCanRemoveTheNoise) {
    const SchedulePtr schedule = make_schedule(Edm{.sigma_min = 0.2, .sigma_max = 10.0});
    const DenoiserPtr model = mixture_denoiser({.weights = {1.0}, .means = {{0.5}}, .sds = {{0.0}}});  // an atom
    SamplingProblem problem{
        .sampler = "dpmpp2m",
        .setup = {.schedule = schedule, .model = model, .times = sampling_times(*schedule, {.n_steps = 8})},
        .denoise_at_end = true};
    BlockState state;
    state.n = 2;
    state.x.resize(1, 2);
    state.x.row(0)[1] = 12.0;

    const auto propagator = make_sampling_propagator(problem);
    const auto worker = propagator->worker();
    const BlockState& end = worker->advance(state, 0);

    EXPECT_EQ(end.x.row(0)[0], 0.5);
    EXPECT_EQ(end.x.row(0)[1], 0.5);
    EXPECT_NEAR(state.x.row(0)[1], 0.5 + 0.2 / 10.0 * 11.5, 1e-12);  // the path itself keeps its noise
}

}  // namespace
}  // namespace dynkin
