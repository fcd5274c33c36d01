#pragma once
// The law a sampler makes, without or with little Monte Carlo: what tables of error against model calls are made of.
#include "solvers/sampling/gaussian_mixture.hpp"
#include "solvers/sampling/sampler.hpp"

#include <string>

namespace dynkin {

/// The quantiles (i + 1/2) / n of a mixture in one dimension, rising.  (1, n)  [x]. ConfigError: dim != 1.
Block midpoint_quantiles(const GaussianMixture& law, Index n);

/// All steps of a sampler on x, in place. `normals` holds those of step i in rows i * normal_rows() ...; it may be
/// empty for a sampler that draws none.
void run_steps(const Sampler& sampler, int n_steps, Block& x, Rows normals = {});

/// W1 between the law a deterministic sampler makes of the noised mixture at times.front() and the noised mixture at
/// times.back(), in one dimension: such a sampler maps quantiles to quantiles, so this is the mean distance between n
/// of them and the exact ones; no sample is drawn. Exact up to the quadrature in u.  [x]
/// ConfigError: as make_sampler; a sampler that draws noise; dim != 1.
double quantile_error(const std::string& sampler, const SamplerSetup& setup, const GaussianMixture& law, Index n);

/// An upper bound of W1 in any dimension: the mean distance between where a deterministic sampler takes n points and
/// where the probability flow takes them (dopri5, rtol 1e-10, atol 1e-12). The points are drawn from the exact law at
/// times.front(), so the bound has a relative sampling error of about n^(-1/2).  [x]
double flow_distance(const std::string& sampler, const SamplerSetup& setup, const GaussianMixture& law, Index n,
                     std::uint64_t seed);

/// W1 between n samples of any sampler and the exact quantiles, in one dimension, from quantiles of the exact law at
/// times.front(). Not below `floor`, what W1 of n independent samples of the exact law is on average.  [x]
struct SampledError {
    double error, floor;
};
SampledError sampled_error(const std::string& sampler, const SamplerSetup& setup, const GaussianMixture& law, Index n,
                           std::uint64_t seed);

}  // namespace dynkin
