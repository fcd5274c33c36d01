#pragma once
// Ten rounds of Philox4x32 on many particles at once, one kernel a vector level. Not part of the interface.
//
// The 32-bit words live in 64-bit lanes, because a lane then holds a whole product; the upper half of a word is left as
// it falls, since the widening multiplication reads the lower one only. The counters of a block differ in their first
// word alone, so half of the first two rounds is the same for all particles and is worked out once. The last round
// needs no shift back: word 0 on top of word 1 is the product itself with its upper half mixed.
#include "solvers/core/dispatch.hpp"
#include "solvers/core/intrinsics.hpp"
#include "solvers/core/points.hpp"
#include "solvers/core/random.hpp"

#include <cstdint>

namespace dynkin::detail {

inline constexpr int philox_lanes = 32;  ///< particles of one call of a kernel
inline constexpr std::uint64_t philox_multiplier_0 = 0xD2511F53ull, philox_multiplier_1 = 0xCD9E8D57ull;

/// What the calls of Philox for one pair of normals have in common for all particles with the same upper word.
struct PairLabels {
    std::uint64_t key_0[10], key_1[10];  // what is mixed into words 0 and 2 in each round; on top in the last
    std::uint64_t word_3;                // after two rounds

    PairLabels(std::uint64_t seed, Stream stream, std::uint64_t particle, std::uint64_t pair) {
        auto k0 = static_cast<std::uint32_t>(seed), k1 = static_cast<std::uint32_t>(seed >> 32);
        for (int round = 0; round < 10; ++round) {
            key_0[round] = k0;
            key_1[round] = k1;
            k0 += 0x9E3779B9u;
            k1 += 0xBB67AE85u;
        }
        const auto c1 = static_cast<std::uint32_t>(particle >> 32 << 8 | static_cast<std::uint64_t>(stream));
        const auto c2 = static_cast<std::uint32_t>(pair), c3 = static_cast<std::uint32_t>(pair >> 32);
        const std::uint64_t p1 = c2 * philox_multiplier_1;
        const std::uint64_t word_0 = (p1 >> 32) ^ c1 ^ key_0[0], p0 = word_0 * philox_multiplier_0;
        key_1[0] ^= c3;
        key_0[1] ^= static_cast<std::uint32_t>(p1);
        key_1[1] ^= p0 >> 32;
        word_3 = static_cast<std::uint32_t>(p0);
        key_1[2] ^= word_3;
        key_0[9] <<= 32;
        key_1[9] <<= 32;
    }
};

/// How many of the n particles from `first` on share its upper word.
inline Index count_to_carry(std::uint64_t first, Index n) {
    const std::uint64_t left = (first | 0xFFFFFFFFull) - first;
    return left < static_cast<std::uint64_t>(n) ? static_cast<Index>(left) + 1 : n;
}

/// Words 0, 1 (word 0 on top) in high[i] and words 2, 3 in low[i] for the particles whose lower words are id, id + 1,
/// ...
DYNKIN_INLINE void philox_plain(const PairLabels& labels, std::uint32_t id, std::uint64_t* high, std::uint64_t* low) {
    constexpr std::uint64_t word = 0xFFFFFFFFull;
    for (int l = 0; l < philox_lanes; ++l) {
        std::uint64_t p0 = static_cast<std::uint64_t>(id + static_cast<std::uint32_t>(l)) * philox_multiplier_0;
        std::uint64_t p1 = (((p0 >> 32) ^ labels.key_1[0]) & word) * philox_multiplier_1;
        std::uint64_t c0 = (p1 >> 32) ^ labels.key_0[1], c1 = p1, c2 = p0 ^ labels.key_1[1], c3 = 0;
#pragma GCC unroll 8
        for (int round = 2; round < 9; ++round) {
            p0 = (c0 & word) * philox_multiplier_0;
            p1 = (c2 & word) * philox_multiplier_1;
            c0 = (p1 >> 32) ^ c1 ^ labels.key_0[round];
            c2 = (p0 >> 32) ^ c3 ^ labels.key_1[round];  // word_3 is part of the key of round 2
            c1 = p1;
            c3 = p0;
        }
        p0 = (c0 & word) * philox_multiplier_0;
        p1 = (c2 & word) * philox_multiplier_1;
        high[l] = p1 ^ c1 << 32 ^ labels.key_0[9];
        low[l] = p0 ^ c3 << 32 ^ labels.key_1[9];
    }
}

#if DYNKIN_HAS_LEVELS
DYNKIN_TARGET_V3 DYNKIN_INLINE __m256i all_v3(std::uint64_t v) {
    return _mm256_set1_epi64x(static_cast<long long>(v));
}

// g++ 12 does not find the widening multiplication behind a 64-bit product (it takes vpmullq at v4 and three products
// at v3), so it is named. Four chains are interleaved to hide its latency.
DYNKIN_TARGET_V3 DYNKIN_INLINE void philox_v3(const PairLabels& labels, std::uint32_t id, std::uint64_t* high,
                                              std::uint64_t* low) {
    constexpr int chains = 4, width = 4;
    const __m256i m0 = all_v3(philox_multiplier_0), m1 = all_v3(philox_multiplier_1);
    for (int l = 0; l < philox_lanes; l += chains * width) {
        __m256i c0[chains], c1[chains], c2[chains], c3[chains];
        for (int q = 0; q < chains; ++q) {
            const std::uint64_t first = id + static_cast<std::uint64_t>(l + q * width);
            const __m256i p0 = _mm256_mul_epu32(_mm256_add_epi64(all_v3(first), _mm256_setr_epi64x(0, 1, 2, 3)), m0);
            c1[q] = _mm256_mul_epu32(_mm256_xor_si256(_mm256_srli_epi64(p0, 32), all_v3(labels.key_1[0])), m1);
            c0[q] = _mm256_xor_si256(_mm256_srli_epi64(c1[q], 32), all_v3(labels.key_0[1]));
            c2[q] = _mm256_xor_si256(p0, all_v3(labels.key_1[1]));
            c3[q] = _mm256_setzero_si256();
        }
#pragma GCC unroll 8
        for (int round = 2; round < 9; ++round) {
            const __m256i k0 = all_v3(labels.key_0[round]), k1 = all_v3(labels.key_1[round]);
#pragma GCC unroll 4
            for (int q = 0; q < chains; ++q) {
                const __m256i p0 = _mm256_mul_epu32(c0[q], m0), p1 = _mm256_mul_epu32(c2[q], m1);
                c0[q] = _mm256_xor_si256(_mm256_xor_si256(c1[q], k0), _mm256_srli_epi64(p1, 32));
                c2[q] = _mm256_xor_si256(_mm256_xor_si256(c3[q], k1), _mm256_srli_epi64(p0, 32));
                c1[q] = p1;
                c3[q] = p0;
            }
        }
        for (int q = 0; q < chains; ++q) {
            const __m256i p0 = _mm256_mul_epu32(c0[q], m0), p1 = _mm256_mul_epu32(c2[q], m1);
            const __m256i h =
                _mm256_xor_si256(_mm256_xor_si256(p1, all_v3(labels.key_0[9])), _mm256_slli_epi64(c1[q], 32));
            const __m256i w =
                _mm256_xor_si256(_mm256_xor_si256(p0, all_v3(labels.key_1[9])), _mm256_slli_epi64(c3[q], 32));
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(high + l + q * width), h);
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(low + l + q * width), w);
        }
    }
}

