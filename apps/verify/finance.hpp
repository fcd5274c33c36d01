#pragma once
// B8: the check shared with its mutants.
#include "apps/verify/support/rows.hpp"
#include "solvers/core/process.hpp"

#include <memory>

namespace dynkin::verify {

/// E (P_h - P_2h)^2 of the discounted call on the same paths, 16 batches, over steps 1/8 ... 1/64: the variance of a
/// level of multilevel Monte Carlo (Giles 2008) but for its squared mean, which is of higher order.
ErrorTable level_variances(const std::shared_ptr<const Process>& process, const std::string& scheme,
                           const VerifyOptions& options);

}  // namespace dynkin::verify
