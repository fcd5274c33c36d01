#include "models/lm/train/matrix_product.hpp"

#include <algorithm>
#include <cstring>

#include "solvers/core/dispatch.hpp"

namespace dynkin::lm {
namespace {

template <class T>
struct TileArguments {
    const T* a;
    std::ptrdiff_t a_row, a_column;
    const T* b;  // (depth, width) packed
    std::ptrdiff_t depth;
    T* c;
    std::ptrdiff_t c_stride, m, n;  // valid rows and columns
};

/// C(0..m, 0..n) += A B for a tile of at most Rows x 2 vectors, which stays in registers.
template <class T, int Bytes, int Rows>
DYNKIN_INLINE void tile(const TileArguments<T>& t) {
    typedef T Vector __attribute__((vector_size(Bytes)));
    constexpr int lanes = Bytes / static_cast<int>(sizeof(T)), width = 2 * lanes;
    Vector sum[Rows][2];
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) sum[i][0] = sum[i][1] = Vector{};
    // Rows beyond m repeat the last one and are not stored.
    const T* a[Rows];
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) a[i] = t.a + std::min<std::ptrdiff_t>(i, t.m - 1) * t.a_row;
    const T* b = t.b;
    for (std::ptrdiff_t p = 0; p < t.depth; ++p, b += width) {
        Vector b0, b1;
        std::memcpy(&b0, b, sizeof(Vector));
        std::memcpy(&b1, b + lanes, sizeof(Vector));
#pragma GCC unroll 8
        for (int i = 0; i < Rows; ++i) {
            const T x = a[i][p * t.a_column];
            sum[i][0] += x * b0;
            sum[i][1] += x * b1;
        }
    }
    if (t.n == width) {
#pragma GCC unroll 8
        for (int i = 0; i < Rows; ++i) {
            if (i >= t.m) break;
            T* c = t.c + i * t.c_stride;
            Vector c0, c1;
            std::memcpy(&c0, c, sizeof(Vector));
            std::memcpy(&c1, c + lanes, sizeof(Vector));
            c0 += sum[i][0];
            c1 += sum[i][1];
            std::memcpy(c, &c0, sizeof(Vector));
            std::memcpy(c + lanes, &c1, sizeof(Vector));
        }
        return;
    }
    T edge[Rows * width];
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) {
        std::memcpy(edge + i * width, &sum[i][0], sizeof(Vector));
        std::memcpy(edge + i * width + lanes, &sum[i][1], sizeof(Vector));
    }
    for (std::ptrdiff_t i = 0; i < t.m; ++i)
        for (std::ptrdiff_t j = 0; j < t.n; ++j) t.c[i * t.c_stride + j] += edge[i * width + j];
}

// Rows by the number of vector registers: 32 at v4, 16 below.
template <class T>
DYNKIN_TARGET_V4 void tile_v4(const TileArguments<T>& t) {
    tile<T, 64, 8>(t);
}
template <class T>
DYNKIN_TARGET_V3 void tile_v3(const TileArguments<T>& t) {
    tile<T, 32, 6>(t);
}
template <class T>
void tile_baseline(const TileArguments<T>& t) {
    tile<T, 16, 4>(t);
}

template <class T>
struct Kernel {
    void (*tile)(const TileArguments<T>&);
    std::ptrdiff_t rows, width;
};

template <class T>
Kernel<T> choose_kernel() {
    constexpr auto size = static_cast<std::ptrdiff_t>(sizeof(T));
    switch (vector_level()) {
        case VectorLevel::v4: return {tile_v4<T>, 8, 128 / size};
        case VectorLevel::v3: return {tile_v3<T>, 6, 64 / size};
        case VectorLevel::baseline: break;
    }
    return {tile_baseline<T>, 4, 32 / size};
}

template <class T>
const Kernel<T>& kernel() {
    static const Kernel<T> chosen = choose_kernel<T>();
    return chosen;
}

std::ptrdiff_t rounded_up(std::ptrdiff_t n, std::ptrdiff_t to) {
    return (n + to - 1) / to * to;
}

}  // namespace

template <class T>
std::ptrdiff_t PackedMatrix<T>::panel_width() {
    return kernel<T>().width;
}

