#pragma once
// An ensemble of particles through all output times, reduced to statistics on the way.
#include "solvers/core/initial_law.hpp"
#include "solvers/core/propagator.hpp"
#include "solvers/core/test_function.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

namespace dynkin {

struct EnsembleSpec {
    const Propagator& propagator;  ///< of an SDE, an ODE, ...; its outputs are those counted below
    const InitialLaw& initial;
    int dim = 1;
    std::vector<double> outputs{};  ///< times, for the result only; as many as the propagator has
    std::uint64_t n_particles = 1;
    std::uint64_t seed = 0;                    ///< of the initial law's draws
    TestFunctions test_functions{};            ///< may be empty
    std::vector<std::vector<double>> faces{};  ///< per axis; empty: no histogram

    int n_threads = 0;     ///< 0: as many as the machine has
    Index block_size = 0;  ///< a multiple of 128; 0: what keeps the rows of a step in L1

    /// Called for each block before its first step, after the initial states are drawn (weights and `alive` are 1):
    /// to set a log density, to replace the states. From several threads at once.
    std::function<void(BlockState&)> prepare{};
    /// Called with the particles of a block at each of its outputs, one call at a time, blocks in no fixed order;
    /// particle i of the block is number state.first_particle + i.
    std::function<void(int output, const BlockState& state)> visit{};
    /// Called with the number of particles done, one call at a time.
    std::function<void(std::uint64_t done)> progress{};
    /// When it becomes true, running blocks finish and Interrupted is thrown; nothing of the ensemble is returned.
    const std::atomic<bool>* stop = nullptr;
};

/// Statistics at one output time. Averages are over all n particles, so that they pair with the sub-probability density
/// of a grid: E[phi(X) w; alive].
struct EnsembleRow {
    double time = 0.0;
    double n = 0.0;     ///< particles
    double n_independent = 0.0;  ///< of them: n, or n / 2 when they come in dependent pairs
    double mass = 0.0;  ///< mean of w * alive
    double mass_standard_error = 0.0;
    double survival = 0.0;               ///< share of particles not absorbed
    std::vector<double> mean;            ///< (K) of w * alive * phi_k(X)
    std::vector<double> covariance;      ///< (K, K) by rows, n times that of the means: without pairs, of one particle
    std::vector<double> sd;              ///< (K) of w * alive * phi for one particle, pairs or not
    std::vector<double> standard_error;  ///< (K) of the means
    std::vector<double> histogram;  ///< sum of w * alive per cell, x fastest: i + nx (j + ny k); empty without faces
    double outside = 0.0;           ///< sum of w * alive beyond the faces
};

struct EnsembleResult {
    std::vector<EnsembleRow> rows;  ///< one per output
};

/// Blocks go through all outputs one after another, so memory does not grow with the number of particles. The result
/// is the same bits for any n_threads and block_size. Where the propagator says that pairs of particles depend on each
/// other, errors are those of pairs, and n_particles must be even. Throws ConfigError on a specification that does not fit together,
/// NumericsError from the propagator (of the lowest block that fails), Interrupted when stopped.
EnsembleResult run_ensemble(const EnsembleSpec& spec);

}  // namespace dynkin
