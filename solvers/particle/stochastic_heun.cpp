#include "solvers/particle/kernels.hpp"
#include "solvers/particle/scheme_base.hpp"

namespace dynkin {
namespace {

/// Predictor Y = X + a h + sigma dW; X' = X + (a(X) + a(Y)) h / 2 + (sigma(X) + sigma(Y)) dW / 2, with the
/// Stratonovich drift a: averaging sigma over both ends is the Stratonovich integral.
class StochasticHeun final : public SchemeBase {
public:
    using SchemeBase::SchemeBase;

    double strong_order() const override {
        return process_.noise_kind() == NoiseKind::general ? info_.strong_order : 1.0;
    }

    void step(Rows x, Index n, const Step& step, Increments dW, Scratch& scratch) const override {
        const int d = process_.dim();
        const double h = step.h, t1 = step.t + h;
        const Points points = points_of(x, d, n);
        const Rows a0 = scratch.rows(0, d, n), a1 = scratch.rows(1, d, n), y = scratch.rows(2, d, n);
        stratonovich_drift(points, step.t, a0, scratch);
        const NoiseTerm sigma0 = noise_term(points, step.t, scratch, 3);
        for (int i = 0; i < d; ++i) rows::copy(y.row(i), x.row(i), n);
        sigma0.add_with_drift(y, a0, h, dW);

        const Points predicted = points_of(y, d, n);
        stratonovich_drift(predicted, t1, a1, scratch);
        const NoiseTerm sigma1 = noise_term(predicted, t1, scratch, 4);
        for (int i = 0; i < d; ++i) rows::add_two(x.row(i), 0.5 * h, a0.row(i), 0.5 * h, a1.row(i), n);
        sigma0.add(x, dW, 0, 0.5);
        sigma1.add(x, dW, 0, 0.5);
    }

private:
    // A model written in Stratonovich form is taken as it stands; others by a = ito_drift - 1/2 sum_k L^k sigma_k.
    void stratonovich_drift(Points x, double t, Rows out, Scratch& scratch) const {
        if (process_.calculus() == Calculus::stratonovich) return process_.drift(x, t, out);
        process_.ito_drift(x, t, out);
        const NoiseKind kind = process_.noise_kind();
        if (kind == NoiseKind::additive || kind == NoiseKind::none) return;
        const int d = process_.dim(), m = process_.noise_dim();
        const bool diagonal = kind == NoiseKind::diagonal;
        const Rows along = scratch.rows(5, diagonal ? d : m * m * d, x.n);
        process_.sigma_derivative_along_noise(x, t, along);
        for (int i = 0; i < d; ++i) {
            if (diagonal) rows::add_scaled(out.row(i), -0.5, along.row(i), x.n);
            for (int k = 0; k < m && !diagonal; ++k)
                rows::add_scaled(out.row(i), -0.5, along.row((k * m + k) * d + i), x.n);
        }
    }
};

}  // namespace

SchemeEntry stochastic_heun() {
    SchemeInfo info{.name = "stochastic_heun",
                    .title = "stochastic Heun",
                    .noise = {NoiseKind::none, NoiseKind::additive, NoiseKind::diagonal, NoiseKind::commutative,
                              NoiseKind::general}};
    info.strong_order_additive = 1.0;
    info.drift_evaluations = 2;
    info.sigma_evaluations = 2;
    info.source = "Ruemelin (1982), SIAM J. Numer. Anal. 19; Kloeden & Platen (1992), section 15.1";
    info.remark = "integrates the Stratonovich form; strong order 1 for diagonal and commutative noise too";
    return {info, no_obstacle, [](const Process& process, const SchemeInfo& i) -> std::unique_ptr<Scheme> {
                return std::make_unique<StochasticHeun>(process, i);
            }};
}

}  // namespace dynkin
