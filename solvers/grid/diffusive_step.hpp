#pragma once
// One implicit time step of p' = A p along the lines of one axis: L-stable, conservative, >= 0, of order two or one.
#include "solvers/grid/axis_rates.hpp"

namespace dynkin {

/// The SDIRK2 coefficient 1 - 1/sqrt(2): both stages solve with tau = sdirk2_gamma * h.
inline constexpr double sdirk2_gamma = 0.29289321881345247560;

/// A at one stage time with its resolvent, tau = sdirk2_gamma * h.
struct AxisStage {
    const AxisRates* rates = nullptr;
    const AxisFactors* factors = nullptr;
};

struct SweepOutcome {
    double absorbed_lower = 0.0, absorbed_upper = 0.0;  ///< mass that left through the walls
    Index n_limited = 0;                                ///< lines on which the positivity limiter acted
};

/// One step h of p' = A(t) p on every line: the two-stage, stiffly accurate SDIRK method of order two
/// (Alexander 1977), which for autonomous A is the same rational function of hA as TR-BDF2.
///   first:  A at t + gamma h,   second: A at t + h.
///
/// No L-stable method of order two keeps p >= 0 whatever h is (Bolley & Crouzeix 1978). A line whose result has a
/// negative cell is therefore replaced by q + C (p - q): q >= 0 is a first-order result, made of three and four
/// backward-Euler steps of gamma h, and the mass transfers across faces that lead from q to p are reduced, face by
/// face, to what the giving cell holds (Zalesak 1979). So mass is conserved, other parts of the line stay second
/// order, and nothing is clipped. The step-size control sees the difference as time error.
SweepOutcome sdirk2_sweep(GridField& masses, double h, const AxisStage& first, const AxisStage& second,
                          WorkerTeam& team);

/// One step h of p' = A p on every line by backward Euler, first order: p >= 0 and mass kept for any h. The factors are
/// those of tau = h, A at t + h.
SweepOutcome backward_euler_sweep(GridField& masses, double h, const AxisStage& stage, WorkerTeam& team);

}  // namespace dynkin
