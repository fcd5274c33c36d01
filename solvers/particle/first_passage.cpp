#include "solvers/particle/first_passage.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/particle/moments.hpp"
#include "solvers/particle/noise_term.hpp"
#include "solvers/particle/parallel.hpp"
#include "solvers/particle/stepper.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>

namespace dynkin {
namespace {

// Inverse Gaussian with mean mu (infinite allowed) and shape lambda: Michael, Schucany & Haas (1976), Amer. Stat. 30.
double inverse_gaussian(double mu, double lambda, Draws& draws) {
    const double z = draws.normal(), y = z * z;
    if (!std::isfinite(mu)) return lambda / y;
    const double a = mu * y / (2.0 * lambda);
    // The smaller root of the quadratic, 1 + a - sqrt(a (a + 2)), without cancellation.
    const double r = mu / (1.0 + a + std::sqrt(a * (a + 2.0)));
    return draws.uniform() * (mu + r) <= mu ? r : mu * mu / r;
}

// First passage, as a share of the step, of a bridge from distance d0 > 0 before a level to d1 before it (d1 < 0:
// beyond), given that it passes; variance of the whole step. With r = s / (h (h - s)) the bridge is Brownian motion with
// drift, whose first passage is inverse Gaussian and the same for drifts towards and away once it is known to pass.
double passage_share(double d0, double d1, double variance, Draws& draws) {
    if (!(variance > 0.0)) return d0 / (d0 - d1);
    const double a = d0 / std::sqrt(variance), b = std::abs(d1) / std::sqrt(variance);
    const double r = inverse_gaussian(b > 0.0 ? a / b : INFINITY, a * a, draws);
    return std::isfinite(r) ? r / (1.0 + r) : 1.0;
}

/// One thread's way through a block.
class PassageWorker {
public:
    PassageWorker(const SdeEngine& engine, const FirstPassageSpec& spec)
        : engine_(engine), spec_(spec), noise_(engine), stepper_(engine) {
        stepper_.record(true);
    }

    // Rows of y: hit, lost, time, then survival at the outputs.
    const Block& run(std::uint64_t first_particle, Index n) {
        start(first_particle, n);
        std::size_t next_output = 0;
        const TimeGrid& grid = engine_.grid();
        while (next_output < grid.outputs.size() && grid.outputs[next_output] <= grid.t0)
            survive(next_output++, [](Index) { return 1.0; });
        for (std::int64_t number = 0; number < grid.n_steps && n_running_ > 0; ++number) {
            one_step(number);
            const double t = grid.time(number), t1 = grid.time(number + 1);
            for (; next_output < grid.outputs.size() && grid.outputs[next_output] <= t1; ++next_output) {
                const double share = (grid.outputs[next_output] - t) / (t1 - t);
                survive(next_output, [&](Index q) { return weight_before_[at(q)] * std::pow(growth_[at(q)], share); });
            }
        }
        return y_;
    }

private:
    static std::size_t at(Index q) { return static_cast<std::size_t>(q); }

    void start(std::uint64_t first_particle, Index n) {
        reset(state_, engine_.process().dim(), n, first_particle);
        spec_.initial.sample(state_.x.rows(), n, first_particle,
                             DrawSource{engine_.problem().seed, Stream::initial_law, 0});
        engine_.walls().admit(state_);
        y_.resize(3 + static_cast<int>(engine_.grid().outputs.size()), n);
        level_.resize(2, n);
        gradient_.resize(state_.x.n_rows(), n);
        variance_.resize(1, n);
        weight_before_.assign(at(n), 1.0);
        growth_.assign(at(n), 1.0);
        end_.assign(at(n), INFINITY);
        running_.assign(at(n), 1);
        n_running_ = n;
        spec_.set.level(state_.x.points(n), level_.row(0));
        for (Index q = 0; q < n; ++q) {
            const bool lost = state_.alive.row(0)[q] == 0.0;
            if (!lost && !(level_.row(0)[q] >= 0.0)) continue;
            finish(q, engine_.grid().t0, lost ? 1 : 0, 1.0);
        }
    }

