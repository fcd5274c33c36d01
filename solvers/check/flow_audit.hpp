#pragma once
// Particles of an ordinary differential equation judged on their own: the chain rule along the flow.
#include "solvers/check/audit.hpp"
#include "solvers/core/initial_law.hpp"
#include "solvers/core/propagator.hpp"
#include "solvers/core/test_function.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace dynkin {

struct FlowAuditSpec {
    const Process& process;  ///< noise_kind none
    const InitialLaw& initial;
    const Domain& domain;
    TestFunctions functions{};  ///< (K)
    double t0 = 0.0;
    std::vector<double> outputs{};
    /// A way through the given output times, with the steps of the run or with coarser ones (twice as long, or a larger
    /// tolerance).
    std::function<std::shared_ptr<const Propagator>(const std::vector<double>& outputs, bool coarse)> propagator{};
    std::uint64_t n_particles = 4096;
    std::uint64_t seed = 0;
    int n_threads = 0;
};

/// Without noise Dynkin's formula, phi(X_T) - phi(X_0) - int (L phi - c phi) ds = 0, holds on every path, so the mean
/// over a few particles has no sampling error: AuditRow::residual_covariance is empty. The time integral is Simpson's
/// rule over sixteen pieces of each interval between outputs; its bound is the difference to eight. residual_bound
/// and step_bound are 1.5 times the difference to the coarser way. With an outflow only the time step is judged. Same
/// bits for any n_threads. Throws what the propagators throw.
AuditResult audit_flow(const FlowAuditSpec& spec);

}  // namespace dynkin
