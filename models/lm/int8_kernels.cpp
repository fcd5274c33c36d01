#include "models/lm/int8_kernels.hpp"

#include "solvers/core/intrinsics.hpp"

#include <bit>
#include <cmath>

#if DYNKIN_HAS_LEVELS
#define DYNKIN_TARGET_VNNI __attribute__((target("arch=x86-64-v4,avx512vnni")))
#endif

namespace dynkin::lm::detail {
namespace {

constexpr std::int64_t prefetch_bytes = 1 << 13;

/// The scale of a group of 32 and its whole numbers. Loops over whole numbers, which vectorise.
DYNKIN_INLINE float quantise_group(const float* x, std::int8_t* q) {
    std::uint32_t largest = 0;  // bits of |x| are in the order of |x|, and those of infinity and NaN beyond
    for (std::int64_t i = 0; i < int8_group; ++i) {
        const std::uint32_t size = std::bit_cast<std::uint32_t>(x[i]) & 0x7FFFFFFFu;
        largest = size > largest ? size : largest;
    }
    const float most = std::bit_cast<float>(largest), inverse = most > 0.0f ? 127.0f / most : 0.0f;
    for (std::int64_t i = 0; i < int8_group; ++i)  // the low bits of 1.5 * 2^23 + k are those of k
        q[i] = static_cast<std::int8_t>(std::bit_cast<std::uint32_t>(x[i] * inverse + 0x1.8p23f));
    return most / 127.0f + most * 0.0f;  // not finite: no number
}

/// Group g of a row of n_columns, zeros behind its end.
DYNKIN_INLINE float quantise_part(const float* row, std::int64_t g, std::int64_t n_columns, std::int8_t* q) {
    const float* x = row + g * int8_group;
    if ((g + 1) * int8_group <= n_columns) return quantise_group(x, q);
    float padded[int8_group] = {};
    for (std::int64_t i = 0; i < n_columns - g * int8_group; ++i) padded[i] = x[i];
    return quantise_group(padded, q);
}

DYNKIN_CLONES void quantise_row(const float* x, std::int64_t n_columns, std::int64_t n_groups, std::int8_t* q,
                                float* scales, std::int32_t* correction) {
    for (std::int64_t g = 0; g < n_groups; ++g, q += int8_group, scales += 8, correction += 8) {
        const float scale = quantise_part(x, g, n_columns, q);
        for (std::int64_t j = 0; j < 8; ++j) scales[j] = scale;
        for (std::int64_t j = 0; j < 8; ++j)
            correction[j] = -128 * (q[4 * j] + q[4 * j + 1] + q[4 * j + 2] + q[4 * j + 3]);
    }
}

float join(const float (&lanes)[16]) {
    float half[8], quarter[4];
    for (int l = 0; l < 8; ++l) half[l] = lanes[l] + lanes[l + 8];
    for (int l = 0; l < 4; ++l) quarter[l] = half[l] + half[l + 4];
    return (quarter[0] + quarter[2]) + (quarter[1] + quarter[3]);
}

void multiply_plain(const Int8Matrix& w, std::int64_t first, std::int64_t last, const Int8Vectors& x, float* y,
                    std::int64_t y_stride) {
    for (std::int64_t r = first; r < last; ++r) {
        for (std::int64_t t = 0; t < x.n; ++t) {
            float lanes[16] = {};
            for (std::int64_t g = 0; g < w.n_groups; ++g) {
                const std::uint8_t* a = w.q.data() + (r * w.n_groups + g) * int8_group;
                const std::int8_t* b = x.q.data() + (t * w.n_groups + g) * int8_group;
                const float scale =
                    w.scale[std::size_t(r * w.n_groups + g)] * x.scale[std::size_t((t * w.n_groups + g) * 8)];
                float* lane = lanes + g % 2 * 8;
                for (int j = 0; j < 8; ++j) {
                    std::int32_t sum = 0;
                    for (int k = 4 * j; k < 4 * j + 4; ++k) sum += (std::int32_t{a[k]} - 128) * b[k];
                    lane[j] += static_cast<float>(sum) * scale;
                }
            }
            y[t * y_stride + r] = join(lanes);
        }
    }
}

#ifdef __SSE2__

/// Sums of the products of 4 j ... 4 j + 3, j = 0 ... 3, of 16 weights and 16 numbers.
DYNKIN_INLINE __m128i sums_of_four(const std::uint8_t* a, const std::int8_t* b) {
    const __m128i zero = _mm_setzero_si128();
    const __m128i w = _mm_loadu_si128(reinterpret_cast<const __m128i*>(a));
    const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(b));
    const __m128i negative = _mm_cmpgt_epi8(zero, x);
    const __m128 low = _mm_castsi128_ps(_mm_madd_epi16(_mm_unpacklo_epi8(w, zero), _mm_unpacklo_epi8(x, negative)));
    const __m128 high = _mm_castsi128_ps(_mm_madd_epi16(_mm_unpackhi_epi8(w, zero), _mm_unpackhi_epi8(x, negative)));
    return _mm_add_epi32(_mm_castps_si128(_mm_shuffle_ps(low, high, 0b10001000)),
                         _mm_castps_si128(_mm_shuffle_ps(low, high, 0b11011101)));
}

void multiply_baseline(const Int8Matrix& w, std::int64_t first, std::int64_t last, const Int8Vectors& x, float* y,
                       std::int64_t y_stride) {
    for (std::int64_t r = first; r < last; ++r) {
        for (std::int64_t t = 0; t < x.n; ++t) {
            __m128 lanes[4] = {};
            for (std::int64_t g = 0; g < w.n_groups; ++g) {
                const std::int64_t a = r * w.n_groups + g, b = t * w.n_groups + g;
                const __m128 scale =
                    _mm_mul_ps(_mm_set1_ps(w.scale[std::size_t(a)]), _mm_loadu_ps(x.scale.data() + b * 8));
#pragma GCC unroll 2
                for (int half = 0; half < 2; ++half) {
                    const auto* correction = reinterpret_cast<const __m128i*>(x.correction.data() + b * 8 + 4 * half);
                    const __m128i sums = _mm_add_epi32(
                        sums_of_four(w.q.data() + a * int8_group + 16 * half, x.q.data() + b * int8_group + 16 * half),
                        _mm_loadu_si128(correction));
                    const __m128 term = _mm_mul_ps(_mm_cvtepi32_ps(sums), scale);
                    __m128& lane = lanes[g % 2 * 2 + half];
                    lane = _mm_add_ps(lane, term);
                }
            }
            float joined[16];
            for (int l = 0; l < 4; ++l) _mm_storeu_ps(joined + 4 * l, lanes[l]);
            y[t * y_stride + r] = join(joined);
        }
    }
}

#endif
#if DYNKIN_HAS_LEVELS

DYNKIN_TARGET_V3 void multiply_v3(const Int8Matrix& w, std::int64_t first, std::int64_t last, const Int8Vectors& x,
                                  float* y, std::int64_t y_stride) {
    for (std::int64_t r = first; r < last; ++r) {
        for (std::int64_t t = 0; t < x.n; ++t) {
            const std::uint8_t* a = w.q.data() + r * w.n_groups * int8_group;
            const std::int8_t* b = x.q.data() + t * w.n_groups * int8_group;
            const float* a_scale = w.scale.data() + r * w.n_groups;
            const float* b_scale = x.scale.data() + t * w.n_groups * 8;
            const std::int32_t* correction = x.correction.data() + t * w.n_groups * 8;
            __m256 even = _mm256_setzero_ps(), odd = _mm256_setzero_ps();
            for (std::int64_t g = 0; g < w.n_groups; ++g) {
                const auto* a16 = reinterpret_cast<const __m128i*>(a + g * int8_group);
                const auto* b16 = reinterpret_cast<const __m128i*>(b + g * int8_group);
                const __m256i low = _mm256_madd_epi16(_mm256_cvtepu8_epi16(_mm_loadu_si128(a16)),
                                                      _mm256_cvtepi8_epi16(_mm_loadu_si128(b16)));
                const __m256i high = _mm256_madd_epi16(_mm256_cvtepu8_epi16(_mm_loadu_si128(a16 + 1)),
                                                       _mm256_cvtepi8_epi16(_mm_loadu_si128(b16 + 1)));
                // Sums of four come as 0 1 4 5 2 3 6 7.
                const __m256i fours = _mm256_permute4x64_epi64(_mm256_hadd_epi32(low, high), 0b11011000);
                const __m256i sums =
                    _mm256_add_epi32(fours, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(correction + g * 8)));
                const __m256 scale = _mm256_mul_ps(_mm256_set1_ps(a_scale[g]), _mm256_loadu_ps(b_scale + g * 8));
                const __m256 term = _mm256_mul_ps(_mm256_cvtepi32_ps(sums), scale);
                if (g % 2 == 0)
                    even = _mm256_add_ps(even, term);
                else
                    odd = _mm256_add_ps(odd, term);
            }
            float lanes[16];
            _mm256_storeu_ps(lanes, even);
            _mm256_storeu_ps(lanes + 8, odd);
            y[t * y_stride + r] = join(lanes);
        }
    }
}

