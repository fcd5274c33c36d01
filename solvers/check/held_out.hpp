#pragma once
// Generated samples against rows that the generator has not seen.
#include "solvers/check/verdict.hpp"
#include "solvers/core/points.hpp"
#include "solvers/core/test_function.hpp"

#include <cstdint>
#include <vector>

namespace dynkin {

/// Unit vectors, uniform on the sphere of R^dim, (n)(dim): one vector suffices for dim = 1, and one is returned.
std::vector<std::vector<double>> random_directions(int dim, int n, std::uint64_t seed);

/// Sliced Wasserstein distance: the mean over directions of W1 between the projections of two samples of equal size
/// (Bonneel, Rabin, Peyre & Pfister 2015).  [x]. ConfigError: sizes that differ, no direction.
double sliced_wasserstein(Points a, Points b, const std::vector<std::vector<double>>& directions);

/// Rows of a data set that were split at random into those a generator learned from and those kept back, and samples
/// of the generator, which claims the law of alpha Y + sigma xi for Y drawn from the first.
struct HeldOutSpec {
    Points training, held_out;  ///< (dim, n) rows of the data set
    Points generated;           ///< (dim, n)
    double alpha = 1.0, sigma = 0.0;
    TestFunctions functions{};  ///< (K)
    double time = 0.0;          ///< for the table
    int n_permutations = 999, n_directions = 32;
    std::uint64_t seed = 0;
};

/// Two checks.
/// "held_out_moments": means of the functions over generated samples and over held-out rows, to which the noise is
/// added. Both halves of a random split are one finite population, so that the difference of their means has the
/// covariance S (1 / n_training + 1 / n_held_out) exactly; S / n_generated is added. S is taken from all rows, noised.
/// "held_out_sliced_wasserstein": the distance, axes in units of their sd, between as many generated samples as
/// held-out rows. Its p-value comes from splitting all rows anew n_permutations times and drawing the "generated"
/// samples from the first part as the generator claims to: exact whatever the law of the rows, (1 + #{null >=
/// observed}) / (1 + n). ConfigError: fewer than 8 rows on either side, dimensions that differ.
std::vector<Comparison> held_out_comparisons(const HeldOutSpec& spec);

}  // namespace dynkin
