#pragma once
// What the tests of samplers share: laws, and the error of a sampler's law.
#include "solvers/sampling/sampler_law.hpp"
#include "solvers/sampling/sampling_times.hpp"
#include "tests/unit/sampling/mixtures.hpp"

namespace dynkin::test {

/// The quantiles (i + 1/2) / n of the noised law.
inline Block quantiles(const GaussianMixture& law, NoiseLevel level, Index n) {
    return midpoint_quantiles(noised(law, level), n);
}

}  // namespace dynkin::test
