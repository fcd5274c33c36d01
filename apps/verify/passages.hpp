#pragma once
// First passages of particles; the checks shared with their mutants.
#include "apps/verify/support/rows.hpp"

namespace dynkin::verify {

/// P(max over [0, 1] of W >= 1) = 2 (1 - Phi(1)) (reflection principle) against an estimate.
VerifyRow maximum_row(const std::string& how, const Estimate& probability);

/// The estimate by looking at times 0, h, 2 h, ... only, which misses what happens between them.
Estimate maximum_at_grid_times(int n_steps, std::uint64_t n_paths, const VerifyOptions& options);

}  // namespace dynkin::verify
