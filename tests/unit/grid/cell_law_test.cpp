#include "solvers/grid/cell_law.hpp"

#include "solvers/core/errors.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace dynkin {
namespace {

Mesh small_mesh() {
    return {{{-1.0, 0.0, 0.5, 2.0}, {0.0, 1.0, 2.0, 4.0}}};
}

std::vector<double> some_masses() {
    return {0.1, 0.0, 0.2, 0.05, 0.15, 0.0, 0.25, 0.05, 0.2};
}

TEST(CellLaw, MassAndMomentsAreThoseOfUniformCells) {
    const auto law = cell_law(small_mesh(), some_masses());
    const double lower[] = {-0.5, 0.0}, upper[] = {0.25, 1.5};

    // Half of cells 0 and 3 along x and half of 1 and 4; the row of y in [0, 1] whole, in [1, 2] by half.
    const double expected = 0.5 * 0.1 + 0.5 * 0.0 + 0.5 * (0.5 * 0.05 + 0.5 * 0.15);
    EXPECT_NEAR(law->mass(lower, upper), expected, 1e-15);
    EXPECT_NEAR(law->moment({0, 0}), 1.0, 1e-15);
    // E x: cell means -1/2, 1/4, 5/4 with masses 0.4, 0.2, 0.4 summed over y.
    EXPECT_NEAR(law->moment({1, 0}), -0.5 * 0.4 + 0.25 * 0.2 + 1.25 * 0.4, 1e-15);
    EXPECT_NEAR(law->mean()[0], law->moment({1, 0}), 0.0);
}

TEST(CellLaw, SamplesHaveItsMoments) {
    const auto law = cell_law(small_mesh(), some_masses());
    constexpr Index n = 100000;
    Block x(2, n);

    law->sample(x.rows(), n, 0, {7, Stream::initial_law, 0});

    for (const std::vector<int>& degree : {std::vector{1, 0}, {0, 1}, {2, 0}, {1, 1}}) {
        double sum = 0.0, square = 0.0;
        for (Index q = 0; q < n; ++q) {
            const double y = std::pow(x.row(0)[q], degree[0]) * std::pow(x.row(1)[q], degree[1]);
            sum += y;
            square += y * y;
        }
        const double mean = sum / n, error = std::sqrt((square / n - mean * mean) / n);
        // Four moments at 4 standard errors: false alarm 2.5e-4 for another seed.
        EXPECT_NEAR(mean, law->moment(degree), 4.0 * error);
        // The mutant: a law shifted by half a narrow cell is told apart by the first moments.
        if (degree[0] + degree[1] == 1) {
            EXPECT_GT(std::abs(mean + 0.25 - law->moment(degree)), 4.0 * error);
        }
    }
}

TEST(CellLaw, RefusesMassesThatAreNone) {
    EXPECT_THROW(cell_law(small_mesh(), {1.0}), ConfigError);
    std::vector<double> masses(9, 0.0);
    EXPECT_THROW(cell_law(small_mesh(), masses), ConfigError);
    masses[3] = -1.0;
    EXPECT_THROW(cell_law(small_mesh(), masses), ConfigError);
    masses[3] = std::nan("");
    EXPECT_THROW(cell_law(small_mesh(), masses), ConfigError);
}

}  // namespace
}  // namespace dynkin
