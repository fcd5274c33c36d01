#include "solvers/particle/kernels.hpp"
#include "solvers/core/dispatch.hpp"
#include "solvers/particle/scheme_base.hpp"

#include <cmath>

namespace dynkin {
namespace {

// The sum over the four sigma stages of one component, with the iterated integrals
// I11 = (dW^2 - h) / 2, I111 = (dW^3 - 3 h dW) / 6, I10 = I.
DYNKIN_CLONES void add_stages(double* __restrict x, const double* __restrict s1, const double* __restrict s2,
                              const double* __restrict s3, const double* __restrict s4, const double* __restrict dW,
                              const double* __restrict I, double h, double root_h, Index n) {
    const double by_root = 1.0 / root_h, by_h = 1.0 / h;
    for (Index q = 0; q < n; ++q) {
        const double w = dW[q], i11 = 0.5 * (w * w - h) * by_root, i10 = I[q] * by_h;
        const double i111 = w * (w * w - 3.0 * h) * (by_h / 6.0);
        x[q] += s1[q] * (-w - i11 + 2.0 * i10 - 2.0 * i111) +
                s2[q] * (4.0 / 3.0 * (w + i11 - i10) + 5.0 / 3.0 * i111) +
                s3[q] * (2.0 / 3.0 * (w - i10 - i111) - 1.0 / 3.0 * i11) + s4[q] * i111;
    }
}

/// SRIW1 of strong order 1.5 for diagonal noise; sigma_i stands for sigma_ii.
///   Y  = X + 3/4 b h + 3/2 sigma I / h                         b at t + 3/4 h
///   Z2 = X + 1/4 b h + 1/2 sigma sqrt(h)                       sigma at t + h / 4
///   Z3 = X + b h - sigma sqrt(h)                               sigma at t + h
///   Z4 = X + 1/4 b h + (-5 sigma + 3 sigma(Z2) + 1/2 sigma(Z3)) sqrt(h)     sigma at t + h / 4
///   X' = X + (b + 2 b(Y)) h / 3 + sum over the sigma stages
class Sriw1 final : public SchemeBase {
public:
    using SchemeBase::SchemeBase;

    void step(Rows x, Index n, const Step& step, Increments dW, Scratch& scratch) const override {
        const int d = process_.dim();
        const double h = step.h, root_h = std::sqrt(h), t = step.t;
        const Points points = points_of(x, d, n);
        const Rows b0 = scratch.rows(0, d, n), b1 = scratch.rows(1, d, n), y = scratch.rows(2, d, n);
        process_.ito_drift(points, t, b0);
        if (process_.noise_dim() == 0) return deterministic_step(x, n, step, b0, b1, y);
        const Rows s1 = sigma_at(points, t, scratch, 3);

        for (int i = 0; i < d; ++i) {
            rows::sum(y.row(i), x.row(i), 0.75 * h, b0.row(i), n);
            rows::add_product(y.row(i), 1.5 / h, s1.row(entry(i)), dW.row(d + i), n);
        }
        process_.ito_drift(points_of(y, d, n), t + 0.75 * h, b1);

        for (int i = 0; i < d; ++i) {
            rows::sum(y.row(i), x.row(i), 0.25 * h, b0.row(i), n);
            rows::add_scaled(y.row(i), 0.5 * root_h, s1.row(entry(i)), n);
        }
        const Rows s2 = sigma_at(points_of(y, d, n), t + 0.25 * h, scratch, 4);

        for (int i = 0; i < d; ++i) {
            rows::sum(y.row(i), x.row(i), h, b0.row(i), n);
            rows::add_scaled(y.row(i), -root_h, s1.row(entry(i)), n);
        }
        const Rows s3 = sigma_at(points_of(y, d, n), t + h, scratch, 5);

        for (int i = 0; i < d; ++i) {
            rows::sum(y.row(i), x.row(i), 0.25 * h, b0.row(i), n);
            rows::add_two(y.row(i), -5.0 * root_h, s1.row(entry(i)), 3.0 * root_h, s2.row(entry(i)), n);
            rows::add_scaled(y.row(i), 0.5 * root_h, s3.row(entry(i)), n);
        }
        const Rows s4 = sigma_at(points_of(y, d, n), t + 0.25 * h, scratch, 6);

        for (int i = 0; i < d; ++i) {
            const int e = entry(i);
            rows::add_two(x.row(i), h / 3.0, b0.row(i), 2.0 * h / 3.0, b1.row(i), n);
            add_stages(x.row(i), s1.row(e), s2.row(e), s3.row(e), s4.row(e), dW.row(i), dW.row(d + i), h, root_h, n);
        }
    }

private:
    int entry(int i) const { return i * process_.noise_dim() + i; }

    Rows sigma_at(Points x, double t, Scratch& scratch, int slot) const {
        const Rows out = scratch.rows(slot, process_.dim() * process_.noise_dim(), x.n);
        process_.sigma(x, t, out);
        return out;
    }

    void deterministic_step(Rows x, Index n, const Step& step, Rows b0, Rows b1, Rows y) const {
        const int d = process_.dim();
        for (int i = 0; i < d; ++i) rows::sum(y.row(i), x.row(i), 0.75 * step.h, b0.row(i), n);
        process_.ito_drift(points_of(y, d, n), step.t + 0.75 * step.h, b1);
        for (int i = 0; i < d; ++i)
            rows::add_two(x.row(i), step.h / 3.0, b0.row(i), 2.0 * step.h / 3.0, b1.row(i), n);
    }
};

// Additive noise qualifies when its matrix is diagonal.
std::string needs_diagonal(const Process& process) {
    if (process.noise_kind() != NoiseKind::additive) return {};
    const std::string obstacle = "its sigma is not a diagonal matrix";
    const int d = process.dim(), m = process.noise_dim();
    if (d != m) return obstacle;
    Block x(d, 1), s(d * m, 1);
    for (double t : {0.0, 1.0}) {
        process.sigma(x.points(), t, s.rows());
        for (int i = 0; i < d; ++i)
            for (int k = 0; k < m; ++k)
                if (i != k && s.row(i * m + k)[0] != 0.0) return obstacle;
    }
    return {};
}

}  // namespace

SchemeEntry sriw1() {
    SchemeInfo info{.name = "sriw1",
                    .title = "SRIW1",
                    .noise = {NoiseKind::none, NoiseKind::additive, NoiseKind::diagonal},
                    .strong_order = 1.5};
    // Stages at X +- sigma sqrt(h) leave half-integer powers: the local error of E X^2 is
    // -sigma^2 (b sigma'' / 2 + sigma^2 sigma''' / 12) h^(5/2) + O(h^3). With additive noise the weak order is 2.
    info.weak_order = 1.5;
    info.normals_per_noise = 2;
    info.drift_evaluations = 2;
    info.sigma_evaluations = 4;
    info.source = "Roessler (2010), SIAM J. Numer. Anal. 48, scheme SRIW1";
    info.remark = "sigma a diagonal matrix";
    return {info, needs_diagonal, [](const Process& process, const SchemeInfo& i) -> std::unique_ptr<Scheme> {
                return std::make_unique<Sriw1>(process, i);
            }};
}

}  // namespace dynkin
