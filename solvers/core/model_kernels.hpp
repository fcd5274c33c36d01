#pragma once
// The loops over points behind solvers/core/model.hpp, once for every model. Not for use elsewhere.
#include "solvers/core/dispatch.hpp"
#include "solvers/core/dormand_prince.hpp"
#include "solvers/core/dual.hpp"
#include "solvers/core/points.hpp"

#include <array>
#include <cmath>
#include <span>
#include <type_traits>

namespace dynkin {

/// sigma as the model writes it: entry (i, k) couples component i to noise k. Entries start at zero.
template <class S>
struct SigmaView {
    S* data;
    int noise_dim;
    S& operator()(int i, int k) const { return data[i * noise_dim + k]; }
};

/// The largest dimension of a model whose size is known at run time only.
inline constexpr int max_dynamic_dim = 32;

namespace detail {

template <class M>
concept StaticDim = !std::is_member_object_pointer_v<decltype(&M::dim)>;
template <class M>
concept StaticNoiseDim = !std::is_member_object_pointer_v<decltype(&M::noise_dim)>;

template <class M>
constexpr int dim_capacity() {
    if constexpr (StaticDim<M>) return M::dim;
    else return max_dynamic_dim;
}
template <class M>
constexpr int noise_capacity() {
    if constexpr (StaticNoiseDim<M>) return M::noise_dim > 0 ? M::noise_dim : 1;
    else return max_dynamic_dim;
}

// The loops over points. One body each; the targets below compile it for every vector level.
template <class M>
struct Kernels {
    static constexpr std::size_t D = static_cast<std::size_t>(dim_capacity<M>());
    static constexpr std::size_t W = static_cast<std::size_t>(noise_capacity<M>());

    template <class S>
    using State = std::array<S, D>;
    template <class S>
    using Sigma = std::array<S, D * W>;

    static DYNKIN_INLINE int dim(const M& m) {
        if constexpr (StaticDim<M>) return M::dim;
        else return m.dim;
    }
    static DYNKIN_INLINE int noise_dim(const M& m) {
        if constexpr (StaticNoiseDim<M>) return M::noise_dim;
        else return m.noise_dim;
    }
    template <class S>
    static DYNKIN_INLINE void call_drift(const M& m, const State<S>& x, S t, State<S>& b) {
        const auto d = static_cast<std::size_t>(dim(m));
        m.template drift<S>(std::span<const S>(x.data(), d), t, std::span<S>(b.data(), d));
    }
    template <class S>
    static DYNKIN_INLINE void call_sigma(const M& m, const State<S>& x, S t, Sigma<S>& s) {
        const int n_entries = dim(m) * noise_dim(m);
        for (int e = 0; e < n_entries; ++e) s[static_cast<std::size_t>(e)] = S(0.0);
        m.template sigma<S>(std::span<const S>(x.data(), static_cast<std::size_t>(dim(m))), t,
                            SigmaView<S>{s.data(), noise_dim(m)});
    }

