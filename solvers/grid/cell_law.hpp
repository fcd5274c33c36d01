#pragma once
// A density on a mesh as the law of X_0.
#include "solvers/core/initial_law.hpp"
#include "solvers/grid/mesh.hpp"

#include <memory>
#include <vector>

namespace dynkin {

/// Uniform within each cell: then E phi is the sum of mass times cell mean of phi, which is how a grid reckons it.
/// masses (n_cells) >= 0, x fastest, normalised here. Throws ConfigError on a wrong size, a negative mass or none at
/// all.
std::shared_ptr<const InitialLaw> cell_law(Mesh mesh, std::vector<double> masses);

}  // namespace dynkin
