#pragma once
// What is to be simulated by particles: everything but the initial law and the number of them.
#include "solvers/core/domain.hpp"
#include "solvers/core/process.hpp"
#include "solvers/core/time_grid.hpp"
#include "solvers/noise/increments.hpp"

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
    NormalPrecision normals = NormalPrecision::double_precision;
    /// Particles 2 j and 2 j + 1 are driven by increments of opposite sign; their initial states and what happens at
    /// walls are drawn independently. ConfigError for schemes that draw their own noise.
    bool antithetic = false;

    NoiseSource noise(std::uint64_t of_seed) const { return {of_seed, normals, antithetic}; }
    /// Particles in a row that depend on each other.
    int dependent_particles() const { return antithetic ? 2 : 1; }
};

}  // namespace dynkin
