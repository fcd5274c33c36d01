#include "solvers/noise/normals.hpp"
#include "solvers/noise/philox_kernels.hpp"
#include "solvers/noise/single_box_muller.hpp"

#include <algorithm>

namespace dynkin {
namespace {

using detail::PairLabels;

constexpr Index lanes = detail::philox_lanes;

struct Bits {
    alignas(64) std::uint64_t high[lanes], low[lanes];
};

/// Where the four normals of a call go; null where one is not wanted.
struct RowQuadruple {
    double* row[4];
};

// Words 0, 2 are radii, words 1, 3 angles: 64 pairs of 32-bit words side by side for the arithmetic, then a row each.
DYNKIN_INLINE void transform(const Bits& bits, double scale, const RowQuadruple& rows, Index i, Index n) {
    alignas(64) std::uint32_t radius[2 * lanes], angle[2 * lanes];
    alignas(64) float first[2 * lanes], second[2 * lanes];
    for (Index l = 0; l < lanes; ++l) {
        radius[l] = static_cast<std::uint32_t>(bits.high[l] >> 32);
        angle[l] = static_cast<std::uint32_t>(bits.high[l]);
    }
    for (Index l = 0; l < lanes; ++l) {
        radius[lanes + l] = static_cast<std::uint32_t>(bits.low[l] >> 32);
        angle[lanes + l] = static_cast<std::uint32_t>(bits.low[l]);
    }
    for (Index l = 0; l < 2 * lanes; ++l) {
        const detail::SingleNormalPair z = detail::single_box_muller(radius[l], angle[l]);
        first[l] = z.first;
        second[l] = z.second;
    }
    const float* const from[4] = {first, second, first + lanes, second + lanes};
    for (int r = 0; r < 4; ++r) {
        if (rows.row[r] == nullptr) continue;
        double* __restrict out = rows.row[r] + i;
        const float* __restrict z = from[r];
        if (n - i >= lanes)
            for (Index l = 0; l < lanes; ++l) out[l] = scale * static_cast<double>(z[l]);
        else
            for (Index l = 0; l < n - i; ++l) out[l] = scale * static_cast<double>(z[l]);
    }
}

using NormalsFunction = void (*)(const PairLabels&, std::uint32_t id, Index n, double scale, const RowQuadruple&);

void normals_baseline(const PairLabels& labels, std::uint32_t id, Index n, double scale, const RowQuadruple& rows) {
    Bits bits;
    for (Index i = 0; i < n; i += lanes) {
        detail::philox_plain(labels, id + static_cast<std::uint32_t>(i), bits.high, bits.low);
        transform(bits, scale, rows, i, n);
    }
}
#if DYNKIN_HAS_LEVELS
DYNKIN_TARGET_V3 void normals_v3(const PairLabels& labels, std::uint32_t id, Index n, double scale,
                                 const RowQuadruple& rows) {
    Bits bits;
    for (Index i = 0; i < n; i += lanes) {
        detail::philox_v3(labels, id + static_cast<std::uint32_t>(i), bits.high, bits.low);
        transform(bits, scale, rows, i, n);
    }
}
DYNKIN_TARGET_V4 void normals_v4(const PairLabels& labels, std::uint32_t id, Index n, double scale,
                                 const RowQuadruple& rows) {
    Bits bits;
    for (Index i = 0; i < n; i += lanes) {
        detail::philox_v4(labels, id + static_cast<std::uint32_t>(i), bits.high, bits.low);
        transform(bits, scale, rows, i, n);
    }
}
#endif

NormalsFunction kernel() {
#if DYNKIN_HAS_LEVELS
    if (vector_level() == VectorLevel::v4) return normals_v4;
    if (vector_level() == VectorLevel::v3) return normals_v3;
#endif
    return normals_baseline;
}

}  // namespace

void fill_single_normals(std::uint64_t seed, Stream stream, std::uint64_t first_particle, Index n,
                         std::uint64_t first_s, int n_rows, Rows out, double scale) {
    if (n_rows <= 0) return;
    const Index head = detail::count_to_carry(first_particle, n);
    if (head < n) {
        fill_single_normals(seed, stream, first_particle, head, first_s, n_rows, out, scale);
        return fill_single_normals(seed, stream, first_particle + static_cast<std::uint64_t>(head), n - head, first_s,
                                   n_rows, {out.data + head, out.stride}, scale);
    }
    const NormalsFunction normals = kernel();
    const std::uint64_t end_s = first_s + static_cast<std::uint64_t>(n_rows);
    for (std::uint64_t four = first_s / 4; 4 * four < end_s; ++four) {
        RowQuadruple rows{};
        for (std::uint64_t r = 0; r < 4; ++r)
            if (const std::uint64_t s = 4 * four + r; s >= first_s && s < end_s)
                rows.row[r] = out.row(static_cast<int>(s - first_s));
        normals(PairLabels(seed, stream, first_particle, four), static_cast<std::uint32_t>(first_particle), n, scale,
                rows);
    }
}

}  // namespace dynkin
