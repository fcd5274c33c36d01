#include "models/lm/dense_kernels.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>
#include <vector>

#include "models/lm/int8_kernels.hpp"

namespace {

using namespace dynkin::lm::detail;
using dynkin::VectorLevel;

std::vector<float> normals(std::size_t n, unsigned seed) {
    std::mt19937 engine(seed);
    std::normal_distribution<float> normal;
    std::vector<float> out(n);
    for (float& x : out) x = normal(engine);
    return out;
}

std::vector<VectorLevel> levels() {
    std::vector<VectorLevel> out{VectorLevel::baseline};
    if (dynkin::vector_level() >= VectorLevel::v3) out.push_back(VectorLevel::v3);
    if (dynkin::vector_level() >= VectorLevel::v4) out.push_back(VectorLevel::v4);
    return out;
}

std::vector<Int8Level> int8_levels() {
    std::vector<Int8Level> out{Int8Level::plain};
    if (int8_level() >= Int8Level::baseline) out.push_back(Int8Level::baseline);
    if (int8_level() >= Int8Level::v3) out.push_back(Int8Level::v3);
    if (int8_level() >= Int8Level::vnni) out.push_back(Int8Level::vnni);
    return out;
}

std::uint16_t bf16(float x) {
    return static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(x) >> 16);
}
float from_bf16(std::uint16_t x) {
    return std::bit_cast<float>(std::uint32_t{x} << 16);
}

struct Case {
    std::int64_t rows, columns, n;
};
constexpr Case cases[] = {{1, 8, 1}, {7, 64, 1}, {9, 172, 5}, {13, 33, 9}, {4, 96, 4}};

// Single precision, sums of k = 8 ... 172 terms of order one in any order: below k 2^-24 sum |w x|.
TEST(DenseKernels, ProductsAreRight) {
    for (const auto& [rows, columns, n] : cases) {
        const auto w = normals(std::size_t(rows * columns), 1), x = normals(std::size_t(n * columns), 2);
        std::vector<std::uint16_t> h;
        for (float value : w) h.push_back(bf16(value));
        std::vector<float> y(std::size_t(n * rows)), z(y.size());
        const auto& kernels = dense_kernels();
        kernels.multiply(w.data(), columns, 0, rows, x.data(), columns, n, y.data(), rows);
        kernels.multiply_bf16(h.data(), columns, 0, rows, x.data(), columns, n, z.data(), rows);
        for (std::int64_t t = 0; t < n; ++t) {
            for (std::int64_t r = 0; r < rows; ++r) {
                double sum = 0, sum16 = 0, size = 0;
                for (std::int64_t c = 0; c < columns; ++c) {
                    const double a = w[std::size_t(r * columns + c)], b = x[std::size_t(t * columns + c)];
                    sum += a * b;
                    sum16 += double(from_bf16(h[std::size_t(r * columns + c)])) * b;
                    size += std::abs(a * b);
                }
                const double allowed = double(columns) * 0x1p-24 * size;
                EXPECT_NEAR(y[std::size_t(t * rows + r)], sum, allowed);
                EXPECT_NEAR(z[std::size_t(t * rows + r)], sum16, allowed);
            }
        }
    }
}

TEST(DenseKernels, TheSameBitsAtEveryLevelAndForAnyBatch) {
    for (const auto& [rows, columns, n] : cases) {
        const auto w = normals(std::size_t(rows * columns), 3), x = normals(std::size_t(n * columns), 4);
        std::vector<std::uint16_t> h;
        for (float value : w) h.push_back(bf16(value));
        std::vector<float> first, first16;
        for (const auto level : levels()) {
            const auto& kernels = dense_kernels(level);
            std::vector<float> y(std::size_t(n * rows)), z(y.size()), alone(y.size());
            kernels.multiply(w.data(), columns, 0, rows, x.data(), columns, n, y.data(), rows);
            kernels.multiply_bf16(h.data(), columns, 0, rows, x.data(), columns, n, z.data(), rows);
            for (std::int64_t t = 0; t < n; ++t)
                for (std::int64_t r = 0; r < rows; ++r)
                    kernels.multiply(w.data(), columns, r, r + 1, x.data() + t * columns, columns, 1,
                                     alone.data() + t * rows, rows);
            EXPECT_EQ(y, alone) << name_of(level);
            if (first.empty()) {
                first = y;
                first16 = z;
            }
            EXPECT_EQ(y, first) << name_of(level);
            EXPECT_EQ(z, first16) << name_of(level);
        }
        // Mutant: a sum in another order.
        const auto& kernels = dense_kernels();
        std::vector<float> w_back(w.rbegin(), w.rend()), x_back(x.rbegin(), x.rend()), y(first.size());
        kernels.multiply(w_back.data(), columns, 0, rows, x_back.data(), columns, n, y.data(), rows);
        if (columns > 32) {
            EXPECT_NE(std::vector<float>(y.rbegin(), y.rend()), first);
        }
    }
}

