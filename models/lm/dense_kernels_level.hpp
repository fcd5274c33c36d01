// Included by dense_kernels.cpp once a vector level (solvers/core/each_vector_level.hpp); solvers/grid/
// line_kernels_level.hpp says why.

namespace DYNKIN_LEVEL {

constexpr int width = DYNKIN_LEVEL_BYTES / 4, registers = 16 / width;
typedef float Vector __attribute__((vector_size(DYNKIN_LEVEL_BYTES)));
typedef std::int32_t Integers __attribute__((vector_size(DYNKIN_LEVEL_BYTES)));
typedef float Quarter __attribute__((vector_size(16)));

struct Lanes {
    Vector part[registers];
};

DYNKIN_LEVEL_TARGET DYNKIN_INLINE Lanes load(const float* x) {
    Lanes v;
#pragma GCC unroll 4
    for (int k = 0; k < registers; ++k) __builtin_memcpy(&v.part[k], x + k * width, sizeof(Vector));
    return v;
}

// bf16 becomes the upper half of each lane.
DYNKIN_LEVEL_TARGET DYNKIN_INLINE Lanes load(const std::uint16_t* x) {
    Lanes v;
#pragma GCC unroll 4
    for (int k = 0; k < registers; ++k) {
#if DYNKIN_LEVEL_BYTES == 64
        const auto wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(x)));
#elif DYNKIN_LEVEL_BYTES == 32
        const auto wide = _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(x + k * width)));
#else
        typedef std::uint16_t Shorts __attribute__((vector_size(8)));
        Shorts s;
        __builtin_memcpy(&s, x + k * width, sizeof s);
        const auto wide = __builtin_convertvector(s, Integers);
#endif
        v.part[k] = (Vector)((Integers)wide << 16);
    }
    return v;
}

// The first n < 16 lanes, `rest` behind. Masked loads where there are any: heads narrower than 16 live on them.
template <class T>
DYNKIN_LEVEL_TARGET DYNKIN_INLINE Lanes load_padded(const T* x, std::int64_t n, T rest) {
    T padded[16];
    for (T& p : padded) p = rest;
    __builtin_memcpy(padded, x, static_cast<std::size_t>(n) * sizeof(T));
    return load(padded);
}
DYNKIN_LEVEL_TARGET DYNKIN_INLINE Lanes load_part(const std::uint16_t* x, std::int64_t n) {
    return load_padded(x, n, std::uint16_t{0});
}
DYNKIN_LEVEL_TARGET DYNKIN_INLINE Lanes load_part(const float* x, std::int64_t n) {
#if DYNKIN_LEVEL_BYTES == 64
    return {{(Vector)_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1u), x)}};
#elif DYNKIN_LEVEL_BYTES == 32
    static constexpr std::int32_t ones[32] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
    const auto* mask = reinterpret_cast<const __m256i*>(ones + 16 - n);
    return {{(Vector)_mm256_maskload_ps(x, _mm256_loadu_si256(mask)),
             (Vector)_mm256_maskload_ps(x + 8, _mm256_loadu_si256(mask + 1))}};
#else
    return load_padded(x, n, 0.0f);
#endif
}

DYNKIN_LEVEL_TARGET DYNKIN_INLINE void store_part(float* x, const Lanes& v, std::int64_t n) {
    __builtin_memcpy(x, &v, static_cast<std::size_t>(n) * sizeof(float));
}

DYNKIN_LEVEL_TARGET DYNKIN_INLINE void add_product(Lanes& sum, const Lanes& a, const Lanes& b) {
#pragma GCC unroll 4
    for (int k = 0; k < registers; ++k) sum.part[k] += a.part[k] * b.part[k];
}

// Lanes l, l + 4, l + 8 and l + 12 joined.
DYNKIN_LEVEL_TARGET DYNKIN_INLINE Quarter quarter(const Lanes& v) {
#if DYNKIN_LEVEL_BYTES == 16
    return (v.part[0] + v.part[2]) + (v.part[1] + v.part[3]);
#else
#if DYNKIN_LEVEL_BYTES == 64
    const auto half = __builtin_shufflevector(v.part[0], v.part[0], 0, 1, 2, 3, 4, 5, 6, 7) +
                      __builtin_shufflevector(v.part[0], v.part[0], 8, 9, 10, 11, 12, 13, 14, 15);
#else
    const auto half = v.part[0] + v.part[1];
#endif
    return __builtin_shufflevector(half, half, 0, 1, 2, 3) + __builtin_shufflevector(half, half, 4, 5, 6, 7);
#endif
}

