#pragma once
// A matrix of weights in the numbers it is kept in, and products with it.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/lm/checkpoint.hpp"
#include "models/lm/dense_kernels.hpp"
#include "models/lm/int8_kernels.hpp"
#include "solvers/core/worker_team.hpp"

namespace dynkin::lm {

/// How weights are kept in memory. as_stored: fp32 and bf16 stay in the mapped file, fp16 becomes fp32. int8: groups of
/// 32 along a row with one scale, symmetric (|error| <= 1/254 of the largest of the group), and so are activations.
enum class WeightFormat { as_stored, float32, bfloat16, int8 };

/// "as_stored", "float32", "bfloat16", "int8". ConfigError: unknown name, with the nearest.
WeightFormat weight_format_of(const std::string& name);
std::string name_of(WeightFormat format);

/// Vectors x (n, n_columns), and the same in int8 when a matrix asks for it.
class ProductInput {
public:
    /// x must outlive the products.
    void set(const float* x, std::int64_t n, std::int64_t n_columns, bool int8);

    const float* x = nullptr;
    std::int64_t n = 0, n_columns = 0;
    detail::Int8Vectors quantised;
};

class WeightMatrix {
public:
    WeightMatrix() = default;
    /// From a tensor (n_rows, n_columns), which must outlive this unless it is converted. Not aligned to its numbers,
    /// it is copied.
    WeightMatrix(const TensorView& tensor, WeightFormat format);

    std::int64_t n_rows() const { return n_rows_; }
    std::int64_t n_columns() const { return n_columns_; }
    bool is_int8() const { return int8_.n_rows > 0; }
    /// Of the weights alone: what a product has to fetch.
    std::int64_t n_bytes() const;
    /// Row r, converted.  (n_columns)
    void row(std::int64_t r, float* out) const;

    /// y[t * n_rows + r] = sum_c w[r, c] x[t, c] for rows first ... last - 1.
    void multiply(const ProductInput& input, std::int64_t first, std::int64_t last, float* y) const;

private:
    std::int64_t n_rows_ = 0, n_columns_ = 0;
    const float* float32_ = nullptr;
    const std::uint16_t* bfloat16_ = nullptr;
    detail::Int8Matrix int8_;
    std::shared_ptr<const void> owned_;  // of the pointers above, unless they point into the file
};

/// One of several products with the same input.
struct Product {
    const WeightMatrix* w;
    float* y;  // (n, w->n_rows())
};

/// All of them, in pieces that the team shares. The same bits for any number of threads.
void multiply_all(std::span<const Product> products, const ProductInput& input, WorkerTeam& team);

}  // namespace dynkin::lm
