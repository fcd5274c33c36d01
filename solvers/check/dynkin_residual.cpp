#include "solvers/check/dynkin_residual.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

void fit(Block& block, int n_rows, Index n) {
    if (block.n_rows() != n_rows || block.size() != n) block.resize(n_rows, n);
}

int pairs_of(int noise_dim) {
    return noise_dim * (noise_dim + 1) / 2;
}

// w phi at the states: the exit point for absorbed particles.
void weighted_value(const TestFunction& phi, const BlockState& state, double* out) {
    phi.value(state.x.points(state.n), out);
    const double* w = state.weight.row(0);
    for (Index q = 0; q < state.n; ++q) out[q] *= w[q];
}

}  // namespace

void DynkinResidual::start(const BlockState& initial, double t0) {
    const int K = static_cast<int>(functions_.size());
    for (Block* block : {&sum_, &side_, &start_}) block->resize(K, initial.n);
    pushed_.resize(1, initial.n);
    std::fill_n(pushed_.row(0), initial.n, 0.0);
    has_side_ = false;
    for (int k = 0; k < K; ++k) weighted_value(*functions_[static_cast<std::size_t>(k)], initial, start_.row(k));
    evaluate(initial.x.points(initial.n), t0, initial.weight.row(0), initial.alive.row(0), before_);
}

void DynkinResidual::evaluate(Points x, double t, const double* weight, const double* alive, Instant& at) {
    const int d = process_.dim(), m = process_.noise_dim(), K = static_cast<int>(functions_.size());
    fit(b_, d, x.n);
    fit(sigma_, std::max(1, d * m), x.n);
    fit(a_, d * d, x.n);
    fit(rate_, 1, x.n);
    fit(value_, 1, x.n);
    fit(gradient_, d, x.n);
    fit(hessian_, d * d, x.n);
    fit(at.integrand, K, x.n);
    fit(at.martingale, std::max(1, K * m), x.n);
    fit(at.twice, std::max(1, K * pairs_of(m)), x.n);
    process_.ito_drift(x, t, b_.rows());
    if (m > 0) process_.sigma(x, t, sigma_.rows());
    if (sigma_varies_) {
        fit(sigma_slope_, process_.noise_kind() == NoiseKind::diagonal ? d : m * m * d, x.n);
        process_.sigma_derivative_along_noise(x, t, sigma_slope_.rows());
    }
    diffusion_matrix(d, m, x.n, sigma_.rows(), a_.rows());
    if (process_.has_killing()) process_.killing_rate(x, t, rate_.rows());
    for (int k = 0; k < K; ++k) {
        functions_[static_cast<std::size_t>(k)]->derivatives(x, value_.row(0), gradient_.rows(), hessian_.rows());
        double* f = at.integrand.row(k);
        apply_generator(d, x.n, b_.rows(), a_.rows(), gradient_.rows(), hessian_.rows(), f);
        // A particle that is gone stands on a wall, where the generator need not be finite.
        for (Index q = 0; q < x.n; ++q)
            f[q] = alive[q] == 0.0 ? 0.0 : weight[q] * (f[q] - rate_.row(0)[q] * value_.row(0)[q]);
        noise_terms(k, x.n, weight, alive, at);
    }
}

// The coefficients of dW_l and of (dW_l dW_m - delta_lm h) in the expansion of phi over one step.
void DynkinResidual::noise_terms(int k, Index n, const double* weight, const double* alive, Instant& at) {
    const int d = process_.dim(), noises = process_.noise_dim(), pairs = pairs_of(noises);
    const auto living = [&](double* g) {
        for (Index q = 0; q < n; ++q) g[q] = alive[q] == 0.0 ? 0.0 : weight[q] * g[q];
    };
    for (int l = 0; l < noises; ++l) {
        double* g = at.martingale.row(k * noises + l);
        std::fill_n(g, n, 0.0);
        for (int i = 0; i < d; ++i)
            for (Index q = 0; q < n; ++q) g[q] += gradient_.row(i)[q] * sigma_.row(i * noises + l)[q];
        living(g);
        fit(curvature_, d, n);
        for (int i = 0; i < d; ++i) {
            std::fill_n(curvature_.row(i), n, 0.0);
            for (int j = 0; j < d; ++j) {
                const double *h = hessian_.row(i * d + j), *s = sigma_.row(j * noises + l);
                for (Index q = 0; q < n; ++q) curvature_.row(i)[q] += h[q] * s[q];
            }
        }
        for (int m = 0; m <= l; ++m) {
            double* twice = at.twice.row(k * pairs + l * (l + 1) / 2 + m);
            second_noise_term(l, m, n, twice);
            living(twice);
        }
    }
}

