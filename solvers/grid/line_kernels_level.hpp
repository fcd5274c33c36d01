// Included by line_kernels.cpp once a vector level (solvers/core/each_vector_level.hpp). Loops over arrays of 16 lanes
// do not do: g++ 12 unrolls them into scalars before it looks for vectors, and generic vectors of clones are taken apart
// before the clones are made.

namespace DYNKIN_LEVEL {

constexpr int lanes = DYNKIN_LEVEL_BYTES / 8, registers = line_lanes / lanes;
typedef double Vector __attribute__((vector_size(DYNKIN_LEVEL_BYTES)));

DYNKIN_LEVEL_TARGET DYNKIN_INLINE Vector load(const double* x) {
    Vector v;
    __builtin_memcpy(&v, x, sizeof v);
    return v;
}
DYNKIN_LEVEL_TARGET DYNKIN_INLINE void store(double* x, Vector v) {
    __builtin_memcpy(x, &v, sizeof v);
}

enum class Source { in_place, other, mixed };

// Factors have width F: line_lanes (own to each line) or 1 (shared by all lines).
template <int F, Source source>
DYNKIN_LEVEL_TARGET DYNKIN_INLINE bool solve(const OpenLines& lines, const RightSide& right, double* __restrict x) {
    Vector y[registers] = {}, smallest[registers] = {};
    const double* __restrict forward = lines.forward, * __restrict pivot = lines.pivot;
    const double* __restrict backward = lines.backward, * __restrict other = right.other;
    const double weight = right.weight, rest = 1.0 - right.weight;
    for (int i = 0; i < lines.n; ++i, forward += F, x += line_lanes) {
#pragma GCC unroll 8
        for (int k = 0; k < registers; ++k) {
            double* const cell = x + k * lanes;
            Vector r;
            if constexpr (source == Source::in_place)
                r = load(cell);
            else if constexpr (source == Source::other)
                r = load(other + k * lanes);
            else
                r = weight * load(cell) + rest * load(other + k * lanes);
            if constexpr (F == 1)
                y[k] = r + *forward * y[k];
            else
                y[k] = r + load(forward + k * lanes) * y[k];
            store(cell, y[k]);
        }
        if constexpr (source != Source::in_place) other += right.stride;
    }
#pragma GCC unroll 8
    for (int k = 0; k < registers; ++k) y[k] = Vector{};
    pivot += Index{lines.n} * F;
    backward += Index{lines.n} * F;
    for (int i = lines.n; i-- > 0;) {
        x -= line_lanes;
        pivot -= F;
        backward -= F;
#pragma GCC unroll 8
        for (int k = 0; k < registers; ++k) {
            double* const cell = x + k * lanes;
            if constexpr (F == 1)
                y[k] = load(cell) * *pivot + *backward * y[k];
            else
                y[k] = load(cell) * load(pivot + k * lanes) + load(backward + k * lanes) * y[k];
            store(cell, y[k]);
            smallest[k] = y[k] < smallest[k] ? y[k] : smallest[k];
        }
    }
    bool negative = false;
    for (int k = 0; k < registers; ++k)
        for (int l = 0; l < lanes; ++l) negative = negative || smallest[k][l] < 0.0;
    return negative;
}

DYNKIN_LEVEL_TARGET bool shared(const OpenLines& lines, const RightSide& right, double* x) {
    if (right.weight == 1.0) return solve<1, Source::in_place>(lines, right, x);
    if (right.weight == 0.0) return solve<1, Source::other>(lines, right, x);
    return solve<1, Source::mixed>(lines, right, x);
}

DYNKIN_LEVEL_TARGET bool own(const OpenLines& lines, const RightSide& right, double* x) {
    if (right.weight == 1.0) return solve<line_lanes, Source::in_place>(lines, right, x);
    if (right.weight == 0.0) return solve<line_lanes, Source::other>(lines, right, x);
    return solve<line_lanes, Source::mixed>(lines, right, x);
}

DYNKIN_LEVEL_TARGET void segments_forward(const SegmentFactors& segments, double* __restrict x,
                                          double* __restrict below) {
    Vector y[registers] = {}, sum[registers] = {};
    const double* __restrict forward = segments.forward, * __restrict share = segments.below;
    const Index size = Index{segments.n_rows} * line_lanes;
    for (Index i = 0; i < size; i += line_lanes)
#pragma GCC unroll 8
        for (int k = 0; k < registers; ++k) {
            const Index o = i + k * lanes;
            y[k] = load(x + o) + load(forward + o) * y[k];
            sum[k] += load(share + o) * y[k];
            store(x + o, y[k]);
        }
    for (int k = 0; k < registers; ++k) store(below + k * lanes, sum[k]);
}

DYNKIN_LEVEL_TARGET void segments_backward(const SegmentFactors& segments, const double* __restrict ends,
                                           double* __restrict x) {
    Vector y[registers], end[registers];
    const double* __restrict pivot = segments.pivot, * __restrict backward = segments.backward;
    const double* __restrict border = segments.border;
    Index i = Index{segments.n_rows - 1} * line_lanes;
    for (int k = 0; k < registers; ++k) {
        end[k] = load(ends + k * lanes);
        y[k] = load(ends + 1 + k * lanes);
        store(x + i + k * lanes, y[k]);
    }
    while (i > 0) {
        i -= line_lanes;
#pragma GCC unroll 8
        for (int k = 0; k < registers; ++k) {
            const Index o = i + k * lanes;
            y[k] = (load(x + o) * load(pivot + o) + load(border + o) * end[k]) + load(backward + o) * y[k];
            store(x + o, y[k]);
        }
    }
}

}  // namespace DYNKIN_LEVEL
