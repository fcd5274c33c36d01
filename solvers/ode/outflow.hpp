#pragma once
// What the sides of the domain do to a path without noise.
#include "solvers/ode/ode_propagator.hpp"

#include <cstdint>
#include <string>

namespace dynkin {

/// Shared by all threads.
class Outflow {
public:
    /// Looks at the drift on every reflecting wall; throws ConfigError where it points outwards.
    explicit Outflow(const OdeProblem& problem);

    bool any() const { return any_; }
    bool absorbing() const { return absorbing_; }

    struct Settled {
        bool absorbed = false;  ///< it was beyond an absorbing wall and now sits on it
        bool moved = false;     ///< it was wrapped or put on a wall
    };
    /// Settles one point whose component j is x[j * stride], at the end of a step at time t. A point beyond a
    /// reflecting wall is there by the error of the step and is put on the wall; throws NumericsError when the drift
    /// points outwards there.
    Settled settle(double* x, Index stride, double t, std::uint64_t particle) const;
    /// The same for a point a path starts from: folded back by a reflecting wall.
    Settled admit(double* x, Index stride, double t, std::uint64_t particle) const;

private:
    double outward_drift(const double* x, Index stride, int axis, bool lower, double t) const;
    void check_reflecting(int axis, bool lower, const TimeGrid& grid) const;

    const Process& process_;
    Domain domain_;
    std::string description_;
    bool any_ = false, absorbing_ = false;
};

}  // namespace dynkin
