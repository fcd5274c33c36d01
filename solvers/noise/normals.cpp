#include "solvers/noise/normals.hpp"

#include "solvers/core/dispatch.hpp"
#include "solvers/noise/box_muller.hpp"

#include <algorithm>

#if DYNKIN_HAS_LEVELS
#include <immintrin.h>
#endif

namespace dynkin {
namespace {

constexpr int lanes = 64;  // particles whose bits wait in L1 between Philox and Box-Muller
constexpr std::uint64_t low_word = 0xFFFFFFFFull;
constexpr std::uint64_t multiplier_0 = 0xD2511F53ull, multiplier_1 = 0xCD9E8D57ull;

/// What one call of Philox has in common for all particles of a block.
struct PairLabels {
    std::uint32_t key_0[10], key_1[10];  // the key of each round
    std::uint64_t stream, counter_2, counter_3;

    PairLabels(std::uint64_t seed, Stream which, std::uint64_t pair)
        : stream(static_cast<std::uint64_t>(which)), counter_2(pair & low_word), counter_3(pair >> 32) {
        auto k0 = static_cast<std::uint32_t>(seed), k1 = static_cast<std::uint32_t>(seed >> 32);
        for (int round = 0; round < 10; ++round) {
            key_0[round] = k0;
            key_1[round] = k1;
            k0 += 0x9E3779B9u;
            k1 += 0xBB67AE85u;
        }
    }
};

// Ten rounds on 64 particles. The 32-bit words live in 64-bit lanes: a lane then holds a whole product.
DYNKIN_INLINE void philox_plain(const PairLabels& labels, std::uint64_t particle, std::uint64_t* high,
                                std::uint64_t* low) {
    for (int l = 0; l < lanes; ++l) {
        const std::uint64_t id = particle + static_cast<std::uint64_t>(l);
        std::uint64_t c0 = id & low_word, c1 = ((id >> 32 << 8) | labels.stream) & low_word;
        std::uint64_t c2 = labels.counter_2, c3 = labels.counter_3;
#pragma GCC unroll 10
        for (int round = 0; round < 10; ++round) {
            const std::uint64_t p0 = (c0 & low_word) * multiplier_0, p1 = (c2 & low_word) * multiplier_1;
            c0 = (p1 >> 32) ^ c1 ^ labels.key_0[round];
            c2 = (p0 >> 32) ^ c3 ^ labels.key_1[round];
            c1 = p1 & low_word;
            c3 = p0 & low_word;
        }
        high[l] = c0 << 32 | c1;
        low[l] = c2 << 32 | c3;
    }
}

#if DYNKIN_HAS_LEVELS
// AVX2 has the widening multiply but no 64-bit product, and g++ 12 does not find the first behind the second:
// it is named here. Four chains of ten rounds are interleaved to hide its latency. Twice as fast as the plain loop.
DYNKIN_TARGET_V3 inline void philox_v3(const PairLabels& labels, std::uint64_t particle, std::uint64_t* high,
                                       std::uint64_t* low) {
    constexpr int chains = 4, width = 4;
    const __m256i m0 = _mm256_set1_epi64x(static_cast<long long>(multiplier_0));
    const __m256i m1 = _mm256_set1_epi64x(static_cast<long long>(multiplier_1));
    const __m256i mask = _mm256_set1_epi64x(static_cast<long long>(low_word));
    for (int l = 0; l < lanes; l += chains * width) {
        __m256i c0[chains], c1[chains], c2[chains], c3[chains];
        for (int q = 0; q < chains; ++q) {
            alignas(32) std::uint64_t id[width], top[width];
            for (int j = 0; j < width; ++j) {
                const std::uint64_t p = particle + static_cast<std::uint64_t>(l + q * width + j);
                id[j] = p & low_word;
                top[j] = ((p >> 32 << 8) | labels.stream) & low_word;
            }
            c0[q] = _mm256_load_si256(reinterpret_cast<const __m256i*>(id));
            c1[q] = _mm256_load_si256(reinterpret_cast<const __m256i*>(top));
            c2[q] = _mm256_set1_epi64x(static_cast<long long>(labels.counter_2));
            c3[q] = _mm256_set1_epi64x(static_cast<long long>(labels.counter_3));
        }
#pragma GCC unroll 10
        for (int round = 0; round < 10; ++round) {
            const __m256i k0 = _mm256_set1_epi64x(static_cast<long long>(labels.key_0[round]));
            const __m256i k1 = _mm256_set1_epi64x(static_cast<long long>(labels.key_1[round]));
#pragma GCC unroll 4
            for (int q = 0; q < chains; ++q) {
                const __m256i p0 = _mm256_mul_epu32(c0[q], m0), p1 = _mm256_mul_epu32(c2[q], m1);
                c0[q] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p1, 32), c1[q]), k0);
                c2[q] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p0, 32), c3[q]), k1);
                c1[q] = _mm256_and_si256(p1, mask);
                c3[q] = _mm256_and_si256(p0, mask);
            }
        }
        for (int q = 0; q < chains; ++q) {
            const int at = l + q * width;
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(high + at), _mm256_or_si256(_mm256_slli_epi64(c0[q], 32), c1[q]));
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(low + at), _mm256_or_si256(_mm256_slli_epi64(c2[q], 32), c3[q]));
        }
    }
}
#endif

