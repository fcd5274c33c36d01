// Dormand-Prince on a block: every particle has its own time, step and control, and all trials of a round are one loop
// in registers. Particles that have reached the output step back behind those that have not.
#include "solvers/core/dispatch.hpp"
#include "solvers/ode/setup.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>
#include <vector>

namespace dynkin {
namespace {

// x^(-1/p) for x in [1e-4, 1e4]: the exponent divided, then Newton's method for y^-p = x, in which errors of 6 % become
// 1e-16 in five turns.
template <int p>
DYNKIN_INLINE double inverse_root(double x) {
    constexpr std::uint64_t one = 0x3FF0000000000000ull;
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(x);
    double y = std::bit_cast<double>(one + one / p - bits / p);
#pragma GCC unroll 5
    for (int turn = 0; turn < 5; ++turn) {
        double power = y;
#pragma GCC unroll 5
        for (int k = 1; k < p; ++k) power *= y;
        y = std::fma(y * (1.0 / p), std::fma(-x, power, 1.0), y);
    }
    return y;
}

// The step after a trial with scaled error e, as a part of it (Hairer, Norsett & Wanner 1993, II.4, with the bounds of
// Odeint's default adjuster): 0.9 e^(-1/5), at most 4.5, when e < 0.5; itself up to 1; 0.9 e^(-1/3), at least 0.2, when
// it is rejected.
DYNKIN_CLONES void step_factors(Index n, const double* __restrict error, double* __restrict factor) {
    for (Index q = 0; q < n; ++q) {
        const double e = error[q];
        const double low = e > 3.2e-4 ? e : 3.2e-4, high = e < 1e3 ? e : 1e3;
        const double grown = 0.9 * inverse_root<5>(low), shrunk = 0.9 * inverse_root<3>(high > 1e-3 ? high : 1e-3);
        const double longer = e < 0.5 ? grown : 1.0, shorter = shrunk > 0.2 ? shrunk : 0.2;
        factor[q] = e > 1.0 ? shorter : longer;
    }
}

/// The particles of a block in an order of their own.
class Lanes {
public:
    /// Of the present step: start, end and the trial that may follow.
    Block y0, f0, y1, f1, y2, f2;
    std::vector<double> t0, t1, h, trial, error, factor;
    std::vector<Index> particle;  ///< place in the block
    std::vector<std::int64_t> n_trials;

    void resize(int dim, Index n) {
        for (Block* block : {&y0, &f0, &y1, &f1, &y2, &f2}) block->resize(dim, n);
        for (auto* v : {&t0, &t1, &h, &trial, &error, &factor}) v->assign(static_cast<std::size_t>(n), 0.0);
        particle.resize(static_cast<std::size_t>(n));
        n_trials.assign(static_cast<std::size_t>(n), 0);
    }

    void exchange(Index a, Index b) {
        if (a == b) return;
        for (Block* block : {&y0, &f0, &y1, &f1, &y2, &f2})
            for (int j = 0; j < block->n_rows(); ++j) std::swap(block->row(j)[a], block->row(j)[b]);
        const auto i = static_cast<std::size_t>(a), k = static_cast<std::size_t>(b);
        for (auto* v : {&t0, &t1, &h, &trial, &error, &factor}) std::swap((*v)[i], (*v)[k]);
        std::swap(particle[i], particle[k]);
        std::swap(n_trials[i], n_trials[k]);
    }

    /// The trial becomes the step, from its end to `end`.
    void accept(Index q, double end) {
        for (int j = 0; j < y0.n_rows(); ++j) {
            y0.row(j)[q] = y1.row(j)[q];
            f0.row(j)[q] = f1.row(j)[q];
            y1.row(j)[q] = y2.row(j)[q];
            f1.row(j)[q] = f2.row(j)[q];
        }
        t0[static_cast<std::size_t>(q)] = t1[static_cast<std::size_t>(q)];
        t1[static_cast<std::size_t>(q)] = end;
    }

    bool trial_is_finite(Index q) const {
        for (int j = 0; j < y2.n_rows(); ++j)
            if (!std::isfinite(y2.row(j)[q])) return false;
        return true;
    }
};

class BlockDopri5Worker final : public Propagator::Worker {
public:
    explicit BlockDopri5Worker(OdeSetupPtr setup) : setup_(std::move(setup)) {}

    const BlockState& advance(BlockState& state, int output) override {
        if (output == 0) begin(state);
        const double until = problem().grid.outputs[static_cast<std::size_t>(output)];
        follow(until);
        look(until, state);
        return state;
    }

private:
    const OdeProblem& problem() const { return setup_->problem; }
    const Process& process() const { return *problem().process; }
    std::uint64_t number(Index q) const {
        return first_particle_ + static_cast<std::uint64_t>(lanes_.particle[static_cast<std::size_t>(q)]);
    }

