#pragma once
// exp(tau Q) as a Poisson mixture of powers of a stochastic matrix.
#include "solvers/rates/propagation.hpp"

#include <vector>

namespace dynkin {

/// exp(tau Q^T) p or exp(tau Q) u by uniformisation (Jensen 1953): with s = largest_source_rate and
/// q = 1.01 (largest_exit_rate + s), P = I + (Q - s I) / q is >= 0 with row sums <= 1, and
///   exp(tau Q) = e^{s tau} sum_k Poisson(k; q tau) P^k.
/// A start >= 0 gives a result >= 0, exactly: every addition is of numbers >= 0 but for the diagonal of P, which the
/// factor 1.01 keeps away from zero. Without loss the mass changes by round-off only, since the weights sum to one.
/// `error` <= tolerance * norm of the start * e^{s tau} is proven (equation_norm): truncation of the Poisson weights,
/// and, where powers P^k p have stopped moving, (products left out) * |P^{k+1} p - P^k p|.
///
/// About q tau + 8 sqrt(q tau) products; q tau = 1e6 works.
/// ConfigError: as check_propagation. NumericsError: more than 1e8 products, overflow of e^{s tau}.
Propagation uniformised_exponential(const RateMatrix& Q, KolmogorovEquation equation, const std::vector<double>& start,
                                    double tau, double tolerance = 1e-12);

}  // namespace dynkin
