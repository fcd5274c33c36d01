// Included by sweep_kernels.cpp once a vector level (solvers/core/each_vector_level.hpp); see line_kernels_level.hpp.

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

// Exchanges the blocks of `distance` lanes off the diagonal of a pair of vectors (Eklundh 1972).
template <int distance, int... l>
DYNKIN_LEVEL_TARGET DYNKIN_INLINE void exchange(Vector& a, Vector& b, std::integer_sequence<int, l...>) {
    const Vector low = __builtin_shufflevector(a, b, ((l & distance) != 0 ? lanes + l - distance : l)...);
    b = __builtin_shufflevector(a, b, ((l & distance) != 0 ? lanes + l : l + distance)...);
    a = low;
}

template <int distance>
DYNKIN_LEVEL_TARGET DYNKIN_INLINE void transpose(Vector (&a)[lanes]) {
    if constexpr (distance < lanes) {
#pragma GCC unroll 8
        for (int i = 0; i < lanes; ++i)
            if ((i & distance) == 0)
                exchange<distance>(a[i], a[i + distance], std::make_integer_sequence<int, lanes>());
        transpose<2 * distance>(a);
    }
}

/// `lanes` cells of 16 lines: cell c in the registers at[c].
struct Tile {
    Vector at[lanes][registers];
};

template <bool along_x>
DYNKIN_LEVEL_TARGET DYNKIN_INLINE void read(const SweepLines& field, Index i, Tile& tile) {
    if constexpr (along_x) {
#pragma GCC unroll 8
        for (int k = 0; k < registers; ++k) {
            Vector a[lanes];
#pragma GCC unroll 8
            for (int l = 0; l < lanes; ++l) a[l] = load(field.rows[k * lanes + l] + i);
            transpose<1>(a);
#pragma GCC unroll 8
            for (int c = 0; c < lanes; ++c) tile.at[c][k] = a[c];
        }
    } else {
#pragma GCC unroll 8
        for (int c = 0; c < lanes; ++c)
#pragma GCC unroll 8
            for (int k = 0; k < registers; ++k) tile.at[c][k] = load(field.first + (i + c) * field.stride + k * lanes);
    }
}

template <bool along_x>
DYNKIN_LEVEL_TARGET DYNKIN_INLINE void write(const Tile& tile, const SweepLines& field, Index i) {
    if constexpr (along_x) {
#pragma GCC unroll 8
        for (int k = 0; k < registers; ++k) {
            Vector a[lanes];
#pragma GCC unroll 8
            for (int c = 0; c < lanes; ++c) a[c] = tile.at[c][k];
            transpose<1>(a);
#pragma GCC unroll 8
            for (int l = 0; l < lanes; ++l) store(field.rows[k * lanes + l] + i, a[l]);
        }
    } else {
#pragma GCC unroll 8
        for (int c = 0; c < lanes; ++c)
#pragma GCC unroll 8
            for (int k = 0; k < registers; ++k) store(field.first + (i + c) * field.stride + k * lanes, tile.at[c][k]);
    }
}

// The cells of a line that do not fill a tile.
template <bool along_x>
DYNKIN_LEVEL_TARGET DYNKIN_INLINE void read_cell(const SweepLines& field, Index i, Vector (&cell)[registers]) {
    double held[line_lanes];
    for (int l = 0; l < line_lanes; ++l) held[l] = along_x ? field.rows[l][i] : field.first[i * field.stride + l];
    for (int k = 0; k < registers; ++k) cell[k] = load(held + k * lanes);
}
template <bool along_x>
DYNKIN_LEVEL_TARGET DYNKIN_INLINE void write_cell(const Vector (&cell)[registers], const SweepLines& field, Index i) {
    double held[line_lanes];
    for (int k = 0; k < registers; ++k) store(held + k * lanes, cell[k]);
    for (int l = 0; l < line_lanes; ++l) (along_x ? field.rows[l][i] : field.first[i * field.stride + l]) = held[l];
}

DYNKIN_LEVEL_TARGET DYNKIN_INLINE void keep(const Vector (&v)[registers], double* to) {
#pragma GCC unroll 8
    for (int k = 0; k < registers; ++k) store(to + k * lanes, v[k]);
}

// Factor k of cell i: shared by all lines (F = 1) or own to each (F = line_lanes).
template <int F>
DYNKIN_LEVEL_TARGET DYNKIN_INLINE auto factor(const double* factors, Index i, int k) {
    if constexpr (F == 1)
        return factors[i];
    else
        return load(factors + i * line_lanes + k * lanes);
}

// The first pass.
template <int F, bool along_x, bool keeps_start>
DYNKIN_LEVEL_TARGET DYNKIN_INLINE void eliminate(const OpenLines& lines, const SweepLines& field,
                                                 double* __restrict start, double* __restrict work) {
    Vector y[registers] = {};
    const double* __restrict forward = lines.forward;
    const auto cell = [&](Index i, const Vector(&p)[registers]) DYNKIN_LEVEL_TARGET __attribute__((always_inline)) {
#pragma GCC unroll 8
        for (int k = 0; k < registers; ++k) {
            if constexpr (keeps_start) store(start + i * line_lanes + k * lanes, p[k]);
            y[k] = p[k] + factor<F>(forward, i, k) * y[k];
            store(work + i * line_lanes + k * lanes, y[k]);
        }
    };
    Index i = 0;
    for (; i + lanes <= lines.n; i += lanes) {
        Tile tile;
        read<along_x>(field, i, tile);
#pragma GCC unroll 8
        for (int c = 0; c < lanes; ++c) cell(i + c, tile.at[c]);
    }
    for (; i < lines.n; ++i) {
        Vector p[registers];
        read_cell<along_x>(field, i, p);
        cell(i, p);
    }
}

