#pragma once
// From a process, a mesh and what happens at its sides to the operator that moves the density.
#include "solvers/core/domain.hpp"
#include "solvers/core/process.hpp"
#include "solvers/grid/mesh.hpp"
#include "solvers/grid/split_step.hpp"
#include "solvers/rates/rate_matrix.hpp"

#include <memory>
#include <vector>

namespace dynkin {

struct GridProblem {
    std::shared_ptr<const Process> process;
    Mesh mesh;
    /// One axis a component. Only the kinds of the sides are read; a finite lower or upper must be the mesh's. open: no
    /// flux, like reflecting (the mesh has to end somewhere).
    Domain domain;
    AdvectiveFlux flux = AdvectiveFlux::weno5;
};

/// Rates out of each cell along one axis with diffusivity.  [1 / time], all >= 0. On a periodic axis `up` of the last
/// cell leads to the first and `down` of the first to the last.
struct CellRates {
    GridField up, down;
    GridField out_lower, out_upper;  ///< through absorbing walls: first and last cells only
};

/// dp/dt = -sum_i d_i (b_i p) + sum_i d_i^2 (D_i p) - c p  with the Ito drift b, D_i = a_ii / 2 and killing rate c, by
/// finite volumes for cell masses; b, D, c may depend on state and time.
///
/// * Axes with diffusivity: exponential fitting, see solvers/grid/face_rates.hpp. Second order in the cell width; the
/// rates
///   are those of a Markov chain, so mass is kept and p >= 0. For a gradient system with D constant and b a polynomial
///   of degree <= 5 the density exp(-U / D) at the centres is an equilibrium to round-off.
/// * Axes without (a_ii = 0 on the whole mesh): fluxes of face-averaged velocities, three Gauss points per transverse
/// axis,
///   see solvers/grid/advection.hpp.
/// * Sides: open and reflecting let nothing through. An absorbing wall lies on the outermost face, half a cell from the
///   centre, with p = 0 there. Where D vanishes at the wall, as for Wright-Fisher, the same rate is the natural
///   outflow.
class FokkerPlanck {
public:
    /// Throws ConfigError: sizes that differ, a bad mesh, an axis periodic on one side only, a diffusion matrix with
    /// cross terms at any cell centre at any of the probe times (which also decide which axes have diffusivity).
    /// Throws NumericsError where sigma is not finite.
    explicit FokkerPlanck(GridProblem problem, const std::vector<double>& probe_times = {0.0});

    const GridProblem& problem() const { return *problem_; }
    bool diffusive(int axis) const { return diffusive_[static_cast<std::size_t>(axis)]; }

    /// Stays valid without this object. Throws NumericsError (model, where, when) on rates that are not finite.
    SplitOperator split_operator() const;

    /// The operator at time t as a rate matrix over the cells: apply_adjoint is the forward equation for masses, apply
    /// the backward equation for functions of the cell. Walls and killing are its loss. Throws ConfigError when an axis
    /// has no diffusivity: its high-order transport is no Markov chain.
    SparseRateMatrix rate_matrix(double t = 0.0) const;

    /// Rates of an axis with diffusivity at time t.
    CellRates cell_rates(int axis, double t) const;

private:
    std::shared_ptr<const GridProblem> problem_;
    std::vector<bool> diffusive_;
};

}  // namespace dynkin
