#pragma once
// One time step of a density on a tensor grid: axis steps in symmetric (Strang) order.
#include "solvers/grid/advection.hpp"
#include "solvers/grid/diffusive_step.hpp"
#include "solvers/grid/grid_field.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <vector>

namespace dynkin {

/// What has happened to the mass, and what it took.
struct StepLedger {
    std::array<double, 3> absorbed_lower{}, absorbed_upper{};  ///< mass out through the walls, per axis
    double killed = 0.0;                                       ///< mass removed by the killing rate (created: negative)
    std::int64_t n_limited = 0;                                ///< lines and cells on which a positivity limiter acted
    std::int64_t n_factorisations = 0;                         ///< line systems of one axis factored for one step size

    double removed() const;
};

/// A Fokker-Planck operator cut into pieces that can be stepped one at a time.
struct SplitOperator {
    GridField shape;
    /// Axes with diffusivity, and whether their sides are periodic.
    std::vector<int> diffusive_axes;
    std::vector<bool> cyclic;  ///< one a diffusive axis
    /// Writes the rates of a diffusive axis at time t.
    std::function<void(int axis, double t, AxisRates& rates)> assemble;
    /// Axes without diffusivity, all at once; empty when there are none.
    std::vector<AdvectiveAxis> advective_axes;
    FaceVelocity velocity;
    AdvectiveFlux flux = AdvectiveFlux::weno5;
    /// Writes the killing rate at the cell centres, [1 / time]; empty when there is none.
    std::function<void(double t, GridField& rate)> killing;
    bool autonomous = true;
};

/// strang_sdirk2: order two. lie_backward_euler: order one, each piece once, K T A_1 ... A_d.
enum class SplitMethod { strang_sdirk2, lie_backward_euler };

/// Steps p' = (K + T + A_1 + ... + A_d) p with killing K, transport T and one generator A_a per diffusive axis:
/// K/2 T/2 A_1/2 ... A_d ... A_1/2 T/2 K/2 (Strang 1968), each factor a second-order solution of its own piece over
/// its own part of [t, t + h] at its own stage times. Order two, also for time-dependent coefficients.
/// Mass is kept to round-off and cells stay >= 0 because every factor does so.
/// By backward Euler instead: K T A_1 ... A_d over the whole step, one solution an axis, order one.
class SplitStep {
public:
    SplitStep(SplitOperator op, int n_threads, SplitMethod method = SplitMethod::strang_sdirk2);

    /// In time: 2 or 1.
    int order() const { return method_ == SplitMethod::strang_sdirk2 ? 2 : 1; }

    /// masses from t to t + h, h > 0. Autonomous operators keep the factors of the last step sizes.
    void step(GridField& masses, double t, double h, StepLedger& ledger);

    /// out := d masses / dt at time t (killing included).
    void generator(const GridField& masses, double t, GridField& out);

    const SplitOperator& op() const { return op_; }
    /// The rates of a diffusive axis (position in op().diffusive_axes) at time t; valid until the next call.
    const AxisRates& rates(std::size_t axis, double t);
    /// Null when every axis has diffusivity.
    Advection* advection() { return advection_ ? &*advection_ : nullptr; }
    WorkerTeam& team() { return team_; }

private:
    struct Axis {
        AxisRates rates, later_rates;  // later_rates: second stage, time-dependent operators only
        bool assembled = false;
        std::list<AxisFactors> factors;  // most recently used first
    };

    void kill(GridField& masses, double t, double h, StepLedger& ledger);
    void transport(GridField& masses, double t, double h, StepLedger& ledger);
    void euler_step(GridField& masses, double t, double h, StepLedger& ledger);
    void diffuse_by_euler(std::size_t axis, GridField& masses, double t, double h, StepLedger& ledger);
    void account(std::size_t axis, const SweepOutcome& outcome, StepLedger& ledger) const;
    void diffuse(std::size_t axis, GridField& masses, double t, double h, StepLedger& ledger);
    const AxisFactors& cached_factors(Axis& axis, double tau, StepLedger& ledger);

    SplitOperator op_;
    SplitMethod method_;
    WorkerTeam team_;
    std::vector<Axis> axes_;
    std::optional<Advection> advection_;
    GridField killing_rate_;
    bool killing_known_ = false;
};

}  // namespace dynkin
