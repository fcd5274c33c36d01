#pragma once
// Normals with 512-bit registers: the Philox rounds of the next 32 particles run between the stages of Box-Muller for
// the present ones. One waits for multiplications of 32 bits, the other for divisions, square roots and polynomials;
// side by side they take 38 cycles for 16 normals, one after the other 45. Not part of the interface.
//
// The operations on a number are those of philox_plain and box_muller, in their order, so the bits are theirs.
#include "solvers/noise/box_muller.hpp"
#include "solvers/noise/philox_kernels.hpp"

#if DYNKIN_HAS_LEVELS

namespace dynkin::detail {

inline constexpr int v4_vectors = 4;  ///< of 8 particles; more do not fit the registers, fewer leave pipes idle
static_assert(8 * v4_vectors == philox_lanes);

#define DYNKIN_EACH_VECTOR _Pragma("GCC unroll 4") for (int q = 0; q < v4_vectors; ++q)

DYNKIN_TARGET_V4 DYNKIN_INLINE __m512d number_v4(double v) {
    return _mm512_set1_pd(v);
}
DYNKIN_TARGET_V4 DYNKIN_INLINE __m512i bits_of_v4(__m512d v) {
    return _mm512_castpd_si512(v);
}
/// The double with the given upper bits and `bits` below them.
DYNKIN_TARGET_V4 DYNKIN_INLINE __m512d with_exponent_v4(__m512i bits, std::uint64_t exponent) {
    return _mm512_castsi512_pd(_mm512_or_si512(bits, all_v4(exponent)));
}

/// Ten rounds for 32 particles, one call a round.
struct PhiloxStages {
    __m512i c0[v4_vectors], c1[v4_vectors], c2[v4_vectors], c3[v4_vectors];

    DYNKIN_TARGET_V4 DYNKIN_INLINE void start(const PairLabels& labels, std::uint32_t id) {
        const __m512i m0 = all_v4(philox_multiplier_0), m1 = all_v4(philox_multiplier_1);
        const __m512i lane = _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7);
        DYNKIN_EACH_VECTOR {
            const auto first = static_cast<std::uint64_t>(id) + static_cast<std::uint64_t>(8 * q);
            const __m512i p0 = _mm512_mul_epu32(_mm512_add_epi64(all_v4(first), lane), m0);
            c1[q] = _mm512_mul_epu32(_mm512_xor_si512(_mm512_srli_epi64(p0, 32), all_v4(labels.key_1[0])), m1);
            c0[q] = _mm512_xor_si512(_mm512_srli_epi64(c1[q], 32), all_v4(labels.key_0[1]));
            c2[q] = _mm512_xor_si512(p0, all_v4(labels.key_1[1]));
            c3[q] = _mm512_setzero_si512();
        }
    }
    DYNKIN_TARGET_V4 DYNKIN_INLINE void round(const PairLabels& labels, int number) {
        const __m512i m0 = all_v4(philox_multiplier_0), m1 = all_v4(philox_multiplier_1);
        const __m512i k0 = all_v4(labels.key_0[number]), k1 = all_v4(labels.key_1[number]);
        DYNKIN_EACH_VECTOR {
            const __m512i p0 = _mm512_mul_epu32(c0[q], m0), p1 = _mm512_mul_epu32(c2[q], m1);
            c0[q] = mixed_v4(c1[q], k0, _mm512_srli_epi64(p1, 32));
            c2[q] = mixed_v4(c3[q], k1, _mm512_srli_epi64(p0, 32));
            c1[q] = p1;
            c3[q] = p0;
        }
    }
    DYNKIN_TARGET_V4 DYNKIN_INLINE void finish(const PairLabels& labels, std::uint64_t* high, std::uint64_t* low) {
        const __m512i m0 = all_v4(philox_multiplier_0), m1 = all_v4(philox_multiplier_1);
        DYNKIN_EACH_VECTOR {
            const __m512i p0 = _mm512_mul_epu32(c0[q], m0), p1 = _mm512_mul_epu32(c2[q], m1);
            const __m512i c1_up = _mm512_slli_epi64(c1[q], 32), c3_up = _mm512_slli_epi64(c3[q], 32);
            _mm512_store_si512(high + 8 * q, mixed_v4(p1, all_v4(labels.key_0[9]), c1_up));
            _mm512_store_si512(low + 8 * q, mixed_v4(p0, all_v4(labels.key_1[9]), c3_up));
        }
    }
};

/// Box-Muller for 32 particles in stages; names as in box_muller.hpp.
struct BoxMullerStages {
    __m512i angle[v4_vectors];
    __m512d u[v4_vectors], w[v4_vectors], w2[v4_vectors], sine[v4_vectors], cosine[v4_vectors];
    __m512d e[v4_vectors], s[v4_vectors], s2[v4_vectors], log[v4_vectors];

    /// Terms `from` down to `to` of a polynomial.
    template <int N>
    static DYNKIN_TARGET_V4 DYNKIN_INLINE __m512d terms(const double (&c)[N], int from, int to, __m512d r, __m512d x) {
#pragma GCC unroll 8
        for (int k = from; k >= to; --k) r = _mm512_fmadd_pd(r, x, number_v4(c[k]));
        return r;
    }

