#pragma once
// S6: what a rate matrix has to be; the check shared with its mutants.
#include "apps/verify/support/rows.hpp"
#include "solvers/rates/rate_matrix.hpp"

namespace dynkin::verify {

/// Row sums of Q (columns of Q^T) equal to -loss, no negative off-diagonal rate, <Q^T p, u> = <p, Q u>, and
/// exp(t Q^T) = exp(t/3 Q^T) exp(2t/3 Q^T), forward and backward, by both methods.
void add_chain_rows(VerifyReport& report, const std::string& label, const RateMatrix& Q,
                    const std::vector<double>& loss, double t);

}  // namespace dynkin::verify