DYNKIN_LEVEL_TARGET DYNKIN_INLINE float total(const Lanes& v) {
    const Quarter q = quarter(v);
    return (q[0] + q[2]) + (q[1] + q[3]);
}

// The totals of four sums at once, by a transposition.
DYNKIN_LEVEL_TARGET DYNKIN_INLINE Quarter totals(const Lanes& a, const Lanes& b, const Lanes& c, const Lanes& d) {
    const Quarter qa = quarter(a), qb = quarter(b), qc = quarter(c), qd = quarter(d);
    const Quarter ab = __builtin_shufflevector(qa, qb, 0, 4, 1, 5) + __builtin_shufflevector(qa, qb, 2, 6, 3, 7);
    const Quarter cd = __builtin_shufflevector(qc, qd, 0, 4, 1, 5) + __builtin_shufflevector(qc, qd, 2, 6, 3, 7);
    return __builtin_shufflevector(ab, cd, 0, 1, 4, 5) + __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
}

// One row and one vector. `ahead`: numbers between what is read and what is asked for from memory; 0: nothing is.
template <std::int64_t ahead = 0, class T>
DYNKIN_LEVEL_TARGET DYNKIN_INLINE Lanes product(const T* row, std::int64_t n_columns, const float* x) {
    Lanes sum = {};
    const std::int64_t whole = n_columns & ~std::int64_t{15}, rest = n_columns - whole;
    for (std::int64_t c = 0; c < whole; c += 16) {
        if constexpr (ahead > 0) __builtin_prefetch(row + c + ahead);
        add_product(sum, load(row + c), load(x + c));
    }
    if (rest > 0) add_product(sum, load_part(row + whole, rest), load_part(x + whole, rest));
    return sum;
}

// Four rows and n vectors whose sums stay in registers: y[t * y_stride + 0 ... 3].
template <int n, class T>
DYNKIN_LEVEL_TARGET DYNKIN_INLINE void tile(const T* w, std::int64_t n_columns, const float* x, std::int64_t x_stride,
                                            float* y, std::int64_t y_stride) {
    Lanes sum[n][4] = {};
    const std::int64_t whole = n_columns & ~std::int64_t{15}, rest = n_columns - whole;
    for (std::int64_t c = 0; c < whole; c += 16) {
        Lanes rows[4];
#pragma GCC unroll 4
        for (int r = 0; r < 4; ++r) rows[r] = load(w + r * n_columns + c);
#pragma GCC unroll 4
        for (int t = 0; t < n; ++t) {
            const Lanes v = load(x + t * x_stride + c);
#pragma GCC unroll 4
            for (int r = 0; r < 4; ++r) add_product(sum[t][r], rows[r], v);
        }
    }
    if (rest > 0) {
#pragma GCC unroll 4
        for (int t = 0; t < n; ++t) {
            const Lanes v = load_part(x + t * x_stride + whole, rest);
#pragma GCC unroll 4
            for (int r = 0; r < 4; ++r) add_product(sum[t][r], load_part(w + r * n_columns + whole, rest), v);
        }
    }
#pragma GCC unroll 4
    for (int t = 0; t < n; ++t) {
        const Quarter out = totals(sum[t][0], sum[t][1], sum[t][2], sum[t][3]);
        __builtin_memcpy(y + t * y_stride, &out, sizeof out);
    }
}

