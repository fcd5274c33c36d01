// C9: flows that bring everything back to where it started.
#include "apps/verify/transport.hpp"

#include "apps/verify/case_functions.hpp"
#include "apps/verify/support/grids.hpp"
#include "models/reversing_swirl.hpp"
#include "models/rotation.hpp"
#include "solvers/grid/initial_masses.hpp"

namespace dynkin::verify {

Turn one_turn(const std::shared_ptr<const Process>& process, double period, int n, AdvectiveFlux flux) {
    GridProblem problem = box_problem(process, 0.0, 1.0, n);
    problem.flux = flux;
    const auto blob = gaussian_law({0.5, 0.65}, {0.07, 0.07});
    const std::vector<double> start = cell_masses(*blob, problem.mesh, problem.domain, process->name(), {"x", "y"});
    const DensityResult result = solve_density({.problem = problem, .initial = *blob, .outputs = {period}});
    return {l1_distance(result.masses, start), result.rows[0].mass, result.rows[0].smallest};
}

void add_turn_rows(VerifyReport& report, const std::string& label, const std::shared_ptr<const Process>& process,
                   double period, double allowed, AdvectiveFlux flux) {
    const Turn turn = one_turn(process, period, 64, flux);
    report.rows.push_back(judged(label + ", 64^2 cells: L1 distance from the start", 0.0, turn.distance, allowed));
    report.rows.push_back(judged(label + ": mass", 1.0, turn.mass, 1e-12));
    report.rows.push_back(
        judged(label + ": negative part of the smallest cell", 0.0, turn.smallest < 0.0 ? -turn.smallest : 0.0, 0.0));
}

VerifyReport case_c9(const VerifyOptions&) {
    VerifyReport report;
    const auto rotation = make_process(models::Rotation{});
    const auto swirl = make_process(models::ReversingSwirl{.T = 1.5});
    // A blob of standard deviation .07 = 4.5 cells, once round: fifth-order fluxes leave less than one per cent.
    add_turn_rows(report, "rotation", rotation, 1.0, 0.004, AdvectiveFlux::weno5);
    std::vector<double> h, error;
    for (const int n : {48, 64, 96, 128}) {
        h.push_back(1.0 / n);
        error.push_back(one_turn(rotation, 1.0, n, AdvectiveFlux::weno5).distance);
    }
    report.rows.push_back(judged_order("rotation: order in the cell width", 5.0, fit_order(h, error)));
    add_turn_rows(report, "reversing swirl", swirl, 1.5, 0.012, AdvectiveFlux::weno5);
    report.notes.push_back(
        "rotation: the second-order terms of products of face averages cancel between the axes, so the "
        "order is that of the fifth-order reconstruction; for the swirl they do not");
    return report;
}

}  // namespace dynkin::verify
