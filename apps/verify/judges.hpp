#pragma once
// Cases whose whole content is one process: the checks take it as an argument, so that a mutant is judged by the very
// same lines. `case_xx` in case_functions.hpp hands in the right one.
#include "apps/verify/cases.hpp"
#include "solvers/core/process.hpp"

#include <memory>

namespace dynkin::verify {

using ProcessPtr = std::shared_ptr<const Process>;

VerifyReport judge_levy_area(const ProcessPtr& process, const VerifyOptions& options);           // A9
VerifyReport judge_cameron_martin(const ProcessPtr& process, const VerifyOptions& options);      // B7
VerifyReport judge_cir(const ProcessPtr& process, const VerifyOptions& options);                 // B9
VerifyReport judge_bond(const ProcessPtr& process, const VerifyOptions& options);                // B10
VerifyReport judge_bessel(const ProcessPtr& process, const VerifyOptions& options);              // B12
VerifyReport judge_ornstein_uhlenbeck(const ProcessPtr& process, const VerifyOptions& options);  // C1
VerifyReport judge_benes(const ProcessPtr& process, const VerifyOptions& options);               // C2
VerifyReport judge_rotating(const ProcessPtr& process, const VerifyOptions& options);            // C3
VerifyReport judge_wright_fisher(const ProcessPtr& process, const VerifyOptions& options);       // C10
VerifyReport judge_exit(const ProcessPtr& process, const VerifyOptions& options);                // D6
VerifyReport judge_inverse_gaussian(const ProcessPtr& process, const VerifyOptions& options);    // D7
/// D10 at temperature T: what particles settle in, against <x^2> = square.
VerifyReport judge_langevin(const ProcessPtr& process, double T, double square, const VerifyOptions& options);
/// D3 on [-L, L]^2: slowest relaxation rate, and exp(-U / D) as stationary law.
struct MaierSteinNumbers {
    double D = 0.2, rate = 0.0, L = 2.0;
    std::vector<int> cells;
};
VerifyReport judge_maier_stein(const ProcessPtr& process, const MaierSteinNumbers& numbers);

}  // namespace dynkin::verify
