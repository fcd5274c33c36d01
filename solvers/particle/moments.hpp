#pragma once
// Means and covariances of streams of particles, the same bits for any block size and number of threads.
//
// Particles are summed in leaves of 128 by index; leaves are merged pairwise by the binary tree over their numbers
// (Chan, Golub & LeVeque 1983), so no sum runs over more than a few terms and no cancellation grows with n.
#include "solvers/core/points.hpp"

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace dynkin {

inline constexpr Index leaf_size = 128;

/// Count, mean (K) and co-moments sum (y_k - mean_k)(y_l - mean_l) in packed lower triangle, k (k + 1) / 2 + l.
struct Moments {
    double n = 0.0;
    std::vector<double> mean, comoment;
    /// (K) mean of ((y_{2j} - y_{2j+1}) / 2)^2 where the n samples are means of pairs, else empty. With the variance of
    /// the means it adds up to the variance of one particle.
    std::vector<double> half_difference;

    /// Of rows y (K, n), n <= leaf_size.
    static Moments of(Rows y, int n_rows, Index n);
    /// Of n / 2 samples (y_{2j} + y_{2j+1}) / 2, for particles of which only pairs are independent. n even.
    static Moments of_pairs(Rows y, int n_rows, Index n);
    /// `of` or `of_pairs`, for 1 or 2 particles in a row that depend on each other.
    static Moments of_groups(int dependent_particles, Rows y, int n_rows, Index n);
    /// Adds the moments of the particles that follow.
    void merge(const Moments& next);

    /// Sample covariance of rows k and l, n - 1 in the denominator; 0 for fewer than two particles.
    double covariance(int k, int l) const;
    /// Of one particle, pairs or not.
    double variance_of_particle(int k) const;
    /// Of the mean of row k.
    double standard_error(int k) const;
};

/// Merges the nodes of a tree over leaves 0, 1, 2, ... as they come, in any order. A node at `level` with number
/// `index` covers leaves [index, index + 1) * 2^level.
class MomentTree {
public:
    using Node = std::vector<Moments>;  ///< one entry per output time

    void add(int level, std::uint64_t index, Node node);
    /// Moves all nodes held here into another tree.
    void move_to(MomentTree& other);
    /// The moments of all particles. What is left of a number of leaves that is no power of two is merged from the right.
    Node total();

private:
    std::map<std::pair<int, std::uint64_t>, Node> waiting_;
};

/// Sum of n numbers in eight interleaved partial sums and a fixed tree: the same on every vector level.
double ordered_sum(const double* y, Index n);

}  // namespace dynkin
