#include "solvers/core/axis_kernels.hpp"

#include "solvers/core/elementary.hpp"

#include <algorithm>
#include <cstring>

namespace dynkin::axis {
namespace {

constexpr Index width = 8;
// Eight doubles in registers whatever the level: one of 512 bits, or two of 256, or four of 128.
using Lanes = double __attribute__((vector_size(width * sizeof(double))));

DYNKIN_INLINE void load(Lanes& to, const double* from) {
    std::memcpy(&to, from, sizeof to);
}
DYNKIN_INLINE void store(double* to, const Lanes& from) {
    std::memcpy(to, &from, sizeof from);
}

/// Two steps of particles on their way up: `now` is of degree k, `before` of k - 1.
struct Climb {
    Lanes z, now, before;

    DYNKIN_INLINE void start(const LadderShape& shape, const double* x) {
        load(z, x);
        if (shape.hermite) z = (z - shape.centre) * shape.inverse_scale;
        now = z;
        before = Lanes{} + 1.0;
    }
    template <bool hermite>
    DYNKIN_INLINE void up(double k) {
        if constexpr (hermite) {
            Lanes next = k * before;  // z now - k before, in the two multiplications that bound this loop
            for (int l = 0; l < width; ++l) next[l] = std::fma(z[l], now[l], -next[l]);
            before = now;
            now = next;
        } else {
            now = now * z;
        }
    }
};

template <bool hermite>
DYNKIN_INLINE void climb_all(const LadderShape& shape, const double* x, Index n, int top, double* const* rows) {
    for (Index q = 0; q + 2 * width <= n; q += 2 * width) {
        Climb a, b;
        a.start(shape, x + q);
        b.start(shape, x + q + width);
        for (int k = 1;; ++k) {
            if (rows[k - 1] != nullptr) {
                store(rows[k - 1] + q, a.now);
                store(rows[k - 1] + q + width, b.now);
            }
            if (k == top) break;
            a.up<hermite>(k);
            b.up<hermite>(k);
        }
    }
    const Index done = n / (2 * width) * (2 * width);
    for (Index q = done; q < n; q += width) {
        const Index count = std::min(width, n - q);
        double padded[width] = {}, values[width];
        std::copy_n(x + q, count, padded);
        Climb a;
        a.start(shape, padded);
        for (int k = 1;; ++k) {
            store(values, a.now);
            if (rows[k - 1] != nullptr) std::copy_n(values, count, rows[k - 1] + q);
            if (k == top) break;
            a.up<hermite>(k);
        }
    }
}

DYNKIN_INLINE double add_lanes(const double* s) {
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

template <bool hermite>
DYNKIN_INLINE void climb_and_sum(const LadderShape& shape, const double* x, Index n, double* out) {
    constexpr int together = 4;  // climbs whose latencies hide each other; with the sums they fill 32 registers
    Lanes sums[register_ladder] = {};
    Index q = 0;
    for (; q + together * width <= n; q += together * width) {
        Climb climbs[together];
#pragma GCC unroll 4
        for (int c = 0; c < together; ++c) climbs[c].start(shape, x + q + c * width);
#pragma GCC unroll 16
        for (int k = 1; k <= register_ladder; ++k)
#pragma GCC unroll 4
            for (int c = 0; c < together; ++c) {
                sums[k - 1] += climbs[c].now;
                climbs[c].up<hermite>(k);
            }
    }
    for (; q < n; q += width) {
        const Index count = std::min(width, n - q);
        double padded[width] = {}, values[width];
        std::copy_n(x + q, count, padded);
        Climb a;
        a.start(shape, padded);
        for (int k = 1; k <= register_ladder; ++k) {
            store(values, a.now);
            for (Index l = 0; l < count; ++l) sums[k - 1][l] += values[l];
            a.up<hermite>(k);
        }
    }
    for (int k = 0; k < register_ladder; ++k) {
        double s[width];
        store(s, sums[k]);
        out[k] = add_lanes(s);
    }
}

}  // namespace

DYNKIN_CLONES void bump(const double* __restrict x, Index n, double centre, double inverse_width,
                        double* __restrict out) {
    for (Index q = 0; q < n; ++q) {
        const double z = (x[q] - centre) * inverse_width;
        out[q] = elementary::exp(-0.5 * z * z);
    }
}

DYNKIN_CLONES void cosine(double* x, Index n) {
    for (Index q = 0; q < n; ++q) x[q] = elementary::sincos(x[q]).cosine;
}

DYNKIN_CLONES void sine(double* x, Index n) {
    for (Index q = 0; q < n; ++q) x[q] = elementary::sincos(x[q]).sine;
}

DYNKIN_CLONES void phase(const double* __restrict x, Index n, double frequency, double lower, double* __restrict out) {
    for (Index q = 0; q < n; ++q) out[q] = frequency * (x[q] - lower);
}

DYNKIN_CLONES void ladder(const LadderShape& shape, const double* x, Index n, int top, double* const* rows) {
    if (top < 1) return;
    shape.hermite ? climb_all<true>(shape, x, n, top, rows) : climb_all<false>(shape, x, n, top, rows);
}

DYNKIN_CLONES void ladder_sums(const LadderShape& shape, const double* x, Index n, double* out) {
    shape.hermite ? climb_and_sum<true>(shape, x, n, out) : climb_and_sum<false>(shape, x, n, out);
}

DYNKIN_CLONES void multiply(double* __restrict out, const double* __restrict y, Index n) {
    for (Index q = 0; q < n; ++q) out[q] *= y[q];
}

DYNKIN_CLONES double sum(const double* y, Index n) {
    double s[width] = {};
    Index q = 0;
    for (; q + width <= n; q += width)
        for (Index l = 0; l < width; ++l) s[l] += y[q + l];
    for (Index l = 0; q + l < n; ++l) s[l] += y[q + l];
    return add_lanes(s);
}

}  // namespace dynkin::axis
