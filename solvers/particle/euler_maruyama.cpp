// Euler-Maruyama and its tamed form: one evaluation of the drift, one of sigma.
#include "solvers/particle/kernels.hpp"
#include "solvers/particle/scheme_base.hpp"

#include <algorithm>

namespace dynkin {
namespace {

/// X' = X + b h + sigma dW.
class EulerMaruyama final : public SchemeBase {
public:
    using SchemeBase::SchemeBase;

    void step(Rows x, Index n, const Step& step, Increments dW, Scratch& scratch) const override {
        const Points points = points_of(x, process_.dim(), n);
        const Rows b = scratch.rows(0, process_.dim(), n);
        process_.ito_drift(points, step.t, b);
        const NoiseTerm sigma = noise_term(points, step.t, scratch, 1);
        sigma.add_with_drift(x, b, step.h, dW);
    }
};

/// X' = X + b h / (1 + h |b|) + sigma dW: the drift moves a particle by less than 1 in a step.
class TamedEuler final : public SchemeBase {
public:
    using SchemeBase::SchemeBase;

    void step(Rows x, Index n, const Step& step, Increments dW, Scratch& scratch) const override {
        const int d = process_.dim();
        const Points points = points_of(x, d, n);
        const Rows b = scratch.rows(0, d, n), factor = scratch.rows(2, 1, n);
        process_.ito_drift(points, step.t, b);
        const NoiseTerm sigma = noise_term(points, step.t, scratch, 1);
        std::fill_n(factor.row(0), n, 0.0);
        for (int i = 0; i < d; ++i) rows::add_square(factor.row(0), b.row(i), n);
        rows::taming_factor(factor.row(0), step.h, n);
        for (int i = 0; i < d; ++i) rows::multiply(b.row(i), factor.row(0), n);
        sigma.add_with_drift(x, b, step.h, dW);
    }
};

const std::vector<NoiseKind> every_kind = {NoiseKind::none, NoiseKind::additive, NoiseKind::diagonal,
                                           NoiseKind::commutative, NoiseKind::general};

}  // namespace

SchemeEntry euler_maruyama() {
    SchemeInfo info{.name = "euler_maruyama", .title = "Euler-Maruyama", .noise = every_kind};
    info.strong_order_additive = 1.0;
    info.source = "Maruyama (1955); Kloeden & Platen (1992), section 10.2";
    info.remark = "drift of at most linear growth; otherwise tamed_euler";
    return {info, no_obstacle, [](const Process& process, const SchemeInfo& i) -> std::unique_ptr<Scheme> {
                return std::make_unique<EulerMaruyama>(process, i);
            }};
}

SchemeEntry tamed_euler() {
    SchemeInfo info{.name = "tamed_euler", .title = "tamed Euler", .noise = every_kind};
    info.strong_order_additive = 1.0;
    info.source = "Hutzenthaler, Jentzen & Kloeden (2012), Ann. Appl. Probab. 22";
    info.remark = "drift one-sided Lipschitz, of any polynomial growth; sigma Lipschitz";
    return {info, no_obstacle, [](const Process& process, const SchemeInfo& i) -> std::unique_ptr<Scheme> {
                return std::make_unique<TamedEuler>(process, i);
            }};
}

}  // namespace dynkin