    // The number of components as a constant, so that the loops over them unroll and the one over points vectorises.
    template <std::size_t d>
    static DYNKIN_INLINE void drift_of_dim(const M& m, Points x, double t, Rows out) {
        for (Index q = 0; q < x.n; ++q) {
            std::array<double, d> xq, b;
            for (std::size_t j = 0; j < d; ++j) xq[j] = x.component(static_cast<int>(j))[q];
            m.template drift<double>(std::span<const double>(xq.data(), d), t, std::span<double>(b.data(), d));
            for (std::size_t j = 0; j < d; ++j) out.row(static_cast<int>(j))[q] = b[j];
        }
    }
    static DYNKIN_INLINE void drift(const M& m, Points x, double t, Rows out) {
        const int d = dim(m);
        if constexpr (!StaticDim<M>) {
            if (d == 1) return drift_of_dim<1>(m, x, t, out);
            if (d == 2) return drift_of_dim<2>(m, x, t, out);
        }
        for (Index q = 0; q < x.n; ++q) {
            State<double> xq, b;
            for (int j = 0; j < d; ++j) xq[static_cast<std::size_t>(j)] = x.component(j)[q];
            call_drift(m, xq, t, b);
            for (int j = 0; j < d; ++j) out.row(j)[q] = b[static_cast<std::size_t>(j)];
        }
    }
    static DYNKIN_INLINE void sigma(const M& m, Points x, double t, Rows out) {
        const int d = dim(m), n_entries = d * noise_dim(m);
        for (Index q = 0; q < x.n; ++q) {
            State<double> xq;
            Sigma<double> s;
            for (int j = 0; j < d; ++j) xq[static_cast<std::size_t>(j)] = x.component(j)[q];
            call_sigma(m, xq, t, s);
            for (int e = 0; e < n_entries; ++e) out.row(e)[q] = s[static_cast<std::size_t>(e)];
        }
    }
    // The derivative of sigma along its own column k comes from one dual evaluation seeded with that column.
    static DYNKIN_INLINE void ito_drift(const M& m, double alpha, Points x, double t, Rows out) {
        const int d = dim(m), w = noise_dim(m);
        for (Index q = 0; q < x.n; ++q) {
            State<double> xq, b;
            Sigma<double> s;
            for (int j = 0; j < d; ++j) xq[static_cast<std::size_t>(j)] = x.component(j)[q];
            call_drift(m, xq, t, b);
            call_sigma(m, xq, t, s);
            for (int k = 0; k < w; ++k) {
                State<Dual> xd;
                Sigma<Dual> sd;
                for (int j = 0; j < d; ++j)
                    xd[static_cast<std::size_t>(j)] = {xq[static_cast<std::size_t>(j)], s[static_cast<std::size_t>(j * w + k)]};
                call_sigma(m, xd, Dual(t), sd);
                for (int i = 0; i < d; ++i)
                    b[static_cast<std::size_t>(i)] += alpha * sd[static_cast<std::size_t>(i * w + k)].d;
            }
            for (int i = 0; i < d; ++i) out.row(i)[q] = b[static_cast<std::size_t>(i)];
        }
    }
    static DYNKIN_INLINE void runge_kutta4(const M& m, Rows x, Index n, double t, double h) {
        const auto d = static_cast<std::size_t>(dim(m));
        DYNKIN_INDEPENDENT
        for (Index q = 0; q < n; ++q) {
            State<double> x0, y, k, sum;
            for (std::size_t j = 0; j < d; ++j) x0[j] = x.row(static_cast<int>(j))[q];
            // y is the next stage; sum gathers k1 + 2 k2 + 2 k3.
            const auto stage = [&](double before, double step) __attribute__((always_inline)) {
                for (std::size_t j = 0; j < d; ++j) {
                    sum[j] = std::fma(before, k[j], sum[j]);
                    y[j] = std::fma(step, k[j], x0[j]);
                }
            };
            call_drift(m, x0, t, k);
            for (std::size_t j = 0; j < d; ++j) sum[j] = 0.0;
            stage(1.0, 0.5 * h);
            call_drift(m, y, t + 0.5 * h, k);
            stage(2.0, 0.5 * h);
            call_drift(m, y, t + 0.5 * h, k);
            stage(2.0, h);
            call_drift(m, y, t + h, k);
            for (std::size_t j = 0; j < d; ++j)
                x.row(static_cast<int>(j))[q] = std::fma(h / 6.0, sum[j] + k[j], x0[j]);
        }
    }
    static DYNKIN_INLINE void drift_jacobian(const M& m, Points x, double t, Rows out) {
        const int d = dim(m);
        for (Index q = 0; q < x.n; ++q)
            for (int j = 0; j < d; ++j) {
                State<Dual> xd, b;
                for (int i = 0; i < d; ++i)
                    xd[static_cast<std::size_t>(i)] = {x.component(i)[q], i == j ? 1.0 : 0.0};
                call_drift(m, xd, Dual(t), b);
                for (int i = 0; i < d; ++i) out.row(i * d + j)[q] = b[static_cast<std::size_t>(i)].d;
            }
    }
    static DYNKIN_INLINE void drift_time_derivative(const M& m, Points x, double t, Rows out) {
        const int d = dim(m);
        for (Index q = 0; q < x.n; ++q) {
            State<Dual> xd, b;
            for (int i = 0; i < d; ++i) xd[static_cast<std::size_t>(i)] = {x.component(i)[q], 0.0};
            call_drift(m, xd, Dual(t, 1.0), b);
            for (int i = 0; i < d; ++i) out.row(i)[q] = b[static_cast<std::size_t>(i)].d;
        }
    }
    static DYNKIN_INLINE void sigma_derivative(const M& m, bool diagonal, Points x, double t, Rows out) {
        const int d = dim(m), w = noise_dim(m);
        for (Index q = 0; q < x.n; ++q) {
            State<double> xq;
            Sigma<double> s;
            for (int j = 0; j < d; ++j) xq[static_cast<std::size_t>(j)] = x.component(j)[q];
            call_sigma(m, xq, t, s);
            for (int k = 0; k < w; ++k) {
                State<Dual> xd;
                Sigma<Dual> sd;
                for (int j = 0; j < d; ++j)
                    xd[static_cast<std::size_t>(j)] = {xq[static_cast<std::size_t>(j)], s[static_cast<std::size_t>(j * w + k)]};
                call_sigma(m, xd, Dual(t), sd);
                if (diagonal && d == w) {
                    out.row(k)[q] = sd[static_cast<std::size_t>(k * w + k)].d;
                    continue;
                }
                for (int l = 0; l < w; ++l)
                    for (int i = 0; i < d; ++i)
                        out.row((k * w + l) * d + i)[q] = sd[static_cast<std::size_t>(i * w + l)].d;
            }
        }
    }
};

}  // namespace detail

}  // namespace dynkin
