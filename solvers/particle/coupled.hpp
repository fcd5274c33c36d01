#pragma once
// The same Brownian path with step h and with step 2 h: what the step size costs, measured pair by pair.
#include "solvers/core/propagator.hpp"
#include "solvers/particle/problem.hpp"

#include <functional>
#include <memory>

namespace dynkin {

class SdeEngine;

/// One step of a path of a block, as a hook sees it. All rows have n entries and live until the hook returns.
struct FineStep {
    double t = 0.0, h = 0.0;         ///< the step goes from t to t + h
    std::int64_t number = 0;         ///< of the step the path is in
    /// True for the piece of a step that ends at an output between two steps. It is not part of the path: the whole
    /// step follows later. Sums over steps keep it apart, add it at this output and forget it.
    bool side = false;
    std::uint64_t first_particle = 0;
    Index n = 0;
    Points before;                   ///< (dim, n) states at t
    Points after;                    ///< (dim, n) states at t + h, walls applied
    /// Row k: increment of W_k over the step [sqrt(time)]; then time integrals if the scheme asks for them.
    /// No data when the scheme draws its own noise (`exact`).
    Rows dW;
    const double* weight_before = nullptr;  ///< (n) Feynman-Kac weights at t
    const double* weight_after = nullptr;   ///< (n) at t + h
    const double* alive_before = nullptr;   ///< (n) 1, or 0 once absorbed, at t
    const double* alive_after = nullptr;    ///< (n) at t + h
    /// (dim, n) displacement by reflecting walls: after - (state before reflection); 0 where no wall was met.
    /// Jumps of periodic axes are not in it.
    Rows push;
};
using StepHook = std::function<void(const FineStep&)>;

/// Runs blocks with the problem's own steps (fine) and with steps twice as long (coarse) on the same path: increments of
/// coarse steps are joined from the fine ones, and absorbing walls are tested on both halves of a coarse step with the
/// draws of the fine path. The fine path is bit for bit the path of SdePropagator on the same problem.
/// With scheme `exact` a step has no error: coarse is a copy of fine.
class CoupledPaths {
public:
    /// Throws ConfigError as SdePropagator does.
    explicit CoupledPaths(const ParticleProblem& problem);

    class Worker {
    public:
        virtual ~Worker() = default;
        /// Takes a copy of the initial block (x, weight = 1, alive = 1 as made by `initial_block`).
        virtual void start(const BlockState& initial) = 0;
        /// Moves both paths to output time number `output`; outputs come in order 0, 1, 2, ... after each start.
        /// `hook`, when given, is called once per fine step in order, and once per side step. `coarse_hook` sees the
        /// steps of the coarse path in the same way (an output after an odd number of fine steps ends a side step of
        /// it); with scheme `exact` there are none.
        /// Throws NumericsError on a non-finite particle of either path.
        virtual void advance(int output, const StepHook& hook = {}, const StepHook& coarse_hook = {}) = 0;
        /// States at the output reached last.
        virtual const BlockState& fine() const = 0;
        virtual const BlockState& coarse() const = 0;
    };
    /// One per thread.
    std::unique_ptr<Worker> worker() const;

    const ParticleProblem& problem() const;

private:
    std::shared_ptr<const SdeEngine> engine_;
};

}  // namespace dynkin
