#pragma once
// The density of a process on a grid, through the output times of a run.
#include "solvers/core/initial_law.hpp"
#include "solvers/core/test_function.hpp"
#include "solvers/grid/fokker_planck.hpp"
#include "solvers/grid/step_control.hpp"

#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace dynkin {

/// sdirk2: Strang-split steps with error control, any operator. backward_euler: the same of order one, split into
/// whole steps; a third of the work and no limiter, for long steps towards a stationary law and for comparisons. krylov, uniformisation: exp(t Q^T) of the rate matrix
/// to 1e-12, for autonomous problems with diffusivity along every axis; the reference for the first.
enum class GridMethod { sdirk2, backward_euler, krylov, uniformisation };

/// Whether the method takes steps in time.
inline bool steps_in_time(GridMethod method) {
    return method == GridMethod::sdirk2 || method == GridMethod::backward_euler;
}

const char* name_of(GridMethod method);
/// ConfigError: unknown name, with the nearest.
GridMethod grid_method(const std::string& name);

struct DensitySpec {
    GridProblem problem;
    const InitialLaw& initial;
    double t0 = 0.0;
    std::vector<double> outputs{};  ///< increasing, first >= t0
    GridMethod method = GridMethod::sdirk2;
    StepControlOptions steps{};  ///< of methods that take steps
    TestFunctions functions{};   ///< (K)
    int n_threads = 1;           ///< 0: as many as the machine has
    /// Called at every output with the cell masses (n_total), x fastest.
    std::function<void(int output, const std::vector<double>& masses)> visit{};
    std::function<void(double t)> progress{};  ///< after every step
    const std::atomic<bool>* stop = nullptr;   ///< becomes true: Interrupted is thrown
    /// The process whose generator the density is held against; null: the problem's own.
    const Process* judge = nullptr;
};

/// At one output time.
struct DensityRow {
    double time = 0.0;
    double mass = 0.0;                ///< in the cells
    double smallest = 0.0;            ///< smallest cell mass
    std::vector<double> expectation;  ///< (K) <phi, p>, phi averaged over cells; lost mass counts zero
    /// (K) Weak residual since t0: <phi, p> - <phi, p_0> minus the integral of its rate by the continuous equation, see
    /// solvers/grid/density_functionals.hpp. NaN where phi is not smooth, or not periodic along a periodic axis.
    std::vector<double> residual;
    std::vector<double> quadrature;  ///< (K) bound on the error of that time integral; NaN where residual is
    std::vector<double> absorbed_lower, absorbed_upper;  ///< (dim) mass out through the walls of each axis since t0
    double killed = 0.0;  ///< mass removed by the killing rate since t0 (created: negative)
};

struct DensityResult {
    std::vector<DensityRow> rows;  ///< one an output
    std::vector<double> masses;    ///< (n_total) at the last output
    StepCounts counts;
    StepLedger ledger;
};

/// Lands on every output exactly. Mass is kept to round-off (walls and killing accounted for) and cells stay >= 0
/// (krylov: >= -1e-12). Second order in the cell width; with steps: time error within the tolerance of StepControlOptions.
/// Throws ConfigError (sizes, outputs, an initial law the grid does not hold, a method the problem does not allow),
/// NumericsError from StepControl, Interrupted.
DensityResult solve_density(const DensitySpec& spec);

}  // namespace dynkin
