#pragma once
// C5, C6, C7: the checks shared with their mutants.
#include "apps/verify/support/grids.hpp"
#include "solvers/core/process.hpp"

namespace dynkin::verify {

/// Density at .5 of Brownian motion (D = 1) reflected at 0 and 1 from .2 at t = .05; `shift` as below.
void add_reflected_density(VerifyReport& report, const std::string& label, double shift);

/// Survival of Brownian motion (D = 1) absorbed at 0 and 1 from .3 at t = .05, order and value. `shift` moves both
/// walls outwards by that many cell widths: 1/2 is the mutant with walls on ghost centres.
void add_absorbed_survival(VerifyReport& report, const std::string& label, double shift);

/// Stationary <sin 2 pi x> on the ring for the calculus named, from a process that claims to be that.
void add_ring_rows(VerifyReport& report, Calculus calculus, const std::shared_ptr<const Process>& process,
                   const VerifyOptions& options);

}  // namespace dynkin::verify
