#pragma once
// exp, sin and cos without calls and without branches, so that a loop over them vectorises, and with explicit
// multiply-adds, so that every compiler, vector width and C library gives the same bits.
#include "solvers/core/dispatch.hpp"

#include <bit>
#include <cmath>
#include <cstdint>

namespace dynkin::elementary {

inline constexpr double rounding = 0x1.8p52;  ///< x + rounding - rounding is the integer next to x, |x| < 2^51

template <int N>
DYNKIN_INLINE double horner(const double (&c)[N], double x) {
    double r = c[N - 1];
#pragma GCC unroll 16
    for (int k = N - 2; k >= 0; --k) r = std::fma(r, x, c[k]);
    return r;
}

// Taylor series: the first term left out is below 5e-18 of the value at the ends of the reduced intervals.
inline constexpr double inverse_factorials[] = {1.0,
                                                1.0,
                                                1.0 / 2,
                                                1.0 / 6,
                                                1.0 / 24,
                                                1.0 / 120,
                                                1.0 / 720,
                                                1.0 / 5040.0,
                                                1.0 / 40320.0,
                                                1.0 / 362880.0,
                                                1.0 / 3628800.0,
                                                1.0 / 39916800.0,
                                                1.0 / 479001600.0,
                                                1.0 / 6227020800.0};
inline constexpr double sine_series[] = {1.0,
                                         -1.0 / 6,
                                         1.0 / 120,
                                         -1.0 / 5040,
                                         1.0 / 362880,
                                         -1.0 / 39916800.0,
                                         1.0 / 6227020800.0,
                                         -1.0 / 1307674368000.0,
                                         1.0 / 355687428096000.0};
inline constexpr double cosine_series[] = {1.0,
                                           -1.0 / 2,
                                           1.0 / 24,
                                           -1.0 / 720,
                                           1.0 / 40320,
                                           -1.0 / 3628800.0,
                                           1.0 / 479001600.0,
                                           -1.0 / 87178291200.0,
                                           1.0 / 20922789888000.0};

/// e^x for x <= 700, relative error below 3e-16; 0 below -708. Not a number stays so.
DYNKIN_INLINE double exp(double x) {
    const double bounded = x < -708.0 ? -708.0 : x;
    const double shifted = std::fma(bounded, 1.44269504088896340736, rounding), n = shifted - rounding;
    const double r = std::fma(n, -1.9082149292705877e-10, std::fma(n, -0.69314718036912381649, bounded));
    const double power_of_two = std::bit_cast<double>((std::bit_cast<std::uint64_t>(shifted) + 1023) << 52);
    const double value = horner(inverse_factorials, r) * power_of_two;
    return x < -708.0 ? 0.0 : value;
}

struct SineCosine {
    double sine, cosine;
};

/// Both to an absolute error below 3e-16 for |x| < 1e15.
DYNKIN_INLINE SineCosine sincos(double x) {
    // x = n pi / 2 + r with pi / 2 in two parts, |r| <= pi / 4.
    const double shifted = std::fma(x, 0.63661977236758134308, rounding), n = shifted - rounding;
    const double r = std::fma(n, -6.123233995736766e-17, std::fma(n, -1.5707963267948965580, x));
    const double square = r * r, s = r * horner(sine_series, square), c = horner(cosine_series, square);
    // Odd quadrants exchange sine and cosine; the signs follow from the quadrant.
    const auto quadrant = std::bit_cast<std::uint64_t>(shifted);
    const std::uint64_t odd = 0 - (quadrant & 1), sb = std::bit_cast<std::uint64_t>(s),
                        cb = std::bit_cast<std::uint64_t>(c);
    const std::uint64_t swapped = (sb ^ cb) & odd;
    return {std::bit_cast<double>((sb ^ swapped) ^ (quadrant & 2) << 62),
            std::bit_cast<double>((cb ^ swapped) ^ ((quadrant + 1) & 2) << 62)};
}

}  // namespace dynkin::elementary
