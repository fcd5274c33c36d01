#pragma once
// Transport of cell masses along axes without diffusivity: dp/dt = -sum_a d(b_a p)/dx_a, conservative and >= 0.
#include "solvers/grid/face_reconstruction.hpp"
#include "solvers/grid/grid_field.hpp"
#include "solvers/core/worker_team.hpp"

#include <array>
#include <functional>
#include <vector>

namespace dynkin {

/// What happens at an end of an advective axis. closed: no flux. outflow: mass leaves, none enters.
enum class AdvectiveSide { closed, outflow, periodic };

struct AdvectiveAxis {
    int axis = 0;
    std::vector<double> widths;  ///< of the cells, (n)
    AdvectiveSide lower = AdvectiveSide::closed, upper = AdvectiveSide::closed;
};

/// Writes the velocity normal to the faces of `axis` at time t.  [x / time]  The field has one more entry along that
/// axis than there are cells: entry f lies below cell f. Face averages keep a divergence-free flow divergence-free.
using FaceVelocity = std::function<void(int axis, double t, GridField& velocity)>;

struct AdvectionOutcome {
    std::array<double, 3> absorbed_lower{}, absorbed_upper{};  ///< mass that left, per axis
    Index n_limited = 0;                                       ///< cells the positivity limiter held at >= 0
};

/// Finite volumes for a set of axes at once, unsplit: each stage of SSP-RK3 (Shu & Osher 1988) adds the fluxes of all
/// its axes, so a divergence-free flow keeps a constant density to the accuracy of the face velocities. Fluxes are
/// upwind values times face velocity: WENO5 where the axis is uniform, MUSCL where it is graded or on request.
/// Along one axis the reconstruction is of fifth (second) order; with several axes the product of face averages is of
/// second order whatever the reconstruction.
///
/// Positivity: with Courant number <= 1 the first-order upwind update of a stage is >= 0; where the high-order update
/// is not, its extra fluxes are reduced to what the giving cell holds. Conservative; nothing is clipped.
class Advection {
public:
    /// Largest Courant number sum_a max|b_a| dt / h_a of a step chosen by this class.
    static constexpr double courant = 0.6;

    /// `autonomous`: the velocity is asked for once.
    Advection(const GridField& shape, std::vector<AdvectiveAxis> axes, FaceVelocity velocity, AdvectiveFlux flux,
              bool autonomous);

    /// Largest sum over the axes of |b_a| / h_a in any cell at time t.  [1 / time]
    double largest_rate(double t);

    /// One step h from t. Returns false, masses untouched, when the Courant number exceeds 1 at t, t + h/2 or t + h.
    bool try_step(GridField& masses, double t, double h, WorkerTeam& team, AdvectionOutcome& outcome);

    /// Steps of equal length, as many as the Courant number asks for, from t to t + span.
    AdvectionOutcome advance(GridField& masses, double t, double span, WorkerTeam& team);

    /// Mass flux out through an outflow end, one entry a wall cell in the order of the cells.  [mass / time]
    struct Outflow {
        int axis = 0;
        bool upper = false;
        std::vector<double> flux;
    };
    /// All of them, by the high-order fluxes at time t.
    std::vector<Outflow> outflows(double t, const GridField& masses, WorkerTeam& team);

    /// Net inflow of every cell, out += -div(b p) for masses, with the high-order fluxes at time t.  [mass / time]
    void add_generator(double t, const GridField& masses, GridField& out, WorkerTeam& team);

private:
    struct Velocities {
        double t = 0.0;
        long last_use = 0;  // 0: empty
        double largest_rate = 0.0;
        std::vector<GridField> faces;  // one an axis; divided by the cell width where the axis is uniform
    };

    const Velocities& velocities_at(double t);
    void measure_rate(Velocities& v) const;
    void fluxes(const GridField& masses, const Velocities& v, WorkerTeam& team);
    void line_fluxes(std::size_t a, const GridField& q, const Velocities& v, int j, int k, std::vector<double>& buffer);
    AdvectionOutcome euler(const GridField& masses, const Velocities& v, double h, WorkerTeam& team, GridField& out);
    Index limit(double h, WorkerTeam& team, const GridField& masses, GridField& out);
    void add_divergence(double h, const std::vector<GridField>& flux, WorkerTeam& team, GridField& out) const;

    std::vector<AdvectiveAxis> axes_;
    FaceVelocity velocity_;
    bool autonomous_;
    std::vector<bool> uniform_;
    std::vector<AdvectiveFlux> flux_;
    std::vector<std::vector<MusclWeights>> weights_;
    std::array<Velocities, 4> cache_;
    long clock_ = 0;
    std::vector<GridField> low_, high_;  // fluxes at faces, one an axis
    GridField line_density_, stage_, update_, factor_;
};

}  // namespace dynkin
