#pragma once
// What a density on a grid owes to its cells and to its time steps, measured by running it again coarser.
#include "solvers/grid/density_solver.hpp"

#include <string>
#include <vector>

namespace dynkin {

/// Absolute bounds on the errors of one DensityRow, (K) each. Those of the residual are NaN where it is.
struct DensityBounds {
    double time = 0.0;
    std::vector<double> grid;           ///< of <phi, p>
    std::vector<double> time_step;      ///< of <phi, p>
    std::vector<double> residual_grid;  ///< of the weak residual
    std::vector<double> residual_time_step;
    std::vector<double> sd;  ///< standard deviation of phi under the density, from cell means
};

struct DensityAudit {
    DensityResult result;               ///< on the mesh as given
    std::vector<DensityRow> coarse;     ///< on the coarsened mesh
    std::vector<DensityBounds> bounds;  ///< one a row
};

/// Solves spec.problem on its mesh and on coarsened(mesh); `visit` and `progress` see the first only.
///
/// Cells: 1.5 |coarse - fine| / (r - 1), where r is the factor by which errors shrink when cells are halved: 4 for
/// second order. Singular densities and traps at natural boundaries shrink more slowly, so r is measured on a mesh
/// coarsened twice, within 1.5 and 4 (axes of fewer than 9 cells: 4). A point law adds |<phi, p_0> - phi(at)|, what its
/// two cells an axis make of it; a function that jumps inside a cell twice the difference to a density with a slope
/// there. Two errors may coincide by chance: each bound is at least the one of that function at
/// any earlier output, and a tenth of the largest among the functions, both relative to their sd. Steps: the coarse
/// mesh once more with steps about twice as long or longer (16 times the tolerance, twice the fixed dt); a third of the
/// difference and half more. Adaptive steps also bound <phi, p> by their L1 estimate times max |phi| over the cells
/// that hold mass; the smaller bound counts. krylov, uniformisation and transport alone, whose steps follow the cells:
/// the L1 estimate only, and none for the residual. Throws what solve_density throws, and ConfigError when an axis has
/// fewer than 5 cells.
DensityAudit audit_density(const DensitySpec& spec);

}  // namespace dynkin
