#include "solvers/particle/moments.hpp"

#include "solvers/core/dispatch.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace dynkin {
namespace {

DYNKIN_INLINE double add_lanes(const double* s) {
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

DYNKIN_INLINE double ordered_sum_inline(const double* y, Index n) {
    double s[8] = {};
    Index q = 0;
    for (; q + 8 <= n; q += 8)
        for (int l = 0; l < 8; ++l) s[l] += y[q + l];
    for (int l = 0; q + l < n; ++l) s[l] += y[q + l];
    return add_lanes(s);
}

DYNKIN_CLONES double ordered_sum_kernel(const double* y, Index n) {
    return ordered_sum_inline(y, n);
}

constexpr Index centred_stride = leaf_size + 8;  // a power of two would put all rows into the same few cache sets

// Eight particles in registers whatever the level.
using Lanes = double __attribute__((vector_size(8 * sizeof(double))));

DYNKIN_INLINE void load(Lanes& to, const double* from) {
    std::memcpy(&to, from, sizeof to);
}

// The tree of add_lanes by halves.
DYNKIN_INLINE double add_halves(const Lanes& s) {
    using Four = double __attribute__((vector_size(4 * sizeof(double))));
    using Two = double __attribute__((vector_size(2 * sizeof(double))));
    const Four four = __builtin_shufflevector(s, s, 0, 1, 2, 3) + __builtin_shufflevector(s, s, 4, 5, 6, 7);
    const Two two = __builtin_shufflevector(four, four, 0, 1) + __builtin_shufflevector(four, four, 2, 3);
    return two[0] + two[1];
}

// sum_q y_q z_q for `count` rows z, each in eight interleaved partial sums. Rows end in zeros up to a multiple of
// eight.
template <int count>
DYNKIN_INLINE void products(const double* y, const double* z, Index n, double* out) {
    Lanes sums[count] = {};
    for (Index q = 0; q < n; q += 8) {
        Lanes a, b[count];
        load(a, y + q);
#pragma GCC unroll 8
        for (int l = 0; l < count; ++l) load(b[l], z + l * centred_stride + q);
#pragma GCC unroll 8
        for (int l = 0; l < count; ++l) sums[l] += a * b[l];
    }
#pragma GCC unroll 8
    for (int l = 0; l < count; ++l) out[l] = add_halves(sums[l]);
}

// Means of rows y, and the products of the centred rows in packed lower triangle. `centred` has n_rows * leaf_size
// places.
DYNKIN_CLONES void moments_of_leaf(Rows y, int n_rows, Index n, double* __restrict centred, double* mean,
                                   double* comoment) {
    const Index padded = (n + 7) / 8 * 8;
    for (int k = 0; k < n_rows; ++k) {
        const double m = ordered_sum_inline(y.row(k), n) / static_cast<double>(n);
        const double* __restrict row = y.row(k);
        double* c = centred + k * centred_stride;
        for (Index q = 0; q < n; ++q) c[q] = row[q] - m;
        for (Index q = n; q < padded; ++q) c[q] = 0.0;
        mean[k] = m;
        int l = 0;
        for (; l + 8 <= k + 1; l += 8) products<8>(c, centred + l * centred_stride, padded, comoment + l);
        for (; l + 2 <= k + 1; l += 2) products<2>(c, centred + l * centred_stride, padded, comoment + l);
        for (; l <= k; ++l) products<1>(c, centred + l * centred_stride, padded, comoment + l);
        comoment += k + 1;
    }
}

}  // namespace

double ordered_sum(const double* y, Index n) {
    return ordered_sum_kernel(y, n);
}

Moments Moments::of(Rows y, int n_rows, Index n) {
    Moments out;
    out.n = static_cast<double>(n);
    out.mean.resize(static_cast<std::size_t>(n_rows));
    out.comoment.resize(static_cast<std::size_t>(n_rows * (n_rows + 1) / 2));
    thread_local std::vector<double, CacheLineAllocator<double>> centred;
    centred.resize(static_cast<std::size_t>(n_rows * centred_stride));
    moments_of_leaf(y, n_rows, n, centred.data(), out.mean.data(), out.comoment.data());
    return out;
}

Moments Moments::of_pairs(Rows y, int n_rows, Index n) {
    thread_local Block means;
    if (means.n_rows() < n_rows) means.resize(n_rows, leaf_size / 2);
    std::vector<double> half_difference;
    for (int k = 0; k < n_rows; ++k) {
        const double* row = y.row(k);
        double* mean = means.row(k);
        double squares[leaf_size / 2];
        for (Index j = 0; j < n / 2; ++j) {
            const double difference = 0.5 * (row[2 * j] - row[2 * j + 1]);
            mean[j] = 0.5 * (row[2 * j] + row[2 * j + 1]);
            squares[j] = difference * difference;
        }
        half_difference.push_back(ordered_sum(squares, n / 2) / static_cast<double>(n / 2));
    }
    Moments out = of(means.rows(), n_rows, n / 2);
    out.half_difference = std::move(half_difference);
    return out;
}

Moments Moments::of_groups(int dependent_particles, Rows y, int n_rows, Index n) {
    return dependent_particles == 2 ? of_pairs(y, n_rows, n) : of(y, n_rows, n);
}

void Moments::merge(const Moments& next) {
    const double total = n + next.n, share = next.n / total, weight = n * share;
    std::size_t e = 0;
    for (std::size_t k = 0; k < mean.size(); ++k) {
        const double delta = next.mean[k] - mean[k];
        for (std::size_t l = 0; l <= k; ++l, ++e)
            comoment[e] += next.comoment[e] + weight * delta * (next.mean[l] - mean[l]);
    }
    for (std::size_t k = 0; k < mean.size(); ++k) mean[k] += share * (next.mean[k] - mean[k]);
    for (std::size_t k = 0; k < half_difference.size(); ++k)
        half_difference[k] += share * (next.half_difference[k] - half_difference[k]);
    n = total;
}

double Moments::covariance(int k, int l) const {
    if (n < 2.0) return 0.0;
    if (l > k) std::swap(k, l);
    return comoment[static_cast<std::size_t>(k * (k + 1) / 2 + l)] / (n - 1.0);
}

double Moments::variance_of_particle(int k) const {
    return covariance(k, k) + (half_difference.empty() ? 0.0 : half_difference[static_cast<std::size_t>(k)]);
}

double Moments::standard_error(int k) const {
    return n > 0.0 ? std::sqrt(covariance(k, k) / n) : 0.0;
}

void MomentTree::add(int level, std::uint64_t index, Node node) {
    for (;;) {
        const auto sibling = waiting_.find({level, index ^ 1u});
        if (sibling == waiting_.end()) {
            waiting_.emplace(std::make_pair(level, index), std::move(node));
            return;
        }
        Node& left = index % 2 == 0 ? node : sibling->second;
        const Node& right = index % 2 == 0 ? sibling->second : node;
        for (std::size_t output = 0; output < left.size(); ++output) left[output].merge(right[output]);
        if (index % 2 != 0) node = std::move(sibling->second);
        waiting_.erase(sibling);
        ++level;
        index >>= 1;
    }
}

void MomentTree::move_to(MomentTree& other) {
    for (auto& [place, node] : waiting_) other.add(place.first, place.second, std::move(node));
    waiting_.clear();
}

MomentTree::Node MomentTree::total() {
    std::vector<std::pair<std::uint64_t, Node>> left_to_right;
    for (auto& [place, node] : waiting_) left_to_right.emplace_back(place.second << place.first, std::move(node));
    waiting_.clear();
    std::sort(left_to_right.begin(), left_to_right.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    Node sum;
    for (auto it = left_to_right.rbegin(); it != left_to_right.rend(); ++it) {
        for (std::size_t output = 0; output < sum.size(); ++output) it->second[output].merge(sum[output]);
        sum = std::move(it->second);
    }
    return sum;
}

}  // namespace dynkin