    DYNKIN_TARGET_V4 DYNKIN_INLINE void read(const std::uint64_t* high, const std::uint64_t* low) {
        DYNKIN_EACH_VECTOR {
            const __m512i radius = _mm512_load_si512(high + 8 * q);
            angle[q] = _mm512_load_si512(low + 8 * q);
            u[q] =
                _mm512_sub_pd(number_v4(2.0), with_exponent_v4(_mm512_srli_epi64(radius, 12), 0x3FF0000000000000ull));
            w[q] =
                _mm512_sub_pd(with_exponent_v4(_mm512_srli_epi64(angle[q], 12), 0x4000000000000000ull), number_v4(3.0));
        }
    }
    DYNKIN_TARGET_V4 DYNKIN_INLINE void divide() {
        constexpr std::uint64_t root_half = 0x3FE6A09E667F3BCDull, offset = std::uint64_t{1024} << 52;
        DYNKIN_EACH_VECTOR {
            const __m512i counted = _mm512_sub_epi64(bits_of_v4(u[q]), all_v4(root_half - offset));
            const __m512i fraction = _mm512_and_si512(counted, all_v4(0x000FFFFFFFFFFFFFull));
            const __m512d m = _mm512_castsi512_pd(_mm512_add_epi64(fraction, all_v4(root_half)));
            e[q] = _mm512_sub_pd(number_v4(0x1p52 + 1024.0),
                                 with_exponent_v4(_mm512_srli_epi64(counted, 52), 0x4330000000000000ull));
            s[q] = _mm512_div_pd(_mm512_sub_pd(m, number_v4(1.0)), _mm512_add_pd(m, number_v4(1.0)));
            w2[q] = _mm512_mul_pd(w[q], w[q]);
            sine[q] = number_v4(sine_coefficients[6]);
            cosine[q] = number_v4(cosine_coefficients[6]);
        }
    }
    DYNKIN_TARGET_V4 DYNKIN_INLINE void circle(int from, int to) {
        DYNKIN_EACH_VECTOR {
            sine[q] = terms(sine_coefficients, from, to, sine[q], w2[q]);
            cosine[q] = terms(cosine_coefficients, from, to, cosine[q], w2[q]);
        }
    }
    DYNKIN_TARGET_V4 DYNKIN_INLINE void square() {
        DYNKIN_EACH_VECTOR {
            s2[q] = _mm512_mul_pd(s[q], s[q]);
            log[q] = number_v4(log_coefficients[7]);
        }
    }
    DYNKIN_TARGET_V4 DYNKIN_INLINE void logarithm(int from, int to) {
        DYNKIN_EACH_VECTOR log[q] = terms(log_coefficients, from, to, log[q], s2[q]);
    }
    /// The radius takes the place of the logarithm.
    DYNKIN_TARGET_V4 DYNKIN_INLINE void root(double scale) {
        DYNKIN_EACH_VECTOR {
            const __m512d minus_log =
                _mm512_fmsub_pd(e[q], number_v4(0.693147180559945309), _mm512_mul_pd(s[q], log[q]));
            log[q] = _mm512_mul_pd(number_v4(scale), _mm512_sqrt_pd(minus_log));
        }
    }
    DYNKIN_TARGET_V4 DYNKIN_INLINE void write(double* first, double* second) {
        const __m512i sign = all_v4(0x8000000000000000ull);
        DYNKIN_EACH_VECTOR {
            const __m512d t = _mm512_mul_pd(w[q], sine[q]);
            const __m512i x = bits_of_v4(_mm512_mul_pd(log[q], _mm512_sub_pd(cosine[q], t)));
            const __m512i y = bits_of_v4(_mm512_mul_pd(log[q], _mm512_add_pd(cosine[q], t)));
            const __m512i y_sign = _mm512_and_si512(_mm512_slli_epi64(angle[q], 62), sign);
            _mm512_storeu_si512(first + 8 * q, _mm512_xor_si512(x, _mm512_slli_epi64(angle[q], 63)));
            _mm512_storeu_si512(second + 8 * q, _mm512_xor_si512(y, y_sign));
        }
    }
};

#undef DYNKIN_EACH_VECTOR

/// Normals of n particles from `id` on, n > 0 a multiple of 32.
DYNKIN_TARGET_V4 inline void interleaved_normals_v4(const PairLabels& labels, std::uint32_t id, Index n, double scale,
                                                    double* first, double* second) {
    alignas(64) std::uint64_t high[2][philox_lanes], low[2][philox_lanes];
    PhiloxStages before;
    before.start(labels, id);
#pragma GCC unroll 8
    for (int r = 2; r < 9; ++r) before.round(labels, r);
    before.finish(labels, high[0], low[0]);
    Index i = 0, at = 0;
    for (; i + philox_lanes < n; i += philox_lanes, at ^= 1) {
        PhiloxStages next;
        BoxMullerStages now;
        next.start(labels, id + static_cast<std::uint32_t>(i) + philox_lanes);
        now.read(high[at], low[at]);
        next.round(labels, 2);
        now.divide();
        next.round(labels, 3);
        now.circle(5, 3);
        next.round(labels, 4);
        now.circle(2, 0);
        next.round(labels, 5);
        now.square();
        now.logarithm(6, 5);
        next.round(labels, 6);
        now.logarithm(4, 2);
        next.round(labels, 7);
        now.logarithm(1, 0);
        now.root(scale);
        next.round(labels, 8);
        next.finish(labels, high[at ^ 1], low[at ^ 1]);
        now.write(first + i, second + i);
    }
    BoxMullerStages last;
    last.read(high[at], low[at]);
    last.divide();
    last.circle(5, 0);
    last.square();
    last.logarithm(6, 0);
    last.root(scale);
    last.write(first + i, second + i);
}

}  // namespace dynkin::detail

#endif
