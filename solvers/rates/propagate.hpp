#pragma once
// Laws and functions over a time tau under an autonomous rate matrix, by the method of choice.
#include "solvers/rates/propagation.hpp"

#include <string>
#include <vector>

namespace dynkin {

/// uniformisation: >= 0, a proven error bound, about largest_exit_rate * tau products.
/// krylov: fewer products on stiff matrices, an estimated error, small negative values possible.
/// runge_kutta: fewest products for loose tolerances and short times, the same reservations.
enum class PropagationMethod { uniformisation, krylov, runge_kutta };

/// ConfigError: unknown name, with the nearest.
PropagationMethod propagation_method(const std::string& name);

/// exp(tau Q^T) p, p (n): the law after tau. Error <= tolerance * sum |p_i| * exp(largest_source_rate * tau).
/// ConfigError: wrong length, tau < 0, tolerance outside (0, 1). NumericsError: not reached in a bounded number of
/// products, or overflow through sources.
std::vector<double> propagate_law(const RateMatrix& Q, const std::vector<double>& p, double tau,
                                  PropagationMethod method = PropagationMethod::uniformisation,
                                  double tolerance = 1e-12);

/// exp(tau Q) u, u (n): E[u(X_tau) | X_0 = i], lost paths counting zero.
/// Error <= tolerance * max |u_i| * exp(largest_source_rate * tau). Throws as propagate_law.
std::vector<double> propagate_function(const RateMatrix& Q, const std::vector<double>& u, double tau,
                                       PropagationMethod method = PropagationMethod::uniformisation,
                                       double tolerance = 1e-12);

}  // namespace dynkin
