#pragma once
// What moves particles from one output time to the next: an SDE scheme, an ODE stepper, an exact transition.
#include "solvers/core/points.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace dynkin {

/// A block of particles on its way. Particle i of the block is number first_particle + i of the ensemble.
struct BlockState {
    Block x;            ///< (dim, n)
    Block weight;       ///< (1, n) Feynman-Kac weight exp(-int killing); 1 when nothing is killed or created
    Block alive;        ///< (1, n) 1 until the particle is absorbed at a wall, then 0; x stays at the wall
    Block log_density;  ///< (1, n) log p along the path of an ODE; no rows when it is not carried
    Index n = 0;
    std::uint64_t first_particle = 0;
};

class Propagator {
public:
    /// Owns the buffers of one thread.
    class Worker {
    public:
        virtual ~Worker() = default;
        /// Moves `state` towards output time number `output` (they come in order 0, 1, 2, ... for every block; the state
        /// handed in is the initial one or the one left by the previous call) and returns the state at exactly that
        /// time. The returned state may be a side step that leaves `state` on the unsplit path.
        /// Throws NumericsError (model, scheme, particle, time, what to try) on a non-finite particle.
        virtual const BlockState& advance(BlockState& state, int output) = 0;
    };

    virtual ~Propagator() = default;
    virtual std::unique_ptr<Worker> worker() const = 0;
    /// "double_well with euler_maruyama", for messages.
    virtual std::string description() const = 0;
    /// Particles k g ... k g + g - 1 may depend on each other, g = 1 or 2; such groups are independent.
    virtual int dependent_particles() const { return 1; }
};

}  // namespace dynkin
