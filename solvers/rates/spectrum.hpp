#pragma once
// The slowest relaxation rates of a chain.
#include "solvers/rates/rate_matrix.hpp"

#include <complex>
#include <vector>

namespace dynkin {

/// The k (1 .. 20) eigenvalues of -Q nearest to zero, sorted by real part, conjugate pairs with the negative imaginary
/// part first (a pair may be cut by the end of the list).  [1 / time]
///
/// Arnoldi on (-Q)^-1 (Saad 2011, section 6.7 and chapter 8) with exact solves by StateReduction, from a block of four
/// start vectors (Ruhe 1979), so that eigenvalues up to fourfold are found with their multiplicity. An irreducible
/// chain without loss has the eigenvalue 0 exactly; it is split off together with the stationary law, whose inner
/// product is then used: in it reversible chains are symmetric, and a rate far below all others keeps its digits. Those
/// others lose digits to it: their relative error is at least 1e-16 times their ratio to the smallest.
/// Each Ritz pair's residual is checked: relative error below about `tolerance` for chains close to reversible; for
/// others it grows with the condition of the eigenvalue.
///
/// ConfigError: k out of range. NumericsError: not converged in 240 solves, or a chain with loss of which some closed
/// class loses nothing, or one without loss that is reducible (name a class and restrict to it).
std::vector<std::complex<double>> leading_rates(const SparseRateMatrix& Q, int k, double tolerance = 1e-10);

}  // namespace dynkin
