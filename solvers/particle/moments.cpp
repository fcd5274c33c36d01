#include "solvers/particle/moments.hpp"

#include "solvers/core/dispatch.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

DYNKIN_INLINE double add_lanes(const double* s) {
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

DYNKIN_CLONES double ordered_sum_kernel(const double* y, Index n) {
    double s[8] = {};
    Index q = 0;
    for (; q + 8 <= n; q += 8)
        for (int l = 0; l < 8; ++l) s[l] += y[q + l];
    for (int l = 0; q + l < n; ++l) s[l] += y[q + l];
    return add_lanes(s);
}

DYNKIN_CLONES double ordered_product(const double* y, const double* z, Index n) {
    double s[8] = {};
    Index q = 0;
    for (; q + 8 <= n; q += 8)
        for (int l = 0; l < 8; ++l) s[l] += y[q + l] * z[q + l];
    for (int l = 0; q + l < n; ++l) s[l] += y[q + l] * z[q + l];
    return add_lanes(s);
}

}  // namespace

double ordered_sum(const double* y, Index n) { return ordered_sum_kernel(y, n); }

Moments Moments::of(Rows y, int n_rows, Index n) {
    Moments out;
    out.n = static_cast<double>(n);
    out.mean.reserve(static_cast<std::size_t>(n_rows));
    out.comoment.reserve(static_cast<std::size_t>(n_rows * (n_rows + 1) / 2));
    thread_local std::vector<double> centred;
    centred.resize(static_cast<std::size_t>(n_rows) * static_cast<std::size_t>(leaf_size));
    for (int k = 0; k < n_rows; ++k) {
        const double mean = ordered_sum_kernel(y.row(k), n) / out.n;
        double* c = centred.data() + k * leaf_size;
        for (Index q = 0; q < n; ++q) c[q] = y.row(k)[q] - mean;
        out.mean.push_back(mean);
        for (int l = 0; l <= k; ++l) out.comoment.push_back(ordered_product(c, centred.data() + l * leaf_size, n));
    }
    return out;
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
    n = total;
}

double Moments::covariance(int k, int l) const {
    if (n < 2.0) return 0.0;
    if (l > k) std::swap(k, l);
    return comoment[static_cast<std::size_t>(k * (k + 1) / 2 + l)] / (n - 1.0);
}

double Moments::standard_error(int k) const { return n > 0.0 ? std::sqrt(covariance(k, k) / n) : 0.0; }

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
    std::sort(left_to_right.begin(), left_to_right.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    Node sum;
    for (auto it = left_to_right.rbegin(); it != left_to_right.rend(); ++it) {
        for (std::size_t output = 0; output < sum.size(); ++output) it->second[output].merge(sum[output]);
        sum = std::move(it->second);
    }
    return sum;
}

}  // namespace dynkin
