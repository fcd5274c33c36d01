#pragma once
// The law of X_0 as masses of the cells of a mesh.
#include "solvers/core/domain.hpp"
#include "solvers/core/initial_law.hpp"
#include "solvers/grid/mesh.hpp"

#include <string>
#include <vector>

namespace dynkin {

/// Cell masses, (n_total). What lies beyond an open or reflecting side is put into the end cells, what lies beyond an
/// absorbing wall is dropped, periodic axes are wrapped. A point is divided between the two nearest centres of each
/// axis so that its mean is kept (within half a cell of a side: put into the end cell). Throws ConfigError when more
/// than 1e-6 of the law lies outside, with a box that would hold it; `who` and `variables` name the process and its
/// components in the message.
std::vector<double> cell_masses(const InitialLaw& law, const Mesh& mesh, const Domain& domain, const std::string& who,
                                const std::vector<std::string>& variables);

}  // namespace dynkin
