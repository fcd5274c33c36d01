#pragma once
// What is to be simulated by particles: everything but the initial law and the number of them.
#include "solvers/core/domain.hpp"
#include "solvers/core/process.hpp"
#include "solvers/core/time_grid.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace dynkin {

struct ParticleProblem {
    std::shared_ptr<const Process> process{};
    std::string scheme = "euler_maruyama";  ///< a name of scheme_list()
    TimeGrid grid{};
    Domain domain{};  ///< one entry per component; empty: no walls
    std::uint64_t seed = 0;
};

/// Throws ConfigError when the domain does not fit the process: wrong number of axes, lower >= upper, a wall at
/// infinity, an axis that is periodic on one side only. An empty domain becomes one of open axes.
void check_domain(const Process& process, Domain& domain);

/// Where an output lies on the grid of steps: after `step` whole steps and `theta` of the next, theta in [0, 1).
/// Times within 1e-9 of a step's end count as that end.
struct OutputPosition {
    std::int64_t step = 0;
    double theta = 0.0;
};
OutputPosition position_of(const TimeGrid& grid, double time);

}  // namespace dynkin
