#include "solvers/particle/walls.hpp"

#include "solvers/core/dispatch.hpp"
#include "solvers/particle/kernels.hpp"
#include "solvers/particle/noise_term.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

DYNKIN_CLONES void fold_at_lower(double* x, double a, Index n) {
    for (Index q = 0; q < n; ++q) x[q] = x[q] < a ? 2.0 * a - x[q] : x[q];
}

DYNKIN_CLONES void fold_at_upper(double* x, double b, Index n) {
    for (Index q = 0; q < n; ++q) x[q] = x[q] > b ? 2.0 * b - x[q] : x[q];
}

// The saw-tooth of period 2 (b - a); states inside are left bit for bit.
DYNKIN_CLONES void fold_between(double* x, double a, double b, Index n) {
    const double length = b - a, period = 2.0 * length;
    for (Index q = 0; q < n; ++q) {
        const double y = x[q] - a, z = y - period * std::floor(y / period);
        const double folded = a + (z > length ? period - z : z);
        x[q] = ((x[q] >= a) & (x[q] <= b)) ? x[q] : folded;
    }
}

DYNKIN_CLONES void wrap(double* x, double a, double b, Index n) {
    const double length = b - a;
    for (Index q = 0; q < n; ++q) {
        const double wrapped = x[q] - length * std::floor((x[q] - a) / length);
        const double inside = wrapped < b ? wrapped : a;  // round-off may put it on the upper end
        x[q] = ((x[q] >= a) & (x[q] < b)) ? x[q] : inside;
    }
}

void stop_at(BlockState& state, int axis, Index q, double wall) {
    state.x.row(axis)[q] = wall;
    state.alive.row(0)[q] = 0.0;
}

}  // namespace

Walls::Walls(const Process& process, Domain domain) : process_(process), domain_(std::move(domain)) {
    for (const AxisDomain& axis : domain_)
        for (const Boundary side : {axis.at_lower, axis.at_upper}) {
            absorbing_ = absorbing_ || side == Boundary::absorbing;
            reflecting_ = reflecting_ || side == Boundary::reflecting;
            confining_ = confining_ || side == Boundary::reflecting || side == Boundary::periodic;
        }
}

void Walls::variance(Points points, double t, Scratch& scratch, Rows out) const {
    const int m = process_.noise_dim();
    const NoiseTerm sigma(process_, points, t, scratch, 0);
    for (int j = 0; j < process_.dim(); ++j) {
        const AxisDomain& axis = domain_[static_cast<std::size_t>(j)];
        if (axis.at_lower != Boundary::absorbing && axis.at_upper != Boundary::absorbing) continue;
        std::fill_n(out.row(j), points.n, 0.0);
        for (int k = 0; k < m; ++k) {
            if (sigma.additive()) {
                const double s = sigma.value(j, k);
                for (Index q = 0; q < points.n; ++q) out.row(j)[q] += s * s;
            } else {
                rows::add_square(out.row(j), sigma.row(j, k), points.n);
            }
        }
    }
}

void Walls::absorb(BlockState& state, Points start, Points end, Rows variance, const Step& piece) const {
    const DrawSource source{piece.seed, Stream::wall, static_cast<std::uint64_t>(piece.number)};
    double* alive = state.alive.row(0);
    for (Index q = 0; q < start.n; ++q) {
        if (alive[q] == 0.0) continue;
        Draws draws(source, piece.first_particle + static_cast<std::uint64_t>(q));
        for (int j = 0; j < start.dim; ++j) {
            const AxisDomain& axis = domain_[static_cast<std::size_t>(j)];
            for (const bool lower : {true, false}) {
                if ((lower ? axis.at_lower : axis.at_upper) != Boundary::absorbing) continue;
                const double wall = lower ? axis.lower : axis.upper, inward = lower ? 1.0 : -1.0;
                const double d0 = inward * (start.component(j)[q] - wall), d1 = inward * (end.component(j)[q] - wall);
                // Probabilities below exp(-40) are not drawn.
                const double exponent = 2.0 * d0 * d1, scale = variance.row(j)[q] * piece.h;
                const bool met = d1 <= 0.0 || (exponent < 40.0 * scale && draws.uniform() < std::exp(-exponent / scale));
                if (met && alive[q] != 0.0) stop_at(state, j, q, wall);
            }
        }
    }
}

void Walls::confine(BlockState& state, Rows push) const {
    if (push.data != nullptr)
        for (int j = 0; j < state.x.n_rows(); ++j) std::fill_n(push.row(j), state.n, 0.0);
    if (!confining_) return;
    const double* alive = state.alive.row(0);
    for (std::size_t j = 0; j < domain_.size(); ++j) {
        const AxisDomain& axis = domain_[j];
        const int component = static_cast<int>(j);
        double* x = state.x.row(component);
        const bool at_lower = axis.at_lower == Boundary::reflecting, at_upper = axis.at_upper == Boundary::reflecting;
        if (axis.at_lower == Boundary::periodic) wrap(x, axis.lower, axis.upper, state.n);
        if (!at_lower && !at_upper) continue;
        const bool record = push.data != nullptr;
        if (record) rows::copy(push.row(component), x, state.n);
        if (at_lower && at_upper)
            fold_between(x, axis.lower, axis.upper, state.n);
        else if (at_lower)
            fold_at_lower(x, axis.lower, state.n);
        else
            fold_at_upper(x, axis.upper, state.n);
        if (record)
            for (Index q = 0; q < state.n; ++q) push.row(component)[q] = alive[q] * (x[q] - push.row(component)[q]);
        for (Index q = 0; q < state.n; ++q) {
            if (axis.at_upper == Boundary::absorbing && x[q] > axis.upper) stop_at(state, component, q, axis.upper);
            if (axis.at_lower == Boundary::absorbing && x[q] < axis.lower) stop_at(state, component, q, axis.lower);
        }
    }
}

void Walls::admit(BlockState& state) const {
    if (!any()) return;
    for (std::size_t j = 0; j < domain_.size(); ++j) {
        const AxisDomain& axis = domain_[j];
        const int component = static_cast<int>(j);
        for (Index q = 0; q < state.n; ++q) {
            const double x = state.x.row(component)[q];
            if (axis.at_lower == Boundary::absorbing && x <= axis.lower) stop_at(state, component, q, axis.lower);
            if (axis.at_upper == Boundary::absorbing && x >= axis.upper) stop_at(state, component, q, axis.upper);
        }
    }
    confine(state, Rows{});
}

}  // namespace dynkin
