#pragma once
// An experiment as the config describes it, checked and ready to run.
#include "apps/config/config.hpp"
#include "models/expression/expression_functions.hpp"
#include "solvers/core/initial_law.hpp"
#include "solvers/core/level_set.hpp"
#include "solvers/core/process.hpp"
#include "solvers/core/test_function.hpp"
#include "solvers/grid/density_solver.hpp"
#include "solvers/particle/problem.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dynkin {

struct TimeSettings {
    double start = 0.0, until = 1.0;
    std::vector<double> outputs;  ///< increasing, inside [start, until]
};

struct ParticleSettings {
    std::uint64_t n = 0;
    std::string scheme;
    double dt = 0.0;
    std::uint64_t seed = 0;
    int n_threads = 0;                 ///< 0: as many as the machine has
    Index block_size = 0;              ///< a multiple of 128; 0: what keeps a step in L1
    double rtol = 1e-8, atol = 1e-10;  ///< of adaptive ODE schemes
    NormalPrecision normals = NormalPrecision::double_precision;
    bool antithetic = false;           ///< in pairs; then every number of particles is even
    std::uint64_t n_audited = 0;       ///< particles whose paths are followed by Dynkin's formula and by a coarser twin
};

struct GridSettings {
    Mesh mesh;
    AdvectiveFlux flux = AdvectiveFlux::weno5;
    GridMethod method = GridMethod::sdirk2;
    StepControlOptions steps;
};

struct FirstPassageSettings {
    std::shared_ptr<const LevelSet> set;
    std::uint64_t n_particles = 0;  ///< 0: none
};

struct CheckSettings {
    double false_alarm_rate = 0.01;
    double resolution = 0.1;
};

struct OutputSettings {
    bool particles = false, density = true, histogram = false, log_density = false;
};

struct Experiment {
    std::string name;
    std::shared_ptr<const Process> process;
    Constants constants;  ///< the model's parameters that are numbers, known in the config's expressions
    std::shared_ptr<const InitialLaw> initial;
    TimeSettings time;
    Domain domain;  ///< (dim) what happens at the sides, for particles and grid alike
    std::optional<ParticleSettings> particles;
    std::optional<GridSettings> grid;
    TestFunctions functions;
    bool stationary = false;
    std::vector<FirstPassageSettings> first_passages;
    CheckSettings check;
    OutputSettings output;
};

/// What the particles of an experiment do, with steps and seed of their own.
ParticleProblem particle_problem(const Experiment& experiment, const TimeGrid& grid, std::uint64_t seed);

/// Why the grid of an experiment is no rate matrix on which functionals could be solved; "" when it is one.
std::string obstacle_to_rate_matrix(const Experiment& experiment);

/// Reads and checks everything, keys nobody knows included. Throws ConfigError (with the place in the config) and
/// IoError (a file of samples). `directory`: where relative names of files start.
Experiment read_experiment(Config& config, const std::filesystem::path& directory);

}  // namespace dynkin
