#include "solvers/noise/normals.hpp"
#include "solvers/particle/kernels.hpp"
#include "solvers/particle/linear_gaussian_transition.hpp"
#include "solvers/particle/scheme_base.hpp"

#include <algorithm>
#include <limits>
#include <mutex>

namespace dynkin {
namespace {

/// The sampler that comes with the model.
class SampledTransition final : public SchemeBase {
public:
    using SchemeBase::SchemeBase;

    void step(Rows x, Index n, const Step& step, Increments, Scratch&) const override {
        process_.sample_transition(x, n, step.t, step.h, step.first_particle,
                                   DrawSource{step.seed, Stream::exact, static_cast<std::uint64_t>(step.number)});
    }
};

/// X' = M X + m + L xi for linear drift and constant sigma.
class LinearTransition final : public SchemeBase {
public:
    LinearTransition(const Process& process, const SchemeInfo& info)
        : SchemeBase(process, info), linear_(read_linear_process(process)) {}

    void step(Rows x, Index n, const Step& step, Increments, Scratch& scratch) const override {
        const int d = linear_.dim;
        const std::shared_ptr<const GaussianTransition> transition = over(step.h);
        const Rows xi = scratch.rows(0, d, n), y = scratch.rows(1, d, n);
        fill_normals(step.seed, Stream::exact, step.first_particle, n,
                     static_cast<std::uint64_t>(step.number) * static_cast<std::uint64_t>(d), d, xi);
        for (int i = 0; i < d; ++i) {
            std::fill_n(y.row(i), n, transition->m[static_cast<std::size_t>(i)]);
            for (int j = 0; j < d; ++j) {
                const double M_ij = transition->M[static_cast<std::size_t>(i * d + j)];
                if (M_ij != 0.0) rows::add_scaled(y.row(i), M_ij, x.row(j), n);
            }
            for (int j = 0; j <= i; ++j) {
                const double L_ij = transition->L[static_cast<std::size_t>(i * d + j)];
                if (L_ij != 0.0) rows::add_scaled(y.row(i), L_ij, xi.row(j), n);
            }
        }
        for (int i = 0; i < d; ++i) rows::copy(x.row(i), y.row(i), n);
    }

private:
    // Steps of a run have one length; side steps have theirs. The last few are kept; the answer does not depend on it.
    std::shared_ptr<const GaussianTransition> over(double h) const {
        const std::lock_guard<std::mutex> lock(mutex_);
        for (const Kept& kept : kept_)
            if (kept.h == h) return kept.transition;
        if (kept_.size() >= 8) kept_.erase(kept_.begin() + 1);
        kept_.push_back({h, std::make_shared<const GaussianTransition>(gaussian_transition(linear_, h))});
        return kept_.back().transition;
    }

    struct Kept {
        double h;
        std::shared_ptr<const GaussianTransition> transition;
    };
    LinearProcess linear_;
    mutable std::mutex mutex_;
    mutable std::vector<Kept> kept_;
};

std::string no_transition(const Process& process) {
    if (process.has_exact_transition() || read_linear_process(process).linear) return {};
    return "it has no transition sampler and is not linear with constant sigma";
}

}  // namespace

SchemeEntry exact_transition() {
    SchemeInfo info{.name = "exact",
                    .title = "exact transition",
                    .noise = {NoiseKind::none, NoiseKind::additive, NoiseKind::diagonal, NoiseKind::commutative,
                              NoiseKind::general}};
    info.strong_order = info.weak_order = std::numeric_limits<double>::infinity();
    info.normals_per_noise = 0;
    info.drift_evaluations = info.sigma_evaluations = 0;
    info.source = "the model's own sampler; linear drift with constant sigma: Van Loan (1978)";
    info.remark = "exact in law at every step; the model has a sampler, or linear drift and constant sigma";
    return {info, no_transition, [](const Process& process, const SchemeInfo& i) -> std::unique_ptr<Scheme> {
                // A linear process moves a block at a time: 5 ns a particle against 70 by a sampler called for each.
                if (process.has_exact_transition() && !read_linear_process(process).linear)
                    return std::make_unique<SampledTransition>(process, i);
                return std::make_unique<LinearTransition>(process, i);
            }};
}

}  // namespace dynkin
