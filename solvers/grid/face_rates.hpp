#pragma once
// Rates between the cells of one axis with diffusivity: exponential fitting; not part of the interface.
#include "solvers/grid/fokker_planck.hpp"

#include <array>
#include <vector>

namespace dynkin {

/// What is known of b and D between two points a distance `length` apart, from three Gauss nodes and both ends.
struct FaceSample {
    double length = 0.0;
    std::array<double, 3> b{}, D{};  ///< at the nodes
    double D_below = 0.0, D_above = 0.0;
};

/// The current from below to above is (up p_below - down p_above) / length.  [x^2 / time], each finite and >= 0.
struct FacePull {
    double up = 0.0, down = 0.0;
};

/// Exponential fitting of J = b p - d(D p)/dx = (b / D) q - dq/dx in q = D p (Scharfetter & Gummel 1969; Chang & Cooper
/// 1970): with w the integral of b / D between the two points, up = D_below B(-w), down = D_above B(w),
/// B(z) = z / (e^z - 1). Hence J = 0 when q_above / q_below = e^w, and J is exact for constant b / D. Second order.
/// w is Gauss's three-point rule: exact for b / D of degree 5.
///
/// Where D varies more than a hundredfold between the points, or vanishes, w has no meaning. There drift is taken
/// upwind and D p by its difference, up = D_below + length max(b, 0): consistent, of first order, never singular.
FacePull scharfetter_gummel(const FaceSample& face);

/// What D_centre of the cell beside a natural boundary is worth as D p / p of that cell. With D = D' s and drift b away
/// from the boundary at distance s, a cell without current holds p ~ s^(A - 1), A = b / D' (Feller 1951), so
///     D p at the centre / mean of p = D_centre A 2^(1 - A).
/// One for A = 1 (p regular); zero for A <= 0, when what arrives at the boundary stays there. Without it a density that
/// is singular at the boundary, 0 < A < 1, converges like h^A.
double natural_side_weight(double A);

/// Ito drift and diffusivity of one axis seen from its faces.
class FaceRates {
public:
    FaceRates(std::shared_ptr<const GridProblem> problem, int axis);
    CellRates at(double t) const;

private:
    struct Segment {  // between the two points a current is reckoned from: two centres, or a centre and a wall
        double length = 0.0;
        std::array<double, 3> node{};
    };
    struct RowWork;
    GridField diffusivity_at_centres(double t) const;
    void fill_row(int face, int j, int k, double t, const GridField& D, RowWork& work, CellRates& rates) const;
    void put(int face, int i, int j, int k, const FaceSample& sample, double t, CellRates& rates) const;
    void weigh_natural_side(bool upper, double t, const GridField& D, CellRates& rates) const;

    std::shared_ptr<const GridProblem> problem_;
    int axis_;
    bool periodic_;
    std::vector<std::vector<double>> centres_;
    std::vector<double> widths_;
    std::vector<Segment> segments_;  // one a face; length 0 where nothing flows
};

}  // namespace dynkin
