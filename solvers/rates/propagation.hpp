#pragma once
// What the two ways to apply exp(tau Q) have in common: which equation, which norm, what is reported.
#include "solvers/rates/rate_matrix.hpp"

#include <vector>

namespace dynkin {

/// forward: laws, exp(tau Q^T) p. backward: functions, exp(tau Q) u.
enum class KolmogorovEquation { forward, backward };

struct Propagation {
    std::vector<double> values;  ///< (n)
    double error = 0.0;          ///< of `values`, in the norm of the equation; round-off not counted
    Index n_products = 0;        ///< applications of Q or Q^T
};

/// The norm in which exp(tau (Q - s)), s = largest_source_rate, is a contraction: sum |v_i| for laws, max |v_i| for
/// functions. Errors made on the way therefore add up and are never amplified.
double equation_norm(KolmogorovEquation equation, const double* v, Index n);

/// Q^T v or Q v.
void apply(const RateMatrix& Q, KolmogorovEquation equation, const double* v, double* out);

/// ConfigError: `start` of the wrong length or not finite, tau negative or not finite, tolerance outside (0, 1).
void check_propagation(const RateMatrix& Q, const std::vector<double>& start, double tau, double tolerance);

}  // namespace dynkin