// One vector. Memory gives most to one stream that is read in order by registers of 32 bytes or less: on one core of
// EPYC (Zen 5) 32 GB/s, which is what a sum takes, against 28 for four or eight rows side by side and 22 for registers
// of 64 bytes. So v4 leaves it to v3.
template <class T>
DYNKIN_LEVEL_TARGET DYNKIN_INLINE void multiply_vector(const T* w, std::int64_t n_columns, std::int64_t first,
                                                       std::int64_t last, const float* x, float* y) {
#if DYNKIN_LEVEL_BYTES == 64
    v3::multiply_vector(w, n_columns, first, last, x, y);
#else
    constexpr std::int64_t ahead = 8192 / static_cast<std::int64_t>(sizeof(T));
    std::int64_t r = first;
    for (; r + 4 <= last; r += 4) {
        const T* rows = w + r * n_columns;
        const Lanes a = product<ahead>(rows, n_columns, x), b = product<ahead>(rows + n_columns, n_columns, x);
        const Lanes c = product<ahead>(rows + 2 * n_columns, n_columns, x);
        const Quarter four = totals(a, b, c, product<ahead>(rows + 3 * n_columns, n_columns, x));
        __builtin_memcpy(y + r, &four, sizeof four);
    }
    for (; r < last; ++r) y[r] = total(product(w + r * n_columns, n_columns, x));
#endif
}

template <class T>
DYNKIN_LEVEL_TARGET DYNKIN_INLINE void multiply_rows(const T* w, std::int64_t n_columns, std::int64_t first,
                                                     std::int64_t last, const float* x, std::int64_t x_stride,
                                                     std::int64_t n, float* y, std::int64_t y_stride) {
    if (n == 1) return multiply_vector(w, n_columns, first, last, x, y);
    std::int64_t r = first;
    for (; r + 4 <= last; r += 4) {
        const T* rows = w + r * n_columns;
        std::int64_t t = 0;
        if constexpr (registers == 1)
            for (; t + 4 <= n; t += 4)
                tile<4>(rows, n_columns, x + t * x_stride, x_stride, y + t * y_stride + r, y_stride);
        if constexpr (registers <= 2)  // else the sums of four rows do not fit into the registers
            for (; t < n; ++t) tile<1>(rows, n_columns, x + t * x_stride, x_stride, y + t * y_stride + r, y_stride);
        for (; t < n; ++t) multiply_vector(w, n_columns, r, r + 4, x + t * x_stride, y + t * y_stride);
    }
    for (; r < last; ++r)
        for (std::int64_t t = 0; t < n; ++t)
            y[t * y_stride + r] = total(product(w + r * n_columns, n_columns, x + t * x_stride));
}

DYNKIN_LEVEL_TARGET void multiply(const float* w, std::int64_t n_columns, std::int64_t first, std::int64_t last,
                                  const float* x, std::int64_t x_stride, std::int64_t n, float* y,
                                  std::int64_t y_stride) {
    multiply_rows(w, n_columns, first, last, x, x_stride, n, y, y_stride);
}

DYNKIN_LEVEL_TARGET void multiply_bf16(const std::uint16_t* w, std::int64_t n_columns, std::int64_t first,
                                       std::int64_t last, const float* x, std::int64_t x_stride, std::int64_t n,
                                       float* y, std::int64_t y_stride) {
    multiply_rows(w, n_columns, first, last, x, x_stride, n, y, y_stride);
}

// n blocks of 16 columns.
template <int n>
DYNKIN_LEVEL_TARGET DYNKIN_INLINE void add_weighted_blocks(const float* p, const float* v, std::int64_t n_rows,
                                                           std::int64_t n_columns, float* out) {
    Lanes sum[n];
#pragma GCC unroll 4
    for (int b = 0; b < n; ++b) sum[b] = load(out + 16 * b);
    for (std::int64_t j = 0; j < n_rows; ++j) {
        const Vector weight = Vector{} + p[j];
#pragma GCC unroll 4
        for (int b = 0; b < n; ++b) {
            const Lanes row = load(v + j * n_columns + 16 * b);
#pragma GCC unroll 4
            for (int k = 0; k < registers; ++k) sum[b].part[k] += weight * row.part[k];
        }
    }
#pragma GCC unroll 4
    for (int b = 0; b < n; ++b) store_part(out + 16 * b, sum[b], 16);
}

