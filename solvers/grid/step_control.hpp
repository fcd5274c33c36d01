#pragma once
// Step sizes: doubled and halved inside an interval so that its end is met exactly and factors are used again.
#include "solvers/grid/split_step.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace dynkin {

struct StepControlOptions {
    /// L1 time error, relative to the mass, allowed for every e-fold of the time since the start. > 0.
    double tolerance = 1e-6;
    /// > 0: equal steps of at most this length, without an error estimate. 0: adaptive.
    double fixed_dt = 0.0;
    /// > 0: the length an adaptive run tries first, next_step() of one that was stopped; 0: chosen from the start.
    double first_step = 0.0;
};

struct StepCounts {
    std::int64_t n_steps = 0;       ///< accepted; an adaptive step pair counts as two
    std::int64_t n_rejections = 0;  ///< pairs (transport: single steps) taken back
    double time_error = 0.0;        ///< accumulated estimates, L1 relative to the mass; NaN with fixed_dt
    double smallest_step = 0.0, largest_step = 0.0;
};

/// Moves cell masses from one time to another.
///
/// Adaptive: a step h is compared with two steps h/2, which are kept; the estimate is a third of their L1 distance
/// (order two; all of it for order one). Since the exact evolution never increases an L1 distance, the sum of the estimates bounds the time
/// error at any later time. A step is accepted when its estimate is below tolerance * h / (time since start + h): the
/// error a fast initial transient may commit is counted in its own time, so a point initial law costs a number of
/// steps that grows with the logarithm of the resolution only.
/// With L the interval asked for, every step is L 2^-k and starts at a multiple of itself.
///
/// Transport alone (no diffusivity at all) steps by the Courant number; every 16th step is doubled to estimate the error.
class StepControl {
public:
    using OnStep = std::function<void(double t, double h, const GridField& masses)>;

    /// `who` names the process in error messages.
    StepControl(SplitStep& stepper, StepControlOptions options, double t0, std::string who);

    /// masses from `from` to `until` > from; on_step (may be empty) after every accepted step, t its end.
    /// Throws NumericsError when the density stops being finite, when mass disappears that no ledger entry explains
    /// (1e-9 of it), or when no step is small enough.
    void advance(GridField& masses, double from, double until, StepLedger& ledger, const OnStep& on_step);

    const StepCounts& counts() const { return counts_; }
    /// What a run that goes on from here would try first. With the masses and the time it is all that another control
    /// needs to go on with the same bits.
    double next_step() const { return last_step_; }

private:
    void fixed_steps(GridField& masses, double from, double until, StepLedger& ledger, const OnStep& on_step);
    void adaptive_steps(GridField& masses, double from, double until, StepLedger& ledger, const OnStep& on_step);
    void transport_steps(GridField& masses, double from, double until, StepLedger& ledger, const OnStep& on_step);
    bool transport_step(GridField& masses, double t, double h, StepLedger& ledger);
    double first_step(const GridField& masses, double t);
    double snapped(double length);
    void accepted(double h);
    void check(const GridField& masses, double t, double h, double expected) const;

    SplitStep& stepper_;
    StepControlOptions options_;
    double t0_;
    std::string who_;
    StepCounts counts_;
    double last_step_ = 0.0;
    std::vector<double> lengths_;  // interval lengths seen, so that 0.3 - 0.2 and 0.1 share their factors
    GridField whole_, halves_, middle_;
};

}  // namespace dynkin
