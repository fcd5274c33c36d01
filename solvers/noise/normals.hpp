#pragma once
// Standard normals for blocks of particles, as a pure function of (seed, stream, particle, number).
#include "solvers/core/points.hpp"
#include "solvers/core/random.hpp"

#include <cstdint>

namespace dynkin {

/// Normals first_s, first_s + 1, ..., first_s + n_rows - 1 of the particles first_particle ... first_particle + n - 1,
/// each times `scale`: normal number first_s + r of particle first_particle + i goes to out.row(r)[i].
///
/// Numbers 2 k and 2 k + 1 of a particle come from one call of Philox4x32-10 with key = seed and counter
/// (particle bits 0-31, particle bits 32-55 << 8 | stream, k low, k high), turned into two normals by Box and Muller
/// (1958). So a normal depends on its own four labels only, never on the block it is drawn in. Same bits on every
/// vector level. Particles below 2^56; a row pair that is cut (odd first_s or an odd end) costs as much as a whole one.
void fill_normals(std::uint64_t seed, Stream stream, std::uint64_t first_particle, Index n, std::uint64_t first_s,
                  int n_rows, Rows out, double scale = 1.0);

/// The bits behind the normals 2 * pair and 2 * pair + 1: words 0, 1 of Philox in high[i] (word 0 on top), words 2, 3
/// in low[i], for particle first_particle + i.
void fill_philox(std::uint64_t seed, Stream stream, std::uint64_t first_particle, Index n, std::uint64_t pair,
                 std::uint64_t* high, std::uint64_t* low);

}  // namespace dynkin
