#pragma once
// What the steps of a sampler cost: the same particles a second time with half as many steps.
#include "solvers/core/test_function.hpp"
#include "solvers/sampling/sampling_propagator.hpp"

#include <cstdint>
#include <vector>

namespace dynkin {

struct SamplerAuditSpec {
    const SamplingProblem& problem;  ///< outputs and denoise_at_end are not read: the last state counts
    const InitialLaw& initial;
    TestFunctions functions{};  ///< (K)
    std::uint64_t n_particles = 20000;
    int n_threads = 0;  ///< 0: as many as the machine has
};

/// Of K functions of the last state.
struct SamplerAudit {
    double n = 0.0;
    int n_coarse_steps = 0;
    std::vector<double> sd, skewness;                ///< (K) of phi; skewness 0 without variance
    std::vector<double> difference, standard_error;  ///< (K) mean of phi(coarse) - phi(fine)
    std::vector<double> bound;                       ///< (K) on the bias of E phi due to the steps
};

/// The coarse run looks at every second time. It starts where the fine one starts, and a coarse step that covers two
/// fine ones with normals a and b draws (a + b) / sqrt(2): standard normals again, so the coarse law is that of the
/// sampler with those steps. `probability_flow` is run with 32 times its tolerances instead.
///
/// Bound: 1.5 (|D| + 2 SE) / (2^p - 1), D the mean difference, p the stated order but 2 at most, since few steps do
/// not show a higher one; and not below 0.3 of the largest among the functions, in units of their sd, as errors of two
/// steps may coincide by chance. Blocks of 1024 particles are summed in order: the same bits for any n_threads.
/// ConfigError: as make_sampler; fewer than two steps. NumericsError: a particle that is not finite.
SamplerAudit audit_sampler(const SamplerAuditSpec& spec);

}  // namespace dynkin
