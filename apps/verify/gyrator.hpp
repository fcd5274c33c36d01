#pragma once
// D12: a stationary state with a current.
#include "apps/verify/support/rows.hpp"
#include "solvers/core/process.hpp"

namespace dynkin::verify {

/// dx1 = (-x1 + u x2) dt + sqrt(2 T1) dW1 and its mirror, u = 1/2, T = (1, 2), run by the given process: stationary
/// covariance (1.5, 1, 2.5) and entropy production 1/16, by closed moments.
void add_gyrator_rows(VerifyReport& report, const std::string& label, const Process& process);

/// Entropy production sum_i E[b_i^2 / D_i + d b_i / d x_i] of a linear process from its stationary second moments,
/// (dim, dim) by rows, D diagonal: heat over temperature, with E of the Stratonovich product b o dX = E[b^2 + D div b]
/// dt.
double entropy_production(const Process& process, const std::vector<double>& second_moments);

}  // namespace dynkin::verify