DYNKIN_TARGET_V4 DYNKIN_INLINE __m512i all_v4(std::uint64_t v) {
    return _mm512_set1_epi64(static_cast<long long>(v));
}
/// a ^ b ^ c
DYNKIN_TARGET_V4 DYNKIN_INLINE __m512i mixed_v4(__m512i a, __m512i b, __m512i c) {
    return _mm512_ternarylogic_epi64(a, b, c, 0x96);
}

DYNKIN_TARGET_V4 DYNKIN_INLINE void philox_v4(const PairLabels& labels, std::uint32_t id, std::uint64_t* high,
                                              std::uint64_t* low) {
    constexpr int chains = 4, width = 8;
    const __m512i m0 = all_v4(philox_multiplier_0), m1 = all_v4(philox_multiplier_1);
    __m512i c0[chains], c1[chains], c2[chains], c3[chains];
#pragma GCC unroll 4
    for (int q = 0; q < chains; ++q) {
        const __m512i lane = _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7);
        const __m512i p0 =
            _mm512_mul_epu32(_mm512_add_epi64(all_v4(id + static_cast<std::uint64_t>(q * width)), lane), m0);
        c1[q] = _mm512_mul_epu32(_mm512_xor_si512(_mm512_srli_epi64(p0, 32), all_v4(labels.key_1[0])), m1);
        c0[q] = _mm512_xor_si512(_mm512_srli_epi64(c1[q], 32), all_v4(labels.key_0[1]));
        c2[q] = _mm512_xor_si512(p0, all_v4(labels.key_1[1]));
        c3[q] = _mm512_setzero_si512();
    }
#pragma GCC unroll 8
    for (int round = 2; round < 9; ++round) {
        const __m512i k0 = all_v4(labels.key_0[round]), k1 = all_v4(labels.key_1[round]);
#pragma GCC unroll 4
        for (int q = 0; q < chains; ++q) {
            const __m512i p0 = _mm512_mul_epu32(c0[q], m0), p1 = _mm512_mul_epu32(c2[q], m1);
            c0[q] = mixed_v4(c1[q], k0, _mm512_srli_epi64(p1, 32));
            c2[q] = mixed_v4(c3[q], k1, _mm512_srli_epi64(p0, 32));
            c1[q] = p1;
            c3[q] = p0;
        }
    }
#pragma GCC unroll 4
    for (int q = 0; q < chains; ++q) {
        const __m512i p0 = _mm512_mul_epu32(c0[q], m0), p1 = _mm512_mul_epu32(c2[q], m1);
        _mm512_store_si512(high + q * width, mixed_v4(p1, all_v4(labels.key_0[9]), _mm512_slli_epi64(c1[q], 32)));
        _mm512_store_si512(low + q * width, mixed_v4(p0, all_v4(labels.key_1[9]), _mm512_slli_epi64(c3[q], 32)));
    }
}
#endif

}  // namespace dynkin::detail