// exp is good to 2e-7, the sum of 700 terms adds its rounding.
TEST(DenseKernels, SoftmaxSwigluAndNorm) {
    for (std::int64_t n : {1, 5, 16, 700}) {
        auto scores = normals(std::size_t(n), 5), gate = normals(std::size_t(n), 6);
        const auto raw = scores, raw_gate = gate, up = normals(std::size_t(n), 7);
        for (const auto level : levels()) {
            const auto& kernels = dense_kernels(level);
            scores = raw;
            gate = raw_gate;
            std::vector<float> normed(std::size_t(n), 0.0f);
            kernels.softmax(scores.data(), n, 3.0f);
            kernels.swiglu(gate.data(), up.data(), n);
            kernels.rms_norm(raw.data(), up.data(), n, 1e-5f, normed.data());
            double sum = 0.0, squares = 0.0;
            for (float s : raw) {
                sum += std::exp(3.0 * double(s));
                squares += double(s) * double(s);
            }
            for (std::size_t i = 0; i < std::size_t(n); ++i) {
                const double p = std::exp(3.0 * double(raw[i])) / sum, g = raw_gate[i];
                EXPECT_NEAR(scores[i], p, 2e-6 * p);
                EXPECT_NEAR(gate[i], g / (1 + std::exp(-g)) * double(up[i]), 1e-6 * std::abs(g * double(up[i])));
                const double expected = double(raw[i]) / std::sqrt(squares / double(n) + 1e-5) * double(up[i]);
                EXPECT_NEAR(normed[i], expected, 1e-6 * std::abs(expected));
            }
            static std::vector<float> first;
            if (level == VectorLevel::baseline) first = scores;
            EXPECT_EQ(scores, first);
        }
    }
    std::vector<float> extremes{-1000.0f, 0.0f, -50.0f};
    dense_kernels().softmax(extremes.data(), 3, 1.0f);
    EXPECT_EQ(extremes[0], 0.0f);
    EXPECT_EQ(extremes[1], 1.0f);
}

TEST(DenseKernels, WeightedSums) {
    for (std::int64_t columns : {8, 16, 48, 64, 100}) {
        const auto p = normals(37, 8), v = normals(std::size_t(37 * columns), 9);
        std::vector<float> first;
        for (const auto level : levels()) {
            std::vector<float> out(std::size_t(columns), 0.5f);
            dense_kernels(level).add_weighted(p.data(), v.data(), 37, columns, out.data());
            for (std::int64_t c = 0; c < columns; ++c) {
                double sum = 0.5;
                for (std::int64_t j = 0; j < 37; ++j)
                    sum += double(p[std::size_t(j)]) * double(v[std::size_t(j * columns + c)]);
                EXPECT_NEAR(out[std::size_t(c)], sum, 37 * 0x1p-24 * 37);
            }
            if (first.empty()) first = out;
            EXPECT_EQ(out, first);
        }
    }
}

// A quantised entry is off by scale / 2 at most; both factors: |w| dx + |x| dw + dw dx a term, summed over columns.
TEST(Int8Kernels, AreRightAndTheSameAtEveryLevel) {
    for (const auto& [rows, columns, n] : cases) {
        const auto w = normals(std::size_t(rows * columns), 10), x = normals(std::size_t(n * columns), 11);
        const auto matrix = quantise_matrix(w, rows, columns);
        Int8Vectors vectors;
        quantise_vectors(x.data(), n, columns, vectors);
        std::vector<float> first;
        for (const auto level : int8_levels()) {
            std::vector<float> y(std::size_t(n * rows));
            multiply_int8(level)(matrix, 0, rows, vectors, y.data(), rows);
            if (first.empty()) first = y;
            EXPECT_EQ(y, first);
        }
        double worst = 0.0;
        for (std::int64_t t = 0; t < n; ++t) {
            for (std::int64_t r = 0; r < rows; ++r) {
                double sum = 0.0, allowed = 0.0;
                for (std::int64_t c = 0; c < columns; ++c) {
                    const double a = w[std::size_t(r * columns + c)], b = x[std::size_t(t * columns + c)];
                    const double da = 0.5 * double(matrix.scale[std::size_t(r * matrix.n_groups + c / 32)]);
                    const double db = 0.5 * double(vectors.scale[std::size_t((t * matrix.n_groups + c / 32) * 8)]);
                    sum += a * b;
                    allowed += std::abs(a) * db + std::abs(b) * da + da * db;
                }
                EXPECT_NEAR(first[std::size_t(t * rows + r)], sum, allowed + 1e-5);
                worst = std::max(worst, std::abs(double(first[std::size_t(t * rows + r)]) - sum) / allowed);
            }
        }
        EXPECT_GT(worst, 0.0);  // it is quantised at all
    }
    // Extremes: 127 * 127 in every place, and a row of zeros.
    const std::vector<float> ones(64, 1.0f), zeros(64, 0.0f);
    Int8Vectors vectors;
    quantise_vectors(ones.data(), 1, 64, vectors);
    for (const auto level : int8_levels()) {
        float y = 1.0f, z = 1.0f;
        multiply_int8(level)(quantise_matrix(ones, 1, 64), 0, 1, vectors, &y, 1);
        multiply_int8(level)(quantise_matrix(zeros, 1, 64), 0, 1, vectors, &z, 1);
        EXPECT_NEAR(y, 64.0f, 64 * 0x1p-22f);
        EXPECT_EQ(z, 0.0f);
    }
    // An entry that is not finite does not vanish in the conversion.
    std::vector<float> broken = ones;
    broken[3] = std::nanf("");
    quantise_vectors(broken.data(), 1, 64, vectors);
    float y = 0.0f;
    multiply_int8()(quantise_matrix(ones, 1, 64), 0, 1, vectors, &y, 1);
    EXPECT_TRUE(std::isnan(y));
}

}  // namespace