    void finish(Index q, double time, int outcome_row, double weight) {
        running_[at(q)] = 0;
        end_[at(q)] = time;
        y_.row(outcome_row)[q] = weight;
        --n_running_;
    }

    template <class Weight>
    void survive(std::size_t output, Weight weight) {
        const double time = engine_.grid().outputs[output];
        for (Index q = 0; q < state_.n; ++q)
            if (end_[at(q)] > time) y_.row(3 + static_cast<int>(output))[q] = weight(q);
    }

    // grad g^T a grad g at the start of the step.
    void normal_variance(double t) {
        const Points x = state_.x.points(state_.n);
        const int d = x.dim, m = engine_.process().noise_dim();
        spec_.set.gradient(x, gradient_.rows());
        const NoiseTerm sigma(engine_.process(), x, t, scratch_, 0);
        std::fill_n(variance_.row(0), x.n, 0.0);
        for (int k = 0; k < m; ++k)
            for (Index q = 0; q < x.n; ++q) {
                double along = 0.0;
                for (int i = 0; i < d; ++i) {
                    const double s = sigma.additive() ? sigma.value(i, k) : (diagonal() && i != k ? 0.0 : sigma.row(i, k)[q]);
                    along += gradient_.row(i)[q] * s;
                }
                variance_.row(0)[q] += along * along;
            }
    }
    bool diagonal() const { return engine_.process().noise_kind() == NoiseKind::diagonal; }

    void one_step(std::int64_t number) {
        const Step step = engine_.step(number, state_.first_particle);
        normal_variance(step.t);
        stepper_.step(state_, step, noise_.at(number, state_.first_particle, state_.n));
        require_running_finite(number + 1);
        spec_.set.level(state_.x.points(state_.n), level_.row(1));
        const DrawSource source{step.seed, Stream::first_passage, static_cast<std::uint64_t>(number)};
        for (Index q = 0; q < state_.n; ++q) {
            const double w0 = stepper_.before().weight.row(0)[q];
            weight_before_[at(q)] = w0;
            growth_[at(q)] = w0 != 0.0 ? state_.weight.row(0)[q] / w0 : 1.0;
            if (running_[at(q)]) judge(q, step, source);
        }
        std::copy_n(level_.row(1), state_.n, level_.row(0));
    }

    // Did the particle enter the set in this step, or end on a wall?
    void judge(Index q, const Step& step, const DrawSource& source) {
        const double g0 = level_.row(0)[q], g1 = level_.row(1)[q], variance = variance_.row(0)[q] * step.h;
        const double w0 = weight_before_[at(q)], w1 = state_.weight.row(0)[q];
        const bool lost = state_.alive.row(0)[q] == 0.0;
        Draws draws(source, step.first_particle + static_cast<std::uint64_t>(q));
        const double exponent = 2.0 * g0 * g1;
        const bool entered = g1 >= 0.0 || (exponent < 40.0 * variance && draws.uniform() < std::exp(-exponent / variance));
        // A path that ends on a wall and also meets the set is rare; the wall is where it is, so the wall counts.
        if (lost || entered) {
            const double share = lost ? 0.5 : passage_share(-g0, -g1, variance, draws);
            const double w = w0 * std::pow(growth_[at(q)], share);
            y_.row(2)[q] += 0.5 * share * step.h * (w0 + w);
            finish(q, step.t + share * step.h, lost ? 1 : 0, w);
        } else {
            y_.row(2)[q] += 0.5 * step.h * (w0 + w1);
        }
    }

    // Paths that have ended go on unobserved and may go anywhere.
    void require_running_finite(std::int64_t step) {
        if (is_finite(state_)) return;
        for (Index q = 0; q < state_.n; ++q) {
            if (running_[at(q)]) continue;
            for (int j = 0; j < state_.x.n_rows(); ++j) state_.x.row(j)[q] = stepper_.before().x.row(j)[q];
            state_.weight.row(0)[q] = stepper_.before().weight.row(0)[q];
        }
        require_finite(engine_, state_, engine_.grid().time(step), step);
    }

