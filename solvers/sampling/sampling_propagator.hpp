#pragma once
// A sampler through its steps, as a Propagator: ensembles, histograms and verdicts serve it.
#include "solvers/core/initial_law.hpp"
#include "solvers/core/process.hpp"
#include "solvers/core/propagator.hpp"
#include "solvers/sampling/sampler.hpp"

#include <memory>
#include <string>
#include <vector>

namespace dynkin {

struct SamplingProblem {
    std::string sampler = "dpmpp2m";  ///< a name of sampler_list()
    SamplerSetup setup{};
    std::uint64_t seed = 0;
    /// After how many steps the particles are looked at, rising; empty: after the last.
    std::vector<int> outputs{};
    /// The state handed out after the last step is E[X_0 | X] instead of X: removes the noise that is left, one model
    /// call.
    bool denoise_at_end = false;
    /// Weights of Feynman and Kac: each state carries exp(-int c dtau) with the killing rate c of this process in the
    /// clock t_max - t, by the trapezoidal rule over the steps (order 2). Null: none. See make_composed_process.
    std::shared_ptr<const Process> killing{};
};

/// Step number i reads normals i * rows ... of Stream::brownian of its particles, so a particle has the same path, bit
/// for bit, for any block size, number of threads and set of outputs. `probability_flow` is dopri5 of solvers/ode in
/// the clock t_max - t; its outputs are those of the given times. Starts at times[0]. ConfigError: see make_sampler;
/// outputs out of order or range; `killing` with probability_flow or without a killing rate. Workers throw
/// NumericsError.
std::shared_ptr<const Propagator> make_sampling_propagator(const SamplingProblem& problem);

/// The times at which the propagator looks, in the order of its outputs.
std::vector<double> output_times(const SamplingProblem& problem);

/// The law a sampler starts from when X_0 is not known: N(0, (alpha^2 variance + sigma^2) I) at times[0].
std::shared_ptr<const InitialLaw> noise_law(const SamplerSetup& setup, double variance = 1.0);

/// log p of the clean law at the points (dim rows), in out[0..n): the probability flow is followed from times.back() to
/// times.front() together with its divergence, log p_end(x) = log p_start(X) + int div dt, and `start_log_density`
/// gives log p_start. Song et al. (2021), appendix D.2, with the exact Jacobian instead of a random estimate. Local
/// error per step <= atol + rtol |.|. Throws ConfigError, NumericsError.
void flow_log_likelihood(const SamplerSetup& setup, Points x,
                         const std::function<void(Points, double*)>& start_log_density, double* out);

}  // namespace dynkin
