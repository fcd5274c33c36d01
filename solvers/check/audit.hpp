#pragma once
// Particles judged on their own: Dynkin's formula along their paths, and what their time step costs.
#include "solvers/check/verdict.hpp"
#include "solvers/core/initial_law.hpp"
#include "solvers/core/test_function.hpp"
#include "solvers/particle/coupled.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace dynkin {

struct AuditSpec {
    const CoupledPaths& paths;
    const InitialLaw& initial;
    TestFunctions functions{};          ///< (K)
    std::uint64_t n_particles = 20000;  ///< the first ones of the ensemble with the problem's seed
    int n_threads = 0;                  ///< 0: as many as the machine has
    std::function<void(std::uint64_t done)> progress{};
    const std::atomic<bool>* stop = nullptr;  ///< becomes true: Interrupted is thrown
    /// The process whose generator the paths are held against; null: the one that moved them.
    const Process* judge = nullptr;
};

/// At one output time. Values of dead particles count zero in phi, as in run_ensemble.
struct AuditRow {
    double time = 0.0;
    double n = 0.0;
    double n_independent = 0.0;  ///< of them: n, or n / 2 when they come in antithetic pairs
    // Of the functions in AuditResult::residual_functions, (R):
    std::vector<double> residual;             ///< mean of the Dynkin residual
    std::vector<double> residual_covariance;  ///< (R * R) n times that of the means; empty: there is no noise
    std::vector<double> residual_bound;       ///< bound on its mean due to the time step
    std::vector<double> residual_quadrature;  ///< bound due to the time integral, where it is kept apart; else empty
    // Of all functions, (K):
    std::vector<double> sd;               ///< of w * alive * phi
    std::vector<double> skewness;         ///< of w * alive * phi; 0 without variance
    std::vector<double> step_difference;  ///< mean of phi(fine) - phi(coarse), weights included
    std::vector<double> step_difference_se;
    std::vector<double> step_bound;  ///< bound on the bias of E phi due to the time step
};

struct AuditResult {
    std::vector<int> residual_functions;  ///< indices of the functions Dynkin's formula was applied to
    double weak_order = 1.0;              ///< with which differences are extrapolated to h = 0
    double residual_order = 1.0;
    double wall_order = 1.0;      ///< the same for what happens on paths that met a reflecting or absorbing wall
    bool control_variate = true;  ///< false when the scheme draws its own noise
    std::vector<AuditRow> rows;
    std::vector<std::string> notes;  ///< what could not be applied, and why
};

/// Dynkin's formula for one path, at every output T:
///   R = w_T phi(X_T) - phi(X_0) - int w (L phi - c phi) ds - sum grad phi(wall) . push - M,
///   M = sum w_n (grad phi . sigma_l dW_l + 1/2 G_lm (dW_l dW_m - delta_lm h)),  G_lm = sigma_l . hess phi . sigma_m,
/// G with (L^l sigma_m + L^m sigma_l) . grad phi / 2 added for schemes whose steps contain it. The time integral is the
/// trapezoidal rule over the steps. M is the control variate: its coefficients are taken at the start of each step, so
/// its mean is exactly zero whatever they are; it takes away all of R but terms of size h^(3/2) a step. It is left out
/// where the scheme hands out no dW. Pushes are those of reflecting walls. With absorbing walls the stopped process is
/// taken: phi at the exit point, and half of the step in which it happens.
///
/// The mean of R is O(h^min(p, 2)), p the weak order. Its bound, and that of the bias of E phi, come from the coupled
/// coarse path: 1.5 (|D| + 2 SE) / (2^p - 1), D the mean of coarse - fine; 1.5 is for terms of higher order, and with
/// 2 SE the bias is covered as long as D is within three standard errors of its mean. Walls cost O(h): the part D_w of
/// D from paths that met a wall, fine or coarse, gets the factor 1 / (2^1 - 1) instead. Errors of two steps may
/// coincide by chance: a bound is not below that of the same function earlier, nor below 0.3 of the largest among the
/// functions, in units of their sd. Outputs within the first step, where fine and coarse
/// are the same, take the bound of the next output, or infinity. The residual's bound holds the rounding of its sums,
/// too. Functions that are not smooth, or not periodic along a periodic axis, take part in the second bound only.
/// Blocks of fixed size are summed in fixed order: the same bits for any n_threads. Throws what CoupledPaths throws.
AuditResult audit_particles(const AuditSpec& spec);

/// Check "dynkin_particles": mean residuals against zero, one comparison per output after the start.
std::vector<Comparison> dynkin_comparisons(const AuditResult& audit, const TestFunctions& functions, double t0);

}  // namespace dynkin
