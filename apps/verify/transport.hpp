#pragma once
// C9: the check shared with its mutants.
#include "apps/verify/support/rows.hpp"
#include "solvers/core/process.hpp"
#include "solvers/grid/face_reconstruction.hpp"

#include <memory>

namespace dynkin::verify {

struct Turn {
    double distance = 0.0, mass = 0.0, smallest = 0.0;
};
/// A blob on n x n cells of the unit square, after one period of the flow.
Turn one_turn(const std::shared_ptr<const Process>& process, double period, int n, AdvectiveFlux flux);

void add_turn_rows(VerifyReport& report, const std::string& label, const std::shared_ptr<const Process>& process,
                   double period, double allowed, AdvectiveFlux flux);

}  // namespace dynkin::verify
