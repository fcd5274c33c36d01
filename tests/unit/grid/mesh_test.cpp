// Meshes, and initial laws as masses of their cells.
#include "solvers/core/errors.hpp"
#include "solvers/grid/initial_masses.hpp"
#include "tests/unit/grid/processes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dynkin {
namespace {

using test::message_of;
using test::sides;

double total(const std::vector<double>& m) {
    return std::accumulate(m.begin(), m.end(), 0.0);
}

double mean_of(const std::vector<double>& masses, const Mesh& mesh, int axis) {
    const std::vector<double> x = mesh.centres(axis);
    Index stride = 1;
    for (int a = 0; a < axis; ++a) stride *= mesh.n_cells(a);
    double sum = 0.0;
    for (std::size_t c = 0; c < masses.size(); ++c)
        sum += masses[c] * x[static_cast<std::size_t>(static_cast<Index>(c) / stride % mesh.n_cells(axis))];
    return sum;
}

TEST(Mesh, GradedFacesAreFinestAtTheirCentreAndMeetTheRatio) {
    const Mesh mesh{{graded_faces(-1.0, 3.0, 200, 0.5, 20.0)}};
    const std::vector<double> h = mesh.widths(0);

    const auto least = std::min_element(h.begin(), h.end());
    const double at = mesh.centres(0)[static_cast<std::size_t>(least - h.begin())];

    EXPECT_EQ(mesh.lower(0), -1.0);
    EXPECT_EQ(mesh.upper(0), 3.0);
    EXPECT_NEAR(at, 0.5, *least);
    // Widths are means of dx/ds over a cell: the largest lacks half a cell of growth, ratio * 1.5 / n_cells *
    // log(ratio).
    EXPECT_NEAR(h.back() / *least, 20.0, 20.0 * 1.5 / 200.0 * std::log(20.0));
    EXPECT_EQ(graded_faces(0.0, 1.0, 7, 0.0, 1.0), uniform_faces(0.0, 1.0, 7));
}

TEST(Mesh, CoarsensByPairsAndKeepsAnOddLastCell) {
    const Mesh coarse = coarsened({{uniform_faces(0.0, 7.0, 7), uniform_faces(0.0, 6.0, 6)}});

    EXPECT_EQ(coarse.faces[0], (std::vector<double>{0.0, 2.0, 4.0, 6.0, 7.0}));
    EXPECT_EQ(coarse.faces[1], (std::vector<double>{0.0, 2.0, 4.0, 6.0}));
}

TEST(Mesh, RefusesWhatIsNoMesh) {
    EXPECT_THROW(uniform_faces(1.0, 1.0, 10), ConfigError);
    EXPECT_THROW(uniform_faces(0.0, NAN, 10), ConfigError);
    EXPECT_THROW(uniform_faces(0.0, 1.0, 2), ConfigError);
    EXPECT_THROW(graded_faces(0.0, 1.0, 10, 2.0, 3.0), ConfigError);
    EXPECT_THROW(graded_faces(0.0, 1.0, 10, 0.5, 0.5), ConfigError);
    EXPECT_THROW(check(Mesh{}), ConfigError);
    EXPECT_NE(message_of([] { check(Mesh{{{0.0, 1.0, 1.0, 2.0}}}); }).find("face 2"), std::string::npos);
    EXPECT_NO_THROW(check(Mesh{{{0.0, 1.0, 1.5, 2.0}}}));
}

TEST(CellMasses, FoldDropAndWrapWhatLiesBeyondTheSides) {
    const auto law = gaussian_law({0.0}, {1.0});
    const Mesh mesh{{uniform_faces(-5.0, 5.0, 20)}};
    const auto masses = [&](Boundary b) { return cell_masses(*law, mesh, sides(b, b), "test", {"x"}); };
    const double tail = 0.5 * std::erfc(5.0 / std::sqrt(2.0));

    const auto folded = masses(Boundary::reflecting), dropped = masses(Boundary::absorbing);

    EXPECT_NEAR(total(folded), 1.0, 1e-15);
    EXPECT_NEAR(total(dropped), 1.0 - 2.0 * tail, 1e-15);
    EXPECT_NEAR(folded[0] - dropped[0], tail, 1e-16);

    // A law much wider than its ring is nearly uniform: 2 exp(-2 pi^2 sd^2) of deviation.
    const Mesh ring{{uniform_faces(0.0, 1.0, 8)}};
    const auto wrapped = cell_masses(*law, ring, sides(Boundary::periodic, Boundary::periodic), "test", {"x"});
    for (const double m : wrapped) EXPECT_NEAR(m, 0.125, 1e-8);
    EXPECT_NEAR(total(wrapped), 1.0, 1e-13);
}

TEST(CellMasses, APointKeepsItsMeanAndMayLieOnTheSeamOfARing) {
    const Mesh mesh{{uniform_faces(0.0, 1.0, 10), graded_faces(-1.0, 1.0, 9, 0.3, 4.0)}};
    const auto masses =
        cell_masses(*point_law({0.234, -0.41}), mesh, sides(Boundary::open, Boundary::open, 2), "test", {"x", "y"});
    EXPECT_NEAR(mean_of(masses, mesh, 0), 0.234, 1e-15);
    EXPECT_NEAR(mean_of(masses, mesh, 1), -0.41, 1e-15);
    EXPECT_NEAR(total(masses), 1.0, 1e-15);
    EXPECT_EQ(std::count_if(masses.begin(), masses.end(), [](double m) { return m > 0.0; }), 4);

    const Mesh ring{{uniform_faces(0.0, 1.0, 10)}};
    const auto seam =
        cell_masses(*point_law({1.0}), ring, sides(Boundary::periodic, Boundary::periodic), "test", {"x"});
    EXPECT_NEAR(seam.front(), 0.5, 1e-14);
    EXPECT_NEAR(seam.back(), 0.5, 1e-14);
}

TEST(CellMasses, AGridThatDoesNotHoldTheLawIsRefusedWithOneThatDoes) {
    const Mesh mesh{{uniform_faces(-1.0, 1.0, 20)}};
    const auto refuse = [&](const InitialLaw& law) {
        return message_of([&] { cell_masses(law, mesh, sides(Boundary::open, Boundary::open), "well", {"x"}); });
    };

    const std::string message = refuse(*gaussian_law({0.5}, {0.5}));

    EXPECT_NE(message.find("well"), std::string::npos) << message;
    EXPECT_NE(message.find("0.16"), std::string::npos) << message;         // P(Z > 1) + P(Z < -3)
    EXPECT_NE(message.find("x from -1.9"), std::string::npos) << message;  // 0.5 - 4.9 sd
    EXPECT_NE(refuse(*point_law({1.5})), "");
    EXPECT_EQ(refuse(*point_law({1.0})), "");
    EXPECT_EQ(refuse(*gaussian_law({0.0}, {0.15})), "");
}

}  // namespace
}  // namespace dynkin
