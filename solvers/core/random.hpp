#pragma once
// Randomness is an argument. Philox4x32-10 as a pure function, and a per-particle sequence of draws on top of it.
// Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11 (2011).
#include <array>
#include <cmath>
#include <cstdint>

namespace dynkin {

using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

/// Philox4x32 with ten rounds; equal to Random123 bit for bit.
constexpr PhiloxCounter philox4x32(PhiloxCounter c, PhiloxKey k) {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * c[0];
        const std::uint64_t p1 = std::uint64_t{0xCD9E8D57u} * c[2];
        c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k[0], static_cast<std::uint32_t>(p1),
             static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k[1], static_cast<std::uint32_t>(p0)};
        k[0] += 0x9E3779B9u;
        k[1] += 0xBB67AE85u;
    }
    return c;
}

/// What a draw is for. Each use has its own counters, so that asking for one more thing (another output time,
/// a bridge, a resampling) never changes the Brownian path of a particle.
enum class Stream : std::uint32_t {
    brownian = 0,       ///< increments of the driving Brownian motion
    initial_law = 1,    ///< sampling of the initial ensemble
    bridge = 2,         ///< splitting an increment at an output time
    wall = 3,           ///< crossing of an absorbing wall inside a step
    exact = 4,          ///< exact transition samplers
    first_passage = 5,  ///< crossings of a first-passage set inside a step
    resampling = 6,     ///< jump paths, weights, bootstrap
};

/// Where a sequence of draws starts. The counter of draw number k is
/// (particle low, particle high 24 bits | stream 8 bits, step low, k | step high << 20 ...) - see Draws.
struct DrawSource {
    std::uint64_t seed = 0;
    Stream stream = Stream::brownian;
    std::uint64_t step = 0;  ///< time step, output number, ...; below 2^44
};

/// The draws of one particle at one step, in order: u_0, u_1, ... each a pure function of
/// (seed, stream, particle, step, number of the draw). At most 2^20 calls of the generator.
class Draws {
public:
    Draws(const DrawSource& source, std::uint64_t particle)
        : key_{static_cast<std::uint32_t>(source.seed), static_cast<std::uint32_t>(source.seed >> 32)},
          counter_{static_cast<std::uint32_t>(particle),
                   static_cast<std::uint32_t>(particle >> 32) << 8 | static_cast<std::uint32_t>(source.stream),
                   static_cast<std::uint32_t>(source.step), static_cast<std::uint32_t>(source.step >> 32) << 20} {}

    /// Uniform on the open interval (0, 1): (k + 1/2) 2^-52, so that log(u) and an inverse CDF are finite.
    double uniform() {
        if (left_ == 0) refill();
        const std::uint64_t bits = words_[--left_];
        return (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52;
    }

    /// Standard normal by Box and Muller (1958); both members of a pair are used.
    double normal() {
        if (has_spare_) {
            has_spare_ = false;
            return spare_;
        }
        const double r = std::sqrt(-2.0 * std::log(uniform()));
        const double angle = 6.283185307179586477 * uniform();
        spare_ = r * std::sin(angle);
        has_spare_ = true;
        return r * std::cos(angle);
    }

private:
    void refill() {
        const PhiloxCounter w = philox4x32(counter_, key_);
        ++counter_[3];
        words_ = {std::uint64_t{w[2]} << 32 | w[3], std::uint64_t{w[0]} << 32 | w[1]};
        left_ = 2;
    }

    PhiloxKey key_;
    PhiloxCounter counter_;
    std::array<std::uint64_t, 2> words_{};
    int left_ = 0;
    double spare_ = 0.0;
    bool has_spare_ = false;
};

}  // namespace dynkin
