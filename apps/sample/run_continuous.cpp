#include "apps/sample/sampling_parts.hpp"
#include "solvers/check/held_out.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/sampling/sampler_audit.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

const ContinuousExperiment& continuous(const SamplingContext& context) {
    return *context.experiment.continuous;
}

constexpr Index n_likelihoods = 256;

struct Generated {
    EnsembleRow row;
    Block x, handed_out;  ///< at the last time; denoised, if asked for
};

bool has_likelihood(const ContinuousExperiment& c) {
    return c.problem.sampler == "probability_flow" && !c.guidance && c.data.model->has_log_density();
}

Generated generate(const SamplingContext& context) {
    const ContinuousExperiment& c = continuous(context);
    const SamplingExperiment& e = context.experiment;
    // The law of X at the last time is known exactly, that of E[X_0 | X] is not: the former is judged.
    SamplingProblem problem = c.problem;
    problem.denoise_at_end = false;
    problem.killing = nullptr;
    const auto propagator = make_sampling_propagator(problem);
    const auto start = start_law(c);
    const bool keep = e.store_particles || c.data.rows || has_likelihood(c);
    Generated result;
    if (keep) result.x.resize(c.dim(), static_cast<Index>(e.n));
    EnsembleSpec spec{.propagator = *propagator, .initial = *start};
    spec.dim = c.dim();
    spec.outputs = {problem.setup.times.back()};
    spec.n_particles = e.n;
    spec.seed = e.seed;
    spec.test_functions = c.functions;
    spec.n_threads = e.n_threads;
    spec.stop = context.control.stop;
    if (keep)
        spec.visit = [&](int, const BlockState& state) {
            for (int j = 0; j < c.dim(); ++j)
                std::copy_n(state.x.row(j), state.n, result.x.row(j) + state.first_particle);
        };
    spec.progress = [&](std::uint64_t done) { context.update(static_cast<double>(done)); };
    context.begin("sampling", static_cast<double>(e.n), " particles");
    result.row = run_ensemble(spec).rows.front();
    context.end();
    context.log("particles: " + std::to_string(e.n) + ", " + propagator->description() + ", " +
                std::to_string(problem.setup.times.size() - 1) + " steps");
    if (keep && c.problem.denoise_at_end) {
        result.handed_out.resize(c.dim(), static_cast<Index>(e.n));
        denoise_or_throw(*c.problem.setup.model, result.x.points(), c.last_level(), 0, result.handed_out.rows());
    }
    return result;
}

/// What the score from a grid owes to its cells: means of the same paths with the score from half of them, second
/// order.
std::vector<double> grid_bound(const SamplingContext& context, const std::vector<double>& exact) {
    const ContinuousExperiment& c = continuous(context);
    const GridLaw& grid = *c.data.grid;
    const auto start = start_law(c);
    const auto means = [&](const DenoiserPtr& model) {
        SamplingProblem problem = c.problem;
        problem.denoise_at_end = false;
        problem.setup.model = model;
        const auto propagator = make_sampling_propagator(problem);
        EnsembleSpec spec{.propagator = *propagator, .initial = *start};
        spec.dim = c.dim();
        spec.outputs = {problem.setup.times.back()};
        spec.n_particles = c.n_audited;
        spec.seed = context.experiment.seed;
        spec.test_functions = c.functions;
        spec.n_threads = context.experiment.n_threads;
        return run_ensemble(spec).rows.front().mean;
    };
    const std::vector<double> fine = means(c.data.model), coarse = means(grid.coarse),
                              law = grid_expectations(grid.coarse_mesh, grid.coarse_masses, c.functions);
    std::vector<double> bound;
    for (std::size_t k = 0; k < fine.size(); ++k)
        bound.push_back(richardson_bound(fine[k], coarse[k], 2.0, 1.5) + richardson_bound(exact[k], law[k], 2.0, 1.5));
    return bound;
}

Comparison exact_comparison(const SamplingContext& context, const EnsembleRow& row, const SamplerAudit& audit,
                            std::vector<std::string>& notes) {
    const ContinuousExperiment& c = continuous(context);
    const Expectations exact = exact_expectations(c);
    const std::vector<double> by_cells =
        c.data.grid && !c.guidance ? grid_bound(context, exact.value) : std::vector<double>(exact.value.size(), 0.0);
    Comparison comparison;
    comparison.check = c.guidance ? "composed_law" : "exact_law";
    comparison.time = c.problem.setup.times.back();
    comparison.n_samples = row.n;
    std::vector<std::size_t> known;
    std::string unknown;
    for (std::size_t k = 0; k < exact.value.size(); ++k) {
        if (std::isfinite(exact.value[k]))
            known.push_back(k);
        else
            unknown += (unknown.empty() ? "" : ", ") + c.functions[k]->name();
    }
    if (!unknown.empty())
        notes.push_back("no exact expectation in " + std::to_string(c.dim()) +
                        " dimensions, hence left out: " + unknown);
    for (const std::size_t k : known) {
        comparison.functions.push_back(c.functions[k]->name());
        comparison.left.push_back(row.mean[k]);
        comparison.right.push_back(exact.value[k]);
        comparison.budgets.push_back({audit.bound[k], by_cells[k], exact.bound[k]});
        comparison.scale.push_back(audit.sd[k]);
        comparison.effective_counts.push_back(effective_count(row.n, audit.skewness[k]));
        for (const std::size_t l : known)
            comparison.covariance.push_back(row.covariance[k * c.functions.size() + l] / row.n);
    }
    write_numbers(context, "moments_exact", "exact expectation of phi", exact.value);
    return comparison;
}

