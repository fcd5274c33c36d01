#pragma once
// exp(tau Q) applied to a vector from small Krylov subspaces.
#include "solvers/rates/propagation.hpp"

#include <vector>

namespace dynkin {

struct KrylovOptions {
    int dimension = 30;  ///< of the subspace, at least 3
    Index most_products = 100'000'000;
};

/// exp(tau Q^T) p or exp(tau Q) u by Arnoldi's method (Saad 1992) in substeps whose length follows the error estimate
/// of Expokit (Sidje 1998, section 4.1; from phi-functions of the Hessenberg matrix), taken in equation_norm: errors
/// of substeps add up and `error` is their sum, an estimate, <= tolerance * norm of the start * e^{s tau}. The small
/// exponentials are by scaling and squaring of Pade approximants (Higham 2005).
///
/// Not positivity preserving: entries of a law may be negative, together by no more than `error` plus round-off of
/// about 1e-15 a substep. Mass is kept to the same accuracy. Between sqrt(q tau) and q tau products,
/// q = largest_exit_rate; memory (dimension + 2) n.
/// ConfigError: as check_propagation, dimension < 3. NumericsError: most_products exceeded, a substep that cannot
/// reach the tolerance (below round-off), overflow.
Propagation krylov_exponential(const RateMatrix& Q, KolmogorovEquation equation, const std::vector<double>& start,
                               double tau, double tolerance = 1e-12, const KrylovOptions& options = {});

}  // namespace dynkin
