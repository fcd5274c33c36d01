#pragma once
// An SDE scheme on a grid of steps, with walls and killing, as a Propagator.
#include "solvers/core/propagator.hpp"
#include "solvers/particle/problem.hpp"
#include "solvers/particle/scheme.hpp"

#include <memory>

namespace dynkin {

class SdeEngine;

/// Steps of the time grid, walls after each step (solvers/particle/walls.hpp), Feynman-Kac weights by the trapezoidal
/// rule in the logarithm. An output between two steps is reached by a side step: the increment of the step in progress
/// is split by a Brownian bridge (exactly), the side step runs to the output, and the path goes on from the unsplit
/// step. The path and every output are therefore the same bits for any set of outputs. Two outputs inside one step each
/// have their right law given the path at both ends of the step, but are drawn independently of each other; with
/// `exact` a side step is a fresh transition from the start of the step.
/// A worker keeps nothing but buffers between calls: the state left at one output may be kept, in a file say, and
/// handed to another worker for the next, with the same bits.
/// A particle that starts outside the domain is folded back by reflecting and periodic walls and absorbed by absorbing ones.
class SdePropagator final : public Propagator {
public:
    /// Throws ConfigError on an unknown scheme, one that cannot integrate the process, or a domain that does not fit.
    explicit SdePropagator(const ParticleProblem& problem);

    std::unique_ptr<Worker> worker() const override;
    std::string description() const override;
    int dependent_particles() const override;

    const ParticleProblem& problem() const;
    const Scheme& scheme() const;

private:
    std::shared_ptr<const SdeEngine> engine_;
};

}  // namespace dynkin
