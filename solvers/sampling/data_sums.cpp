#include "solvers/sampling/data_sums.hpp"

#include "solvers/core/dispatch.hpp"
#include "solvers/core/elementary.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace dynkin::detail {
namespace {

// Eight numbers. Written as such: of loops over sixteen the compiler keeps some in registers and some not. Operations
// are those of elementary::exp, one by one, so every level gives the same bits; arguments are references, as vectors
// that the baseline lacks have no way to be passed.
using V = double __attribute__((vector_size(64), may_alias));
using Bits = std::uint64_t __attribute__((vector_size(64), may_alias));
constexpr int width = 8, parts = static_cast<int>(unit) / width;

// Lane by lane into a new vector: this the compiler makes one instruction of.
#define DYNKIN_MULTIPLY_ADD(a, b, sum)                                                   \
    do {                                                                                 \
        const V a_ = (a), b_ = (b), c_ = (sum);                                          \
        sum = V{__builtin_fma(a_[0], b_[0], c_[0]), __builtin_fma(a_[1], b_[1], c_[1]),  \
                __builtin_fma(a_[2], b_[2], c_[2]), __builtin_fma(a_[3], b_[3], c_[3]),  \
                __builtin_fma(a_[4], b_[4], c_[4]), __builtin_fma(a_[5], b_[5], c_[5]),  \
                __builtin_fma(a_[6], b_[6], c_[6]), __builtin_fma(a_[7], b_[7], c_[7])}; \
    } while (false)

// e^r on |r| <= log(2) / 2 interpolated at the eleven Chebyshev points: relative error below 3.3e-16, three terms fewer
// than Taylor's series needs.
constexpr double near_minimax[] = {0x1.0000000000000p+0,  0x1.000000000001ep+0,  0x1.0000000000005p-1,
                                   0x1.555555554b757p-3,  0x1.55555555520afp-5,  0x1.1111112dd67d7p-7,
                                   0x1.6c16c17f43a64p-10, 0x1.a01978c6b760ep-13, 0x1.a019a66a7378bp-16,
                                   0x1.72faf02873319p-19, 0x1.28a2c0a99e1f7p-22};

/// x = e^x, 0 below `negligible`; -inf <= x <= 700.
DYNKIN_INLINE void exponential(V& x) {
    using namespace elementary;
    const V lowest = V{} + negligible, bounded = x < lowest ? lowest : x;
    V shifted = V{} + rounding;
    DYNKIN_MULTIPLY_ADD(bounded, V{} + 1.44269504088896340736, shifted);
    const V n = shifted - rounding;
    V r = bounded;
    DYNKIN_MULTIPLY_ADD(n, V{} - 0.69314718036912381649, r);
    DYNKIN_MULTIPLY_ADD(n, V{} - 1.9082149292705877e-10, r);
    constexpr int degree = static_cast<int>(std::size(near_minimax)) - 1;
    V value = V{} + near_minimax[degree];
#pragma GCC unroll 16
    for (int k = degree - 1; k >= 0; --k) {
        V next = V{} + near_minimax[k];
        DYNKIN_MULTIPLY_ADD(value, r, next);
        value = next;
    }
    const Bits power = (reinterpret_cast<const Bits&>(shifted) + 1023) << 52;
    value *= reinterpret_cast<const V&>(power);
    x = x < lowest ? V{} : value;
}

DYNKIN_INLINE V* vectors(Numbers& numbers) {
    return reinterpret_cast<V*>(numbers.data());
}

/// l for all rows; their largest in top (unit).
DYNKIN_CLONES void logits(const double* y, const double* log_weight, int n_rows, int dim, double precision,
                          DataSums& sums, double* top) {
    const V* x = vectors(sums.x);
    V* l = vectors(sums.l);
    V largest[parts];
    for (V& entry : largest) entry = V{} - HUGE_VAL;
    for (int r = 0; r < n_rows; r += strip) {
        V square[strip][parts] = {};
        for (int j = 0; j < dim; ++j)
#pragma GCC unroll 4
            for (int k = 0; k < strip; ++k) {
                const double yj = y[(r + k) * dim + j];
#pragma GCC unroll 2
                for (int p = 0; p < parts; ++p) {
                    const V d = x[j * parts + p] - yj;
                    DYNKIN_MULTIPLY_ADD(d, d, square[k][p]);
                }
            }
#pragma GCC unroll 4
        for (int k = 0; k < strip; ++k)
#pragma GCC unroll 2
            for (int p = 0; p < parts; ++p) {
                V value = V{} + log_weight[r + k];
                DYNKIN_MULTIPLY_ADD(square[k][p], V{} - precision, value);
                l[(r + k) * parts + p] = value;
                largest[p] = largest[p] < value ? value : largest[p];
            }
    }
    for (int p = 0; p < parts; ++p) reinterpret_cast<V*>(top)[p] = largest[p];
}

/// The rows that count for one of the points at least, by strips: their numbers, and l - largest moved together.
DYNKIN_CLONES int list_rows(int n_rows, DataSums& sums, int* listed) {
    V* l = vectors(sums.l);
    const V* largest = vectors(sums.largest);
    int n_listed = 0;
    for (int r = 0; r < n_rows; r += strip) {
        V d[strip][parts], most = V{} - HUGE_VAL;
#pragma GCC unroll 4
        for (int k = 0; k < strip; ++k)
#pragma GCC unroll 2
            for (int p = 0; p < parts; ++p) {
                d[k][p] = l[(r + k) * parts + p] - largest[p];
                most = most < d[k][p] ? d[k][p] : most;
            }
        alignas(64) double of_points[width];
        reinterpret_cast<V&>(of_points) = most;
        bool counts = false;
        for (const double entry : of_points) counts |= entry > negligible;
        if (!counts) continue;
#pragma GCC unroll 4
        for (int k = 0; k < strip; ++k) {
#pragma GCC unroll 2
            for (int p = 0; p < parts; ++p) l[(n_listed + k) * parts + p] = d[k][p];
            listed[n_listed + k] = r + k;
        }
        n_listed += strip;
    }
    return n_listed;
}

/// weighted += sum over the rows listed of e y for n_columns columns from y on, their sums in registers.
template <int n_columns>
DYNKIN_INLINE void add_columns(const double* y, int dim, const V* e, const int* listed, int n_listed, V* weighted) {
    V sum[n_columns][parts];
#pragma GCC unroll 4
    for (int c = 0; c < n_columns; ++c)
#pragma GCC unroll 2
        for (int p = 0; p < parts; ++p) sum[c][p] = weighted[c * parts + p];
    for (int i = 0; i < n_listed; ++i) {
        const double* row = y + listed[i] * dim;
#pragma GCC unroll 4
        for (int c = 0; c < n_columns; ++c)
#pragma GCC unroll 2
            for (int p = 0; p < parts; ++p) DYNKIN_MULTIPLY_ADD(e[i * parts + p], V{} + row[c], sum[c][p]);
    }
#pragma GCC unroll 4
    for (int c = 0; c < n_columns; ++c)
#pragma GCC unroll 2
        for (int p = 0; p < parts; ++p) weighted[c * parts + p] = sum[c][p];
}

DYNKIN_CLONES void add_rows(const double* y, int dim, const int* listed, int n_listed, DataSums& sums) {
    V *e = vectors(sums.l), *weighted = vectors(sums.weighted), *total = vectors(sums.total);
    for (int i = 0; i < n_listed * parts; i += 4) {  // whole strips, so whole fours
        exponential(e[i]);
        exponential(e[i + 1]);
        exponential(e[i + 2]);
        exponential(e[i + 3]);
    }
    V all[parts];
    for (int p = 0; p < parts; ++p) all[p] = total[p];
    for (int i = 0; i < n_listed; ++i)
#pragma GCC unroll 2
        for (int p = 0; p < parts; ++p) all[p] += e[i * parts + p];
    for (int p = 0; p < parts; ++p) total[p] = all[p];
    int j = 0;
    for (; j + 4 <= dim; j += 4) add_columns<4>(y + j, dim, e, listed, n_listed, weighted + j * parts);
    for (; j + 2 <= dim; j += 2) add_columns<2>(y + j, dim, e, listed, n_listed, weighted + j * parts);
    for (; j < dim; ++j) add_columns<1>(y + j, dim, e, listed, n_listed, weighted + j * parts);
}

}  // namespace

