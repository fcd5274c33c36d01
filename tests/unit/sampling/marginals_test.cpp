// The family of equations with the same marginals: particles and grid against the exact law of the noised mixture,
// forward and reverse, judged by the verdict; the noising process itself; a wrong factor 1/2.
#include "solvers/check/verdict.hpp"
#include "solvers/core/test_functions.hpp"
#include "solvers/grid/density_solver.hpp"
#include "solvers/ode/ode_propagator.hpp"
#include "solvers/particle/coupled.hpp"
#include "solvers/particle/ensemble.hpp"
#include "solvers/particle/sde_propagator.hpp"
#include "solvers/sampling/noising_process.hpp"
#include "tests/unit/sampling/mixtures.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace dynkin {
namespace {

using ProcessPtr = std::shared_ptr<const Process>;

const double lambdas[] = {0.0, 0.3, 1.0, 1.7, 3.0};
constexpr double half_width = 7.0;

GaussianMixture data_law() {
    return {.weights = {0.35, 0.65}, .means = {{-1.5}, {1.0}}, .sds = {{0.5}, {0.4}}};
}
SchedulePtr gentle() {
    return make_schedule(VpLinear{.beta_min = 0.5, .beta_max = 4.0, .t_min = 0.1, .t_max = 1.0});
}

TestFunctions functions() {
    return {monomial({1}), monomial({2}), gaussian_bump({-1.0}, {0.7}), gaussian_bump({0.8}, {0.5}),
            half_line_indicator(1, 0, 0.25, Side::above)};
}

std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const auto& phi : functions()) all.push_back(phi->name());
    return all;
}

// E phi under the noised mixture, by cells of width 7e-4: the midpoint rule of smooth functions that vanish at both
// ends is exact to round-off, and cell_mean carries the indicator.
std::vector<double> exact_expectations(double t) {
    const auto law = initial_law(noised(data_law(), gentle()->level(t)));
    constexpr int n = 20000;
    std::vector<double> result;
    for (const auto& phi : functions()) {
        double sum = 0.0;
        for (int i = 0; i < n; ++i) {
            const double lower = -half_width + 2.0 * half_width * i / n, upper = lower + 2.0 * half_width / n;
            sum += phi->cell_mean(&lower, &upper) * law->mass(&lower, &upper);
        }
        result.push_back(sum);
    }
    return result;
}

struct Case {
    TimeDirection direction;
    double clock_start, clock_end, t_start, t_end;
};
Case case_of(TimeDirection direction) {
    const double t_min = gentle()->t_min(), t_max = gentle()->t_max();
    if (direction == TimeDirection::forward) return {direction, t_min, t_max, t_min, t_max};
    return {direction, 0.0, t_max - t_min, t_max, t_min};
}

DensityRow on_grid(const ProcessPtr& process, const Case& c, int n_cells) {
    const auto start = initial_law(noised(data_law(), gentle()->level(c.t_start)));
    const DensitySpec spec{.problem = {.process = process,
                                       .mesh = {{uniform_faces(-half_width, half_width, n_cells)}},
                                       .domain = Domain(1)},
                           .initial = *start,
                           .t0 = c.clock_start,
                           .outputs = {c.clock_end},
                           .steps = {.tolerance = 1e-5},
                           .functions = functions()};
    return solve_density(spec).rows.back();
}

Comparison grid_comparison(const ProcessPtr& process, const Case& c) {
    const DensityRow coarse = on_grid(process, c, 140), fine = on_grid(process, c, 280);
    Comparison comparison;
    comparison.check = "grid";
    comparison.time = c.clock_end;
    comparison.functions = names();
    comparison.left = fine.expectation;
    comparison.right = exact_expectations(c.t_end);
    // The tolerance of the steps is an L1 distance per e-fold of time, of which there are at most three; |phi| < 50.
    for (std::size_t k = 0; k < fine.expectation.size(); ++k)
        comparison.budgets.push_back(
            {.time_step = 3e-5, .grid = richardson_bound(fine.expectation[k], coarse.expectation[k], 2.0)});
    return comparison;
}

TimeGrid grid_of(const Case& c) {
    return make_time_grid(c.clock_start, c.clock_end, 0.9 / 64.0, std::vector<double>{c.clock_end});
}

// What the step costs: means over 4000 paths of fine - coarse, plus two of their standard errors, for order one or
// more.
std::vector<Budget> step_budgets(const ParticleProblem& problem, const InitialLaw& start) {
    constexpr Index n = 4000;
    BlockState state;
    state.n = n;
    state.x.resize(1, n);
    state.weight.resize(1, n);
    state.alive.resize(1, n);
    std::fill_n(state.weight.row(0), n, 1.0);
    std::fill_n(state.alive.row(0), n, 1.0);
    start.sample(state.x.rows(), n, 0, {.seed = 3, .stream = Stream::initial_law});
    const auto worker = CoupledPaths(problem).worker();
    worker->start(state);
    worker->advance(0);
    std::vector<Budget> budgets;
    std::vector<double> fine(n), coarse(n);
    for (const auto& phi : functions()) {
        phi->value(worker->fine().x.points(n), fine.data());
        phi->value(worker->coarse().x.points(n), coarse.data());
        double sum = 0.0, squares = 0.0;
        for (std::size_t q = 0; q < fine.size(); ++q) {
            sum += fine[q] - coarse[q];
            squares += (fine[q] - coarse[q]) * (fine[q] - coarse[q]);
        }
        budgets.push_back({.time_step = std::abs(sum / n) + 2.0 * std::sqrt(squares) / n});
    }
    return budgets;
}

