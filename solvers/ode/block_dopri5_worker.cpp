// Dormand-Prince on a block: every particle has its own time, step and control, and all trials of a round are one loop
// in registers. Particles that have reached the output step back behind those that have not.
#include "solvers/core/dispatch.hpp"
#include "solvers/ode/setup.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace dynkin {
namespace {

// x^(-1/p) for x in [1e-4, 1e4]: the exponent divided, then Newton's method for y^-p = x, in which errors of 6 % become
// 1e-16 in five turns.
template <int p>
DYNKIN_INLINE double inverse_root(double x) {
    // Of the upper words alone, times 2^32 / p: a division of 64 bits would not vectorise.
    constexpr std::uint64_t one = 0x3FF00000ull, part = (std::uint64_t{1} << 32) / p;
    const std::uint64_t upper = std::bit_cast<std::uint64_t>(x) >> 32;
    double y = std::bit_cast<double>((one + one / p - (upper * part >> 32)) << 32);
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

/// Numbers of the particles of a block, each (n).
struct Controls {
    std::vector<double> t0, t1;  ///< start and end of the present step
    std::vector<double> h;       ///< to try next
    std::vector<double> trial;   ///< tried
    std::vector<double> error, factor, accepted;
};

// The lengths to try: up to the end of the run, and no further. Returns how many are below round-off.
DYNKIN_CLONES Index choose_trials(Index n, double end, double largest, const double* __restrict t, double* __restrict h,
                                  double* __restrict trial) {
    double vanishing = 0.0;
    for (Index q = 0; q < n; ++q) {
        h[q] = h[q] < largest ? h[q] : largest;
        trial[q] = t[q] + h[q] >= end ? end - t[q] : h[q];
        vanishing += t[q] + trial[q] > t[q] ? 0.0 : 1.0;
    }
    return static_cast<Index>(vanishing);
}

// accepted := 0 where the trial row is not finite.
DYNKIN_CLONES void refuse_non_finite(Index n, const double* __restrict y, double* __restrict accepted) {
    for (Index q = 0; q < n; ++q) accepted[q] = y[q] - y[q] == 0.0 ? accepted[q] : 0.0;
}

// A trial that is not finite is tried again with a tenth of its length. The last step ends at the very end of the run,
// whatever t + (end - t) rounds to.
DYNKIN_CLONES void settle_times(Index n, double end, const double* __restrict error, const double* __restrict factor,
                                const double* __restrict trial, double* __restrict h, double* __restrict t0,
                                double* __restrict t1, double* __restrict accepted) {
    for (Index q = 0; q < n; ++q) {
        h[q] = trial[q] * (accepted[q] != 0.0 ? factor[q] : 0.1);
        const double yes = error[q] <= 1.0 ? accepted[q] : 0.0;
        const double next = trial[q] == end - t1[q] ? end : t1[q] + trial[q];
        t0[q] = yes != 0.0 ? t1[q] : t0[q];
        t1[q] = yes != 0.0 ? next : t1[q];
        accepted[q] = yes;
    }
}

// Where a trial was accepted it becomes the present step.
DYNKIN_CLONES void settle_row(Index n, const double* __restrict accepted, const double* __restrict trial,
                              double* __restrict start, double* __restrict end) {
    for (Index q = 0; q < n; ++q) {
        start[q] = accepted[q] != 0.0 ? end[q] : start[q];
        end[q] = accepted[q] != 0.0 ? trial[q] : end[q];
    }
}

/// The particles of a block in an order of their own.
class Lanes : public Controls {
public:
    Block y0, f0, y1, f1, y2, f2;  ///< states and slopes of start, end and trial
    std::vector<Index> particle;   ///< place in the block

    void resize(int dim, Index n) {
        for (Block* block : {&y0, &f0, &y1, &f1, &y2, &f2}) block->resize(dim, n);
        for (auto* v : {&t0, &t1, &h, &trial, &error, &factor, &accepted}) v->assign(static_cast<std::size_t>(n), 0.0);
        particle.resize(static_cast<std::size_t>(n));
    }

    void exchange(Index a, Index b) {
        if (a == b) return;
        for (Block* block : {&y0, &f0, &y1, &f1, &y2})
            for (int j = 0; j < block->n_rows(); ++j) std::swap(block->row(j)[a], block->row(j)[b]);
        const auto i = static_cast<std::size_t>(a), k = static_cast<std::size_t>(b);
        for (auto* v : {&t0, &t1, &h}) std::swap((*v)[i], (*v)[k]);
        std::swap(particle[i], particle[k]);
    }

    /// Steps are accepted or shortened, from the trials of the first n.
    void settle(Index n, double end) {
        const int dim = y0.n_rows();
        step_factors(n, error.data(), factor.data());
        std::fill_n(accepted.begin(), n, 1.0);
        for (int j = 0; j < dim; ++j) refuse_non_finite(n, y2.row(j), accepted.data());
        settle_times(n, end, error.data(), factor.data(), trial.data(), h.data(), t0.data(), t1.data(),
                     accepted.data());
        for (int j = 0; j < dim; ++j) {
            settle_row(n, accepted.data(), y2.row(j), y0.row(j), y1.row(j));
            settle_row(n, accepted.data(), f2.row(j), f0.row(j), f1.row(j));
        }
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

    // Accepted steps of every particle until one ends at or behind t. Those that are there go behind those that are
    // not.
    void follow(double t) {
        Index n_active = still_before(t, n_);
        const double end = problem().grid.until;
        for (std::int64_t round = 0; n_active > 0; ++round) {
            if (round == problem().max_steps) stop_at_too_many(n_active, t);
            if (choose_trials(n_active, end, problem().largest_step, lanes_.t1.data(), lanes_.h.data(),
                              lanes_.trial.data()) > 0)
                stop_at_vanishing(n_active, round);
            try_steps(lanes_.y1.points(n_active), lanes_.f1.points(n_active), lanes_.t1.data(), lanes_.trial.data());
            lanes_.settle(n_active, end);
            n_active = still_before(t, n_active);
        }
    }

    /// Puts the first n in order and returns how many have not reached t.
    Index still_before(double t, Index n) {
        for (Index q = 0; q < n;) {
            if (lanes_.t1[static_cast<std::size_t>(q)] < t)
                ++q;
            else
                lanes_.exchange(q, --n);
        }
        return n;
    }

    void stop_at_too_many(Index n_active, double target) const {
        Index lane = 0;
        for (Index q = 1; q < n_active; ++q)
            if (number(q) < number(lane)) lane = q;
        const auto i = static_cast<std::size_t>(lane);
        too_many_steps(*setup_, number(lane), lanes_.t1[i], target, lanes_.h[i]);
    }

    void stop_at_vanishing(Index n_active, std::int64_t round) {
        std::uint64_t first = std::numeric_limits<std::uint64_t>::max();
        Index lane = 0;
        for (Index q = 0; q < n_active; ++q) {
            const auto i = static_cast<std::size_t>(q);
            if (lanes_.t1[i] + lanes_.trial[i] > lanes_.t1[i] || number(q) >= first) continue;
            first = number(q);
            lane = q;
        }
        bool finite = true;
        for (int j = 0; j < process().dim(); ++j)
            finite = finite && (round == 0 || std::isfinite(lanes_.y2.row(j)[lane]));
        vanishing_step(*setup_, first, lanes_.t1[static_cast<std::size_t>(lane)], finite);
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
