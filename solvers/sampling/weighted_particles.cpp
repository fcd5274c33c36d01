#include "solvers/sampling/weighted_particles.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/particle/parallel.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

constexpr std::uint64_t block_size = 1024;

double checked_sum(const std::vector<double>& weights) {
    double sum = 0.0;
    for (const double w : weights) {
        if (!(w >= 0.0)) throw ConfigError("weights: found " + std::to_string(w) + ", expected >= 0");
        sum += w;
    }
    if (!(sum > 0.0) || !std::isfinite(sum)) throw ConfigError("weights: their sum is " + std::to_string(sum));
    return sum;
}

class Run {
public:
    explicit Run(const WeightedEnsembleSpec& spec) : spec_(spec) {
        const std::uint64_t n_blocks = (spec.n_particles - 1) / block_size + 1;
        blocks_.resize(n_blocks);
        for (std::uint64_t b = 0; b < n_blocks; ++b) workers_.push_back(spec.propagator.worker());
    }

    WeightedEnsemble operator()() {
        WeightedEnsemble result;
        each_block([&](std::size_t b) { start(b); });
        if (spec_.initial_log_weight) weigh_start();
        for (int output = 0; output < spec_.n_outputs; ++output) {
            each_block([&](std::size_t b) { advance(b, output); });
            result.weights = gathered_weights();
            result.effective_sizes.push_back(effective_sample_size(result.weights) / n());
            if (output + 1 == spec_.n_outputs || result.effective_sizes.back() >= spec_.threshold) continue;
            result.log_mass += log_mean(result.weights);
            resample(result.weights, output);
            ++result.n_resamplings;
        }
        result.log_mass += log_mean(result.weights);
        const double sum = checked_sum(result.weights);
        for (double& w : result.weights) w /= sum;
        result.x = gathered();
        return result;
    }

private:
    double n() const { return static_cast<double>(spec_.n_particles); }
    double log_mean(const std::vector<double>& weights) const { return std::log(checked_sum(weights) / n()); }

    template <class Body>
    void each_block(Body body) {
        parallel_blocks(static_cast<std::int64_t>(blocks_.size()),
                        usable_threads(spec_.n_threads, static_cast<std::int64_t>(blocks_.size())),
                        [&](std::int64_t b, int) { body(static_cast<std::size_t>(b)); });
    }

    void start(std::size_t b) {
        BlockState& state = blocks_[b];
        state.first_particle = b * block_size;
        state.n = static_cast<Index>(std::min(block_size, spec_.n_particles - state.first_particle));
        state.x.resize(spec_.initial.dim(), state.n);
        state.weight.resize(1, state.n);
        state.alive.resize(1, state.n);
        std::fill_n(state.weight.row(0), state.n, 1.0);
        std::fill_n(state.alive.row(0), state.n, 1.0);
        spec_.initial.sample(state.x.rows(), state.n, state.first_particle,
                             {.seed = spec_.seed, .stream = Stream::initial_law});
    }

    // Relative to the largest: the weights of the start are known up to a constant only.
    void weigh_start() {
        double largest = -HUGE_VAL;
        for (BlockState& state : blocks_) {
            double* w = state.weight.row(0);
            spec_.initial_log_weight(state.x.points(state.n), w);
            for (Index q = 0; q < state.n; ++q) largest = std::max(largest, w[q]);
        }
        for (BlockState& state : blocks_)
            for (Index q = 0; q < state.n; ++q) state.weight.row(0)[q] = std::exp(state.weight.row(0)[q] - largest);
    }

    void advance(std::size_t b, int output) {
        if (&workers_[b]->advance(blocks_[b], output) != &blocks_[b])
            throw ConfigError(spec_.propagator.description() +
                              ": an output lies between two steps; weighted ensembles look at whole steps only");
    }

    std::vector<double> gathered_weights() const {
        std::vector<double> weights;
        for (const BlockState& state : blocks_)
            for (Index q = 0; q < state.n; ++q) {
                const double w = state.weight.row(0)[q] * state.alive.row(0)[q];
                if (!std::isfinite(w))
                    throw NumericsError(spec_.propagator.description() + ": the weight of particle " +
                                        std::to_string(weights.size()) + " is not finite; resample more often");
                weights.push_back(w);
            }
        if (*std::max_element(weights.begin(), weights.end()) <= 0.0)
            throw NumericsError(spec_.propagator.description() + ": all weights are zero; resample more often");
        return weights;
    }

    Block gathered() const {
        Block all(spec_.initial.dim(), static_cast<Index>(spec_.n_particles));
        for (const BlockState& state : blocks_)
            for (int j = 0; j < all.n_rows(); ++j)
                std::copy_n(state.x.row(j), state.n, all.row(j) + state.first_particle);
        return all;
    }

    void resample(const std::vector<double>& weights, int output) {
        Draws draws({.seed = spec_.seed, .stream = Stream::resampling, .step = static_cast<std::uint64_t>(output)}, 0);
        const std::vector<std::size_t> parents = systematic_resampling(weights, draws.uniform());
        const Block before = gathered();
        for (BlockState& state : blocks_)
            for (Index q = 0; q < state.n; ++q) {
                const std::size_t parent = parents[state.first_particle + static_cast<std::size_t>(q)];
                for (int j = 0; j < before.n_rows(); ++j) state.x.row(j)[q] = before.row(j)[parent];
                state.weight.row(0)[q] = 1.0;
                state.alive.row(0)[q] = 1.0;
            }
    }

    const WeightedEnsembleSpec& spec_;
    std::vector<BlockState> blocks_;
    std::vector<std::unique_ptr<Propagator::Worker>> workers_;
};

}  // namespace

double effective_sample_size(const std::vector<double>& weights) {
    const double sum = checked_sum(weights);
    double squares = 0.0;
    for (const double w : weights) squares += w / sum * (w / sum);
    return 1.0 / squares;
}

std::vector<std::size_t> systematic_resampling(const std::vector<double>& weights, double u) {
    const double sum = checked_sum(weights), n = static_cast<double>(weights.size());
    std::vector<std::size_t> parents;
    parents.reserve(weights.size());
    // Round-off must not leave the last draws without a parent: they go to the last particle that has weight.
    std::size_t last = weights.size() - 1;
    while (weights[last] == 0.0) --last;
    double below = weights[0] / sum * n;
    std::size_t parent = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        while (below <= static_cast<double>(i) + u && parent < last) below += weights[++parent] / sum * n;
        parents.push_back(parent);
    }
    return parents;
}

double WeightedEnsemble::mean(const TestFunction& phi) const {
    std::vector<double> value(weights.size());
    phi.value(x.points(), value.data());
    double sum = 0.0;
    for (std::size_t i = 0; i < value.size(); ++i) sum += weights[i] * value[i];
    return sum;
}

WeightedEnsemble run_weighted_ensemble(const WeightedEnsembleSpec& spec) {
    if (spec.n_particles < 1 || spec.n_outputs < 1)
        throw ConfigError("a weighted ensemble needs at least one particle and one output");
    if (!(spec.threshold >= 0.0 && spec.threshold <= 1.0))
        throw ConfigError("weighted ensemble: threshold = " + std::to_string(spec.threshold) + ", expected 0 ... 1");
    return Run(spec)();
}

}  // namespace dynkin
