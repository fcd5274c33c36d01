#include "apps/sample/sampling_parts.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/particle/parallel.hpp"
#include "solvers/sampling/weighted_particles.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>

namespace dynkin {
namespace {

constexpr double step_safety = 1.5, highest_order = 2.0;  // the weights are a trapezoidal rule over the steps

struct Replica {
    WeightedEnsemble ensemble;
    std::vector<double> mean, coarse_mean;  // (K)
};

class Replicas {
public:
    explicit Replicas(const SamplingContext& context)
        : context_(context), c_(*context.experiment.continuous), start_(start_law(c_)) {
        const int R = c_.guidance->n_replicas;
        n_ = std::max<std::uint64_t>(2, context.experiment.n / static_cast<std::uint64_t>(R));
        replicas_.resize(static_cast<std::size_t>(R));
    }

    std::vector<Replica> run() {
        const auto R = static_cast<std::int64_t>(replicas_.size());
        context_.begin("weighted sampling", static_cast<double>(R), " ensembles");
        std::mutex mutex;
        double done = 0.0;
        parallel_blocks(R, usable_threads(context_.experiment.n_threads, R), [&](std::int64_t r, int) {
            if (context_.control.stop != nullptr && *context_.control.stop) throw Interrupted("stopped while sampling");
            Replica& replica = replicas_[static_cast<std::size_t>(r)];
            replica.ensemble = ensemble(r, c_.problem.setup.times);
            for (const auto& phi : c_.functions) replica.mean.push_back(replica.ensemble.mean(*phi));
            const WeightedEnsemble coarse = ensemble(r, every_second(c_.problem.setup.times));
            for (const auto& phi : c_.functions) replica.coarse_mean.push_back(coarse.mean(*phi));
            const std::lock_guard<std::mutex> lock(mutex);
            context_.update(++done);
        });
        context_.end();
        return std::move(replicas_);
    }

private:
    WeightedEnsemble ensemble(std::int64_t number, const std::vector<double>& times) const {
        SamplingProblem problem = c_.problem;
        problem.denoise_at_end = false;
        problem.setup.times = times;
        // The two words of the generator's key: no two replicas of any two seeds below 2^32 share one.
        problem.seed = context_.experiment.seed ^ static_cast<std::uint64_t>(number + 1) << 32;
        const int n_steps = static_cast<int>(times.size()) - 1;
        for (int i = 1; i <= n_steps; ++i) problem.outputs.push_back(i);
        const auto propagator = make_sampling_propagator(problem);
        WeightedEnsembleSpec spec{.propagator = *propagator, .initial = *start_};
        spec.n_outputs = n_steps;
        spec.n_particles = n_;
        spec.seed = problem.seed;
        spec.threshold = c_.guidance->resample_below;
        spec.initial_log_weight = [&](Points x, double* out) { start_log_weight(x, out); };
        return run_weighted_ensemble(spec);
    }

    /// log of the composed density over that of the Gaussian the particles start from.
    void start_log_weight(Points x, double* out) const {
        const SamplerSetup& setup = c_.problem.setup;
        setup.model->log_density(x, setup.schedule->level(setup.times.front()), out);
        const std::vector<double> mean = start_->mean();
        for (int j = 0; j < x.dim; ++j) {
            const auto a = static_cast<std::size_t>(j);
            std::vector<int> degree(static_cast<std::size_t>(x.dim), 0);
            degree[a] = 2;
            const double variance = start_->moment(degree) - mean[a] * mean[a];
            for (Index q = 0; q < x.n; ++q)
                out[q] += 0.5 * (x.component(j)[q] - mean[a]) * (x.component(j)[q] - mean[a]) / variance;
        }
    }

