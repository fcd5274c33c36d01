#pragma once
// Numbers of a density on a mesh: <phi, p>, and the rate at which the continuous equation says they change.
#include "solvers/core/test_function.hpp"
#include "solvers/grid/fokker_planck.hpp"
#include "solvers/grid/grid_field.hpp"

#include <functional>
#include <vector>

namespace dynkin {

/// A linear functional of cell masses per test function, (K, n_total).
class CellTable {
public:
    CellTable() = default;
    CellTable(std::size_t n_functions, std::size_t n_cells) : n_cells_(n_cells), values_(n_functions * n_cells, 0.0) {}

    double* row(std::size_t k) { return values_.data() + k * n_cells_; }
    const double* row(std::size_t k) const { return values_.data() + k * n_cells_; }
    bool empty() const { return values_.empty(); }
    /// sum over the cells of row k times masses.
    double pair(std::size_t k, const GridField& masses) const;

private:
    std::size_t n_cells_ = 0;
    std::vector<double> values_;
};

/// Means of the functions over the cells: three Gauss points an axis, exact fractions for indicators.
CellTable cell_means(const TestFunctions& functions, const Mesh& mesh);

/// What d<phi, p>/dt is by the continuous equation: with n the outer normal at the sides,
///     d/dt <phi, p> = <L phi - c phi, p> - sum over the sides of [ phi J.n + D p d phi/dn ].
/// Integration by parts of -phi div J gives it, once with grad phi . b p and twice with -d_i phi d_i(D_i p).
///   no-flux side: J.n = 0, p at the wall extrapolated from two cells;
///   absorbing wall: J.n is the mass flux of the wall cells, and D p = 0, with or without diffusivity;
///   periodic: both terms cancel when phi is periodic.
/// L is that of `judge`, evaluated at cell means (two Gauss points an axis; cell centres for coefficients that depend
/// on time in two and three dimensions), and knows nothing of the fluxes of the scheme. So a wrong flux is seen: the
/// difference is O(h^2) for the right one.
class GeneratorTable {
public:
    using Outflows = std::function<std::vector<Advection::Outflow>(double t, const GridField& masses)>;

    /// `functions` smooth; op and judge outlive this object. `outflows`: mass fluxes of axes without diffusivity
    /// through absorbing walls; may be empty when there are none.
    GeneratorTable(const FokkerPlanck& op, const Process& judge, TestFunctions functions, Outflows outflows = {});

    /// One number per function, for masses at time t.
    std::vector<double> rates(double t, const GridField& masses);

private:
    void build(double t);
    void add_interior(double t);
    void add_side(int axis, bool upper, double t);
    Block wall_points(int axis, bool upper, std::vector<Index>& cells) const;

    const FokkerPlanck& op_;
    const Process& judge_;
    TestFunctions functions_;
    Outflows outflows_;
    CellTable table_;
};

}  // namespace dynkin
