// Runge-Kutta methods of strong order 1.5 for additive noise. I_k = int_t^{t+h} (W_k(s) - W_k(t)) ds throughout.
#include "solvers/particle/kernels.hpp"
#include "solvers/particle/scheme_base.hpp"

namespace dynkin {
namespace {

/// A stage at t + c h, Y = X + c b h + shift, and X' = X + (1 - w) b h + w b(Y) h + noise.
class AdditiveRungeKutta : public SchemeBase {
public:
    using SchemeBase::SchemeBase;

protected:
    // int sigma(s) dW_s = sigma(t + h) dW - (sigma(t + h) - sigma(t)) I / h for sigma linear in time.
    void finish(Rows x, Index n, const Step& step, Increments dW, double w, Rows b0, Rows b1, const NoiseTerm& sigma0,
                Scratch& scratch) const {
        const int d = process_.dim(), m = process_.noise_dim();
        const double h = step.h;
        if (process_.autonomous()) {
            for (int i = 0; i < d; ++i) rows::add_two(x.row(i), (1.0 - w) * h, b0.row(i), w * h, b1.row(i), n);
            sigma0.add(x, dW, 0, 1.0);
            return;
        }
        const NoiseTerm sigma1 = noise_term(points_of(x, d, n), step.t + h, scratch, 4);
        for (int i = 0; i < d; ++i) rows::add_two(x.row(i), (1.0 - w) * h, b0.row(i), w * h, b1.row(i), n);
        sigma1.add(x, dW, 0, 1.0);
        sigma1.add(x, dW, m, -1.0 / h);
        sigma0.add(x, dW, m, 1.0 / h);
    }
};

/// SRA1: Y = X + 3/4 b h + 3/2 sigma(t + h) I / h at t + 3/4 h; X' = X + (b + 2 b(Y)) h / 3 + noise.
class Sra1 final : public AdditiveRungeKutta {
public:
    using AdditiveRungeKutta::AdditiveRungeKutta;

    void step(Rows x, Index n, const Step& step, Increments dW, Scratch& scratch) const override {
        const int d = process_.dim(), m = process_.noise_dim();
        const double h = step.h;
        const Points points = points_of(x, d, n);
        const Rows b0 = scratch.rows(0, d, n), b1 = scratch.rows(1, d, n), y = scratch.rows(2, d, n);
        process_.ito_drift(points, step.t, b0);
        const NoiseTerm sigma0 = noise_term(points, step.t, scratch, 3);
        for (int i = 0; i < d; ++i) rows::sum(y.row(i), x.row(i), 0.75 * h, b0.row(i), n);
        if (process_.autonomous())
            sigma0.add(y, dW, m, 1.5 / h);
        else
            noise_term(points, step.t + h, scratch, 4).add(y, dW, m, 1.5 / h);
        process_.ito_drift(points_of(y, d, n), step.t + 0.75 * h, b1);
        finish(x, n, step, dW, 2.0 / 3.0, b0, b1, sigma0, scratch);
    }
};

/// ShARK: both stages are shifted by H = I / h - dW / 2, the space-time Levy area:
/// Y0 = X + sigma H, Y1 = Y0 + 5/6 (b(Y0) h + sigma dW), X' = X + (2 b(Y0) + 3 b(Y1)) h / 5 + noise.
class Shark final : public AdditiveRungeKutta {
public:
    using AdditiveRungeKutta::AdditiveRungeKutta;

    void step(Rows x, Index n, const Step& step, Increments dW, Scratch& scratch) const override {
        const int d = process_.dim(), m = process_.noise_dim();
        const double h = step.h;
        const Rows b0 = scratch.rows(0, d, n), b1 = scratch.rows(1, d, n), y = scratch.rows(2, d, n);
        const NoiseTerm sigma0 = noise_term(points_of(x, d, n), step.t, scratch, 3);
        for (int i = 0; i < d; ++i) rows::copy(y.row(i), x.row(i), n);
        sigma0.add(y, dW, m, 1.0 / h);
        sigma0.add(y, dW, 0, -0.5);
        process_.ito_drift(points_of(y, d, n), step.t, b0);
        for (int i = 0; i < d; ++i) rows::add_scaled(y.row(i), 5.0 / 6.0 * h, b0.row(i), n);
        sigma0.add(y, dW, 0, 5.0 / 6.0);
        process_.ito_drift(points_of(y, d, n), step.t + 5.0 / 6.0 * h, b1);
        finish(x, n, step, dW, 0.6, b0, b1, sigma0, scratch);
    }
};

SchemeInfo additive_info(const char* name, const char* title, const char* source) {
    SchemeInfo info{.name = name, .title = title, .noise = {NoiseKind::none, NoiseKind::additive}, .strong_order = 1.5};
    info.weak_order = 2.0;
    info.normals_per_noise = 2;
    info.drift_evaluations = 2;
    info.sigma_evaluations = 1;
    info.source = source;
    info.remark = "one more evaluation of sigma when the model depends on time";
    return info;
}

}  // namespace

SchemeEntry sra1() {
    return {additive_info("sra1", "SRA1", "Roessler (2010), SIAM J. Numer. Anal. 48, scheme SRA1"), no_obstacle,
            [](const Process& process, const SchemeInfo& i) -> std::unique_ptr<Scheme> {
                return std::make_unique<Sra1>(process, i);
            }};
}

SchemeEntry shark() {
    return {additive_info("shark", "ShARK", "Foster, dos Reis & Strange (2024), SIAM J. Numer. Anal. 62, scheme SHARK"),
            no_obstacle, [](const Process& process, const SchemeInfo& i) -> std::unique_ptr<Scheme> {
                return std::make_unique<Shark>(process, i);
            }};
}

}  // namespace dynkin
