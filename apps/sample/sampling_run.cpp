#include "apps/sample/sampling_run.hpp"

#include "apps/run/provenance.hpp"
#include "apps/sample/sampling_parts.hpp"
#include "solvers/check/comparisons.hpp"
#include "solvers/core/errors.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dynkin {
namespace {

constexpr double negligible_tail = 1e-13;

/// A box that holds the noised laws of data and conditions; empty when one of them is no mixture.
void common_box(const ContinuousExperiment& c, std::vector<double>& lower, std::vector<double>& upper) {
    std::vector<const DataLaw*> laws = {&c.data};
    for (const DataLaw& condition : c.conditions) laws.push_back(&condition);
    for (const DataLaw* law : laws) {
        std::vector<double> a, b;
        if (!law->mixture) {
            lower.clear();
            upper.clear();
            return;
        }
        initial_law(noised(*law->mixture, c.last_level()))->support(negligible_tail, a, b);
        if (lower.empty()) {
            lower = a;
            upper = b;
        }
        for (std::size_t j = 0; j < a.size(); ++j) {
            lower[j] = std::min(lower[j], a[j]);
            upper[j] = std::max(upper[j], b[j]);
        }
    }
}

}  // namespace

Expectations exact_expectations(const ContinuousExperiment& c) {
    const DenoiserPtr& model = c.problem.setup.model;
    if (c.guidance) {
        std::vector<double> lower, upper;
        common_box(c, lower, upper);
        if (!lower.empty())
            return density_expectations([&](Points x, double* out) { model->log_density(x, c.last_level(), out); },
                                        lower, upper, c.functions);
        const double unknown = std::numeric_limits<double>::quiet_NaN();
        return {std::vector<double>(c.functions.size(), unknown), std::vector<double>(c.functions.size(), 0.0)};
    }
    if (c.data.tokens) return {c.data.tokens->prior, std::vector<double>(c.functions.size(), 0.0)};
    if (c.data.mixture) return mixture_expectations(noised(*c.data.mixture, c.last_level()), c.functions);
    return {grid_expectations(c.data.grid->mesh, c.data.grid->masses, c.functions),
            std::vector<double>(c.functions.size(), 0.0)};
}

std::shared_ptr<const InitialLaw> start_law(const ContinuousExperiment& c) {
    const SamplerSetup& setup = c.problem.setup;
    const NoiseLevel first = setup.schedule->level(setup.times.front());
    if (c.start == SamplingStart::noise) return noise_law(setup);
    if (c.start == SamplingStart::exact) return initial_law(noised(*c.data.mixture, first));
    std::vector<double> mean, sd;
    for (std::size_t j = 0; j < c.data.mean.size(); ++j) {
        mean.push_back(first.alpha * c.data.mean[j]);
        sd.push_back(std::hypot(first.alpha * c.data.sd[j], first.sigma));
    }
    return gaussian_law(mean, sd);
}

void add_dimensions(const SamplingContext& context) {
    const ContinuousExperiment& c = *context.experiment.continuous;
    std::vector<std::string> names;
    for (const auto& phi : c.functions) names.push_back(phi->name());
    context.writer.add_dimension("test_function", names, "test function phi");
    context.writer.add_dimension("component", c.data.variables, "component of a sample");
}

void write_numbers(const SamplingContext& context, const std::string& name, const std::string& long_name,
                   const std::vector<double>& values) {
    context.writer.write(context.writer.add_variable(name, {"test_function"}, {"1", long_name}), values);
}

void write_particles(const SamplingContext& context, const Block& x) {
    const ContinuousExperiment& c = *context.experiment.continuous;
    RunWriter& writer = context.writer;
    writer.add_dimension("particle", x.size());
    std::vector<double> rows(static_cast<std::size_t>(x.size()) * static_cast<std::size_t>(x.n_rows()));
    for (int j = 0; j < x.n_rows(); ++j) {
        const auto a = static_cast<std::size_t>(j);
        const double centre = c.data.rows ? c.data.rows->centre[a] : 0.0,
                     unit = c.data.rows ? c.data.rows->unit[a] : 1.0;
        for (Index q = 0; q < x.size(); ++q)
            rows[static_cast<std::size_t>(q * x.n_rows() + j)] = centre + unit * x.row(j)[q];
    }
    writer.write(writer.add_variable("particles", {"particle", "component"}, {"1", "generated samples"}), rows);
}

Verdict run_sampling(const SamplingExperiment& e, const std::filesystem::path& file, const RunIdentity& identity,
                     const RunControl& control) {
    RunWriter writer(file);
    write_identity(writer, e.name, e.seed, identity);
    const SamplingContext context{e, writer, control};
    Judgement judgement = e.tokens                                                        ? run_tokens(context)
                          : e.continuous->guidance && e.continuous->guidance->feynman_kac ? run_weighted(context)
                                                                                          : run_continuous(context);
    VerdictOptions options;
    options.false_alarm_rate = e.check.false_alarm_rate;
    options.resolution = e.check.resolution;
    options.n_particles = static_cast<double>(e.n);
    const std::vector<Comparison> judged = without_non_finite(std::move(judgement.comparisons), judgement.notes);
    const Verdict verdict = judge(judged, options, judgement.notes);
    writer.attribute("/", "verdict", verdict.line);
    writer.attribute("/provenance", "end", utc_now());
    writer.close();
    context.log(verdict.line);
    return verdict;
}

}  // namespace dynkin