/// What four rows share of two groups (or, masked, of the last one).
struct VectorPair {
    __m512i q, correction;
    __m512 scale;
};

DYNKIN_TARGET_VNNI DYNKIN_INLINE __m512 add_pair(__m512 sum, __m512i weights, __m512 weight_scales,
                                                 const VectorPair& x) {
    const __m512i sums = _mm512_dpbusd_epi32(x.correction, weights, x.q);
    return _mm512_add_ps(sum, _mm512_mul_ps(_mm512_cvtepi32_ps(sums), _mm512_mul_ps(weight_scales, x.scale)));
}

/// n_rows <= 4 rows from row r on and vector t.
template <int n_rows>
DYNKIN_TARGET_VNNI DYNKIN_INLINE void tile_vnni(const Int8Matrix& w, std::int64_t r, const Int8Vectors& x,
                                                std::int64_t t, float* y) {
    const std::int64_t n = w.n_groups;
    const std::uint8_t* a = w.q.data() + r * n * int8_group;
    const float* a_scale = w.scale.data() + r * n;
    const std::int8_t* b = x.q.data() + t * n * int8_group;
    const float* b_scale = x.scale.data() + t * n * 8;
    const std::int32_t* correction = x.correction.data() + t * n * 8;
    const __m512i two = _mm512_setr_epi32(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
    __m512 sum[n_rows];
#pragma GCC unroll 4
    for (int k = 0; k < n_rows; ++k) sum[k] = _mm512_setzero_ps();
    std::int64_t g = 0;
    for (; g + 2 <= n; g += 2) {
        // The rows are one stretch of memory, their scales another; both are asked for from beginning to end.
#pragma GCC unroll 4
        for (int k = 0; k < n_rows; ++k) __builtin_prefetch(a + (n_rows * g + 2 * k) * int8_group + prefetch_bytes);
        __builtin_prefetch(a_scale + n_rows * g + prefetch_bytes / int8_group);
        const VectorPair pair{_mm512_loadu_si512(b + g * int8_group), _mm512_loadu_si512(correction + g * 8),
                              _mm512_loadu_ps(b_scale + g * 8)};
#pragma GCC unroll 4
        for (int k = 0; k < n_rows; ++k) {
            double scales;  // two floats in one load
            __builtin_memcpy(&scales, a_scale + k * n + g, sizeof scales);
            sum[k] = add_pair(sum[k], _mm512_loadu_si512(a + (k * n + g) * int8_group),
                              _mm512_permutexvar_ps(two, _mm512_castpd_ps(_mm512_set1_pd(scales))), pair);
        }
    }
    if (g < n) {
        const VectorPair pair{_mm512_maskz_loadu_epi8(0xFFFFFFFFu, b + g * int8_group),
                              _mm512_maskz_loadu_epi32(0xFFu, correction + g * 8),
                              _mm512_maskz_loadu_ps(0xFFu, b_scale + g * 8)};
#pragma GCC unroll 4
        for (int k = 0; k < n_rows; ++k)
            sum[k] = add_pair(sum[k], _mm512_maskz_loadu_epi8(0xFFFFFFFFu, a + (k * n + g) * int8_group),
                              _mm512_maskz_broadcastss_ps(0xFFu, _mm_load_ss(a_scale + k * n + g)), pair);
    }
#pragma GCC unroll 4
    for (int k = 0; k < n_rows; ++k) {
        const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(sum[k]), _mm512_extractf32x8_ps(sum[k], 1));
        const __m128 quarter = _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
        const __m128 pair = _mm_add_ps(quarter, _mm_movehl_ps(quarter, quarter));
        _mm_store_ss(y + k, _mm_add_ss(pair, _mm_movehdup_ps(pair)));
    }
}

