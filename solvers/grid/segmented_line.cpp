#include "solvers/grid/segmented_line.hpp"

#include "solvers/core/dispatch.hpp"
#include "solvers/grid/line_kernels.hpp"

#include <algorithm>

#include <algorithm>

namespace dynkin {
namespace {

constexpr int W = batch_width;

// Segment l is x + l * n_rows; whole tiles of eight rows, which the compiler transposes in registers, then the rest.
DYNKIN_CLONES void segments_to_lanes(int n_rows, const double* __restrict x, double* __restrict lanes) {
    int i = 0;
    for (; i + 8 <= n_rows; i += 8)
        for (int l = 0; l < W; ++l)
            for (int c = 0; c < 8; ++c) lanes[(i + c) * W + l] = x[l * n_rows + i + c];
    for (; i < n_rows; ++i)
        for (int l = 0; l < W; ++l) lanes[i * W + l] = x[l * n_rows + i];
}

DYNKIN_CLONES void lanes_to_segments(int n_rows, const double* __restrict lanes, double* __restrict x) {
    int i = 0;
    for (; i + 8 <= n_rows; i += 8)
        for (int l = 0; l < W; ++l)
            for (int c = 0; c < 8; ++c) x[l * n_rows + i + c] = lanes[(i + c) * W + l];
    for (; i < n_rows; ++i)
        for (int l = 0; l < W; ++l) x[l * n_rows + i] = lanes[i * W + l];
}

/// Rates times tau, zero across the ends and in the cells that fill the last segments up.
struct ScaledRates {
    int n;
    double tau;
    const LineRates& rates;

    double up(int c) const { return c >= 0 && c + 1 < n ? tau * rates.up[c] : 0.0; }
    double down(int c) const { return c > 0 && c < n ? tau * rates.down[c] : 0.0; }
    double excess(int c) const { return c < n ? 1.0 + tau * rates.loss[c] : 1.0; }
};

}  // namespace

void SegmentedLine::factor(int n, double tau, const LineRates& rates) {
    n_ = n;
    n_rows_ = (n + W - 1) / W;
    const auto size = static_cast<std::size_t>(n_rows_) * W;
    for (auto* v : {&forward_, &pivot_, &backward_, &below_, &border_}) v->assign(size, 0.0);
    for (auto* v : {&end_forward_, &end_pivot_, &end_backward_}) v->assign(W, 0.0);
    const ScaledRates scaled{n, tau, rates};

    // Rates between the last cells and out of them once the inner cells are gone, see LineFactors.
    double end_up[W + 1] = {}, end_down[W + 1] = {}, end_excess[W] = {};
    for (int l = 0; l < W; ++l) end_excess[l] = scaled.excess((l + 1) * n_rows_ - 1);
    for (int l = 0; l < W; ++l) {
        double excess = 0.0, to_below = 0.0, from_below = 0.0, inverse = 0.0;
        for (int i = 0; i + 1 < n_rows_; ++i) {
            const int c = l * n_rows_ + i;
            const auto o = static_cast<std::size_t>(i * W + l);
            const double down = scaled.down(c), passed_on = scaled.up(c - 1) * inverse;
            excess = scaled.excess(c) + (i > 0 ? down * excess * inverse : 0.0);
            to_below = i > 0 ? down * to_below * inverse : down;
            from_below = i > 0 ? from_below * passed_on : scaled.up(c - 1);
            forward_[o] = i > 0 ? passed_on : 0.0;
            const double up = scaled.up(c), back = scaled.down(c + 1);
            inverse = 1.0 / (excess + up + to_below);
            pivot_[o] = inverse;
            backward_[o] = back * inverse;
            below_[o] = to_below * inverse;
            border_[o] = from_below * inverse;
            if (l > 0) end_excess[l - 1] += from_below * excess * inverse;
            if (i + 2 < n_rows_) continue;
            end_excess[l] += back * excess * inverse;
            end_up[l] = from_below * up * inverse;    // from the end below to this one
            end_down[l] = back * to_below * inverse;  // and back
            forward_[o + W] = up * inverse;
        }
    }
    for (std::size_t l = 0; l < W; ++l) {
        if (l > 0) end_excess[l] += end_down[l] * end_excess[l - 1] * end_pivot_[l - 1];
        end_pivot_[l] = 1.0 / (end_excess[l] + end_up[l + 1]);
        end_forward_[l] = l > 0 ? end_up[l] * end_pivot_[l - 1] : 0.0;
        end_backward_[l] = end_down[l + 1] * end_pivot_[l];
    }
}

void SegmentedLine::load(const double* x, double* lanes) const {
    if (n_ == stored_size()) return segments_to_lanes(n_rows_, x, lanes);
    std::vector<double> filled(static_cast<std::size_t>(stored_size()));
    std::copy_n(x, n_, filled.data());
    segments_to_lanes(n_rows_, filled.data(), lanes);
}

void SegmentedLine::store(const double* lanes, double* x) const {
    if (n_ == stored_size()) return lanes_to_segments(n_rows_, lanes, x);
    std::vector<double> filled(static_cast<std::size_t>(stored_size()));
    lanes_to_segments(n_rows_, lanes, filled.data());
    std::copy_n(filled.data(), n_, x);
}

void SegmentedLine::solve_lanes(double* lanes) const {
    const detail::SegmentFactors factors{n_rows_,          forward_.data(), pivot_.data(),
                                         backward_.data(), below_.data(),   border_.data()};
    double below[W + 1] = {}, ends[W + 1] = {};  // ends[l + 1] is the last cell of segment l
    detail::line_kernels().segments_forward(factors, lanes, below);
    const double* last = lanes + stored_size() - W;
    for (std::size_t l = 0; l < W; ++l) ends[l + 1] = last[l] + below[l + 1] + end_forward_[l] * ends[l];
    double above = 0.0;
    for (std::size_t l = W; l-- > 0;) ends[l + 1] = above = ends[l + 1] * end_pivot_[l] + end_backward_[l] * above;
    detail::line_kernels().segments_backward(factors, ends, lanes);
}

void SegmentedLine::solve(double* x) const {
    std::vector<double> lanes(static_cast<std::size_t>(stored_size()));
    load(x, lanes.data());
    solve_lanes(lanes.data());
    store(lanes.data(), x);
}

}  // namespace dynkin
