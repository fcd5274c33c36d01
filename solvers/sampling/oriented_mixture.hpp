#pragma once
// How gaussian_mixture.cpp serves components with axes of their own. Not part of the interface.
#include "solvers/sampling/gaussian_mixture.hpp"

namespace dynkin::detail {

/// ConfigError: sizes, or axes that are not orthonormal to 1e-9.
void check_axes(const GaussianMixture& mixture);
DenoiserPtr oriented_denoiser(GaussianMixture mixture);
std::shared_ptr<const InitialLaw> oriented_law(const GaussianMixture& mixture);

}  // namespace dynkin::detail
