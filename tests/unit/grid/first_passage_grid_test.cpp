#include "solvers/grid/first_passage_grid.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/grid/initial_masses.hpp"
#include "solvers/rates/hitting.hpp"
#include "tests/unit/grid/processes.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace dynkin {
namespace {

/// { x : x >= edge } of the first of `dim` components.
class Beyond final : public LevelSet {
public:
    explicit Beyond(double edge, int dim = 1) : edge_(edge), dim_(dim) {}
    int dim() const override { return dim_; }
    std::string name() const override { return "x >= edge"; }
    void level(Points x, double* out) const override {
        for (Index q = 0; q < x.n; ++q) out[q] = x.component(0)[q] - edge_;
    }
    void gradient(Points x, Rows out) const override {
        for (int j = 0; j < dim_; ++j)
            for (Index q = 0; q < x.n; ++q) out.row(j)[q] = j == 0 ? 1.0 : 0.0;
    }

private:
    double edge_;
    int dim_;
};

/// Case D1: the mean first-passage time of the double well from -1 to 0, D = 0.2.
constexpr double mean_time = 7.93402154;

/// A mesh from -2.5 on whose cells 0 lies `share` of a cell above a face.
FokkerPlanck well_on(int n_below, double share) {
    const double h = 2.5 / (n_below + share);
    const int n = n_below + 12;
    GridProblem problem{make_process(test::Well{.D = 0.2}), {{uniform_faces(-2.5, -2.5 + n * h, n)}}, Domain(1)};
    return FokkerPlanck(problem);
}

/// Third-degree interpolation, so that what is measured is the error at the centres.
double at_minus_one(const Mesh& mesh, const std::vector<double>& values) {
    const std::vector<double> x = mesh.centres(0);
    std::size_t i = 1;
    while (x[i + 1] < -1.0) ++i;
    double sum = 0.0;
    for (std::size_t k = i - 1; k < i + 3; ++k) {
        double weight = 1.0;
        for (std::size_t l = i - 1; l < i + 3; ++l)
            if (l != k) weight *= (-1.0 - x[l]) / (x[k] - x[l]);
        sum += weight * values[k];
    }
    return sum;
}

double mean_by_edge(int n_below, double share) {
    const FokkerPlanck op = well_on(n_below, share);
    const std::vector<double> p0(static_cast<std::size_t>(op.problem().mesh.n_total()), 0.0);
    return at_minus_one(op.problem().mesh, first_passage_on_grid(op, Beyond(0.0), p0, 0.0, {}, 1.0).mean);
}

/// The mutant: the set is entered at the centre of its first cell.
double mean_by_first_cell(int n_below, double share) {
    const FokkerPlanck op = well_on(n_below, share);
    const std::vector<double> x = op.problem().mesh.centres(0);
    std::vector<bool> in_set;
    for (const double centre : x) in_set.push_back(centre >= 0.0);
    return at_minus_one(op.problem().mesh, hitting_times(op.rate_matrix(), in_set));
}

double order_of(double (*mean)(int, double), double share) {
    return std::log2(std::abs(mean(60, share) - mean_time) / std::abs(mean(120, share) - mean_time));
}

TEST(FirstPassageOnGrid, IsOfSecondOrderWhereverTheEdgeLiesBetweenCentres) {
    // Shares on both sides of a centre and on a face.
    for (const double share : {0.0, 0.2, 0.45, 0.7, 0.9}) EXPECT_NEAR(order_of(mean_by_edge, share), 2.0, 0.1) << share;
}

TEST(FirstPassageOnGrid, EnteringAtTheCentreOfTheFirstCellIsOfFirstOrder) {
    EXPECT_NEAR(order_of(mean_by_first_cell, 0.0), 1.0, 0.1);
}

TEST(FirstPassageOnGrid, MeanUntilIsTheIntegralOfTheSurvival) {
    const FokkerPlanck op = well_on(60, 0.5);
    const Mesh& mesh = op.problem().mesh;
    const auto law = gaussian_law({-1.0}, {0.2});
    const std::vector<double> p0 = cell_masses(*law, mesh, Domain(1), "well", {"x"});
    constexpr int n_pieces = 64;
    const double until = 4.0;
    std::vector<double> times;
    for (int k = 0; k <= n_pieces; ++k) times.push_back(until * k / n_pieces);

    const GridFirstPassage passage = first_passage_on_grid(op, Beyond(0.0), p0, 0.0, times, until);

    double integral = 0.0;  // Simpson
    for (int k = 0; k <= n_pieces; ++k)
        integral += (k == 0 || k == n_pieces ? 1.0
                     : k % 2 == 1            ? 4.0
                                             : 2.0) *
                    passage.survival[static_cast<std::size_t>(k)];
    integral *= until / n_pieces / 3.0;
    // h^4 f''''/180 with h = 1/16 and derivatives of order one of a survival that relaxes within unit time.
    EXPECT_NEAR(passage.mean_until, integral, 1e-5);
    for (std::size_t k = 1; k < times.size(); ++k) EXPECT_LE(passage.survival[k], passage.survival[k - 1] + 1e-12);
}

TEST(FirstPassageOnGrid, RefusesWhatItCannotSolve) {
    const FokkerPlanck op = well_on(20, 0.5);
    const std::vector<double> p0(static_cast<std::size_t>(op.problem().mesh.n_total()), 0.0);

    EXPECT_THROW(first_passage_on_grid(op, Beyond(-9.0), p0, 0.0, {}, 1.0), ConfigError);  // every cell is inside
    EXPECT_THROW(first_passage_on_grid(op, Beyond(0.0, 2), p0, 0.0, {}, 1.0), ConfigError);
}

}  // namespace
}  // namespace dynkin
