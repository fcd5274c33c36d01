// Composed scores: what they are not, and the weights that repair it, by particles and by the grid with its reaction
// term.
#include "solvers/check/verdict.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/core/test_functions.hpp"
#include "solvers/grid/density_solver.hpp"
#include "solvers/particle/ensemble.hpp"
#include "solvers/particle/sde_propagator.hpp"
#include "solvers/sampling/composed_score.hpp"
#include "solvers/sampling/noising_process.hpp"
#include "solvers/sampling/weighted_particles.hpp"
#include "tests/unit/sampling/mixtures.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dynkin {
namespace {

GaussianMixture conditional() {
    return {.weights = {0.7, 0.3}, .means = {{1.0}, {-0.5}}, .sds = {{std::sqrt(0.05)}, {std::sqrt(0.1)}}};
}
GaussianMixture unconditional() {
    return {.weights = {0.4, 0.3, 0.3},
            .means = {{1.0}, {-0.5}, {-1.5}},
            .sds = {{std::sqrt(0.05)}, {std::sqrt(0.1)}, {std::sqrt(0.2)}}};
}

// Nodes of the trapezoidal rule on (-8, 8), where every law of this file has vanished.
constexpr Index n_nodes = 4001;
double node(Index i) {
    return -8.0 + 16.0 * static_cast<double>(i) / static_cast<double>(n_nodes - 1);
}

Block nodes() {
    Block x(1, n_nodes);
    for (Index i = 0; i < n_nodes; ++i) x.row(0)[i] = node(i);
    return x;
}

// prod p_k^c_k at a noise level, normalised to sum 1 over the nodes.
std::vector<double> composed_law(const Denoiser& composed, NoiseLevel level) {
    std::vector<double> q(static_cast<std::size_t>(n_nodes));
    composed.log_density(nodes().points(), level, q.data());
    const double largest = *std::max_element(q.begin(), q.end());
    for (double& value : q) value = std::exp(value - largest);
    const double sum = std::accumulate(q.begin(), q.end(), 0.0);
    for (double& value : q) value /= sum;
    return q;
}

// E_q |composed score - score of the noised composed law| / E_q |the latter|, q the noised composed law.
double score_defect(double beta, double variance) {
    const DenoiserPtr composed =
        composed_score(guidance_terms(mixture_denoiser(conditional()), mixture_denoiser(unconditional()), beta));
    const std::vector<double> clean = composed_law(*composed, {1.0, 0.0});
    const Block x = nodes();
    Block s(1, n_nodes);
    composed->score(x.points(), {1.0, std::sqrt(variance)}, s.rows());
    double defect = 0.0, size = 0.0;
    for (Index i = 0; i < n_nodes; i += 10) {
        double q = clean[static_cast<std::size_t>(i)], slope = q * s.row(0)[i];
        if (variance > 0.0) {
            q = slope = 0.0;
            for (Index j = 0; j < n_nodes; ++j) {
                const double d = node(i) - node(j);
                const double part = clean[static_cast<std::size_t>(j)] * std::exp(-0.5 * d * d / variance);
                q += part;
                slope -= part * d / variance;
            }
        }
        defect += std::abs(q * s.row(0)[i] - slope);
        size += std::abs(slope);
    }
    return defect / size;
}

TEST(ComposedScore, IsNotTheScoreOfTheNoisedComposedLaw) {
    // Figures of an independent program, to the digits given.
    EXPECT_LT(score_defect(0.25, 0.0), 1e-12);
    EXPECT_NEAR(score_defect(0.25, 0.1), 0.02, 0.005);
    EXPECT_NEAR(score_defect(0.25, 1.0), 0.06, 0.005);
    EXPECT_NEAR(score_defect(3.0, 0.1), 0.12, 0.005);
    EXPECT_NEAR(score_defect(3.0, 1.0), 0.68, 0.005);
}

// --- sampling from the composed law -------------------------------------------------------------------------------

constexpr double beta = 1.5;
SchedulePtr schedule() {
    return make_schedule(VpLinear{.beta_min = 0.5, .beta_max = 6.0, .t_min = 0.05});
}
std::vector<ScoreTerm> terms() {
    return guidance_terms(mixture_denoiser(conditional()), mixture_denoiser(unconditional()), beta);
}
double clock_end() {
    return schedule()->t_max() - schedule()->t_min();
}

TestFunctions functions() {
    return {monomial({0}), monomial({1}), monomial({2}), gaussian_bump({0.8}, {0.5})};
}
std::vector<std::string> names(std::size_t first) {
    std::vector<std::string> all;
    for (std::size_t k = first; k < functions().size(); ++k) all.push_back(functions()[k]->name());
    return all;
}

// q at t_max, from its own formula.
std::shared_ptr<const InitialLaw> start_law() {
    const DenoiserPtr composed = composed_score(terms());
    const NoiseLevel first = schedule()->level(schedule()->t_max());
    return density_law({-7.0}, {7.0}, [=](Points x, double* out) {
        composed->log_density(x, first, out);
        for (Index q = 0; q < x.n; ++q) out[q] = std::exp(out[q]);
    });
}

// E phi under q at t_min.
std::vector<double> exact_expectations() {
    const auto q = composed_law(*composed_score(terms()), schedule()->level(schedule()->t_min()));
    std::vector<double> result, value(static_cast<std::size_t>(n_nodes));
    for (const auto& phi : functions()) {
        phi->value(nodes().points(), value.data());
        result.push_back(std::inner_product(q.begin(), q.end(), value.begin(), 0.0));
    }
    return result;
}

DensityRow on_grid(const std::shared_ptr<const Process>& process, int n_cells) {
    const auto start = start_law();
    return solve_density(
               {.problem = {.process = process, .mesh = {{uniform_faces(-7.0, 7.0, n_cells)}}, .domain = Domain(1)},
                .initial = *start,
                .outputs = {clock_end()},
                .steps = {.tolerance = 1e-5},
                .functions = functions()})
        .rows.back();
}

// Expectations of the weighted law on the grid over its mass, against q.
Comparison grid_comparison(const std::shared_ptr<const Process>& process) {
    const DensityRow coarse = on_grid(process, 160), fine = on_grid(process, 320);
    const std::vector<double> exact = exact_expectations();
    Comparison comparison;
    comparison.check = "grid";
    comparison.time = clock_end();
    comparison.functions = names(1);
    for (std::size_t k = 1; k < exact.size(); ++k) {
        const double value = fine.expectation[k] / fine.mass;
        comparison.left.push_back(value);
        comparison.right.push_back(exact[k]);
        // Tolerance of the steps relative to the mass per e-fold; |phi| of the order of one where the law is.
        comparison.budgets.push_back(
            {.time_step = 5e-5, .grid = richardson_bound(value, coarse.expectation[k] / coarse.mass, 2.0)});
    }
    return comparison;
}

// Means of 24 independent weighted ensembles against q; their spread is the covariance.
Comparison particle_comparison(const std::shared_ptr<const Process>& process, double threshold) {
    constexpr std::size_t n_runs = 24, K = 3;
    const auto start = start_law();
    std::vector<std::vector<double>> runs;
    for (std::size_t r = 0; r < n_runs; ++r) {
        const TimeGrid grid = make_time_grid(0.0, clock_end(), clock_end() / 80, 9);
        const SdePropagator propagator({.process = process, .scheme = "sra1", .grid = grid, .seed = 100 + r});
        const WeightedEnsemble ensemble = run_weighted_ensemble({.propagator = propagator,
                                                                 .initial = *start,
                                                                 .n_outputs = 9,
                                                                 .n_particles = 1500,
                                                                 .seed = 100 + r,
                                                                 .threshold = threshold});
        runs.emplace_back();
        for (std::size_t k = 1; k <= K; ++k) runs.back().push_back(ensemble.mean(*functions()[k]));
    }
    Comparison comparison;
    comparison.check = "particles";
    comparison.time = clock_end();
    comparison.functions = names(1);
    const std::vector<double> exact = exact_expectations();
    comparison.right.assign(exact.begin() + 1, exact.end());
    comparison.left.assign(K, 0.0);
    for (const auto& run : runs)
        for (std::size_t k = 0; k < K; ++k) comparison.left[k] += run[k] / n_runs;
    comparison.covariance.assign(K * K, 0.0);
    for (const auto& run : runs)
        for (std::size_t k = 0; k < K; ++k)
            for (std::size_t l = 0; l < K; ++l)
                comparison.covariance[k * K + l] +=
                    (run[k] - comparison.left[k]) * (run[l] - comparison.left[l]) / (n_runs * (n_runs - 1.0));
    comparison.n_samples = n_runs;
    // Self-normalised weights are biased by their variance over the number of particles: below 2 / 1500 in units of sd,
    // which is about one here; the steps of order two leave 1e-4 (h / 2: less than a quarter of it).
    comparison.budgets.assign(K, {.time_step = 1.5e-3});
    comparison.scale.assign(K, 1.0);
    return comparison;
}

TEST(FeynmanKac, WeightsMakeTheComposedLawRight) {
    const auto weighted = make_composed_process(schedule(), terms(), 1.0);
    const auto quiet = make_composed_process(schedule(), terms(), 0.3);
    const VerdictOptions options{.minimum_count = 0.0};

    const Verdict verdict = judge({grid_comparison(weighted), grid_comparison(quiet),
                                   particle_comparison(weighted, 0.5), particle_comparison(weighted, 0.0)},
                                  options);

    EXPECT_EQ(verdict.outcome, Outcome::agree) << to_text(verdict);
}

TEST(FeynmanKac, WithoutWeightsTheLawIsAnother) {
    const auto plain = make_marginal_process(schedule(), composed_score(terms()), 1.0, TimeDirection::reverse);
    const VerdictOptions options{.minimum_count = 0.0};

    EXPECT_EQ(judge({grid_comparison(plain)}, options).outcome, Outcome::disagree);
    EXPECT_EQ(judge({particle_comparison(plain, 0.5)}, options).outcome, Outcome::disagree);
}

TEST(FeynmanKac, GuidanceIsKilledAtItsClosedRate) {
    const auto process = make_composed_process(schedule(), terms(), 1.0);
    const DenoiserPtr one = mixture_denoiser(conditional()), zero = mixture_denoiser(unconditional());
    Block x(1, 50), s1(1, 50), s0(1, 50), c(1, 50);
    for (Index q = 0; q < 50; ++q) x.row(0)[q] = -3.0 + 0.12 * static_cast<double>(q);
    const double clock = 0.4, t = schedule()->t_max() - clock;

    process->killing_rate(x.points(), clock, c.rows());

    one->score(x.points(), schedule()->level(t), s1.rows());
    zero->score(x.points(), schedule()->level(t), s0.rows());
    for (Index q = 0; q < 50; ++q) {
        const double d = s1.row(0)[q] - s0.row(0)[q];
        const double expected = -0.5 * schedule()->squared_noise_rate(t) * beta * (1.0 + beta) * d * d;
        EXPECT_NEAR(c.row(0)[q], expected, 1e-10 * (1.0 + std::abs(expected)));
    }
}

TEST(ComposedScore, CoversProductsAndTempering) {
    // N(0, 1) N(1, 1) = N(1/2, 1/2); N(m, v)^(1/T) = N(m, T v).
    const auto normal = [](double mean, double sd) {
        return mixture_denoiser({.weights = {1.0}, .means = {{mean}}, .sds = {{sd}}});
    };
    const NoiseLevel clean{1.0, 0.0};
    Block x(1, 1), s(1, 1);
    x.row(0)[0] = 1.7;

    composed_score(product_terms({normal(0.0, 1.0), normal(1.0, 1.0)}))->score(x.points(), clean, s.rows());
    EXPECT_NEAR(s.row(0)[0], -(1.7 - 0.5) / 0.5, 1e-14);
    composed_score(tempered_terms(normal(0.5, 2.0), 3.0))->score(x.points(), clean, s.rows());
    EXPECT_NEAR(s.row(0)[0], -(1.7 - 0.5) / 12.0, 1e-14);

    EXPECT_THROW(composed_score({}), ConfigError);
    EXPECT_THROW(composed_score({{nullptr, 1.0}}), ConfigError);
    EXPECT_THROW(composed_score({{normal(0.0, 1.0), std::nan("")}}), ConfigError);
    EXPECT_THROW(composed_score({{normal(0.0, 1.0), 1.0}, {mixture_denoiser(test::two_in_the_plane()), 1.0}}),
                 ConfigError);
    EXPECT_THROW(tempered_terms(normal(0.0, 1.0), 0.0), ConfigError);
}

TEST(SystematicResampling, GivesEveryWeightItsShare) {
    const std::vector<double> weights{0.0, 3.0, 0.5, 1.5, 0.0, 1.0, 0.0};
    EXPECT_NEAR(effective_sample_size(weights), 36.0 / 12.5, 1e-14);
    std::vector<double> children(weights.size(), 0.0);
    constexpr int n = 600;
    for (int i = 0; i < n; ++i) {
        std::vector<int> now(weights.size(), 0);
        for (const std::size_t parent : systematic_resampling(weights, (i + 0.5) / n)) {
            ++now[parent];
            children[parent] += 1.0 / n;
        }
        for (std::size_t k = 0; k < weights.size(); ++k) {
            const double share = 7.0 * weights[k] / 6.0;
            EXPECT_TRUE(now[k] == std::floor(share) || now[k] == std::ceil(share)) << k;
        }
    }
    for (std::size_t k = 0; k < weights.size(); ++k) EXPECT_NEAR(children[k], 7.0 * weights[k] / 6.0, 2.0 / n);
    EXPECT_THROW(systematic_resampling({0.0, 0.0}, 0.5), ConfigError);
    EXPECT_THROW(effective_sample_size({1.0, -1.0}), ConfigError);
    const auto same = systematic_resampling(std::vector<double>(1000, 0.1), 0.5);
    for (std::size_t i = 0; i < same.size(); ++i) EXPECT_EQ(same[i], i);
}

TEST(WeightedEnsemble, SameBitsForAnyNumberOfThreads) {
    const auto process = make_composed_process(schedule(), terms(), 1.0);
    const auto start = start_law();
    const SdePropagator propagator({.process = process,
                                    .scheme = "euler_maruyama",
                                    .grid = make_time_grid(0.0, clock_end(), clock_end() / 20, 5),
                                    .seed = 1});
    WeightedEnsembleSpec spec{
        .propagator = propagator, .initial = *start, .n_outputs = 5, .n_particles = 2500, .seed = 1, .threshold = 0.9};
    const WeightedEnsemble one = run_weighted_ensemble(spec);
    spec.n_threads = 2;
    const WeightedEnsemble two = run_weighted_ensemble(spec);

    EXPECT_GT(one.n_resamplings, 0);
    EXPECT_EQ(one.weights, two.weights);
    EXPECT_TRUE(std::equal(one.x.row(0), one.x.row(0) + 2500, two.x.row(0)));
    EXPECT_EQ(one.log_mass, two.log_mass);
}

}  // namespace
}  // namespace dynkin
