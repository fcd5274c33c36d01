#include "solvers/noise/normals.hpp"

#include "solvers/noise/box_muller.hpp"
#include "solvers/noise/normals_v4.hpp"
#include "solvers/noise/philox_kernels.hpp"

#include <algorithm>

namespace dynkin {
namespace {

using detail::PairLabels;

constexpr Index lanes = detail::philox_lanes;

// The bits of a few particles wait between Philox and Box-Muller: so few that at v4 they stay in registers, and that
// the processor is at the division and the square root of some while it multiplies for the next.
struct Bits {
    alignas(64) std::uint64_t high[lanes], low[lanes];
};

/// Two rows of normals.
struct RowPair {
    double* first;
    double* second;
};

// A whole chunk has a length the compiler knows.
DYNKIN_INLINE void transform(const Bits& bits, double scale, RowPair rows, Index i, Index n) {
    const auto each = [&](Index count) __attribute__((always_inline)) {
        double* __restrict first = rows.first + i;
        double* __restrict second = rows.second + i;
        for (Index l = 0; l < count; ++l) {
            const detail::NormalPair z = detail::box_muller(bits.high[l], bits.low[l], scale);
            first[l] = z.first;
            second[l] = z.second;
        }
    };
    n - i >= lanes ? each(lanes) : each(n - i);
}

// Of the particles with lower words id ... id + n - 1.
using NormalsFunction = void (*)(const PairLabels&, std::uint32_t id, Index n, double scale, RowPair);
using BitsFunction = void (*)(const PairLabels&, std::uint32_t id, Bits&);

void normals_baseline(const PairLabels& labels, std::uint32_t id, Index n, double scale, RowPair rows) {
    Bits bits;
    for (Index i = 0; i < n; i += lanes) {
        detail::philox_plain(labels, id + static_cast<std::uint32_t>(i), bits.high, bits.low);
        transform(bits, scale, rows, i, n);
    }
}
void bits_baseline(const PairLabels& labels, std::uint32_t id, Bits& bits) {
    detail::philox_plain(labels, id, bits.high, bits.low);
}
#if DYNKIN_HAS_LEVELS
DYNKIN_TARGET_V3 void normals_v3(const PairLabels& labels, std::uint32_t id, Index n, double scale, RowPair rows) {
    Bits bits;
    for (Index i = 0; i < n; i += lanes) {
        detail::philox_v3(labels, id + static_cast<std::uint32_t>(i), bits.high, bits.low);
        transform(bits, scale, rows, i, n);
    }
}
DYNKIN_TARGET_V3 void bits_v3(const PairLabels& labels, std::uint32_t id, Bits& bits) {
    detail::philox_v3(labels, id, bits.high, bits.low);
}
DYNKIN_TARGET_V4 void normals_v4(const PairLabels& labels, std::uint32_t id, Index n, double scale, RowPair rows) {
    const Index whole = n / lanes * lanes;
    if (whole > 0) detail::interleaved_normals_v4(labels, id, whole, scale, rows.first, rows.second);
    if (whole == n) return;
    Bits bits;
    detail::philox_v4(labels, id + static_cast<std::uint32_t>(whole), bits.high, bits.low);
    transform(bits, scale, rows, whole, n);
}
DYNKIN_TARGET_V4 void bits_v4(const PairLabels& labels, std::uint32_t id, Bits& bits) {
    detail::philox_v4(labels, id, bits.high, bits.low);
}
#endif

struct Kernels {
    NormalsFunction normals = normals_baseline;
    BitsFunction bits = bits_baseline;
};

Kernels kernels() {
#if DYNKIN_HAS_LEVELS
    if (vector_level() == VectorLevel::v4) return {normals_v4, bits_v4};
    if (vector_level() == VectorLevel::v3) return {normals_v3, bits_v3};
#endif
    return {};
}

}  // namespace

void fill_normals(std::uint64_t seed, Stream stream, std::uint64_t first_particle, Index n, std::uint64_t first_s,
                  int n_rows, Rows out, double scale) {
    if (n_rows <= 0) return;
    const Index head = detail::count_to_carry(first_particle, n);
    if (head < n) {
        fill_normals(seed, stream, first_particle, head, first_s, n_rows, out, scale);
        return fill_normals(seed, stream, first_particle + static_cast<std::uint64_t>(head), n - head, first_s, n_rows,
                            {out.data + head, out.stride}, scale);
    }
    const NormalsFunction normals = kernels().normals;
    const auto id = static_cast<std::uint32_t>(first_particle);
    const std::uint64_t end_s = first_s + static_cast<std::uint64_t>(n_rows);
    for (std::uint64_t pair = first_s / 2; 2 * pair < end_s; ++pair) {
        const PairLabels labels(seed, stream, first_particle, pair);
        const bool has_first = 2 * pair >= first_s, has_second = 2 * pair + 1 < end_s;
        if (has_first && has_second) {
            const int row = static_cast<int>(2 * pair - first_s);
            normals(labels, id, n, scale, {out.row(row), out.row(row + 1)});
            continue;
        }
        double* row = out.row(has_first ? static_cast<int>(2 * pair - first_s) : 0);
        double unused[lanes];
        for (Index i = 0; i < n; i += lanes)
            normals(labels, id + static_cast<std::uint32_t>(i), std::min(lanes, n - i), scale,
                    has_first ? RowPair{row + i, unused} : RowPair{unused, row + i});
    }
}

void fill_philox(std::uint64_t seed, Stream stream, std::uint64_t first_particle, Index n, std::uint64_t pair,
                 std::uint64_t* high, std::uint64_t* low) {
    const Index head = detail::count_to_carry(first_particle, n);
    if (head < n) {
        fill_philox(seed, stream, first_particle, head, pair, high, low);
        return fill_philox(seed, stream, first_particle + static_cast<std::uint64_t>(head), n - head, pair, high + head,
                           low + head);
    }
    const BitsFunction philox = kernels().bits;
    const PairLabels labels(seed, stream, first_particle, pair);
    for (Index i = 0; i < n; i += lanes) {
        Bits bits;
        philox(labels, static_cast<std::uint32_t>(first_particle) + static_cast<std::uint32_t>(i), bits);
        std::copy_n(bits.high, std::min<Index>(lanes, n - i), high + i);
        std::copy_n(bits.low, std::min<Index>(lanes, n - i), low + i);
    }
}

}  // namespace dynkin
