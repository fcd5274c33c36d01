#pragma once
// 128 random bits to two standard normals, without calls and without branches, so that a loop over it vectorises.
//
// Box & Muller (1958): r = sqrt(-2 log u), r cos(angle), r sin(angle). The angle is drawn as +-pi/4 around the
// diagonal, where cos(f + pi/4) = (c - s) / sqrt(2) and sin(f + pi/4) = (c + s) / sqrt(2) with s, c = sin f, cos f;
// two further random bits choose the quadrant, and the sqrt(2) cancels that of r.
//
// The polynomials are Chebyshev interpolants, computed in 50 digits and rounded to double. Largest absolute error of
// the rounded polynomial over its interval: sine 3.1e-17, cosine 1.0e-16, logarithm 5.9e-18 (of a value near 2).
// Multiply-adds are explicit, so every compiler and vector width gives the same bits.
#include "solvers/core/dispatch.hpp"

#include <bit>
#include <cmath>
#include <cstdint>

namespace dynkin::detail {

/// sin(pi/4 w) / w in powers of w^2, |w| <= 1.
inline constexpr double sine_coefficients[] = {0.7853981633974483,     -0.08074551218828054,  0.002490394570188844,
                                               -3.657620415891387e-05, 3.133616225433416e-07, -1.7571500746983935e-09,
                                               6.877360573166326e-12};
/// cos(pi/4 w) in powers of w^2, |w| <= 1.
inline constexpr double cosine_coefficients[] = {1.0,
                                                 -0.30842513753403783,
                                                 0.015854344243741547,
                                                 -0.00032599188648354014,
                                                 3.590859179850238e-06,
                                                 -2.4609507094028117e-08,
                                                 1.1365469207731353e-10};
/// log((1 + s) / (1 - s)) / s in powers of s^2, |s| <= (sqrt(2) - 1) / (sqrt(2) + 1).
inline constexpr double log_coefficients[] = {2.0,
                                              0.6666666666666765,
                                              0.3999999999930191,
                                              0.2857142876073828,
                                              0.22222197046404274,
                                              0.18183632241617026,
                                              0.153125131147383,
                                              0.14809867572313062};

template <int N>
DYNKIN_INLINE double polynomial(const double (&c)[N], double x) {
    double r = c[N - 1];
#pragma GCC unroll 8
    for (int k = N - 2; k >= 0; --k) r = std::fma(r, x, c[k]);
    return r;
}

/// -log u >= 0 for normal u in (0, 1]. Relative error below 4e-16.
DYNKIN_INLINE double minus_log(double u) {
    // u = m 2^-e with m in [sqrt(1/2), sqrt(2)): exponents are counted from the bits of sqrt(1/2), and from -1024 on.
    constexpr std::uint64_t root_half = 0x3FE6A09E667F3BCDull, offset = std::uint64_t{1024} << 52;
    const auto counted = std::bit_cast<std::uint64_t>(u) - (root_half - offset);
    const double m = std::bit_cast<double>((counted & 0x000FFFFFFFFFFFFFull) + root_half);
    // An integer below 2^52 becomes a double by setting the exponent of 2^52 (no vector conversion below AVX-512).
    const double e = (0x1p52 + 1024.0) - std::bit_cast<double>(counted >> 52 | 0x4330000000000000ull);
    const double s = (m - 1.0) / (m + 1.0);
    return std::fma(e, 0.693147180559945309, -(s * polynomial(log_coefficients, s * s)));
}

struct NormalPair {
    double first, second;
};

/// Two independent standard normals times `scale`. u takes the 52 upper bits of `radius_bits`, the angle the 52 upper
/// bits of `angle_bits`, the signs its two lowest. |normal| <= sqrt(2 * 52 log 2) = 8.49.
DYNKIN_INLINE NormalPair box_muller(std::uint64_t radius_bits, std::uint64_t angle_bits, double scale) {
    const double u = 2.0 - std::bit_cast<double>(radius_bits >> 12 | 0x3FF0000000000000ull);  // (0, 1]
    const double w = std::bit_cast<double>(angle_bits >> 12 | 0x4000000000000000ull) - 3.0;   // [-1, 1)
    const double r = scale * std::sqrt(minus_log(u));
    const double s = w * polynomial(sine_coefficients, w * w);
    const double c = polynomial(cosine_coefficients, w * w);
    const std::uint64_t sign = 0x8000000000000000ull;
    return {std::bit_cast<double>(std::bit_cast<std::uint64_t>(r * (c - s)) ^ angle_bits << 63),
            std::bit_cast<double>(std::bit_cast<std::uint64_t>(r * (c + s)) ^ (angle_bits << 62 & sign))};
}

}  // namespace dynkin::detail
