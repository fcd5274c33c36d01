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

/// The fast mode: the same labels, but four normals a call of Philox, of 32 bits a number and single-precision
/// arithmetic (numbers 4 k ... 4 k + 3 from pair counter k), then times `scale` in double. Another sequence than that of
/// fill_normals. A normal is within 6e-7 r + 3e-8 / r of the exact transform of its bits, r the length
/// of its Box-Muller pair, |z| <= 6.66; its law is within 1e-7 of the normal one, and 1e9 draws resolve 3e-5. Same bits on every vector level; rows that cut a group of four cost as much as the group.
void fill_single_normals(std::uint64_t seed, Stream stream, std::uint64_t first_particle, Index n,
                         std::uint64_t first_s, int n_rows, Rows out, double scale = 1.0);

/// The bits behind the normals 2 * pair and 2 * pair + 1: words 0, 1 of Philox in high[i] (word 0 on top), words 2, 3
/// in low[i], for particle first_particle + i.
void fill_philox(std::uint64_t seed, Stream stream, std::uint64_t first_particle, Index n, std::uint64_t pair,
                 std::uint64_t* high, std::uint64_t* low);

}  // namespace dynkin
