#include "solvers/particle/kernels.hpp"
#include "solvers/core/probe.hpp"
#include "solvers/particle/scheme_base.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace dynkin {
namespace {

/// dx = v dt, dv_j = (F_j(x, t) - gamma_j v_j) dt + s_j dW_j, as found in a process.
struct UnderdampedLangevin {
    std::string obstacle;  ///< "" when the process has this form
    std::vector<double> friction, noise;
};

UnderdampedLangevin read_structure(const Process& process) {
    UnderdampedLangevin form;
    const int d = process.dim(), half = d / 2, m = process.noise_dim();
    const auto no = [&form](const std::string& why) {
        form.obstacle = "it is not underdamped Langevin dynamics dx = v dt, dv = (F(x) - gamma v) dt + s dW: " + why;
        return form;
    };
    if (d % 2 != 0) return no("its dimension is odd");
    if (process.noise_kind() != NoiseKind::additive || m != half) return no("it needs one constant noise for each velocity");

    const Index n = 32;
    const Block x = probe_points(process, n);
    Block b(d, n), jacobian(d * d, n), sigma(d * m, n);
    for (const double t : {0.0, 0.7}) {
        process.ito_drift(x.points(), t, b.rows());
        process.drift_jacobian(x.points(), t, jacobian.rows());
        process.sigma(x.points(), t, sigma.rows());
        for (int i = 0; i < half; ++i) {
            for (Index q = 0; q < n; ++q)
                if (std::abs(b.row(i)[q] - x.row(half + i)[q]) > 1e-12 * (1.0 + std::abs(x.row(half + i)[q])))
                    return no("component " + process.variables()[static_cast<std::size_t>(i)] + " does not move with its velocity");
            for (int j = 0; j < half; ++j) {
                const double* entry = jacobian.row((half + i) * d + half + j);
                const double scale = std::abs(entry[0]);
                if (!is_constant(entry, n, scale) || (i != j && scale > 1e-12))
                    return no("its friction is not a constant for each velocity");
            }
            for (int k = 0; k < m; ++k)
                if (sigma.row(i * m + k)[0] != 0.0 || (i != k && sigma.row((half + i) * m + k)[0] != 0.0))
                    return no("each noise must act on its own velocity only");
            const double friction = -jacobian.row((half + i) * d + half + i)[0], noise = sigma.row((half + i) * m + i)[0];
            if (t == 0.0) {
                form.friction.push_back(friction);
                form.noise.push_back(noise);
            } else if (std::abs(form.friction[static_cast<std::size_t>(i)] - friction) > 1e-10 * (1.0 + std::abs(friction)) ||
                       form.noise[static_cast<std::size_t>(i)] != noise) {
                return no("friction and noise must not depend on time");
            }
        }
    }
    return form;
}

/// Half a kick by F, half a drift, an exact Ornstein-Uhlenbeck step of the velocities, half a drift, half a kick.
/// The Ornstein-Uhlenbeck noise is taken proportional to dW: right in law, coupled between step sizes to order 1.
class Baoab final : public SchemeBase {
public:
    Baoab(const Process& process, const SchemeInfo& info) : SchemeBase(process, info), form_(read_structure(process)) {}

    void step(Rows x, Index n, const Step& step, Increments dW, Scratch& scratch) const override {
        const int half = process_.dim() / 2;
        const double h = step.h;
        kick(x, n, step.t, 0.5 * h, scratch);
        for (int i = 0; i < half; ++i) {
            const auto j = static_cast<std::size_t>(i);
            const double gamma = form_.friction[j], decay = std::exp(-gamma * h);
            const double variance = gamma == 0.0 ? h : -std::expm1(-2.0 * gamma * h) / (2.0 * gamma);
            double* position = x.row(i);
            double* velocity = x.row(half + i);
            rows::add_scaled(position, 0.5 * h, velocity, n);
            rows::scale(velocity, decay, n);
            rows::add_scaled(velocity, form_.noise[j] * std::sqrt(variance / h), dW.row(i), n);
            rows::add_scaled(position, 0.5 * h, velocity, n);
        }
        kick(x, n, step.t + h, 0.5 * h, scratch);
    }

private:
    // v += h F(x, t); F is the drift of the velocities at rest.
    void kick(Rows x, Index n, double t, double h, Scratch& scratch) const {
        const int d = process_.dim(), half = d / 2;
        const Rows rest = scratch.rows(0, d, n), b = scratch.rows(1, d, n);
        for (int i = 0; i < half; ++i) {
            rows::copy(rest.row(i), x.row(i), n);
            std::fill_n(rest.row(half + i), n, 0.0);
        }
        process_.ito_drift(points_of(rest, d, n), t, b);
        for (int i = 0; i < half; ++i) rows::add_scaled(x.row(half + i), h, b.row(half + i), n);
    }

    UnderdampedLangevin form_;
};

}  // namespace

SchemeEntry baoab() {
    SchemeInfo info{.name = "baoab", .title = "BAOAB", .noise = {NoiseKind::additive}, .strong_order = 1.0};
    info.strong_order_additive = 1.0;
    info.weak_order = 2.0;
    info.drift_evaluations = 2;
    info.sigma_evaluations = 0;
    info.source = "Leimkuhler & Matthews (2013), Appl. Math. Res. Express 2013";
    info.remark = "underdamped Langevin dynamics: dx = v dt, dv = (F(x) - gamma v) dt + s dW";
    return {info, [](const Process& process) { return read_structure(process).obstacle; },
            [](const Process& process, const SchemeInfo& i) -> std::unique_ptr<Scheme> {
                return std::make_unique<Baoab>(process, i);
            }};
}

}  // namespace dynkin
