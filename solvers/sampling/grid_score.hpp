#pragma once
// The score of a density known on a grid, such as the solution of the noising process's own Fokker-Planck equation.
#include "solvers/grid/mesh.hpp"
#include "solvers/sampling/score.hpp"

#include <vector>

namespace dynkin {

/// Cell masses of the noised law at one noise level, (n_total), x fastest.
struct GridSnapshot {
    NoiseLevel level{};
    std::vector<double> masses{};
};

/// log p from the masses over the volumes at the cell centres; its gradient by differences along each axis, second
/// order on graded meshes, then multilinear interpolation between centres: second order in the cell width. Between two
/// snapshots linear in log(sigma / alpha). Beyond the outermost centres, and in cells with mass below 1e-280 of the
/// largest, the score of the nearest cell along the axis that has one. ConfigError: no snapshots, sizes, levels that do
/// not rise, masses that are negative beyond -1e-12 or all zero. NumericsError: a level outside those given (1e-9
/// relative).
DenoiserPtr grid_denoiser(const Mesh& mesh, std::vector<GridSnapshot> snapshots);

}  // namespace dynkin