DYNKIN_TARGET_VNNI void multiply_vnni(const Int8Matrix& w, std::int64_t first, std::int64_t last, const Int8Vectors& x,
                                      float* y, std::int64_t y_stride) {
    std::int64_t r = first;
    for (; r + 4 <= last; r += 4)
        for (std::int64_t t = 0; t < x.n; ++t) tile_vnni<4>(w, r, x, t, y + t * y_stride + r);
    for (; r < last; ++r)
        for (std::int64_t t = 0; t < x.n; ++t) tile_vnni<1>(w, r, x, t, y + t * y_stride + r);
}

#endif

}  // namespace

Int8Matrix quantise_matrix(std::span<const float> rows, std::int64_t n_rows, std::int64_t n_columns) {
    const std::int64_t n_groups = (n_columns + int8_group - 1) / int8_group;
    Int8Matrix out{n_rows, n_groups, std::vector<std::uint8_t>(std::size_t(n_rows * n_groups * int8_group)), {}};
    out.scale.reserve(std::size_t(n_rows * n_groups));
    for (std::int64_t r = 0; r < n_rows; ++r) {
        for (std::int64_t g = 0; g < n_groups; ++g) {
            std::int8_t q[int8_group];
            out.scale.push_back(quantise_part(rows.data() + r * n_columns, g, n_columns, q));
            for (std::int64_t i = 0; i < int8_group; ++i)
                out.q[std::size_t((r * n_groups + g) * int8_group + i)] = static_cast<std::uint8_t>(q[i] + 128);
        }
    }
    return out;
}