// The second pass: back substitution of the first stage, elimination of the second from the top.
DYNKIN_LEVEL_TARGET DYNKIN_INLINE void turn(const OpenLines& first, const OpenLines& second, double weight,
                                            const double* __restrict start, double* __restrict work, SweepEnds& ends) {
    Vector y[registers] = {}, z[registers] = {};
    const double rest = 1.0 - weight;
    const double* __restrict pivot = first.pivot, * __restrict backward = first.backward;
    const double* __restrict forward = second.forward;
    for (Index i = first.n; i-- > 0; ++forward) {
#pragma GCC unroll 8
        for (int k = 0; k < registers; ++k) {
            const Index o = i * line_lanes + k * lanes;
            y[k] = load(work + o) * pivot[i] + backward[i] * y[k];
            z[k] = (weight * y[k] + rest * load(start + o)) + *forward * z[k];
            store(work + o, z[k]);
        }
        if (i == first.n - 1) keep(y, ends.first_upper);
    }
    keep(y, ends.first_lower);
}

// The third pass; returns whether a cell is negative. Factors of the line read backwards end with those of its first
// cell.
template <bool along_x>
DYNKIN_LEVEL_TARGET DYNKIN_INLINE bool substitute(const OpenLines& second, const SweepLines& field,
                                                  const double* __restrict work, SweepEnds& ends) {
    Vector x[registers] = {}, smallest[registers] = {};
    const double* __restrict pivot = second.pivot + second.n - 1, * __restrict backward = second.backward + second.n - 1;
    const auto cell = [&](Index i, Vector(&out)[registers]) DYNKIN_LEVEL_TARGET __attribute__((always_inline)) {
#pragma GCC unroll 8
        for (int k = 0; k < registers; ++k) {
            x[k] = load(work + i * line_lanes + k * lanes) * pivot[-i] + backward[-i] * x[k];
            smallest[k] = x[k] < smallest[k] ? x[k] : smallest[k];
            out[k] = x[k];
        }
        if (i == 0) keep(x, ends.second_lower);
    };
    Index i = 0;
    for (; i + lanes <= second.n; i += lanes) {
        Tile tile = {};
#pragma GCC unroll 8
        for (int c = 0; c < lanes; ++c) cell(i + c, tile.at[c]);
        write<along_x>(tile, field, i);
    }
    for (; i < second.n; ++i) {
        Vector out[registers] = {};
        cell(i, out);
        write_cell<along_x>(out, field, i);
    }
    keep(x, ends.second_upper);
    bool negative = false;
    for (int k = 0; k < registers; ++k)
        for (int l = 0; l < lanes; ++l) negative = negative || smallest[k][l] < 0.0;
    return negative;
}

template <bool along_x>
DYNKIN_LEVEL_TARGET bool two_stages_of(const OpenLines& first, const OpenLines& second, double weight,
                                       const SweepLines& field, double* start, double* work, SweepEnds& ends) {
    eliminate<1, along_x, true>(first, field, start, work);
    turn(first, second, weight, start, work, ends);
    return substitute<along_x>(second, field, work, ends);
}

DYNKIN_LEVEL_TARGET bool two_stages(const OpenLines& first, const OpenLines& second, double weight,
                                    const SweepLines& field, double* start, double* work, SweepEnds& ends) {
    return field.rows != nullptr ? two_stages_of<true>(first, second, weight, field, start, work, ends)
                                 : two_stages_of<false>(first, second, weight, field, start, work, ends);
}

// From the top down, so that the part of a line that fills no tile comes first.
template <int F, bool along_x>
DYNKIN_LEVEL_TARGET void one_stage_of(const OpenLines& lines, const SweepLines& field, double* __restrict work,
                                      SweepEnds& ends) {
    eliminate<F, along_x, false>(lines, field, nullptr, work);
    Vector x[registers] = {};
    const double* __restrict pivot = lines.pivot, * __restrict backward = lines.backward;
    const auto cell = [&](Index i, Vector(&out)[registers]) DYNKIN_LEVEL_TARGET __attribute__((always_inline)) {
#pragma GCC unroll 8
        for (int k = 0; k < registers; ++k) {
            x[k] = load(work + i * line_lanes + k * lanes) * factor<F>(pivot, i, k) + factor<F>(backward, i, k) * x[k];
            out[k] = x[k];
        }
        if (i == lines.n - 1) keep(x, ends.first_upper);
    };
    Index i = lines.n;
    while (i % lanes != 0) {
        Vector out[registers] = {};
        cell(--i, out);
        write_cell<along_x>(out, field, i);
    }
    while (i > 0) {
        Tile tile = {};
        i -= lanes;
#pragma GCC unroll 8
        for (int c = 0; c < lanes; ++c) cell(i + lanes - 1 - c, tile.at[lanes - 1 - c]);
        write<along_x>(tile, field, i);
    }
    keep(x, ends.first_lower);
}

template <int F>
DYNKIN_LEVEL_TARGET void one_stage(const OpenLines& lines, const SweepLines& field, double* work, SweepEnds& ends) {
    field.rows != nullptr ? one_stage_of<F, true>(lines, field, work, ends)
                          : one_stage_of<F, false>(lines, field, work, ends);
}

}  // namespace DYNKIN_LEVEL
