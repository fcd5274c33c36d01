#pragma once
// Matrix products of the decoder: one factor packed into panels of columns, the other read where it lies.
//
// Eigen's products would do, were it not for two things: in a build for plain x86-64 they use four lanes of the
// sixteen there are, and their bits change with the instruction set. Here every entry is a sum over k in rising order,
// in blocks of `depth_block`, by separate multiplications and additions: the same bits at every vector level.
#include <cstddef>
#include <vector>

namespace dynkin::lm {

/// A matrix where it lies: entry (i, j) at data[i * row_stride + j * column_stride]. One stride is 1.
template <class T>
struct Strided {
    const T* data = nullptr;
    std::ptrdiff_t row_stride = 0, column_stride = 1;

    Strided transposed() const { return {data, column_stride, row_stride}; }
};

/// Row-major with rows `row_stride` apart.
template <class T>
Strided<T> rows_of(const T* data, std::ptrdiff_t row_stride) {
    return {data, row_stride, 1};
}

inline constexpr std::ptrdiff_t depth_block = 256;

/// The right factor B (k, n) of products, copied once into the order in which the kernel reads it.
template <class T>
class PackedMatrix {
public:
    /// Copies B; room is kept from call to call.
    void pack(Strided<T> B, std::ptrdiff_t k, std::ptrdiff_t n);

    std::ptrdiff_t k() const { return k_; }
    std::ptrdiff_t n() const { return n_; }
    /// Panel `panel` of depth block `block`: min(depth_block, k - first) rows of panel_width() numbers.
    const T* panel(std::ptrdiff_t block, std::ptrdiff_t panel) const;
    /// Columns of a panel, by the vector level of the machine.
    static std::ptrdiff_t panel_width();

private:
    std::ptrdiff_t k_ = 0, n_ = 0;
    std::vector<T> data_;
};

/// C (m, n) += A (m, k) B(0..k, 0..n) with k <= B.k(), n <= B.n(); C row-major, rows `c_stride` apart.
template <class T>
void add_product(Strided<T> A, const PackedMatrix<T>& B, std::ptrdiff_t m, std::ptrdiff_t k, std::ptrdiff_t n, T* C,
                 std::ptrdiff_t c_stride);

/// The same with C overwritten.
template <class T>
void set_product(Strided<T> A, const PackedMatrix<T>& B, std::ptrdiff_t m, std::ptrdiff_t k, std::ptrdiff_t n, T* C,
                 std::ptrdiff_t c_stride);

}  // namespace dynkin::lm
