#pragma once
// The law a chain settles in.
#include "solvers/rates/rate_matrix.hpp"

#include <vector>

namespace dynkin {

/// p (n) with Q^T p = 0, p >= 0, sum 1, by state reduction (Grassmann, Taksar & Heyman 1985): no subtraction, small
/// relative error in every entry however rare the state. States outside the one closed class get exactly 0.
/// ConfigError: a chain with loss or sources, which has no stationary law (laws conditioned on survival are not
/// offered). NumericsError: several closed classes, so that the law would depend on the start; the message counts them.
std::vector<double> stationary_law(const SparseRateMatrix& Q);

}  // namespace dynkin
