#pragma once
// Weighted particles that are drawn anew when their weights spread: sequential Monte Carlo on any propagator.
#include "solvers/core/initial_law.hpp"
#include "solvers/core/propagator.hpp"
#include "solvers/core/test_function.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace dynkin {

/// (sum w)^2 / sum w^2 (Kong, Liu & Wong 1994). ConfigError: negative or all zero.
double effective_sample_size(const std::vector<double>& weights);

/// Systematic resampling (Kitagawa 1996): parent numbers, rising, (n). Particle i has floor or ceil of n w_i / sum w
/// children, on average exactly that. u in (0, 1) is the one random number. ConfigError: negative or all zero.
std::vector<std::size_t> systematic_resampling(const std::vector<double>& weights, double u);

struct WeightedEnsembleSpec {
    const Propagator& propagator;
    const InitialLaw& initial;
    int n_outputs = 1;  ///< of the propagator; they lie on its steps, and after each resampling is considered
    std::uint64_t n_particles = 1;
    std::uint64_t seed = 0;
    double threshold = 0.5;  ///< resample when the effective sample size falls below this share; 0: never
    int n_threads = 1;       ///< 0: as many as the machine has
    /// Log-weights of the initial states, for an `initial` that is not quite the law to start from: log of the wanted
    /// density over that of `initial`, any constant added. Empty: none.
    std::function<void(Points x, double* log_weight)> initial_log_weight{};
};

struct WeightedEnsemble {
    Block x;                              ///< (dim, n)
    std::vector<double> weights;          ///< (n) sum 1; not resampled after the last output
    std::vector<double> effective_sizes;  ///< (n_outputs) before resampling, as shares of n
    int n_resamplings = 0;
    double log_mass = 0.0;  ///< log of the mean of the Feynman-Kac weight over all of the run

    /// sum_i w_i phi(x_i)
    double mean(const TestFunction& phi) const;
};

/// Particles through all outputs, each time with the weights gained since the last resampling. All particles are in
/// memory. The same bits for any n_threads. A propagator that remembers the path itself (those of solvers/ode) does not
/// notice resampling: it needs threshold = 0. ConfigError; NumericsError from the propagator, or when every weight is 0
/// or one is not finite.
WeightedEnsemble run_weighted_ensemble(const WeightedEnsembleSpec& spec);

}  // namespace dynkin
