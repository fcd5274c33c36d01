#pragma once
// Random variates and densities that exact transition samplers need, from the draws of one particle.
#include "solvers/core/random.hpp"

namespace dynkin {

/// Gamma(shape, scale 1). Marsaglia & Tsang (2000), ACM TOMS 26, 363; shape < 1 by their boost with u^(1/shape).
double sample_gamma(double shape, Draws& draws);

/// Poisson. Multiplication of uniforms below mean 10, above it PTRS of Hoermann (1993), Insurance: Math. & Econ. 12, 39.
double sample_poisson(double mean, Draws& draws);

/// chi'^2 with `degrees` > 0 (not necessarily an integer) and non-centrality lambda >= 0: a Poisson mixture of gammas.
double sample_noncentral_chi_squared(double degrees, double lambda, Draws& draws);

/// Its density at x > 0, summed outward from the largest term of the mixture to 1e-17 of it.
double noncentral_chi_squared_density(double x, double degrees, double lambda);

}  // namespace dynkin
