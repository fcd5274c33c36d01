#pragma once
// The inner loops of a decoder, one table a vector level. Not part of the interface.
//
// Sums run over 16 lanes, lane l holding the terms l, l + 16, ...; the lanes are joined as l + (l + 8), l + (l + 4),
// then (0 + 2) + (1 + 3). No multiply-add is fused, since the baseline has none. So a product has the same bits at
// every level, for any number of rows or vectors done together and on any number of threads.
#include <cstdint>

#include "solvers/core/dispatch.hpp"

namespace dynkin::lm::detail {

inline constexpr std::int64_t dense_lanes = 16;

struct DenseKernels {
    /// y[t * y_stride + r] = sum_c w[r * n_columns + c] x[t * x_stride + c], r = first_row ... last_row - 1,
    /// t = 0 ... n - 1.
    void (*multiply)(const float* w, std::int64_t n_columns, std::int64_t first_row, std::int64_t last_row,
                     const float* x, std::int64_t x_stride, std::int64_t n, float* y, std::int64_t y_stride);
    /// The same for bf16: the upper halves of floats.
    void (*multiply_bf16)(const std::uint16_t* w, std::int64_t n_columns, std::int64_t first_row, std::int64_t last_row,
                          const float* x, std::int64_t x_stride, std::int64_t n, float* y, std::int64_t y_stride);
    /// out[c] += sum_j p[j] v[j * n_columns + c], j = 0 ... n_rows - 1 in this order.
    void (*add_weighted)(const float* p, const float* v, std::int64_t n_rows, std::int64_t n_columns, float* out);
    /// scores = exp(factor scores - max) / sum, n >= 1. Relative error below 1e-6.
    void (*softmax)(float* scores, std::int64_t n, float factor);
    /// out = x / sqrt(mean x^2 + epsilon) * gain, (n) each (Zhang & Sennrich 2019).
    void (*rms_norm)(const float* x, const float* gain, std::int64_t n, float epsilon, float* out);
    /// gate = gate / (1 + exp(-gate)) * up, (n) each (Shazeer 2020).
    void (*swiglu)(float* gate, const float* up, std::int64_t n);
};

/// Of a level that this machine has, best when not given.
const DenseKernels& dense_kernels(VectorLevel level = vector_level());

}  // namespace dynkin::lm::detail