    const SdeEngine& engine_;
    const FirstPassageSpec& spec_;
    NoiseBuffer noise_;
    BlockStepper stepper_;
    Scratch scratch_;
    BlockState state_;
    Block y_, level_, gradient_, variance_;
    std::vector<double> weight_before_, growth_, end_;
    std::vector<char> running_;
    Index n_running_ = 0;
};

FirstPassageResult summary(const Moments& moments, int group, const std::vector<double>& times) {
    FirstPassageResult out;
    out.n = group * moments.n;
    out.n_independent = moments.n;
    out.hit = moments.mean[0];
    out.hit_standard_error = moments.standard_error(0);
    out.lost = moments.mean[1];
    out.mean = moments.mean[2];
    out.mean_standard_error = moments.standard_error(2);
    out.times = times;
    const int n_times = static_cast<int>(times.size());
    for (int k = 0; k < n_times; ++k) {
        out.survival.push_back(moments.mean[static_cast<std::size_t>(3 + k)]);
        out.survival_standard_error.push_back(moments.standard_error(3 + k));
        for (int l = 0; l < n_times; ++l) out.covariance.push_back(moments.covariance(3 + k, 3 + l) / moments.n);
    }
    return out;
}

}  // namespace

FirstPassageResult run_first_passage(const FirstPassageSpec& spec) {
    const SdeEngine engine(spec.problem);
    const int group = spec.problem.dependent_particles();
    if (spec.n_particles < 1) throw ConfigError("a first passage needs at least one particle");
    if (group == 2 && spec.n_particles % 2 != 0)
        throw ConfigError("antithetic pairs need an even number of particles, not " + std::to_string(spec.n_particles));
    if (spec.block_size < leaf_size || spec.block_size % leaf_size != 0)
        throw ConfigError("the block size must be a multiple of 128, not " + std::to_string(spec.block_size));
    if (spec.initial.dim() != engine.process().dim() || spec.set.dim() != engine.process().dim())
        throw ConfigError("first passage into '" + spec.set.name() + "': set, initial law and process differ in dimension");

    const auto block = static_cast<std::uint64_t>(spec.block_size);
    const auto n_blocks = static_cast<std::int64_t>((spec.n_particles - 1) / block + 1);
    const int n_threads = usable_threads(spec.n_threads, n_blocks);
    std::vector<std::unique_ptr<PassageWorker>> workers(static_cast<std::size_t>(n_threads));
    std::mutex mutex;
    MomentTree tree;
    std::uint64_t done = 0;
    parallel_blocks(n_blocks, n_threads, [&](std::int64_t b, int thread) {
        if (spec.stop != nullptr && *spec.stop) throw Interrupted("first passage into '" + spec.set.name() + "' stopped");
        auto& worker = workers[static_cast<std::size_t>(thread)];
        if (worker == nullptr) worker = std::make_unique<PassageWorker>(engine, spec);
        const std::uint64_t first = static_cast<std::uint64_t>(b) * block;
        const Index n = static_cast<Index>(std::min(block, spec.n_particles - first));
        const Block& y = worker->run(first, n);

        MomentTree local;
        for (Index at = 0; at < n; at += leaf_size) {
            const Rows leaf{const_cast<double*>(y.row(0)) + at, y.stride()};
            local.add(0, (first + static_cast<std::uint64_t>(at)) / static_cast<std::uint64_t>(leaf_size),
                      {Moments::of_groups(group, leaf, y.n_rows(), std::min(leaf_size, n - at))});
        }
        const std::lock_guard<std::mutex> lock(mutex);
        local.move_to(tree);
        done += static_cast<std::uint64_t>(n);
        if (spec.progress) spec.progress(done);
    });
    return summary(tree.total().front(), group, engine.grid().outputs);
}

}  // namespace dynkin
