#pragma once
// D14, D15: the checks shared with their mutants.
#include "apps/verify/support/grids.hpp"

namespace dynkin::verify {

/// The steady solution of div(D grad phi + u phi) = 0 with phi(0) = 0, phi(L) = 1 from the rates between cells, at
/// their centres against (1 - e^{-u x / D}) / (1 - e^{-u L / D}): largest relative error.
VerifyRow nodal_row(const std::string& label, const CellRates& rates, const std::vector<double>& centres, double u,
                    double D, double L, double allowed);

/// L1 distance of masses from themselves after 100 steps of h.
VerifyRow preserved_row(const std::string& label, const SplitOperator& op, const std::vector<double>& masses, double h);

}  // namespace dynkin::verify
