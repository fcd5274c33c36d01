// Euler's scheme with coin tosses for the noise: X' = X + b h + sigma sqrt(h) sign(dW).
#include "solvers/particle/kernels.hpp"
#include "solvers/particle/scheme_base.hpp"

#include <cmath>

namespace dynkin {
namespace {

class TwoPointEuler final : public SchemeBase {
public:
    using SchemeBase::SchemeBase;

    void step(Rows x, Index n, const Step& step, Increments dW, Scratch& scratch) const override {
        const Points points = points_of(x, process_.dim(), n);
        const Rows b = scratch.rows(0, process_.dim(), n);
        const Rows toss = scratch.rows(2, process_.noise_dim(), n);
        process_.ito_drift(points, step.t, b);
        const NoiseTerm sigma = noise_term(points, step.t, scratch, 1);
        for (int k = 0; k < process_.noise_dim(); ++k)
            for (Index q = 0; q < n; ++q) toss.row(k)[q] = std::copysign(std::sqrt(step.h), dW.row(k)[q]);
        sigma.add_with_drift(x, b, step.h, toss);
    }
};

}  // namespace

SchemeEntry two_point_euler() {
    SchemeInfo info{.name = "two_point_euler",
                    .title = "Euler with two-point increments",
                    .noise = {NoiseKind::additive, NoiseKind::diagonal, NoiseKind::commutative, NoiseKind::general}};
    info.strong_order = 0.0;  // its paths do not follow those of W
    info.weak_order = 1.0;
    info.source = "Kloeden & Platen (1992), section 14.1";
    return {info, no_obstacle, [](const Process& process, const SchemeInfo& i) -> std::unique_ptr<Scheme> {
                return std::make_unique<TwoPointEuler>(process, i);
            }};
}

}  // namespace dynkin