// sigma_m . hess phi . sigma_l + (L^l sigma_m + L^m sigma_l) . grad phi / 2; the latter if the steps contain it.
void DynkinResidual::second_noise_term(int l, int m, Index n, double* out) {
    const int d = process_.dim(), noises = process_.noise_dim();
    std::fill_n(out, n, 0.0);
    for (int i = 0; i < d; ++i) {
        const double *c = curvature_.row(i), *s = sigma_.row(i * noises + m);
        for (Index q = 0; q < n; ++q) out[q] += s[q] * c[q];
    }
    if (!sigma_varies_) return;
    // Where sigma has no derivative, as at a natural boundary, any coefficient will do.
    const auto add = [&](const double* slope, const double* g, double factor) {
        for (Index q = 0; q < n; ++q) out[q] += std::isfinite(slope[q]) ? factor * slope[q] * g[q] : 0.0;
    };
    if (process_.noise_kind() == NoiseKind::diagonal) {
        if (l == m) add(sigma_slope_.row(l), gradient_.row(l), 1.0);
        return;
    }
    for (int i = 0; i < d; ++i) {
        add(sigma_slope_.row((l * noises + m) * d + i), gradient_.row(i), 0.5);
        add(sigma_slope_.row((m * noises + l) * d + i), gradient_.row(i), 0.5);
    }
}

void DynkinResidual::add(const FineStep& step) {
    evaluate(step.after, step.t + step.h, step.weight_after, step.alive_after, after_);
    if (!step.side) {
        add_step(step, before_, after_, sum_);
        std::swap(before_, after_);
        return;
    }
    for (int k = 0; k < side_.n_rows(); ++k) std::fill_n(side_.row(k), side_.size(), 0.0);
    add_step(step, before_, after_, side_);
    has_side_ = true;
}

void DynkinResidual::add_step(const FineStep& step, const Instant& from, const Instant& to, Block& sum) {
    const int m = process_.noise_dim(), pairs = pairs_of(m);
    for (int k = 0; k < sum.n_rows(); ++k) {
        double* s = sum.row(k);
        const double *f0 = from.integrand.row(k), *f1 = to.integrand.row(k);
        for (Index q = 0; q < step.n; ++q) s[q] += 0.5 * step.h * (f0[q] + f1[q]);
        for (int l = 0; step.dW.data != nullptr && l < m; ++l) {
            const double *g = from.martingale.row(k * m + l), *dW = step.dW.row(l);
            for (Index q = 0; q < step.n; ++q) s[q] += g[q] * dW[q];
            for (int j = 0; j <= l; ++j) {
                const double *twice = from.twice.row(k * pairs + l * (l + 1) / 2 + j), *dV = step.dW.row(j);
                const double factor = j == l ? 0.5 : 1.0, mean = j == l ? step.h : 0.0;
                for (Index q = 0; q < step.n; ++q) s[q] += factor * twice[q] * (dW[q] * dV[q] - mean);
            }
        }
    }
    add_pushes(step, sum);
}

// The gradient is taken on the wall that pushed: the one the push leads away from.
void DynkinResidual::add_pushes(const FineStep& step, Block& sum) {
    const int d = process_.dim();
    if (step.push.data == nullptr) return;
    std::vector<Index> pushed;
    for (Index q = 0; q < step.n; ++q)
        for (int j = 0; j < d; ++j)
            if (step.push.row(j)[q] != 0.0 && step.alive_before[q] != 0.0) {
                pushed.push_back(q);
                pushed_.row(0)[q] = 1.0;
                break;
            }
    if (pushed.empty()) return;
    const auto n = static_cast<Index>(pushed.size());
    Block wall(d, n), value(1, n), gradient(d, n), hessian(d * d, n);
    for (Index i = 0; i < n; ++i)
        for (int j = 0; j < d; ++j) {
            const Index q = pushed[static_cast<std::size_t>(i)];
            const double push = step.push.row(j)[q];
            const AxisDomain& axis = domain_[static_cast<std::size_t>(j)];
            wall.row(j)[i] = push > 0.0 ? axis.lower : push < 0.0 ? axis.upper : step.after.component(j)[q];
        }
    for (int k = 0; k < sum.n_rows(); ++k) {
        functions_[static_cast<std::size_t>(k)]->derivatives(wall.points(), value.row(0), gradient.rows(),
                                                             hessian.rows());
        for (Index i = 0; i < n; ++i) {
            const Index q = pushed[static_cast<std::size_t>(i)];
            double jump = 0.0;
            for (int j = 0; j < d; ++j) jump += gradient.row(j)[i] * step.push.row(j)[q];
            sum.row(k)[q] += step.weight_before[q] * jump;
        }
    }
}

void DynkinResidual::write(const BlockState& state, Rows out) {
    for (int k = 0; k < sum_.n_rows(); ++k) {
        double* r = out.row(k);
        weighted_value(*functions_[static_cast<std::size_t>(k)], state, r);
        for (Index q = 0; q < state.n; ++q) r[q] -= start_.row(k)[q] + sum_.row(k)[q];
        if (has_side_)
            for (Index q = 0; q < state.n; ++q) r[q] -= side_.row(k)[q];
    }
    has_side_ = false;
}

}  // namespace dynkin