    void begin(const BlockState& state) {
        first_particle_ = state.first_particle;
        n_ = state.n;
        lanes_.resize(process().dim(), n_);
        for (int j = 0; j < process().dim(); ++j) std::copy_n(state.x.row(j), n_, lanes_.y1.row(j));
        process().drift(lanes_.y1.points(), problem().grid.t0, lanes_.f1.rows());
        for (Block* block : {&lanes_.y0, &lanes_.f0}) *block = block == &lanes_.y0 ? lanes_.y1 : lanes_.f1;
        for (Index q = 0; q < n_; ++q) lanes_.particle[static_cast<std::size_t>(q)] = q;
        for (auto* t : {&lanes_.t0, &lanes_.t1}) std::fill(t->begin(), t->end(), problem().grid.t0);
        std::fill(lanes_.h.begin(), lanes_.h.end(), problem().grid.dt());
    }

    // Accepted steps of every particle until one ends at or behind t.
    void follow(double t) {
        std::fill(lanes_.n_trials.begin(), lanes_.n_trials.end(), 0);
        Index n_active = n_;
        const auto retire = [&](Index q) { lanes_.exchange(q, --n_active); };
        for (Index q = 0; q < n_active;) lanes_.t1[static_cast<std::size_t>(q)] < t ? void(++q) : retire(q);
        while (n_active > 0) {
            for (Index q = 0; q < n_active; ++q) prepare(q, t);
            try_steps(lanes_.y1.points(n_active), lanes_.f1.points(n_active), lanes_.t1.data(), lanes_.trial.data());
            step_factors(n_active, lanes_.error.data(), lanes_.factor.data());
            for (Index q = 0; q < n_active;)
                judge(q) && lanes_.t1[static_cast<std::size_t>(q)] >= t ? retire(q) : void(++q);
        }
    }

    void prepare(Index q, double target) {
        const auto i = static_cast<std::size_t>(q);
        const double t = lanes_.t1[i], end = problem().grid.until;
        if (++lanes_.n_trials[i] > problem().max_steps) too_many_steps(*setup_, number(q), t, target, lanes_.h[i]);
        lanes_.h[i] = std::min(lanes_.h[i], problem().largest_step);
        lanes_.trial[i] = t + lanes_.h[i] >= end ? end - t : lanes_.h[i];
        if (!(t + lanes_.trial[i] > t))
            vanishing_step(*setup_, number(q), t, lanes_.n_trials[i] == 1 || lanes_.trial_is_finite(q));
    }

    void try_steps(Points y, Points f, const double* t, const double* h) {
        process().dormand_prince5({.y = y,
                                   .f = f,
                                   .time = t,
                                   .step = h,
                                   .atol = problem().atol,
                                   .rtol = problem().rtol,
                                   .y_next = lanes_.y2.rows(),
                                   .f_next = lanes_.f2.rows(),
                                   .error = lanes_.error.data()});
    }

    bool judge(Index q) {
        const auto i = static_cast<std::size_t>(q);
        if (!lanes_.trial_is_finite(q)) {
            lanes_.h[i] = 0.1 * lanes_.trial[i];
            return false;
        }
        lanes_.h[i] = lanes_.factor[i] * lanes_.trial[i];
        if (!(lanes_.error[i] <= 1.0)) return false;
        const double t = lanes_.t1[i], end = problem().grid.until;
        // The last step ends at the very end, whatever t + (end - t) rounds to.
        lanes_.accept(q, lanes_.trial[i] == end - t ? end : t + lanes_.trial[i]);
        return true;
    }

    // An output inside a step is a shorter step from its start, which leaves the path alone.
    void look(double t, BlockState& state) {
        bool inside = false;
        for (Index q = 0; q < n_; ++q) {
            const auto i = static_cast<std::size_t>(q);
            lanes_.trial[i] = t < lanes_.t1[i] ? t - lanes_.t0[i] : 0.0;
            inside = inside || t < lanes_.t1[i];
        }
        if (inside) try_steps(lanes_.y0.points(n_), lanes_.f0.points(n_), lanes_.t0.data(), lanes_.trial.data());
        for (int j = 0; j < process().dim(); ++j)
            for (Index q = 0; q < n_; ++q) {
                const auto i = static_cast<std::size_t>(q);
                const Block& y = t < lanes_.t1[i] ? lanes_.y2 : lanes_.y1;
                state.x.row(j)[lanes_.particle[i]] = y.row(j)[q];
            }
    }

    OdeSetupPtr setup_;
    Lanes lanes_;
    Index n_ = 0;
    std::uint64_t first_particle_ = 0;
};

}  // namespace

bool can_step_blocks(const OdeSetup& setup) {
    const OdeProblem& problem = setup.problem;
    return !problem.log_density && !problem.process->has_killing() && !setup.sides.any() &&
           problem.process->dormand_prince5({});
}

std::unique_ptr<Propagator::Worker> block_dopri5_worker(OdeSetupPtr setup) {
    return std::make_unique<BlockDopri5Worker>(std::move(setup));
}

}  // namespace dynkin
