#pragma once
// Products of matrices and vectors in groups of 32 whole numbers with a common scale. Not part of the interface.
#include <cstdint>
#include <span>
#include <vector>

#include "solvers/core/dispatch.hpp"

namespace dynkin::lm::detail {

inline constexpr std::int64_t int8_group = 32;

/// A matrix as 128 + q, q = -127 ... 127 next to w / scale; the scale is the largest |w| of a group over 127. Rows are
/// filled up with q = 0 to whole groups.
struct Int8Matrix {
    std::int64_t n_rows = 0, n_groups = 0;
    std::vector<std::uint8_t> q;  // (n_rows, n_groups, 32)
    std::vector<float> scale;     // (n_rows, n_groups)
};

/// n vectors, quantised alike, with what the products need besides.
struct Int8Vectors {
    std::int64_t n = 0, n_groups = 0;
    std::vector<std::int8_t> q;            // (n, n_groups, 32)
    std::vector<float> scale;              // (n, n_groups, 8) each scale eight times
    std::vector<std::int32_t> correction;  // (n, n_groups, 8) -128 times the sum of four neighbours
};

/// `rows` (n_rows, n_columns). A group that is not finite gets a scale that is no number.
Int8Matrix quantise_matrix(std::span<const float> rows, std::int64_t n_rows, std::int64_t n_columns);
/// Writes x (n, n_columns) to `out`, whose memory is kept.
void quantise_vectors(const float* x, std::int64_t n, std::int64_t n_columns, Int8Vectors& out);

/// y[t * y_stride + r] for rows first_row ... last_row - 1 and all vectors. Sums of four products are whole numbers
/// below 2^18, so exact; times scale they go to 16 lanes, lane 8 (g mod 2) + j for the j-th four of group g, joined as
/// in dense_kernels.hpp. The same bits for every kernel.
using MultiplyInt8 = void (*)(const Int8Matrix& w, std::int64_t first_row, std::int64_t last_row, const Int8Vectors& x,
                              float* y, std::int64_t y_stride);

enum class Int8Level { plain, baseline, v3, vnni };  // plain: loops, where there is nothing else
/// The best of this machine and of DYNKIN_VECTOR_LEVEL; vnni needs v4 and AVX-512 VNNI.
Int8Level int8_level();
MultiplyInt8 multiply_int8(Int8Level level = int8_level());

}  // namespace dynkin::lm::detail
