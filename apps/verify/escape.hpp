#pragma once
// D1, D2: the checks shared with their mutants.
#include "apps/verify/support/grids.hpp"
#include "solvers/core/process.hpp"

#include <array>

namespace dynkin::verify {

/// References of the double well dX = (X - X^3) dt + sqrt(2 D) dW.
struct WellNumbers {
    double D = 0.2;
    double to_top = 0.0, to_other = 0.0;  ///< mean first passage times -1 -> 0 and -1 -> 1
    std::array<double, 3> rates{};        ///< the three slowest relaxation rates (Risken 1989, section 5.7)
    double precision = 1e-9;              ///< relative, of the rates
};
const std::array<WellNumbers, 3>& well_numbers();

/// Mean first passage times of `process` from -1 on the grid.
void add_well_passages(VerifyReport& report, const WellNumbers& well, const std::shared_ptr<const Process>& process);
void add_well_rates(VerifyReport& report, const WellNumbers& well, const std::shared_ptr<const Process>& process);

}  // namespace dynkin::verify