DataSums::DataSums(int dim)
    : largest(unit), total(unit), weighted(static_cast<std::size_t>(dim) * unit), x(weighted.size()), l(tile * unit) {}

void DataSums::clear() {
    std::fill(largest.begin(), largest.end(), -HUGE_VAL);
    std::fill(total.begin(), total.end(), 0.0);
    std::fill(weighted.begin(), weighted.end(), 0.0);
}

void DataSums::add(const double* y, const double* log_weight, int n_rows, double precision) {
    const int dim = static_cast<int>(x.size() / unit);
    alignas(64) double top[unit];
    logits(y, log_weight, n_rows, dim, precision, *this, top);
    bool counts = false, raises = false;
    for (Index q = 0; q < unit; ++q) {
        counts |= top[q] - largest[static_cast<std::size_t>(q)] > negligible;
        raises |= top[q] > largest[static_cast<std::size_t>(q)];
    }
    if (!counts) return;
    if (raises)
        for (std::size_t q = 0; q < unit; ++q) {
            if (!(top[q] > largest[q])) continue;
            const double shift = elementary::exp(largest[q] - top[q]);
            largest[q] = top[q];
            total[q] *= shift;
            for (std::size_t j = 0; j < static_cast<std::size_t>(dim); ++j) weighted[j * unit + q] *= shift;
        }
    int listed[tile];
    const int n_listed = list_rows(n_rows, *this, listed);
    add_rows(y, dim, listed, n_listed, *this);
}

}  // namespace dynkin::detail
