#pragma once
// What the sides of the domain do to particles after a step.
#include "solvers/core/domain.hpp"
#include "solvers/core/propagator.hpp"
#include "solvers/particle/scheme.hpp"

namespace dynkin {

/// Reflecting: the state is folded back at the wall, as often as needed (symmetrised scheme; Bossy, Gobet & Talay 2004,
/// weak order 1). Periodic: wrapped into [lower, upper). Absorbing, on the wall itself: a particle that ends the step
/// beyond the wall is absorbed, and one that ends it inside with the probability that a Brownian bridge between both
/// ends met the wall, exp(-2 (x0 - a)(x1 - a) / (a_jj h)) with a = sigma sigma^T at the start of the step
/// (Gobet 2000, weak order 1). An absorbed particle keeps its other components, sits on the wall and has alive = 0.
class Walls {
public:
    Walls(const Process& process, Domain domain);

    bool any() const { return absorbing_ || confining_; }
    bool absorbing() const { return absorbing_; }
    bool reflecting() const { return reflecting_; }

    /// a_jj of `points` at time t in row j, for the axes with an absorbing wall.  (dim rows)
    void variance(Points points, double t, Scratch& scratch, Rows out) const;

    /// Absorbs particles of `state` whose way from `start` to `end` in piece.h met an absorbing wall. The draws are those
    /// of Stream::wall with the seed, number and particles of `piece`.
    void absorb(BlockState& state, Points start, Points end, Rows variance, const Step& piece) const;

    /// Folds and wraps living particles; a fold that carries over an absorbing wall absorbs. When `push` has data, row j
    /// gets the displacement by reflection (dim rows), zero elsewhere.
    void confine(BlockState& state, Rows push) const;

    /// For the state a block starts from: folds, wraps, absorbs what lies outside.
    void admit(BlockState& state) const;

private:
    const Process& process_;
    Domain domain_;
    bool absorbing_ = false, reflecting_ = false, confining_ = false;
};

}  // namespace dynkin
