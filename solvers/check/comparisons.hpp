#pragma once
// From what each view computed to what the verdict compares.
#include "solvers/check/audit.hpp"
#include "solvers/check/exact_moments.hpp"
#include "solvers/check/verdict.hpp"
#include "solvers/core/test_function.hpp"
#include "solvers/grid/density_audit.hpp"
#include "solvers/particle/ensemble.hpp"
#include "solvers/particle/first_passage.hpp"

#include <string>
#include <vector>

namespace dynkin {

/// Check "pairing": E[phi(X) w; alive] of the particles against <phi, p> of the grid, at every output. Budgets: the
/// time step of the particles (audit) plus that of the grid, the cells of the grid. A number without variance, such as
/// the mass, may differ by 20 / n of itself when the grid loses mass but no particle has been lost. Outputs of all
/// three are the same.
std::vector<Comparison> pairing_comparisons(const TestFunctions& functions, const EnsembleResult& particles,
                                            const AuditResult& audit, const DensityAudit& grid);

/// Check "weak_residual_grid": the residuals of the density against zero, without sampling. Functions without residual
/// (not smooth) are left out; the start, t0, has none.
std::vector<Comparison> weak_residual_comparisons(const TestFunctions& functions, const DensityAudit& grid, double t0);

/// Checks "exact_moments_particles" and "exact_moments_grid" for the monomials whose moment closes.
std::vector<Comparison> exact_moment_comparisons(const TestFunctions& functions, const MomentTable& exact,
                                                 const EnsembleResult* particles, const AuditResult* audit,
                                                 const DensityAudit* grid);

/// Numbers of a first passage from the grid, with bounds on their errors.
struct FirstPassageOnGrid {
    std::vector<double> survival, survival_bound;     ///< (T) at the outputs, for the initial law
    double mean_until = 0.0, mean_until_bound = 0.0;  ///< E min(tau, end) - start
};

/// Checks `name`_survival (all outputs at once) and `name`_mean_until. `coarse`: the particles with twice the step,
/// whose difference bounds the time-step error (weak order 1); their noise is not shared, so that it enters the bound.
std::vector<Comparison> first_passage_comparisons(const std::string& name, const FirstPassageResult& particles,
                                                  const FirstPassageResult& coarse, const FirstPassageOnGrid& grid);

/// Takes out the functions whose numbers are not finite (1/x with a particle at 0, a variance that overflows) and adds
/// a note for each check that lost some.
std::vector<Comparison> without_non_finite(std::vector<Comparison> comparisons, std::vector<std::string>& notes);

/// Check "stationary_particles": particles that started from the stationary density of the grid, at the end of the run,
/// against the expectations (K) under that density. bound (K): of the grid.
Comparison stationary_comparison(const TestFunctions& functions, const EnsembleRow& particles, const AuditRow& audit,
                                 const std::vector<double>& expectation, const std::vector<double>& bound);

}  // namespace dynkin
