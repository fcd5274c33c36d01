// What the coarser twin says the steps cost, against the error itself; weights of Feynman and Kac along samplers.
#include "solvers/sampling/sampler_audit.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/core/test_functions.hpp"
#include "solvers/particle/ensemble.hpp"
#include "solvers/sampling/composed_score.hpp"
#include "solvers/sampling/noising_process.hpp"
#include "solvers/sampling/weighted_particles.hpp"
#include "tests/unit/sampling/law.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace dynkin {
namespace {

GaussianMixture bumps() {
    return {.weights = {0.4, 0.6}, .means = {{-1.0}, {0.8}}, .sds = {{0.5}, {0.4}}};
}

SamplingProblem problem(const std::string& name, int n_steps) {
    SamplingProblem p{.sampler = name};
    p.setup.schedule = make_schedule(VpLinear{.t_min = 0.01});
    p.setup.model = mixture_denoiser(bumps());
    p.setup.times = sampling_times(*p.setup.schedule, {.spacing = TimeSpacing::log_snr, .n_steps = n_steps});
    p.setup.options.churn = name == "heun" ? 10.0 : 0.0;
    p.seed = 5;
    return p;
}

TestFunctions functions() {
    return {monomial({1}), monomial({2}), gaussian_bump({0.8}, {0.5})};
}

SamplerAudit audit_of(const SamplingProblem& p, std::uint64_t n, int n_threads = 1) {
    const auto start = initial_law(noised(bumps(), p.setup.schedule->level(p.setup.times.front())));
    return audit_sampler(
        {.problem = p, .initial = *start, .functions = functions(), .n_particles = n, .n_threads = n_threads});
}

// The error at N steps against the mean of a run with 16 N steps on the same start and independent noise. Mean
// differences of 40000 particles: allowed are the bound and four standard errors of the two runs (sd / 200 each).
TEST(SamplerAudit, BoundsWhatTheStepsCost) {
    constexpr std::uint64_t n = 40000;
    for (const char* name : {"ddpm", "ddim", "euler_maruyama", "heun", "dpm2", "dpmpp2m", "dpmpp2m_sde", "unipc"}) {
        const int n_steps = sampler_info(name).order < 2.0 ? 64 : 24;
        const SamplingProblem p = problem(name, n_steps), fine = problem(name, 16 * n_steps);
        const SamplerAudit audit = audit_of(p, 8000);
        const auto start = initial_law(noised(bumps(), p.setup.schedule->level(p.setup.times.front())));
        const auto mean = [&](const SamplingProblem& of) {
            const auto propagator = make_sampling_propagator(of);
            return run_ensemble({.propagator = *propagator,
                                 .initial = *start,
                                 .outputs = output_times(of),
                                 .n_particles = n,
                                 .seed = 5,
                                 .test_functions = functions(),
                                 .n_threads = 1})
                .rows.front()
                .mean;
        };
        const std::vector<double> coarse = mean(p), exact = mean(fine);
        for (std::size_t k = 0; k < coarse.size(); ++k) {
            const double noise = 4.0 * std::sqrt(2.0 / n) * audit.sd[k];
            EXPECT_LT(std::abs(coarse[k] - exact[k]), audit.bound[k] + noise) << name << " " << k;
            EXPECT_LT(audit.bound[k], 0.15 * audit.sd[k]) << name << " " << k;  // a bound that says something
        }
    }
}

// Mutant: twins that do not share their noise. The difference of means is then as noisy as the means.
TEST(SamplerAudit, TwinsShareTheirNoise) {
    const SamplerAudit audit = audit_of(problem("ddpm", 64), 4000);
    for (std::size_t k = 0; k < 3; ++k)
        EXPECT_LT(audit.standard_error[k], 0.5 * std::sqrt(2.0 / 4000) * audit.sd[k]) << k;
}

TEST(SamplerAudit, SameBitsForAnyNumberOfThreads) {
    for (const char* name : {"ddpm", "probability_flow"}) {
        const SamplerAudit one = audit_of(problem(name, 9), 3000, 1), two = audit_of(problem(name, 9), 3000, 2);
        EXPECT_EQ(one.difference, two.difference) << name;
        EXPECT_EQ(one.bound, two.bound) << name;
    }
    EXPECT_EQ(audit_of(problem("ddim", 9), 100).n_coarse_steps, 5);
    EXPECT_THROW(audit_of(problem("ddim", 1), 100), ConfigError);
}

// --- weights along a sampler ---------------------------------------------------------------------------------------

constexpr double beta = 1.0;

// N(m1, v)^2 / N(m0, v0) for Gaussians is Gaussian: its mean and variance at t_min are known in closed form.
GaussianMixture normal(double mean, double sd) {
    return {.weights = {1.0}, .means = {{mean}}, .sds = {{sd}}};
}

struct Moments2 {
    double mean, variance;
};

Moments2 composed_moments(NoiseLevel level) {
    const GaussianMixture one = noised(normal(0.9, 0.5), level), zero = noised(normal(0.0, 1.0), level);
    const double v1 = one.sds[0][0] * one.sds[0][0], v0 = zero.sds[0][0] * zero.sds[0][0];
    const double precision = (1.0 + beta) / v1 - beta / v0;
    return {((1.0 + beta) * one.means[0][0] / v1 - beta * zero.means[0][0] / v0) / precision, 1.0 / precision};
}

Moments2 weighted_moments(const std::string& sampler, int n_steps, bool with_weights) {
    SamplingProblem p{.sampler = sampler};
    p.setup.schedule = make_schedule(VpLinear{.beta_min = 0.5, .beta_max = 6.0, .t_min = 0.05});
    const auto terms = guidance_terms(mixture_denoiser(normal(0.9, 0.5)), mixture_denoiser(normal(0.0, 1.0)), beta);
    p.setup.model = composed_score(terms);
    p.setup.times = sampling_times(*p.setup.schedule, {.spacing = TimeSpacing::uniform, .n_steps = n_steps});
    p.seed = 2;
    if (with_weights) p.killing = make_composed_process(p.setup.schedule, terms, 1.0);
    for (int i = 1; i <= n_steps; ++i) p.outputs.push_back(i);
    const auto propagator = make_sampling_propagator(p);
    const NoiseLevel first = p.setup.schedule->level(p.setup.times.front());
    const auto start = gaussian_law({0.0}, {1.0});
    WeightedEnsembleSpec spec{.propagator = *propagator, .initial = *start};
    spec.n_outputs = n_steps;
    spec.n_particles = 40000;
    spec.seed = 2;
    spec.initial_log_weight = [&](Points x, double* out) {
        p.setup.model->log_density(x, first, out);
        for (Index q = 0; q < x.n; ++q) out[q] += 0.5 * x.component(0)[q] * x.component(0)[q];
    };
    const WeightedEnsemble e = run_weighted_ensemble(spec);
    const double mean = e.mean(*monomial({1}));
    return {mean, e.mean(*monomial({2})) - mean * mean};
}

// 40000 particles of sd 0.45, half of them effective: the mean to 4 * 0.45 / sqrt(20000) = 0.013, the variance to
// 4 * 0.2 * sqrt(2 / 20000) = 0.008; the steps of order one (160) leave 0.01, those of order two nothing visible.
TEST(FeynmanKac, WeightsAlongEverySamplerGiveTheComposedLaw) {
    const NoiseLevel last = make_schedule(VpLinear{.beta_min = 0.5, .beta_max = 6.0, .t_min = 0.05})->level(0.05);
    const Moments2 exact = composed_moments(last);
    for (const char* sampler : {"ddpm", "ddim", "euler_maruyama", "heun", "dpm2"}) {
        const Moments2 weighted = weighted_moments(sampler, 160, true);
        EXPECT_NEAR(weighted.mean, exact.mean, 0.023) << sampler;
        EXPECT_NEAR(weighted.variance, exact.variance, 0.018) << sampler;
    }
    EXPECT_GT(std::abs(weighted_moments("heun", 160, false).mean - exact.mean), 0.05) << "mutant: no weights";
}

TEST(FeynmanKac, PropagatorsRefuseWeightsTheyCannotCarry) {
    SamplingProblem p = problem("probability_flow", 8);
    const auto terms = tempered_terms(p.setup.model, 2.0);
    p.killing = make_composed_process(p.setup.schedule, terms, 1.0);
    EXPECT_THROW(make_sampling_propagator(p), ConfigError);
    p.sampler = "heun";
    p.killing = make_marginal_process(p.setup.schedule, p.setup.model, 1.0, TimeDirection::reverse);
    EXPECT_THROW(make_sampling_propagator(p), ConfigError);
}

// --- one formula ---------------------------------------------------------------------------------------------------

TEST(GuidedScore, IsComposeScoresAtEveryPoint) {
    const std::vector<DenoiserPtr> conditionals = {mixture_denoiser(test::two_in_the_plane()),
                                                   mixture_denoiser({{1.0}, {{0.3, 0.2}}, {{0.5, 0.8}}}),
                                                   mixture_denoiser({{1.0}, {{-1.0, 1.0}}, {{0.7, 0.4}}})};
    const DenoiserPtr base = mixture_denoiser({{1.0}, {{0.0, 0.0}}, {{1.2, 1.1}}});
    const NoiseLevel level{0.8, 0.6};
    constexpr Index n = 70;
    Block x(2, n);
    for (Index q = 0; q < n; ++q) {
        x.row(0)[q] = std::sin(1.0 * static_cast<double>(q)) * 2.0;
        x.row(1)[q] = std::cos(2.3 * static_cast<double>(q)) * 2.0;
    }
    for (const Pool pool : {Pool::mean, Pool::max}) {
        const Composition composition{.pool = pool, .beta = 1.7};
        const DenoiserPtr guided = guided_score(conditionals, base, composition);
        Block s(2, n), part(2, n), density(1, n);
        guided->score(x.points(), level, s.rows());
        for (Index q = 0; q < n; ++q) {
            std::vector<double> scores, unconditional, ranking;
            for (const DenoiserPtr& model : conditionals) {
                model->score(x.points().slice(q, 1), level, part.rows());
                scores.insert(scores.end(), {part.row(0)[0], part.row(1)[0]});
                model->log_density(x.points().slice(q, 1), level, density.row(0));
                ranking.push_back(density.row(0)[0]);
            }
            base->score(x.points().slice(q, 1), level, part.rows());
            unconditional = {part.row(0)[0], part.row(1)[0]};
            const auto expected = compose_scores(scores, unconditional, composition,
                                                 pool == Pool::mean ? std::vector<double>{} : ranking);
            EXPECT_EQ(s.row(0)[q], expected.score[0]);  // the same sum, the same bits
            EXPECT_EQ(s.row(1)[q], expected.score[1]);
        }
    }
    EXPECT_THROW(guided_score(conditionals, base, {.pool = Pool::min_entropy}), ConfigError);
    EXPECT_THROW(guided_score({}, base, {}), ConfigError);
}

// The score of a composition is the gradient of its log-density, under both pools (away from where the maximum
// changes).
TEST(GuidedScore, IsTheGradientOfItsDensity) {
    const std::vector<DenoiserPtr> conditionals = {mixture_denoiser(normal(-1.0, 0.5)),
                                                   mixture_denoiser(normal(1.2, 0.4))};
    const DenoiserPtr base = mixture_denoiser(normal(0.0, 1.5));
    const NoiseLevel level{0.9, 0.4};
    for (const Pool pool : {Pool::mean, Pool::max}) {
        const DenoiserPtr guided = guided_score(conditionals, base, {.pool = pool, .beta = 0.6});
        for (const double at : {-1.4, -0.3, 0.7, 1.9}) {
            constexpr double h = 1e-5;
            Block x(1, 3), s(1, 3);
            double p[3];
            for (int i = 0; i < 3; ++i) x.row(0)[i] = at + (i - 1) * h;
            guided->score(x.points(), level, s.rows());
            guided->log_density(x.points(), level, p);
            EXPECT_NEAR(s.row(0)[1], (p[2] - p[0]) / (2.0 * h), 1e-7) << at;
        }
    }
}

// --- errors of laws ------------------------------------------------------------------------------------------------

TEST(SamplerLaw, SampledAndPropagatedErrorsAgree) {
    const GaussianMixture law = bumps();
    SamplingProblem p = problem("dpmpp2m", 16);
    const double exact = quantile_error("dpmpp2m", p.setup, law, 2000);
    EXPECT_NEAR(sampled_error("dpmpp2m", p.setup, law, 20000, 1).error / exact, 1.0, 0.02);
    // In one dimension the flow keeps the order of points, so the distance from it is W1: 2000 random points, not
    // quantiles.
    EXPECT_NEAR(flow_distance("dpmpp2m", p.setup, law, 2000, 1) / exact, 1.0, 4.0 / std::sqrt(2000.0) * 2.0);
    // Noise drawn: the error is not below what sampling leaves, and close to it with many steps.
    const SampledError drawn = sampled_error("dpmpp2m_sde", problem("dpmpp2m_sde", 200).setup, law, 20000, 1);
    EXPECT_GT(drawn.error, 0.5 * drawn.floor);
    EXPECT_LT(drawn.error, 3.0 * drawn.floor);
    EXPECT_THROW(quantile_error("ddpm", problem("ddpm", 16).setup, law, 100), ConfigError);
}

}  // namespace
}  // namespace dynkin
