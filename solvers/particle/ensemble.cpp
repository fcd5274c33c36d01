#include "solvers/particle/ensemble.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/core/fused_test_functions.hpp"
#include "solvers/particle/histogram.hpp"
#include "solvers/particle/kernels.hpp"
#include "solvers/particle/moments.hpp"
#include "solvers/particle/parallel.hpp"
#include "solvers/particle/stepper.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>

namespace dynkin {
namespace {

void check(const EnsembleSpec& spec) {
    if (spec.n_particles < 1) throw ConfigError("an ensemble needs at least one particle");
    if (spec.propagator.dependent_particles() == 2 && spec.n_particles % 2 != 0)
        throw ConfigError("antithetic pairs need an even number of particles, not " + std::to_string(spec.n_particles));
    if (spec.block_size < 0 || spec.block_size % leaf_size != 0)
        throw ConfigError("the block size must be a multiple of 128, not " + std::to_string(spec.block_size));
    if (spec.outputs.empty()) throw ConfigError("an ensemble needs at least one output time");
    if (spec.initial.dim() != spec.dim)
        throw ConfigError("the initial law has " + std::to_string(spec.initial.dim()) + " components, the process " +
                          std::to_string(spec.dim));
    for (const auto& phi : spec.test_functions)
        if (phi->dim() != spec.dim)
            throw ConfigError("test function '" + phi->name() + "' has " + std::to_string(phi->dim()) +
                              " components, the process " + std::to_string(spec.dim));
    if (!spec.faces.empty() && static_cast<int>(spec.faces.size()) != spec.dim)
        throw ConfigError("the histogram has " + std::to_string(spec.faces.size()) + " axes, the process " +
                          std::to_string(spec.dim));
}

// State, drift and two steps' noise of a block in 32 KB; longer ones spread the calls of a step over more particles.
Index block_size(const EnsembleSpec& spec) {
    if (spec.block_size > 0) return spec.block_size;
    const Index entries = 4096 / (4 * spec.dim);
    return std::clamp<Index>(entries / leaf_size * leaf_size, leaf_size, 1024);
}

/// What one thread needs.
struct Worker {
    std::unique_ptr<Propagator::Worker> propagator;
    BlockState state;
    Block weight;  // (1, n): w * alive
    Block y;       // (K + 2, leaf_size): w * alive * phi_k, w * alive, alive
    MomentTree tree;
};

class Run {
public:
    explicit Run(const EnsembleSpec& spec)
        : spec_(spec),
          block_size_(block_size(spec)),
          n_outputs_(static_cast<int>(spec.outputs.size())),
          functions_(spec.test_functions),
          K_(functions_.size()),
          group_(spec.propagator.dependent_particles()) {
        if (!spec.faces.empty())
            for (int output = 0; output < n_outputs_; ++output)
                histograms_.push_back(std::make_unique<Histogram>(spec.faces, spec.n_particles));
    }

    EnsembleResult operator()() {
        const auto block = static_cast<std::uint64_t>(block_size_);
        const auto n_blocks = static_cast<std::int64_t>((spec_.n_particles - 1) / block + 1);
        std::vector<Worker> workers(static_cast<std::size_t>(usable_threads(spec_.n_threads, n_blocks)));
        parallel_blocks(n_blocks, static_cast<int>(workers.size()), [&](std::int64_t b, int thread) {
            if (spec_.stop != nullptr && *spec_.stop)
                throw Interrupted("stopped after " + std::to_string(done_) + " of " +
                                  std::to_string(spec_.n_particles) + " particles");
            run_block(static_cast<std::uint64_t>(b) * block, workers[static_cast<std::size_t>(thread)]);
        });
        return result();
    }

private:
    void run_block(std::uint64_t first, Worker& worker) {
        const Index n = static_cast<Index>(
            std::min<std::uint64_t>(static_cast<std::uint64_t>(block_size_), spec_.n_particles - first));
        if (worker.propagator == nullptr) worker.propagator = spec_.propagator.worker();
        reset(worker.state, spec_.dim, n, first);
        spec_.initial.sample(worker.state.x.rows(), n, first, DrawSource{spec_.seed, Stream::initial_law, 0});
        if (spec_.prepare) spec_.prepare(worker.state);

        std::vector<MomentTree::Node> leaves(static_cast<std::size_t>((n + leaf_size - 1) / leaf_size));
        for (int output = 0; output < n_outputs_; ++output) {
            const BlockState& state = worker.propagator->advance(worker.state, output);
            weigh(state, worker);
            for (std::size_t leaf = 0; leaf < leaves.size(); ++leaf)
                leaves[leaf].push_back(moments(state, worker, static_cast<Index>(leaf) * leaf_size));
            if (!histograms_.empty())
                histograms_[static_cast<std::size_t>(output)]->add(state.x.points(n), worker.weight.row(0));
            if (spec_.visit) {
                const std::lock_guard<std::mutex> lock(mutex_);
                spec_.visit(output, state);
            }
        }
        for (std::size_t leaf = 0; leaf < leaves.size(); ++leaf)
            worker.tree.add(0, first / static_cast<std::uint64_t>(leaf_size) + leaf, std::move(leaves[leaf]));

        const std::lock_guard<std::mutex> lock(mutex_);
        worker.tree.move_to(tree_);
        done_ += static_cast<std::uint64_t>(n);
        if (spec_.progress) spec_.progress(done_);
    }