template <class T>
const T* PackedMatrix<T>::panel(std::ptrdiff_t block, std::ptrdiff_t panel) const {
    const std::ptrdiff_t width = panel_width(), first = block * depth_block;
    return data_.data() + first * rounded_up(n_, width) + panel * width * std::min(depth_block, k_ - first);
}

template <class T>
void PackedMatrix<T>::pack(Strided<T> B, std::ptrdiff_t k, std::ptrdiff_t n) {
    k_ = k;
    n_ = n;
    const std::ptrdiff_t width = panel_width();
    const auto size = static_cast<std::size_t>(k * rounded_up(n, width));
    if (data_.size() < size) data_.resize(size);
    T* to = data_.data();
    for (std::ptrdiff_t p0 = 0; p0 < k; p0 += depth_block) {
        const std::ptrdiff_t depth = std::min(depth_block, k - p0);
        for (std::ptrdiff_t j0 = 0; j0 < n; j0 += width, to += depth * width) {
            const std::ptrdiff_t columns = std::min(width, n - j0);
            const T* from = B.data + p0 * B.row_stride + j0 * B.column_stride;
            if (columns < width) std::fill(to, to + depth * width, T(0));
            if (B.column_stride == 1) {
                for (std::ptrdiff_t p = 0; p < depth; ++p)
                    std::copy_n(from + p * B.row_stride, columns, to + p * width);
            } else {
                for (std::ptrdiff_t j = 0; j < columns; ++j)
                    for (std::ptrdiff_t p = 0; p < depth; ++p)
                        to[p * width + j] = from[p * B.row_stride + j * B.column_stride];
            }
        }
    }
}

template <class T>
void add_product(Strided<T> A, const PackedMatrix<T>& B, std::ptrdiff_t m, std::ptrdiff_t k, std::ptrdiff_t n, T* C,
                 std::ptrdiff_t c_stride) {
    const Kernel<T>& best = kernel<T>();
    T packed_rows[8 * depth_block];
    for (std::ptrdiff_t p0 = 0; p0 < k; p0 += depth_block) {
        const std::ptrdiff_t depth = std::min(depth_block, k - p0);
        for (std::ptrdiff_t i0 = 0; i0 < m; i0 += best.rows) {
            TileArguments<T> t{};
            t.m = std::min(best.rows, m - i0);
            t.depth = depth;
            t.c_stride = c_stride;
            t.a = A.data + i0 * A.row_stride + p0 * A.column_stride;
            t.a_row = A.row_stride;
            t.a_column = A.column_stride;
            if (A.column_stride != 1) {  // entries far apart: gathered once for all panels
                for (std::ptrdiff_t p = 0; p < depth; ++p)
                    std::copy_n(t.a + p * A.column_stride, t.m, packed_rows + p * best.rows);
                t.a = packed_rows;
                t.a_row = 1;
                t.a_column = best.rows;
            }
            for (std::ptrdiff_t j0 = 0; j0 < n; j0 += best.width) {
                t.n = std::min(best.width, n - j0);
                t.b = B.panel(p0 / depth_block, j0 / best.width);
                t.c = C + i0 * c_stride + j0;
                best.tile(t);
            }
        }
    }
}

template <class T>
void set_product(Strided<T> A, const PackedMatrix<T>& B, std::ptrdiff_t m, std::ptrdiff_t k, std::ptrdiff_t n, T* C,
                 std::ptrdiff_t c_stride) {
    for (std::ptrdiff_t i = 0; i < m; ++i) std::fill_n(C + i * c_stride, n, T(0));
    add_product(A, B, m, k, n, C, c_stride);
}

template class PackedMatrix<float>;
template class PackedMatrix<double>;
template void add_product(Strided<float>, const PackedMatrix<float>&, std::ptrdiff_t, std::ptrdiff_t, std::ptrdiff_t,
                          float*, std::ptrdiff_t);
template void add_product(Strided<double>, const PackedMatrix<double>&, std::ptrdiff_t, std::ptrdiff_t, std::ptrdiff_t,
                          double*, std::ptrdiff_t);
template void set_product(Strided<float>, const PackedMatrix<float>&, std::ptrdiff_t, std::ptrdiff_t, std::ptrdiff_t,
                          float*, std::ptrdiff_t);
template void set_product(Strided<double>, const PackedMatrix<double>&, std::ptrdiff_t, std::ptrdiff_t, std::ptrdiff_t,
                          double*, std::ptrdiff_t);

}  // namespace dynkin::lm
