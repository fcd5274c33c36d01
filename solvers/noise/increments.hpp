#pragma once
// Brownian increments of blocks of particles: drawn, joined, and split at a time inside a step.
//
// The rows of one step: row k is dW_k = W_k(t + h) - W_k(t)  [sqrt(time)]; with normals_per_noise = 2, row
// noise_dim + k is the time integral I_k = int_t^{t+h} (W_k(s) - W_k(t)) ds  [time^(3/2)].
#include "solvers/core/points.hpp"
#include "solvers/core/random.hpp"

#include <cstdint>

namespace dynkin {

/// The shape of the noise of one step.
struct NoiseShape {
    int noise_dim = 0;
    int normals_per_noise = 1;  ///< 0, 1 (dW) or 2 (dW and its time integral)

    int rows() const { return noise_dim * normals_per_noise; }
};

/// double_precision: 52 bits a normal. single_precision: 32 bits a normal, 1.5 times as fast (fill_single_normals).
enum class NormalPrecision { double_precision, single_precision };

/// Where the normals come from: a seed, and how they are drawn.
struct NoiseSource {
    std::uint64_t seed = 0;
    NormalPrecision precision = NormalPrecision::double_precision;
    /// Particle 2 j + 1 gets the normals of particle 2 j with the other sign (Hammersley & Morton 1956), those labelled
    /// j: half the draws, and means of what is nearly odd in the noise have smaller errors. The pairs are independent
    /// of each other, the two of a pair are not: statistics have to count pairs.
    bool antithetic = false;

    NoiseSource() = default;
    NoiseSource(std::uint64_t s) : seed(s) {}  // a seed alone is a source
    NoiseSource(std::uint64_t s, NormalPrecision p, bool a) : seed(s), precision(p), antithetic(a) {}
};

/// Increments of step `number` with length h for particles first_particle ... : normals number * rows() + k of
/// Stream::brownian. dW = sqrt(h) N1, I = h^(3/2) / 2 (N1 + N2 / sqrt(3)) (Kloeden & Platen 1992, 10.4.3).
/// ConfigError: antithetic with an odd n or first_particle.
void fill_increments(const NoiseShape& shape, const NoiseSource& source, std::uint64_t first_particle, Index n,
                     std::int64_t number, double h, Rows out);

/// The same for n_steps steps at once; step number + j starts at row j * shape.rows().
void fill_increments(const NoiseShape& shape, const NoiseSource& source, std::uint64_t first_particle, Index n,
                     std::int64_t number, int n_steps, double h, Rows out);

/// The increments of two consecutive steps as those of one: dW adds; the time integral of the second part starts
/// from the end of the first: I = I1 + h2 dW1 + I2. `out` may be `first` or `second`.
void join_increments(const NoiseShape& shape, Index n, Rows first, Rows second, double second_length, Rows out);

/// Splits a step of length h: out gets the increments over its first part, of length theta h with theta in (0, 1), drawn
/// from their exact joint Gaussian law given those of the whole step. For dW alone: mean theta dW, variance
/// theta (1 - theta) h. The draws are normals 0, 1, ... of Stream::bridge of `bridge`, so the path is untouched.
void split_increments(const NoiseShape& shape, const NoiseSource& bridge, std::uint64_t first_particle, Index n,
                      double h, double theta, Rows whole, Rows out);

/// Seed of everything drawn for a side step that ends at an output between two steps. It depends on the time itself,
/// not on the number of the output, so asking for further outputs changes nothing.
std::uint64_t side_step_seed(std::uint64_t seed, double output_time);

}  // namespace dynkin