/// The probability flow knows the density of what it generates: its divergence, added up along the way back, against
/// the exact density, at the first samples. Another run with 32 times the tolerances bounds the error of the first.
Comparison likelihood_comparison(const SamplingContext& context, Points x) {
    const ContinuousExperiment& c = continuous(context);
    const SamplerSetup& setup = c.problem.setup;
    const Points some = x.slice(0, std::min(n_likelihoods, x.n));
    const auto n = static_cast<std::size_t>(some.n);
    const NoiseLevel first = setup.schedule->level(setup.times.front());
    const auto start = [&](Points at, double* out) { c.data.model->log_density(at, first, out); };
    std::vector<double> fine(n), coarse(n), exact(n);
    flow_log_likelihood(setup, some, start, fine.data());
    SamplerSetup loose = setup;
    loose.options.rtol *= 32.0;
    loose.options.atol *= 32.0;
    flow_log_likelihood(loose, some, start, coarse.data());
    c.data.model->log_density(some, c.last_level(), exact.data());
    context.writer.add_dimension("point", some.n);
    const auto over_points = [&](const char* name, const char* long_name, const std::vector<double>& values) {
        context.writer.write(context.writer.add_variable(name, {"point"}, {"1", long_name}), values);
    };
    over_points("log_density_flow", "log-density of the first samples along the probability flow", fine);
    over_points("log_density_exact", "exact log-density of the first samples at the last time", exact);

    double distance = 0.0, bound = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
        distance += std::abs(fine[i] - exact[i]) / static_cast<double>(n);
        bound += std::abs(fine[i] - coarse[i]) / static_cast<double>(n);
    }
    Comparison comparison;
    comparison.check = "log_likelihood";
    comparison.time = setup.times.back();
    comparison.functions = {"|log p of the flow - log p|"};
    comparison.left = {distance};
    comparison.right = {0.0};
    comparison.budgets = {{bound, 0.0, 1e-9}};
    comparison.scale = {0.0};
    return comparison;
}

}  // namespace

Judgement run_continuous(const SamplingContext& context) {
    const ContinuousExperiment& c = continuous(context);
    add_dimensions(context);
    const Generated generated = generate(context);
    write_numbers(context, "moments_particles", "mean of phi over the particles", generated.row.mean);
    write_numbers(context, "moments_particles_stderr", "standard error of moments_particles",
                  generated.row.standard_error);
    if (context.experiment.store_particles)
        write_particles(context, generated.handed_out.n_rows() > 0 ? generated.handed_out : generated.x);

    Judgement judgement;
    if (c.data.rows && c.guidance) {
        judgement.notes.push_back("the law that guidance asks for is not known for rows of a file: nothing is judged");
        return judgement;
    }
    if (c.data.rows) {
        HeldOutSpec spec{.training = c.data.rows->training.points(),
                         .held_out = c.data.rows->held_out.points(),
                         .generated = generated.x.points()};
        spec.alpha = c.last_level().alpha;
        spec.sigma = c.last_level().sigma;
        spec.functions = c.functions;
        spec.time = c.problem.setup.times.back();
        spec.n_permutations = c.n_permutations;
        spec.n_directions = c.n_directions;
        spec.seed = context.experiment.seed;
        judgement.comparisons = held_out_comparisons(spec);
        if (has_likelihood(c)) judgement.comparisons.push_back(likelihood_comparison(context, generated.x.points()));
        return judgement;
    }
    const auto start = start_law(c);
    SamplingProblem problem = c.problem;
    problem.killing = nullptr;
    const SamplerAudit audit = audit_sampler({.problem = problem,
                                              .initial = *start,
                                              .functions = c.functions,
                                              .n_particles = c.n_audited,
                                              .n_threads = context.experiment.n_threads});
    write_numbers(context, "step_bound", "bound on the bias of phi due to the steps", audit.bound);
    Comparison exact = exact_comparison(context, generated.row, audit, judgement.notes);
    if (!exact.functions.empty()) judgement.comparisons.push_back(std::move(exact));
    if (has_likelihood(c)) judgement.comparisons.push_back(likelihood_comparison(context, generated.x.points()));
    return judgement;
}

}  // namespace dynkin
