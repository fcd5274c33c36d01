#pragma once
// The checked problem, shared by the threads, and the two kinds of workers.
#include "solvers/ode/flow.hpp"
#include "solvers/ode/outflow.hpp"

#include <memory>
#include <vector>

namespace dynkin {

struct OdeSetup {
    OdeProblem problem;
    Outflow sides;

    explicit OdeSetup(OdeProblem checked) : problem(std::move(checked)), sides(problem) {}
    std::string description() const { return problem.process->name() + " with " + problem.scheme; }
};
using OdeSetupPtr = std::shared_ptr<const OdeSetup>;

/// One step of a block with a fixed length; one per thread.
class FixedStepper {
public:
    virtual ~FixedStepper() = default;
    /// Moves y (the rows of a Flow) from t to t + h.
    virtual void step(Block& y, double t, double h) = 0;
};
std::unique_ptr<FixedStepper> make_rk4(const OdeProblem& problem);
std::unique_ptr<FixedStepper> make_symplectic(const OdeProblem& problem);

/// Why `symplectic` cannot integrate the problem, or "".
std::string symplectic_obstacle(const OdeProblem& problem);

/// An accepted step of one particle, from (t0, y0) to (t1, y1).
struct Leg {
    double t0 = 0.0, t1 = 0.0;
    double h = 0.0;         ///< length to try next
    bool absorbed = false;  ///< y1 is beyond an absorbing wall, or the particle was gone before: the path ends at t1
    std::vector<double> y0, y1;  ///< (n_rows); y1 as it came out of the step, not wrapped
    std::vector<double> f0, f1;  ///< derivatives there, if the method keeps them
    std::vector<double> c0, c1;  ///< of the continuous extension, if the method has one
};

/// Steps of one particle with an error estimate; one per thread, without memory between calls but for `keep`.
class AdaptiveMethod {
public:
    virtual ~AdaptiveMethod() = default;
    /// Called when (t0, y0) was set from outside.
    virtual void start(Leg&) {}
    /// One trial of length leg.h from (t0, y0) to y1. True when it meets the tolerance; leg.h is then the length to try
    /// next, else a shorter one.
    virtual bool try_step(Leg& leg) = 0;
    /// Called directly after the trial that made `leg`, when outputs inside it are wanted.
    virtual void keep(Leg&) {}
    /// The state at t inside the leg.
    virtual void at(const Leg& leg, double t, std::vector<double>& y) = 0;
};
std::unique_ptr<AdaptiveMethod> make_dopri5(const OdeProblem& problem);
std::unique_ptr<AdaptiveMethod> make_dopri5_dense(const OdeProblem& problem);
std::unique_ptr<AdaptiveMethod> make_rosenbrock4(const OdeProblem& problem);

/// NumericsError: a particle at t with a step h to try has not got to `target` in as many trials as are allowed.
[[noreturn]] void too_many_steps(const OdeSetup& setup, std::uint64_t particle, double t, double target, double h);
/// NumericsError: its next step is below round-off.
[[noreturn]] void vanishing_step(const OdeSetup& setup, std::uint64_t particle, double t, bool finite);

/// dopri5 on all particles of a block at once, where the process has the loop for it, nothing is carried along the path
/// and there are no sides to look at.
bool can_step_blocks(const OdeSetup& setup);
std::unique_ptr<Propagator::Worker> block_dopri5_worker(OdeSetupPtr setup);

std::unique_ptr<Propagator::Worker> fixed_step_worker(OdeSetupPtr setup, std::unique_ptr<FixedStepper> stepper);
std::unique_ptr<Propagator::Worker> adaptive_worker(OdeSetupPtr setup, std::unique_ptr<AdaptiveMethod> method);

}  // namespace dynkin
