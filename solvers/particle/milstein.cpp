#include "solvers/particle/kernels.hpp"
#include "solvers/particle/scheme_base.hpp"

namespace dynkin {
namespace {

/// X' = X + b h + sigma dW + 1/2 sum_kl L^k sigma_l (dW_k dW_l - delta_kl h), with b the Ito drift.
class Milstein final : public SchemeBase {
public:
    using SchemeBase::SchemeBase;

    void step(Rows x, Index n, const Step& step, Increments dW, Scratch& scratch) const override {
        const int d = process_.dim(), m = process_.noise_dim();
        const Points points = points_of(x, d, n);
        const Rows b = scratch.rows(0, d, n);
        process_.ito_drift(points, step.t, b);
        const NoiseTerm sigma = noise_term(points, step.t, scratch, 1);
        if (sigma.additive()) return sigma.add_with_drift(x, b, step.h, dW);

        const bool diagonal = process_.noise_kind() == NoiseKind::diagonal;
        const Rows along = scratch.rows(2, diagonal ? d : m * m * d, n);
        process_.sigma_derivative_along_noise(points, step.t, along);
        sigma.add_with_drift(x, b, step.h, dW);
        if (diagonal) {
            for (int i = 0; i < d; ++i) rows::add_milstein(x.row(i), 0.5, along.row(i), dW.row(i), step.h, n);
            return;
        }
        // Commutative: L^k sigma_l = L^l sigma_k, so the double integrals enter through dW_k dW_l alone.
        const Rows product = scratch.rows(3, 1, n);
        for (int k = 0; k < m; ++k)
            for (int l = 0; l <= k; ++l) {
                if (l == k) {
                    for (int i = 0; i < d; ++i)
                        rows::add_milstein(x.row(i), 0.5, along.row((k * m + k) * d + i), dW.row(k), step.h, n);
                    continue;
                }
                rows::copy(product.row(0), dW.row(k), n);
                rows::multiply(product.row(0), dW.row(l), n);
                for (int i = 0; i < d; ++i)
                    rows::add_product(x.row(i), 1.0, along.row((k * m + l) * d + i), product.row(0), n);
            }
    }
};

}  // namespace

SchemeEntry milstein() {
    SchemeInfo info{.name = "milstein",
                    .title = "Milstein",
                    .noise = {NoiseKind::none, NoiseKind::additive, NoiseKind::diagonal, NoiseKind::commutative},
                    .strong_order = 1.0};
    info.sigma_evaluations = 2;
    info.source = "Milstein (1974); Kloeden & Platen (1992), section 10.3";
    info.remark = "uses the derivative of sigma along the noise";
    return {info, no_obstacle, [](const Process& process, const SchemeInfo& i) -> std::unique_ptr<Scheme> {
                return std::make_unique<Milstein>(process, i);
            }};
}

}  // namespace dynkin