    static void weigh(const BlockState& state, Worker& worker) {
        if (worker.weight.size() != state.n) worker.weight.resize(1, state.n);
        rows::copy(worker.weight.row(0), state.weight.row(0), state.n);
        rows::multiply(worker.weight.row(0), state.alive.row(0), state.n);
    }

    // A leaf at a time, so that many test functions stay in L1 as well.
    Moments moments(const BlockState& state, Worker& worker, Index first) const {
        const Index n = std::min(leaf_size, state.n - first);
        Block& y = worker.y;
        if (y.n_rows() != K_ + 2) y.resize(K_ + 2, leaf_size);
        const double* weight = worker.weight.row(0) + first;
        functions_.values(state.x.points(state.n).slice(first, n), y.rows());
        // A test function may be infinite on a wall; a particle that is gone counts zero all the same.
        if (!rows::all_ones(weight, n))
            for (int k = 0; k < K_; ++k) rows::weigh(y.row(k), weight, n);
        rows::copy(y.row(K_), weight, n);
        rows::copy(y.row(K_ + 1), state.alive.row(0) + first, n);
        return Moments::of_groups(group_, y.rows(), K_ + 2, n);
    }

    EnsembleResult result() {
        EnsembleResult out;
        const MomentTree::Node total = tree_.total();
        for (int output = 0; output < n_outputs_; ++output) {
            const Moments& moments = total[static_cast<std::size_t>(output)];
            EnsembleRow row;
            row.time = spec_.outputs[static_cast<std::size_t>(output)];
            row.n_independent = moments.n;
            row.n = group_ * moments.n;
            row.mass = moments.mean[static_cast<std::size_t>(K_)];
            row.mass_standard_error = moments.standard_error(K_);
            row.survival = moments.mean[static_cast<std::size_t>(K_) + 1];
            for (int k = 0; k < K_; ++k) {
                row.mean.push_back(moments.mean[static_cast<std::size_t>(k)]);
                row.standard_error.push_back(moments.standard_error(k));
                row.sd.push_back(std::sqrt(moments.variance_of_particle(k)));
                for (int l = 0; l < K_; ++l) row.covariance.push_back(group_ * moments.covariance(k, l));
            }
            if (!histograms_.empty()) {
                row.histogram = histograms_[static_cast<std::size_t>(output)]->cells();
                row.outside = histograms_[static_cast<std::size_t>(output)]->outside();
            }
            out.rows.push_back(std::move(row));
        }
        return out;
    }

    const EnsembleSpec& spec_;
    Index block_size_;
    int n_outputs_;
    FusedTestFunctions functions_;
    int K_;
    int group_;  // particles in a row that depend on each other
    std::vector<std::unique_ptr<Histogram>> histograms_;
    std::mutex mutex_;
    MomentTree tree_;
    std::atomic<std::uint64_t> done_{0};
};

}  // namespace

EnsembleResult run_ensemble(const EnsembleSpec& spec) {
    check(spec);
    return Run(spec)();
}

}  // namespace dynkin