DYNKIN_INLINE void transform(const std::uint64_t* high, const std::uint64_t* low, double scale, Index count,
                             double* __restrict first, double* __restrict second) {
    for (Index l = 0; l < count; ++l) {
        const detail::NormalPair z = detail::box_muller(high[l], low[l], scale);
        first[l] = z.first;
        second[l] = z.second;
    }
}

struct Bits {
    alignas(64) std::uint64_t high[lanes], low[lanes];
};

using PhiloxFunction = void (*)(const PairLabels&, std::uint64_t, Bits&);
using TransformFunction = void (*)(const Bits&, double, Index, double*, double*);

void philox_baseline(const PairLabels& labels, std::uint64_t particle, Bits& bits) {
    philox_plain(labels, particle, bits.high, bits.low);
}
void transform_baseline(const Bits& bits, double scale, Index count, double* first, double* second) {
    transform(bits.high, bits.low, scale, count, first, second);
}
#if DYNKIN_HAS_LEVELS
DYNKIN_TARGET_V3 void philox_avx2(const PairLabels& labels, std::uint64_t particle, Bits& bits) {
    philox_v3(labels, particle, bits.high, bits.low);
}
DYNKIN_TARGET_V4 void philox_avx512(const PairLabels& labels, std::uint64_t particle, Bits& bits) {
    philox_plain(labels, particle, bits.high, bits.low);
}
DYNKIN_TARGET_V3 void transform_avx2(const Bits& bits, double scale, Index count, double* first, double* second) {
    if (count == lanes) return transform(bits.high, bits.low, scale, lanes, first, second);
    transform(bits.high, bits.low, scale, count, first, second);
}
DYNKIN_TARGET_V4 void transform_avx512(const Bits& bits, double scale, Index count, double* first, double* second) {
    if (count == lanes) return transform(bits.high, bits.low, scale, lanes, first, second);
    transform(bits.high, bits.low, scale, count, first, second);
}
#endif

struct Kernels {
    PhiloxFunction philox = philox_baseline;
    TransformFunction transform = transform_baseline;
};

Kernels kernels() {
#if DYNKIN_HAS_LEVELS
    if (vector_level() == VectorLevel::v4) return {philox_avx512, transform_avx512};
    if (vector_level() == VectorLevel::v3) return {philox_avx2, transform_avx2};
#endif
    return {};
}

}  // namespace

void fill_normals(std::uint64_t seed, Stream stream, std::uint64_t first_particle, Index n, std::uint64_t first_s,
                  int n_rows, Rows out, double scale) {
    if (n_rows <= 0) return;
    const Kernels kernel = kernels();
    const std::uint64_t end_s = first_s + static_cast<std::uint64_t>(n_rows);
    double unused[lanes];
    for (std::uint64_t pair = first_s / 2; 2 * pair < end_s; ++pair) {
        const PairLabels labels(seed, stream, pair);
        double* first = 2 * pair < first_s ? nullptr : out.row(static_cast<int>(2 * pair - first_s));
        double* second = 2 * pair + 1 < end_s ? out.row(static_cast<int>(2 * pair + 1 - first_s)) : nullptr;
        for (Index i = 0; i < n; i += lanes) {
            Bits bits;
            kernel.philox(labels, first_particle + static_cast<std::uint64_t>(i), bits);
            kernel.transform(bits, scale, std::min<Index>(lanes, n - i), first ? first + i : unused,
                             second ? second + i : unused);
        }
    }
}

void fill_philox(std::uint64_t seed, Stream stream, std::uint64_t first_particle, Index n, std::uint64_t pair,
                 std::uint64_t* high, std::uint64_t* low) {
    const Kernels kernel = kernels();
    const PairLabels labels(seed, stream, pair);
    for (Index i = 0; i < n; i += lanes) {
        Bits bits;
        kernel.philox(labels, first_particle + static_cast<std::uint64_t>(i), bits);
        std::copy_n(bits.high, std::min<Index>(lanes, n - i), high + i);
        std::copy_n(bits.low, std::min<Index>(lanes, n - i), low + i);
    }
}

}  // namespace dynkin
