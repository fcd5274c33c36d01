#pragma once
// 64 random bits to two standard normals in single precision: box_muller.hpp with half the bits and half the terms.
//
// The radius takes 31 bits as an integer before its logarithm is taken, so that small ones keep all their digits and
// the tails go on to 6.66; its 32nd bit is a sign. Chebyshev interpolants computed in 50 digits and rounded to float,
// absolute error over their interval: sine 2.7e-8, cosine 5.4e-8, logarithm 3.4e-9 (of a value near 2).
#include "solvers/core/dispatch.hpp"

#include <bit>
#include <cmath>
#include <cstdint>

namespace dynkin::detail {

/// sin(pi/4 w) / w, cos(pi/4 w) in powers of w^2, |w| <= 1; log((1 + s) / (1 - s)) / s in powers of s^2, as in
/// box_muller.hpp.
inline constexpr float single_sine[] = {0.78539819f, -0.080745436f, 0.0024900069f, -3.595429e-05f};
inline constexpr float single_cosine[] = {1.0f, -0.30842426f, 0.015849911f, -0.00031887749f};
inline constexpr float single_log[] = {2.0f, 0.66666818f, 0.3997485f, 0.2992439f};

DYNKIN_INLINE float single_polynomial(const float (&c)[4], float x) {
    return std::fma(std::fma(std::fma(c[3], x, c[2]), x, c[1]), x, c[0]);
}

/// -log u >= 0 for u in [2^-33, 1]. Relative error below 4e-7.
DYNKIN_INLINE float single_minus_log(float u) {
    // u = m 2^-e with m in [sqrt(1/2), sqrt(2)), exponents counted from -64 on.
    constexpr std::uint32_t root_half = 0x3F3504F3u, offset = 64u << 23;
    const std::uint32_t counted = std::bit_cast<std::uint32_t>(u) - (root_half - offset);
    const float m = std::bit_cast<float>((counted & 0x007FFFFFu) + root_half);
    const float e = 64.0f - static_cast<float>(static_cast<std::int32_t>(counted >> 23));
    const float s = (m - 1.0f) / (m + 1.0f);
    return std::fma(e, 0.69314718f, -(s * single_polynomial(single_log, s * s)));
}

struct SingleNormalPair {
    float first, second;
};

/// Two independent standard normals, each within 6e-7 r + 3e-8 / r of that of exact arithmetic on the same bits, r^2
/// the sum of their squares: 3e-7 r for the angle (its own rounding, the interpolants, a sum of two near 1), 3e-7 r for
/// the logarithm, and 2^-25 for the rounding of u, which is exact in the tail and felt where r is small. |normal| <=
/// sqrt(2 * 32 log 2) = 6.66.
DYNKIN_INLINE SingleNormalPair single_box_muller(std::uint32_t radius_bits, std::uint32_t angle_bits) {
    constexpr std::uint32_t sign = 0x80000000u;
    const float u = (static_cast<float>(static_cast<std::int32_t>(radius_bits & ~sign)) + 0.5f) * 0x1p-31f;
    const float w = static_cast<float>(static_cast<std::int32_t>(angle_bits)) * 0x1p-31f;
    const float r = std::sqrt(single_minus_log(u));
    const float s = w * single_polynomial(single_sine, w * w);
    const float c = single_polynomial(single_cosine, w * w);
    return {std::bit_cast<float>(std::bit_cast<std::uint32_t>(r * (c - s)) ^ (radius_bits & sign)),
            std::bit_cast<float>(std::bit_cast<std::uint32_t>(r * (c + s)) ^ angle_bits << 31)};
}

}  // namespace dynkin::detail
