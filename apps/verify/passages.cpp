// D7, D8: first passages by particles, with the crossing probability of the Brownian bridge inside a step.
#include "apps/verify/passages.hpp"

#include "apps/verify/case_functions.hpp"
#include "apps/verify/judges.hpp"
#include "apps/verify/support/ensembles.hpp"
#include "apps/verify/support/level.hpp"
#include "apps/verify/support/problems.hpp"
#include "models/drifted_brownian.hpp"
#include "solvers/noise/increments.hpp"
#include "solvers/particle/first_passage.hpp"
#include "solvers/particle/parallel.hpp"

#include <cmath>

namespace dynkin::verify {
namespace {

FirstPassageResult passage_above_one(const std::shared_ptr<const Process>& process, double until, int n_steps,
                                     std::uint64_t n_particles, const VerifyOptions& options) {
    ParticleProblem problem;
    problem.process = process;
    problem.grid.until = until;
    problem.grid.n_steps = n_steps;
    problem.grid.outputs.push_back(1.0);
    problem.seed = options.seed;
    const auto start = point_law({0.0});
    const AxisLevel set(1, 0, 1.0);
    FirstPassageSpec spec{.problem = problem, .initial = *start, .set = set};
    spec.n_particles = n_particles;
    spec.n_threads = options.n_threads;
    return run_first_passage(spec);
}

}  // namespace

VerifyRow maximum_row(const std::string& how, const Estimate& probability) {
    return judged("P(max W >= 1), " + how, 0.317310507863, probability);
}

Estimate maximum_at_grid_times(int n_steps, std::uint64_t n_paths, const VerifyOptions& options) {
    const Index per_block = 512;
    const auto n_blocks = static_cast<std::int64_t>(n_paths / static_cast<std::uint64_t>(per_block));
    std::vector<double> hits(static_cast<std::size_t>(n_blocks), 0.0);
    parallel_blocks(n_blocks, usable_threads(options.n_threads, n_blocks), [&](std::int64_t block, int) {
        Block dW(1, per_block), W(1, per_block), highest(1, per_block);
        for (int step = 0; step < n_steps; ++step) {
            fill_increments({1, 1}, options.seed, static_cast<std::uint64_t>(block * per_block), per_block, step,
                            1.0 / n_steps, dW.rows());
            for (Index q = 0; q < per_block; ++q) {
                W.row(0)[q] += dW.row(0)[q];
                highest.row(0)[q] = std::fmax(highest.row(0)[q], W.row(0)[q]);
            }
        }
        for (Index q = 0; q < per_block; ++q)
            hits[static_cast<std::size_t>(block)] += highest.row(0)[q] >= 1.0 ? 1.0 : 0.0;
    });
    double p = 0.0;
    for (const double h : hits) p += h / static_cast<double>(n_blocks * per_block);
    return {p, std::sqrt(p * (1.0 - p) / static_cast<double>(n_blocks * per_block))};
}

VerifyReport judge_inverse_gaussian(const ProcessPtr& process, const VerifyOptions& options) {
    VerifyReport report;
    // Beyond t = 40 the inverse Gaussian law has a mass below 1e-9.
    const FirstPassageResult r = passage_above_one(process, 40.0, 400, std::uint64_t{1} << 17, options);
    report.rows.push_back(judged("P(tau <= 1)", 0.668102001223, {1.0 - r.survival[0], r.survival_standard_error[0]}));
    report.rows.push_back(judged("E tau", 1.0, {r.mean, r.mean_standard_error}));
    // Standard error of a mean of n times with variance a sigma^2 / mu^3 = 1; that of the estimate itself fluctuates by
    // sqrt((kurtosis - 1) / (4 n)) with kurtosis 3 + 15 = 18.
    const double se = r.mean_standard_error * std::sqrt(r.n);
    report.rows.push_back(judged("standard deviation of tau", 1.0, {se, std::sqrt(17.0 / (4.0 * r.n))}));
    report.notes.push_back("a flat set and constant coefficients: exact at any step, here h = 0.1");
    return report;
}

VerifyReport case_d7(const VerifyOptions& options) {
    return judge_inverse_gaussian(make_process(models::DriftedBrownian{.mu = {1.0}, .noise = {1.0}}), options);
}

VerifyReport case_d8(const VerifyOptions& options) {
    VerifyReport report;
    const auto process = make_process(Brownian{});
    const std::uint64_t n = std::uint64_t{1} << 20;
    for (const int n_steps : {4, 100}) {
        const FirstPassageResult r = passage_above_one(process, 1.0, n_steps, n, options);
        const std::string h = n_steps == 4 ? ", h = 1/4" : ", h = .01";
        report.rows.push_back(maximum_row("first passage with bridges" + h, {r.hit, r.hit_standard_error}));
        EnsembleMeans what{.process = process, .x0 = {0.0}};
        what.n_steps = n_steps;
        what.domain = {AxisDomain{.upper = 1.0, .at_upper = Boundary::absorbing}};
        what.n_particles = n;
        what.observables = {[](const double*) { return 1.0; }};
        const Estimate alive = ensemble_means(what, options)[0];
        report.rows.push_back(maximum_row("absorbing wall with bridges" + h, {1.0 - alive.mean, alive.standard_error}));
    }
    // Looking at grid times moves the wall outwards by .5826 sqrt(h) (Broadie, Glasserman & Kou 1997), up to o(sqrt h),
    // for which 5e-4 is allowed: the value CASES gives has five digits.
    report.rows.push_back(
        judged("what grid times alone would give, h = .01", 0.28994, maximum_at_grid_times(100, n, options), 5e-4));
    return report;
}

}  // namespace dynkin::verify
