#pragma once
// First passages into a set, by particles.
#include "solvers/core/initial_law.hpp"
#include "solvers/core/level_set.hpp"
#include "solvers/particle/problem.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

namespace dynkin {

struct FirstPassageSpec {
    const ParticleProblem& problem;  ///< grid.until is the longest time followed; grid.outputs the times of survival
    const InitialLaw& initial;
    const LevelSet& set;             ///< { x : level(x) >= 0 }
    std::uint64_t n_particles = 1;
    int n_threads = 0;               ///< 0: as many as the machine has
    Index block_size = 512;          ///< a multiple of 128; the result does not depend on it
    std::function<void(std::uint64_t done)> progress{};
    const std::atomic<bool>* stop = nullptr;  ///< as in EnsembleSpec
};

/// A path ends when it enters the set or is absorbed by a wall of the domain; tau is that time. Both are what
/// the generator with the set and those walls as absorbing boundary knows, so these numbers pair with a grid's.
/// With killing, all are means weighted by the Feynman-Kac weight.
struct FirstPassageResult {
    double n = 0.0;              ///< particles
    double n_independent = 0.0;  ///< of them: n, or n / 2 when they come in antithetic pairs
    double hit = 0.0, hit_standard_error = 0.0;    ///< probability to have entered the set by grid.until
    double lost = 0.0;                             ///< ended on an absorbing wall instead
    double mean = 0.0, mean_standard_error = 0.0;  ///< E min(tau, until) - t0, the integral of the survival
    std::vector<double> times;                     ///< the outputs of the problem's grid
    std::vector<double> survival;                  ///< P(tau > time)
    std::vector<double> survival_standard_error;
    std::vector<double> covariance;                ///< (T, T) of the survival estimates (already divided by n)
};

/// Entering is judged inside every step by the crossing probability of a Brownian bridge, exp(-2 g0 g1 / (v h)), g the
/// level at both ends, v = grad g^T a grad g at the start; the time of entering is drawn from the law of the bridge's
/// first passage (an inverse Gaussian in transformed time). For a flat set and constant coefficients this is exact at
/// any step; otherwise the error is that of freezing coefficients over a step, weak order 1. Draws: Stream::first_passage.
/// Same bits for any n_threads and block_size. Throws as SdePropagator and run_ensemble do.
FirstPassageResult run_first_passage(const FirstPassageSpec& spec);

}  // namespace dynkin
