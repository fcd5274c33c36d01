#pragma once
// Ordinary differential equations x' = b(x, t), the flow of a process without noise, through Boost.Odeint.
#include "solvers/core/domain.hpp"
#include "solvers/core/process.hpp"
#include "solvers/core/propagator.hpp"
#include "solvers/core/scheme_info.hpp"
#include "solvers/core/time_grid.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace dynkin {

struct OdeProblem {
    std::shared_ptr<const Process> process{};
    std::string scheme = "dopri5";  ///< a name of ode_scheme_list()
    /// Fixed-step schemes take its steps; schemes with step control take its dt as their first trial step.
    TimeGrid grid{};
    Domain domain{};                   ///< one entry per component; empty: no walls
    double rtol = 1e-8, atol = 1e-10;  ///< local error per step <= atol + rtol |y|, in every component
    /// Carry d log p / dt = -div b along the path. The row of BlockState::log_density is the starting value; without a
    /// row it starts from 0, which gives log p(X_t, t) - log p(X_0, 0).
    bool log_density = false;
    double largest_step = std::numeric_limits<double>::infinity();  ///< of the schemes with step control
    std::int64_t max_steps = 1'000'000;                             ///< trial steps of one particle between two outputs
};

/// rk4, dopri5, dopri5_dense, rosenbrock4, symplectic.
const std::vector<SchemeInfo>& ode_scheme_list();

/// A particle has the same path, bit for bit, for any block size, number of threads and set of outputs:
///   rk4, symplectic       the steps of the grid, a whole block at once. An output between two steps is a shorter step
///                         aside from the start of the step in progress; the path goes on from the unsplit step.
///   dopri5, rosenbrock4   every particle has its own step control (a shared one would couple the particles of a
///   block).
///                         The steps do not see the outputs, only grid.until; an output inside an accepted step is a
///                         shorter step from the start of that step.
///   dopri5_dense          the path of dopri5; outputs by the continuous extension of order 4, without evaluations.
/// The log density, and log w with d log w / dt = -c(x, t) when the process has a killing rate c, are further
/// components of the same system and take part in the error control. With killing, p w is the density of what is left.
///
/// Sides of the domain, looked at after every step: periodic wraps the state; absorbing is an outflow (a particle that
/// ends a step outside is put on the wall with alive = 0); reflecting is accepted where the flow does not cross it.
/// A particle that starts outside is folded back, wrapped or absorbed.
///
/// The state given to Worker::advance is read at output 0 only; the worker then remembers the path.
///
/// Throws ConfigError: unknown scheme (with the nearest), noise, a system that `symplectic` cannot split, killing with
/// `symplectic`, a reflecting wall that the flow crosses, a domain or tolerances that do not fit.
/// Workers throw NumericsError: non-finite particle, vanishing step, too many steps, a crossed reflecting wall.
std::shared_ptr<const Propagator> make_ode_propagator(const OdeProblem& problem);

}  // namespace dynkin