void quantise_vectors(const float* x, std::int64_t n, std::int64_t n_columns, Int8Vectors& out) {
    const std::int64_t n_groups = (n_columns + int8_group - 1) / int8_group;
    out.n = n;
    out.n_groups = n_groups;
    out.q.resize(std::size_t(n * n_groups * int8_group));
    out.scale.resize(std::size_t(n * n_groups * 8));
    out.correction.resize(std::size_t(n * n_groups * 8));
    for (std::int64_t t = 0; t < n; ++t)
        quantise_row(x + t * n_columns, n_columns, n_groups, out.q.data() + t * n_groups * int8_group,
                     out.scale.data() + t * n_groups * 8, out.correction.data() + t * n_groups * 8);
}

Int8Level int8_level() {
    static const Int8Level level = [] {
#if DYNKIN_HAS_LEVELS
        if (vector_level() == VectorLevel::v4 && __builtin_cpu_supports("avx512vnni")) return Int8Level::vnni;
        if (vector_level() != VectorLevel::baseline) return Int8Level::v3;
#endif
#ifdef __SSE2__
        return Int8Level::baseline;
#else
        return Int8Level::plain;
#endif
    }();
    return level;
}

MultiplyInt8 multiply_int8(Int8Level level) {
#if DYNKIN_HAS_LEVELS
    if (level == Int8Level::vnni) return multiply_vnni;
    if (level == Int8Level::v3) return multiply_v3;
#endif
#ifdef __SSE2__
    if (level == Int8Level::baseline) return multiply_baseline;
#endif
    (void)level;
    return multiply_plain;
}

}  // namespace dynkin::lm::detail