    const SamplingContext& context_;
    const ContinuousExperiment& c_;
    std::shared_ptr<const InitialLaw> start_;
    std::uint64_t n_ = 2;
    std::vector<Replica> replicas_;
};

double smallest_share(const std::vector<Replica>& replicas) {
    double share = 1.0;
    for (const Replica& r : replicas)
        share =
            std::min(share, *std::min_element(r.ensemble.effective_sizes.begin(), r.ensemble.effective_sizes.end()));
    return share;
}

/// Weighted standard deviation of phi, over the particles of one replica.
double spread(const WeightedEnsemble& ensemble, const TestFunction& phi, double mean) {
    std::vector<double> value(ensemble.weights.size());
    phi.value(ensemble.x.points(), value.data());
    double sum = 0.0;
    for (std::size_t i = 0; i < value.size(); ++i) sum += ensemble.weights[i] * (value[i] - mean) * (value[i] - mean);
    return std::sqrt(sum);
}

/// Means over replicas with the covariance of those means.
Comparison comparison_of(const ContinuousExperiment& c, const std::vector<Replica>& replicas) {
    const std::size_t K = c.functions.size();
    const auto R = static_cast<double>(replicas.size());
    const Expectations exact = exact_expectations(c);
    const double order = std::min(highest_order, sampler_info(c.problem.sampler).order);
    Comparison comparison;
    comparison.check = "composed_law";
    comparison.time = c.problem.setup.times.back();
    comparison.n_samples = R;
    comparison.right = exact.value;
    comparison.left.assign(K, 0.0);
    comparison.covariance.assign(K * K, 0.0);
    const double n = static_cast<double>(replicas.front().ensemble.weights.size());
    for (std::size_t k = 0; k < K; ++k) {
        comparison.functions.push_back(c.functions[k]->name());
        double D = 0.0, squares = 0.0;
        for (const Replica& r : replicas) {
            comparison.left[k] += r.mean[k] / R;
            const double d = r.coarse_mean[k] - r.mean[k];
            D += d / R;
            squares += d * d / R;
        }
        const double se = std::sqrt(std::max(0.0, squares - D * D) / (R - 1.0));
        comparison.scale.push_back(spread(replicas.front().ensemble, *c.functions[k], replicas.front().mean[k]));
        // Self-normalised weights are biased by about the variance of the weights over the number of particles.
        comparison.budgets.push_back({step_safety * (std::abs(D) + 2.0 * se) / (std::exp2(order) - 1.0), 0.0,
                                      exact.bound[k] + 2.0 / (n * smallest_share(replicas)) * comparison.scale[k]});
    }
    for (const Replica& r : replicas)
        for (std::size_t k = 0; k < K; ++k)
            for (std::size_t l = 0; l < K; ++l)
                comparison.covariance[k * K + l] +=
                    (r.mean[k] - comparison.left[k]) * (r.mean[l] - comparison.left[l]) / (R * (R - 1.0));
    return comparison;
}

/// All replicas one after another; each has the same share of the weight.
void write_weighted(const SamplingContext& context, const std::vector<Replica>& replicas) {
    const int d = context.experiment.continuous->dim();
    const Index n = replicas.front().ensemble.x.size(), total = n * static_cast<Index>(replicas.size());
    Block x(d, total);
    std::vector<double> weights;
    for (std::size_t r = 0; r < replicas.size(); ++r) {
        const WeightedEnsemble& e = replicas[r].ensemble;
        for (int j = 0; j < d; ++j) std::copy_n(e.x.row(j), n, x.row(j) + static_cast<Index>(r) * n);
        for (const double w : e.weights) weights.push_back(w / static_cast<double>(replicas.size()));
    }
    write_particles(context, x);
    context.writer.write(
        context.writer.add_variable("weight", {"particle"}, {"1", "Feynman-Kac weight of each particle; sum 1"}),
        weights);
}

}  // namespace

Judgement run_weighted(const SamplingContext& context) {
    const ContinuousExperiment& c = *context.experiment.continuous;
    const std::vector<Replica> replicas = Replicas(context).run();
    add_dimensions(context);
    if (context.experiment.store_particles) write_weighted(context, replicas);
    Judgement judgement;
    Comparison comparison = comparison_of(c, replicas);
    write_numbers(context, "moments_particles", "weighted mean of phi over the particles", comparison.left);
    std::vector<double> se;
    for (std::size_t k = 0; k < c.functions.size(); ++k)
        se.push_back(std::sqrt(comparison.covariance[k * c.functions.size() + k]));
    write_numbers(context, "moments_particles_stderr", "standard error of moments_particles", se);
    write_numbers(context, "moments_exact", "exact expectation of phi", comparison.right);
    int resampled = 0;
    for (const Replica& r : replicas) resampled += r.ensemble.n_resamplings;
    char text[160];
    std::snprintf(text, sizeof text,
                  "Feynman-Kac weights: %zu ensembles of %zu, resampled %d times, at least %.2g effective",
                  replicas.size(), replicas.front().ensemble.weights.size(), resampled, smallest_share(replicas));
    judgement.notes.emplace_back(text);
    context.log(text);
    judgement.comparisons.push_back(std::move(comparison));
    return judgement;
}

}  // namespace dynkin
