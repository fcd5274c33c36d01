// Steps that are Gaussian given the model's value at their start: DDPM, DDIM, and DDPM with Langevin correctors.
#include "solvers/sampling/sampler_base.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

class GaussianSampler final : public SamplerBase {
public:
    GaussianSampler(const SamplerSetup& setup, const SamplerInfo& info, double eta)
        : SamplerBase(setup, info), eta_(eta) {}

    int normal_rows() const override { return eta_ > 0.0 ? dim() : 0; }
    void step(Rows x, Index n, int number, std::uint64_t first_particle, Rows normals,
              SamplerMemory& memory) const override {
        const Rows D = memory.scratch.rows(0, dim(), n);
        denoise(x, n, level(number), first_particle, D);
        const GaussianStep s = ddim_step(level(number), level(number + 1), eta_);
        combine(x, n, s.x_factor, s.model_factor, D);
        if (eta_ > 0.0) add(x, n, s.noise_factor, normals);
    }

private:
    double eta_;
};

// The step of Langevin's equation is 2 r^2 sigma^2. Song et al. take 2 (r |xi| / |s|)^2 with norms averaged over the
// batch, which is that on average and would couple the particles.
class PredictorCorrector final : public SamplerBase {
public:
    using SamplerBase::SamplerBase;

    int normal_rows() const override { return dim() * (1 + options().corrector_steps); }
    void step(Rows x, Index n, int number, std::uint64_t first_particle, Rows normals,
              SamplerMemory& memory) const override {
        const Rows value = memory.scratch.rows(0, dim(), n);
        const NoiseLevel to = level(number + 1);
        denoise(x, n, level(number), first_particle, value);
        const GaussianStep s = ddim_step(level(number), to, 1.0);
        combine(x, n, s.x_factor, s.model_factor, value);
        add(x, n, s.noise_factor, normals);
        const double step = 2.0 * options().corrector_ratio * options().corrector_ratio * to.sigma * to.sigma;
        for (int k = 1; k <= options().corrector_steps; ++k) {
            score(x, n, to, first_particle, value);
            add(x, n, step, value);
            add(x, n, std::sqrt(2.0 * step), Rows{normals.row(k * dim()), normals.stride});
        }
    }
};

template <class S>
std::unique_ptr<Sampler> make(const SamplerSetup& setup, const SamplerInfo& info) {
    return std::make_unique<S>(setup, info);
}

}  // namespace

GaussianStep ddim_step(NoiseLevel from, NoiseLevel to, double eta) {
    // Variance of X_t given X_s for s < t, in units that stay exact for close levels.
    const double carried = from.alpha / to.alpha * to.sigma;
    const double fresh = std::max(0.0, (from.sigma - carried) * (from.sigma + carried));
    const double noise = eta * to.sigma / from.sigma * std::sqrt(fresh);
    const double kept = std::sqrt(std::max(0.0, (to.sigma - noise) * (to.sigma + noise)));
    const double x_factor = kept / from.sigma;
    return {x_factor, to.alpha - from.alpha * x_factor, noise};
}

SamplerEntry ddpm_sampler() {
    SamplerInfo info{.name = "ddpm", .title = "DDPM, ancestral", .order = 1.0, .stochastic = true};
    info.source = "Ho, Jain & Abbeel (2020), algorithm 2 with the variance of eq. 7";
    return {info, [](const SamplerSetup& setup, const SamplerInfo& i) -> std::unique_ptr<Sampler> {
                return std::make_unique<GaussianSampler>(setup, i, 1.0);
            }};
}

SamplerEntry ddim_sampler() {
    SamplerInfo info{.name = "ddim", .title = "DDIM", .order = 1.0};
    info.source = "Song, Meng & Ermon (2021), eq. 12 and 16";
    info.remark = "eta = 0: Euler's method in sigma / alpha; eta = 1: ddpm";
    return {info, [](const SamplerSetup& setup, const SamplerInfo& i) -> std::unique_ptr<Sampler> {
                const double eta = setup.options.eta;
                require_option(eta >= 0.0 && eta <= 1.0, i, "eta", eta, "0 <= eta <= 1");
                return std::make_unique<GaussianSampler>(setup, i, eta);
            }};
}

SamplerEntry predictor_corrector_sampler() {
    SamplerInfo info{.name = "predictor_corrector", .title = "Predictor-corrector", .order = 1.0, .stochastic = true};
    info.model_calls = 2.0;
    info.source = "Song et al. (2021), algorithms 2-5";
    info.remark = "ancestral predictor; Langevin steps of fixed size, whose own bias does not vanish with the steps";
    return {info, [](const SamplerSetup& setup, const SamplerInfo& i) -> std::unique_ptr<Sampler> {
                const SamplerOptions& o = setup.options;
                require_option(o.corrector_steps >= 0, i, "corrector_steps", o.corrector_steps, ">= 0");
                require_option(o.corrector_ratio > 0.0 && o.corrector_ratio < 1.0, i, "corrector_ratio",
                               o.corrector_ratio, "0 < r < 1");
                return make<PredictorCorrector>(setup, i);
            }};
}

}  // namespace dynkin