Comparison particle_comparison(const ProcessPtr& process, const Case& c) {
    const auto start = initial_law(noised(data_law(), gentle()->level(c.t_start)));
    Comparison comparison;
    comparison.check = "particles";
    comparison.time = c.clock_end;
    comparison.functions = names();
    std::shared_ptr<const Propagator> propagator;
    if (process->noise_kind() == NoiseKind::none) {
        propagator = make_ode_propagator({.process = process, .grid = grid_of(c)});
    } else {
        const ParticleProblem problem{.process = process, .scheme = "sra1", .grid = grid_of(c), .seed = 5};
        propagator = std::make_shared<SdePropagator>(problem);
        comparison.budgets = step_budgets(problem, *start);
    }
    const EnsembleResult result =
        run_ensemble({.propagator = *propagator,
                      .initial = *start,
                      .outputs = {c.clock_end},
                      .n_particles = process->noise_kind() == NoiseKind::none ? 3000u : 16000u,
                      .seed = 7,
                      .test_functions = functions(),
                      .n_threads = 1});
    const EnsembleRow& row = result.rows.back();
    comparison.left = row.mean;
    comparison.right = exact_expectations(c.t_end);
    comparison.covariance = row.covariance;
    for (double& entry : comparison.covariance) entry /= row.n;
    comparison.n_samples = row.n;
    return comparison;
}

DenoiserPtr exact_model() {
    return mixture_denoiser(data_law());
}

// The score twice: (1 -+ lambda) g^2 s instead of half of it.
DenoiserPtr doubled_model() {
    const DenoiserPtr exact = exact_model();
    return user_denoiser("doubled", 1, Prediction::score, [exact](Points x, NoiseLevel level, Rows out) {
        exact->score(x, level, out);
        for (Index q = 0; q < x.n; ++q) out.row(0)[q] *= 2.0;
    });
}

TEST(Marginals, AgreeOverTheFamilyForwardAndReverse) {
    std::vector<Comparison> comparisons;
    for (const TimeDirection direction : {TimeDirection::forward, TimeDirection::reverse})
        for (const double lambda : lambdas) {
            const Case c = case_of(direction);
            const ProcessPtr process = make_marginal_process(gentle(), exact_model(), lambda, direction);
            comparisons.push_back(grid_comparison(process, c));
            comparisons.push_back(particle_comparison(process, c));
        }

    const Verdict verdict = judge(comparisons);

    EXPECT_EQ(verdict.outcome, Outcome::agree) << to_text(verdict);
}

TEST(Marginals, DisagreeWithoutTheFactorOneHalf) {
    for (const TimeDirection direction : {TimeDirection::forward, TimeDirection::reverse})
        for (const double lambda : {0.0, 0.3, 3.0}) {
            const Case c = case_of(direction);
            const ProcessPtr mutant = make_marginal_process(gentle(), doubled_model(), lambda, direction);

            EXPECT_EQ(judge({grid_comparison(mutant, c)}).outcome, Outcome::disagree) << lambda;
            EXPECT_EQ(judge({particle_comparison(mutant, c)}).outcome, Outcome::disagree) << lambda;
        }
}

TEST(NoisingProcess, TransitionsCarryTheMixtureExactly) {
    for (const std::string& name : schedule_names()) {
        const SchedulePtr schedule = make_schedule(name);
        const double span = schedule->t_max() - schedule->t_min();
        const double t0 = schedule->t_min() + 0.02 * span, t1 = schedule->t_min() + 0.4 * span;
        const ProcessPtr process = make_noising_process(schedule, 1);
        const auto start = initial_law(noised(data_law(), schedule->level(t0)));
        const TimeGrid grid{.t0 = t0, .until = t1, .n_steps = 2, .outputs = {t1}};
        const SdePropagator propagator({.process = process, .scheme = "exact", .grid = grid, .seed = 1});

        const EnsembleRow row = run_ensemble({.propagator = propagator,
                                              .initial = *start,
                                              .outputs = {t1},
                                              .n_particles = 20000,
                                              .seed = 2,
                                              .test_functions = {monomial({1}), monomial({2})},
                                              .n_threads = 1})
                                    .rows.back();

        const auto exact = initial_law(noised(data_law(), schedule->level(t1)));
        for (const std::size_t k : {0u, 1u})
            EXPECT_NEAR(row.mean[k], exact->moment({static_cast<int>(k) + 1}), 4.0 * row.standard_error[k]) << name;
    }
}

TEST(NoisingProcess, KnowsItsDerivativesAndDensity) {
    const SchedulePtr schedule = make_schedule(VpCosine{});
    const ProcessPtr process = make_noising_process(schedule, 2);
    Block x(2, 1), out(4, 1);
    x.row(0)[0] = 0.4;
    x.row(1)[0] = -2.0;
    const double t = 0.6, x0[] = {1.0, 0.5};

    process->drift_jacobian(x.points(), t, out.rows());
    EXPECT_EQ(out.row(0)[0], schedule->scale_rate(t));
    EXPECT_EQ(out.row(1)[0], 0.0);
    process->drift_time_derivative(x.points(), t, out.rows());
    const double h = 1e-5;
    EXPECT_NEAR(out.row(1)[0], -2.0 * (schedule->scale_rate(t + h) - schedule->scale_rate(t - h)) / (2 * h), 1e-6);
    double density = 0.0;
    process->transition_density(x.points(), x0, 0.2, 0.4, &density);
    const double factor = schedule->alpha(0.6) / schedule->alpha(0.2);
    const double variance = std::pow(schedule->sigma(0.6), 2) - std::pow(factor * schedule->sigma(0.2), 2);
    const double square = std::pow(0.4 - factor, 2) + std::pow(-2.0 - 0.5 * factor, 2);
    EXPECT_NEAR(density, std::exp(-0.5 * square / variance) / (2.0 * M_PI * variance), 1e-14);
}

}  // namespace
}  // namespace dynkin
