#include "models/lm/train/matrix_product.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "solvers/core/random.hpp"

namespace dynkin::lm {
namespace {

template <class T>
std::vector<T> random_numbers(std::ptrdiff_t n, std::uint64_t seed) {
    Draws draws({seed, Stream::initial_law, 0}, 0);
    std::vector<T> x(static_cast<std::size_t>(n));
    for (T& number : x) number = static_cast<T>(draws.normal());
    return x;
}

/// C += A B, each entry in rising k, in blocks: what is promised bit for bit.
template <class T>
void plain_product(Strided<T> A, Strided<T> B, std::ptrdiff_t m, std::ptrdiff_t k, std::ptrdiff_t n, T* C,
                   std::ptrdiff_t block) {
    for (std::ptrdiff_t i = 0; i < m; ++i)
        for (std::ptrdiff_t j = 0; j < n; ++j)
            for (std::ptrdiff_t first = 0; first < k; first += block) {
                T sum = 0;
                for (std::ptrdiff_t p = first; p < std::min(k, first + block); ++p)
                    sum +=
                        A.data[i * A.row_stride + p * A.column_stride] * B.data[p * B.row_stride + j * B.column_stride];
                C[i * n + j] += sum;
            }
}

template <class T>
void expect_same_bits() {
    const std::ptrdiff_t sizes[][3] = {{1, 1, 1}, {3, 5, 7}, {8, 256, 32}, {9, 257, 33}, {17, 600, 70}, {40, 31, 16}};
    for (const auto& [m, k, n] : sizes)
        for (int form = 0; form < 4; ++form) {
            const std::vector<T> a = random_numbers<T>(m * k, 1), b = random_numbers<T>(k * n, 2);
            const Strided<T> A = form & 1 ? rows_of(a.data(), m).transposed() : rows_of(a.data(), k);
            const Strided<T> B = form & 2 ? rows_of(b.data(), k).transposed() : rows_of(b.data(), n);
            std::vector<T> C = random_numbers<T>(m * n, 3), expected = C, other = C;
            PackedMatrix<T> packed;

            packed.pack(B, k, n);
            add_product(A, packed, m, k, n, C.data(), n);

            plain_product(A, B, m, k, n, expected.data(), depth_block);
            EXPECT_EQ(C, expected) << m << " " << k << " " << n << " form " << form;
            // Mutant: sums that are not cut into blocks have other bits.
            plain_product(A, B, m, k, n, other.data(), k);
            if (k > depth_block && m * n > 1) {
                EXPECT_NE(C, other);
            }
        }
}

TEST(MatrixProduct, IsThePlainSumBitForBitAtEveryVectorLevel) {
    expect_same_bits<float>();
    expect_same_bits<double>();
}

TEST(MatrixProduct, OfTheFirstRowsAndColumnsOfAPackedMatrix) {
    const std::ptrdiff_t m = 5, k = 300, n = 50;
    const std::vector<float> a = random_numbers<float>(m * k, 1), b = random_numbers<float>(k * n, 2);
    PackedMatrix<float> packed;
    packed.pack(rows_of(b.data(), n), k, n);
    std::vector<float> C(static_cast<std::size_t>(m * 20), 7.0f), expected(C.size(), 0.0f);

    set_product(rows_of(a.data(), k), packed, m, 270, 20, C.data(), 20);

    plain_product(rows_of(a.data(), k), rows_of(b.data(), n), m, 270, 20, expected.data(), depth_block);
    EXPECT_EQ(C, expected);
}

}  // namespace
}  // namespace dynkin::lm
