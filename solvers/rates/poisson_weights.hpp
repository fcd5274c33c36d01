#pragma once
// Poisson probabilities over the window that matters, without underflow at large means.
#include "solvers/core/points.hpp"

#include <vector>

namespace dynkin {

struct PoissonWeights {
    Index first = 0;              ///< of the window
    std::vector<double> weights;  ///< of first, first + 1, ...; they sum to one
    double error = 0.0;           ///< bound of the sum of |weight - probability| over all counts

    Index last() const { return first + static_cast<Index>(weights.size()) - 1; }
};

/// Probabilities of a Poisson variable of the given mean, with error <= tolerance. Starts at the mode with an arbitrary
/// scale, recurs outwards, normalises at the end (Fox & Glynn 1988); the window ends where a geometric series bounds
/// the tail. It holds about 2 sqrt(2 log(1/tolerance) mean) counts. ConfigError: mean negative or not finite.
PoissonWeights poisson_weights(double mean, double tolerance);

}  // namespace dynkin
