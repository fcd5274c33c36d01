#pragma once
// The law of a sampler without Monte Carlo: a deterministic sampler in one dimension maps quantiles to quantiles.
#include "solvers/sampling/sampler.hpp"
#include "solvers/sampling/sampling_times.hpp"
#include "tests/unit/sampling/mixtures.hpp"

#include <cmath>
#include <string>
#include <vector>

namespace dynkin::test {

/// The quantiles (i + 1/2) / n of the noised law.
inline Block quantiles(const GaussianMixture& law, NoiseLevel level, Index n) {
    const GaussianMixture there = noised(law, level);
    Block x(1, n);
    for (Index i = 0; i < n; ++i)
        x.row(0)[i] = quantile(there, (static_cast<double>(i) + 0.5) / static_cast<double>(n));
    return x;
}

/// All steps of a sampler on x, in place; `noise` holds the normals of step i in rows i * normal_rows ..., or is empty.
inline void run_steps(const Sampler& sampler, int n_steps, Block& x, Rows noise = {}) {
    SamplerMemory memory;
    for (int i = 0; i < n_steps; ++i)
        sampler.step(x.rows(), x.size(), i, 0,
                     Rows{noise.data + i * sampler.normal_rows() * noise.stride, noise.stride}, memory);
}

/// Mean distance between the quantiles a sampler ends with and those of the noised law at the last time.
inline double quantile_error(const std::string& name, const SamplerSetup& setup, const GaussianMixture& law, Index n) {
    Block x = quantiles(law, setup.schedule->level(setup.times.front()), n);
    const Block exact = quantiles(law, setup.schedule->level(setup.times.back()), n);
    run_steps(*make_sampler(name, setup), static_cast<int>(setup.times.size()) - 1, x);
    double sum = 0.0;
    for (Index i = 0; i < n; ++i) sum += std::abs(x.row(0)[i] - exact.row(0)[i]);
    return sum / static_cast<double>(n);
}

}  // namespace dynkin::test
