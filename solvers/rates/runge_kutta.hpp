#pragma once
// exp(tau Q) by an embedded Runge-Kutta pair, as any ODE would be solved.
#include "solvers/rates/propagation.hpp"

#include <vector>

namespace dynkin {

/// exp(tau Q^T) p or exp(tau Q) u by the pair 5(4) of Dormand & Prince (1980), the solution of order 5 being kept.
/// Steps are chosen so that their error estimates, in equation_norm, add up to at most tolerance * norm of the start *
/// e^{s tau}; `error` is that sum (an estimate; where it asks for less than round-off, 4e-16 a step is taken for it).
///
/// Explicit, so at least q tau / 3 steps of six products, q = largest_exit_rate: for chains that are not stiff. Entries
/// of a law may be negative by the error. Memory 9 n. ConfigError: as check_propagation. NumericsError: more than 1e8
/// products, overflow through sources.
Propagation runge_kutta_exponential(const RateMatrix& Q, KolmogorovEquation equation, const std::vector<double>& start,
                                    double tau, double tolerance = 1e-12);

}  // namespace dynkin
