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

}  // namespace dynkin