DYNKIN_LEVEL_TARGET void add_weighted(const float* p, const float* v, std::int64_t n_rows, std::int64_t n_columns,
                                      float* out) {
    std::int64_t c = 0;
    if constexpr (registers <= 2)
        for (; c + 64 <= n_columns; c += 64) add_weighted_blocks<4>(p, v + c, n_rows, n_columns, out + c);
    for (; c + 32 <= n_columns; c += 32) add_weighted_blocks<2>(p, v + c, n_rows, n_columns, out + c);
    for (; c + 16 <= n_columns; c += 16) add_weighted_blocks<1>(p, v + c, n_rows, n_columns, out + c);
    if (c == n_columns) return;
    Lanes sum = load_part(out + c, n_columns - c);
    for (std::int64_t j = 0; j < n_rows; ++j) {
        const Vector weight = Vector{} + p[j];
        const Lanes row = load_part(v + j * n_columns + c, n_columns - c);
#pragma GCC unroll 4
        for (int k = 0; k < registers; ++k) sum.part[k] += weight * row.part[k];
    }
    store_part(out + c, sum, n_columns - c);
}

// e^x, relative error 2e-7 for |x| <= 87; 0 below -87, e^88 above 88 (polynomial of Moshier's Cephes library).
DYNKIN_LEVEL_TARGET DYNKIN_INLINE Vector exp(Vector x) {
    const Vector least = Vector{} - 87.0f, most = Vector{} + 88.0f;
    Vector bounded = x < least ? least : x;
    bounded = bounded > most ? most : bounded;
    const Vector shifted = bounded * 1.44269504f + 0x1.8p23f, n = shifted - 0x1.8p23f;
    const Vector r = (bounded - n * 0.693359375f) + n * 2.12194440e-4f;
    Vector p = Vector{} + 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    const Vector value = ((p * r * r + r) + 1.0f) * (Vector)(((Integers)shifted + 127) << 23);
    return x < least ? Vector{} : value;
}

DYNKIN_LEVEL_TARGET void softmax(float* scores, std::int64_t n, float factor) {
    const std::int64_t whole = n & ~std::int64_t{15}, rest = n - whole;
    Lanes most = load_padded(scores, std::min<std::int64_t>(n, 15), scores[0]);

    for (std::int64_t i = 0; i < n; i += 16) {
        const Lanes s = i < whole ? load(scores + i) : load_padded(scores + i, rest, scores[0]);
#pragma GCC unroll 4
        for (int k = 0; k < registers; ++k) most.part[k] = s.part[k] > most.part[k] ? s.part[k] : most.part[k];
    }
    float largest[16], best;
    __builtin_memcpy(largest, &most, sizeof largest);
    best = largest[0];
    for (float value : largest) best = value > best ? value : best;

    Lanes sum = {};
    for (std::int64_t i = 0; i < n; i += 16) {
        Lanes s = i < whole ? load(scores + i) : load_part(scores + i, rest);
#pragma GCC unroll 4
        for (int k = 0; k < registers; ++k) s.part[k] = exp((s.part[k] - best) * factor);
        store_part(scores + i, s, i < whole ? 16 : rest);
        if (i >= whole) s = load_part(scores + i, rest);
#pragma GCC unroll 4
        for (int k = 0; k < registers; ++k) sum.part[k] += s.part[k];
    }
    const float inverse = 1.0f / total(sum);
    for (std::int64_t i = 0; i < n; ++i) scores[i] *= inverse;
}

DYNKIN_LEVEL_TARGET void rms_norm(const float* x, const float* gain, std::int64_t n, float epsilon, float* out) {
    const float squares = total(product(x, n, x));
    // An overflow must not become a row of zeros: infinity times 0 is no number.
    const float scale = 1.0f / std::sqrt(squares / static_cast<float>(n) + epsilon) + squares * 0.0f;
    for (std::int64_t i = 0; i < n; ++i) out[i] = gain[i] * (scale * x[i]);
}

DYNKIN_LEVEL_TARGET void swiglu(float* gate, const float* up, std::int64_t n) {
    for (std::int64_t i = 0; i < n; i += 16) {
        const std::int64_t m = std::min<std::int64_t>(16, n - i);
        Lanes g = m == 16 ? load(gate + i) : load_part(gate + i, m), u = m == 16 ? load(up + i) : load_part(up + i, m);
#pragma GCC unroll 4
        for (int k = 0; k < registers; ++k) u.part[k] *= g.part[k] / (exp(-g.part[k]) + 1.0f);
        store_part(gate + i, u, m);
    }
}

constexpr DenseKernels table{multiply, multiply_bf16, add_weighted, softmax, rms_norm, swiglu};

}  // namespace DYNKIN_LEVEL
