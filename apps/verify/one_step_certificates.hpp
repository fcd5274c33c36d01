#pragma once
// S3: one step of a scheme without sampling error. The checks shared with their mutants.
#include "apps/verify/support/one_step.hpp"

namespace dynkin::verify {

/// A problem of one noise kind and what E phi is started from.
struct StepProblem {
    std::shared_ptr<const Process> process;
    std::vector<std::vector<double>> starts;  ///< several: at one alone the leading error may happen to vanish
    double t = 0.3;
};
/// Additive, diagonal, commutative, general, underdamped: non-linear and but for the fourth time-dependent.
std::vector<StepProblem> step_problems();

/// The slope of |E after one step - E after two half steps| over the four step sizes
/// 2^-first_level ... is the weak order + 1.
VerifyRow local_order_row(const std::string& scheme, const StepProblem& problem, const Stepper& stepper,
                          int normals_per_noise, double weak_order, int first_level = 6);

/// (E phi(X_h) - phi) / h -> L phi as h -> 0: the slope above does not see a factor of two in the diffusivity, this
/// does.
VerifyRow generator_row(const std::string& scheme, const StepProblem& problem, const Stepper& stepper,
                        int normals_per_noise);

}  // namespace dynkin::verify
