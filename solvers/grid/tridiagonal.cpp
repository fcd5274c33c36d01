#include "solvers/grid/tridiagonal.hpp"

#include "solvers/core/dispatch.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/grid/line_kernels.hpp"

#include <algorithm>
#include <string>

namespace dynkin {

namespace {

constexpr int W = batch_width;
static_assert(W == detail::line_lanes);

// One line. The kernels for batches are in line_kernels.hpp.
void solve_open_line(int n, const double* __restrict forward, const double* __restrict pivot,
                     const double* __restrict backward, double* __restrict x) {
    double y = 0.0;
    for (int i = 0; i < n; ++i) x[i] = y = x[i] + forward[i] * y;
    y = 0.0;
    for (int i = n - 1; i >= 0; --i) x[i] = y = x[i] * pivot[i] + backward[i] * y;
}

template <int L, int F>
DYNKIN_INLINE void solve_cyclic(int n, const double* __restrict forward, const double* __restrict pivot,
                                const double* __restrict backward, const double* __restrict border,
                                const double* __restrict last_row, double* __restrict x) {
    double y[L], gathered[L];
    for (int l = 0; l < L; ++l) {
        y[l] = x[l];
        gathered[l] = last_row[F == 1 ? 0 : l] * y[l];
    }
    for (int i = 1; i < n - 1; ++i) {
        double* row = x + Index{i} * L;
        const double* f = forward + Index{i} * F;
        const double* r = last_row + Index{i} * F;
        for (int l = 0; l < L; ++l) {
            y[l] = row[l] + f[F == 1 ? 0 : l] * y[l];
            gathered[l] += r[F == 1 ? 0 : l] * y[l];
            row[l] = y[l];
        }
    }
    double* last = x + Index{n - 1} * L;
    const double* p_last = pivot + Index{n - 1} * F;
    double at_last[L];
    for (int l = 0; l < L; ++l) {
        at_last[l] = (last[l] + gathered[l]) * p_last[F == 1 ? 0 : l];
        last[l] = at_last[l];
        y[l] = 0.0;
    }
    for (int i = n - 2; i >= 0; --i) {
        double* row = x + Index{i} * L;
        const double* p = pivot + Index{i} * F;
        const double* b = backward + Index{i} * F;
        const double* g = border + Index{i} * F;
        for (int l = 0; l < L; ++l) {
            y[l] = row[l] * p[F == 1 ? 0 : l] + b[F == 1 ? 0 : l] * y[l] + g[F == 1 ? 0 : l] * at_last[l];
            row[l] = y[l];
        }
    }
}

// Elimination from cell 0 upwards. `excess` is what leaves a cell for good: 1 + tau loss, plus the share of what it
// sends down that leaves from there. The pivot is excess + flow to the cells not yet eliminated.
template <int L>
DYNKIN_INLINE void factor_open(int n, double tau, const LineRates& rates, double* __restrict forward,
                               double* __restrict pivot, double* __restrict backward) {
    double excess[L] = {};
    for (int i = 0; i < n; ++i) {
        const Index o = Index{i} * L;
        for (int l = 0; l < L; ++l) {
            const double down = i > 0 ? tau * rates.down[o + l] : 0.0;
            const double up = i + 1 < n ? tau * rates.up[o + l] : 0.0;
            const double carried = i > 0 ? down * excess[l] * pivot[o - L + l] : 0.0;
            excess[l] = 1.0 + tau * rates.loss[o + l] + carried;
            const double inverse = 1.0 / (excess[l] + up);
            pivot[o + l] = inverse;
            forward[o + l] = i > 0 ? tau * rates.up[o - L + l] * pivot[o - L + l] : 0.0;
            backward[o + l] = i + 1 < n ? tau * rates.down[o + L + l] * inverse : 0.0;
        }
    }
}

// The last cell is eliminated last: every other cell may send mass to it (to_last) and receive from it (from_last).
template <int L>
DYNKIN_INLINE void factor_cyclic(int n, double tau, const LineRates& rates, double* __restrict forward,
                                 double* __restrict pivot, double* __restrict backward, double* __restrict border,
                                 double* __restrict last_row) {
    const Index end = Index{n - 1} * L;
    double excess[L] = {}, to_last[L] = {}, from_last[L] = {}, last_excess[L];
    for (int l = 0; l < L; ++l) last_excess[l] = 1.0 + tau * rates.loss[end + l];
    for (int i = 0; i < n - 1; ++i) {
        const Index o = Index{i} * L;
        for (int l = 0; l < L; ++l) {
            const double down = tau * rates.down[o + l];
            const double up = tau * rates.up[o + l];
            if (i == 0) {
                excess[l] = 1.0 + tau * rates.loss[o + l];
                to_last[l] = down;
                from_last[l] = tau * rates.up[end + l];
                forward[o + l] = 0.0;
            } else {
                const double previous = pivot[o - L + l], previous_up = tau * rates.up[o - L + l];
                excess[l] = 1.0 + tau * rates.loss[o + l] + down * excess[l] * previous;
                to_last[l] = down * to_last[l] * previous;
                from_last[l] = from_last[l] * previous_up * previous;
                forward[o + l] = previous_up * previous;
            }
            double next = up;  // flow to cell i + 1, as long as that is not the last cell
            if (i == n - 2) {
                to_last[l] += up;
                from_last[l] += tau * rates.down[end + l];
                next = 0.0;
            }
            const double inverse = 1.0 / (excess[l] + next + to_last[l]);
            pivot[o + l] = inverse;
            last_row[o + l] = to_last[l] * inverse;
            border[o + l] = from_last[l] * inverse;
            backward[o + l] = i < n - 2 ? tau * rates.down[o + L + l] * inverse : 0.0;
            last_excess[l] += from_last[l] * excess[l] * inverse;
        }
    }
    for (int l = 0; l < L; ++l) {
        pivot[end + l] = 1.0 / last_excess[l];
        forward[end + l] = backward[end + l] = border[end + l] = last_row[end + l] = 0.0;
    }
}

DYNKIN_CLONES void solve_cyclic_line(int n, const double* f, const double* p, const double* b, const double* g,
                                     const double* r, double* x) {
    solve_cyclic<1, 1>(n, f, p, b, g, r, x);
}
DYNKIN_CLONES void solve_cyclic_shared(int n, const double* f, const double* p, const double* b, const double* g,
                                       const double* r, double* x) {
    solve_cyclic<W, 1>(n, f, p, b, g, r, x);
}
DYNKIN_CLONES void solve_cyclic_batch(int n, const double* f, const double* p, const double* b, const double* g,
                                      const double* r, double* x) {
    solve_cyclic<W, W>(n, f, p, b, g, r, x);
}
DYNKIN_CLONES void factor_open_batch(int n, double tau, const LineRates& rates, double* f, double* p, double* b) {
    factor_open<W>(n, tau, rates, f, p, b);
}
DYNKIN_CLONES void factor_cyclic_batch(int n, double tau, const LineRates& rates, double* f, double* p, double* b,
                                       double* g, double* r) {
    factor_cyclic<W>(n, tau, rates, f, p, b, g, r);
}

DYNKIN_CLONES void mix(int n, double weight, const double* __restrict other, Index stride, double* __restrict x) {
    for (int i = 0; i < n; ++i)
        for (int l = 0; l < W; ++l) {
            const double right = other[i * stride + l];
            x[Index{i} * W + l] = weight == 0.0 ? right : weight * x[Index{i} * W + l] + (1.0 - weight) * right;
        }
}

// n is a multiple of W.
DYNKIN_CLONES bool any_negative(Index n, const double* __restrict x) {
    double smallest[W] = {};
    for (Index i = 0; i < n; i += W)
        for (int l = 0; l < W; ++l) smallest[l] = x[i + l] < smallest[l] ? x[i + l] : smallest[l];
    return std::any_of(smallest, smallest + W, [](double v) { return v < 0.0; });
}

template <int L>
DYNKIN_INLINE void apply(int n, bool cyclic, const LineRates& rates, const double* __restrict x,
                         double* __restrict out) {
    const Index end = Index{n - 1} * L;
    for (int i = 0; i < n; ++i) {
        const Index o = Index{i} * L;
        const Index below = i > 0 ? o - L : end, above = i + 1 < n ? o + L : 0;
        const double has_below = i > 0 || cyclic ? 1.0 : 0.0, has_above = i + 1 < n || cyclic ? 1.0 : 0.0;
        for (int l = 0; l < L; ++l) {
            const double gain = has_below * (rates.up[below + l] * x[below + l] - rates.down[o + l] * x[o + l]) +
                                has_above * (rates.down[above + l] * x[above + l] - rates.up[o + l] * x[o + l]);
            out[o + l] = gain - rates.loss[o + l] * x[o + l];
        }
    }
}

DYNKIN_CLONES void apply_batch(int n, bool cyclic, const LineRates& rates, const double* x, double* out) {
    apply<W>(n, cyclic, rates, x, out);
}

}  // namespace

void LineFactors::factor(int n, int width, bool cyclic, double tau, const LineRates& rates) {
    if (n < 1 || (cyclic && n < 3) || (width != 1 && width != batch_width))
        throw ConfigError("LineFactors: a line needs at least one cell, a cyclic one three, in batches of 1 or " +
                          std::to_string(batch_width) + " lines (got n = " + std::to_string(n) +
                          ", width = " + std::to_string(width) + ")");
    n_ = n;
    width_ = width;
    cyclic_ = cyclic;
    const auto size = static_cast<std::size_t>(n) * static_cast<std::size_t>(width);
    for (auto* v : {&forward_, &pivot_, &backward_}) v->resize(size);
    if (!cyclic) {
        if (width == 1)
            factor_open<1>(n, tau, rates, forward_.data(), pivot_.data(), backward_.data());
        else
            factor_open_batch(n, tau, rates, forward_.data(), pivot_.data(), backward_.data());
        return;
    }
    border_.resize(size);
    last_row_.resize(size);
    if (width == 1)
        factor_cyclic<1>(n, tau, rates, forward_.data(), pivot_.data(), backward_.data(), border_.data(),
                         last_row_.data());
    else
        factor_cyclic_batch(n, tau, rates, forward_.data(), pivot_.data(), backward_.data(), border_.data(),
                            last_row_.data());
}

void LineFactors::solve_line(double* x) const {
    if (cyclic_)
        solve_cyclic_line(n_, forward_.data(), pivot_.data(), backward_.data(), border_.data(), last_row_.data(), x);
    else
        solve_open_line(n_, forward_.data(), pivot_.data(), backward_.data(), x);
}

bool LineFactors::solve_batch(double* x) const {
    return solve_batch_mixed(1.0, nullptr, 0, x);
}

bool LineFactors::solve_batch_of(const double* right, Index stride, double* x) const {
    return solve_batch_mixed(0.0, right, stride, x);
}

bool LineFactors::solve_batch_mixed(double weight, const double* other, Index stride, double* x) const {
    const double *f = forward_.data(), *p = pivot_.data(), *b = backward_.data();
    if (!cyclic_) {
        const auto& kernels = detail::line_kernels();
        return (width_ == 1 ? kernels.shared : kernels.own)({n_, f, p, b}, {weight, other, stride}, x);
    }
    if (weight != 1.0) mix(n_, weight, other, stride, x);
    const double *g = border_.data(), *r = last_row_.data();
    width_ == 1 ? solve_cyclic_shared(n_, f, p, b, g, r, x) : solve_cyclic_batch(n_, f, p, b, g, r, x);
    return any_negative(Index{n_} * W, x);
}

void apply_line_generator(int n, int width, bool cyclic, const LineRates& rates, const double* x, double* out) {
    if (width == 1)
        apply<1>(n, cyclic, rates, x, out);
    else
        apply_batch(n, cyclic, rates, x, out);
}

}  // namespace dynkin
