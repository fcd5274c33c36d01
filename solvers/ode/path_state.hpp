#pragma once
// A block on its way, in the rows that the steppers move.
#include "solvers/ode/flow.hpp"

#include <cstdint>

namespace dynkin {

struct PathState {
    Block y;      ///< (n_rows of the flow, n): x, log p if it is carried, the logarithm of the weight gained so far
    Block alive;  ///< (1, n)
    std::uint64_t first_particle = 0;

    std::uint64_t particle(Index q) const { return first_particle + static_cast<std::uint64_t>(q); }
    bool any_gone() const;
    /// The first particle with a component that is not finite, or -1.
    Index first_non_finite() const;

    void read(const Flow& flow, const BlockState& state);
    /// Weights are those at the start times exp of what was gained: a logarithm taken anew in every window would make
    /// the bits depend on the outputs.
    void write(const Flow& flow, const Block& initial_weight, BlockState& state) const;
};

}  // namespace dynkin
