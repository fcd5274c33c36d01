#pragma once
// What all samplers share, and the line each adds to the list in samplers.cpp.
#include "solvers/particle/kernels.hpp"
#include "solvers/sampling/sampler.hpp"

#include <memory>
#include <vector>

namespace dynkin {

class SamplerBase : public Sampler {
public:
    SamplerBase(const SamplerSetup& setup, const SamplerInfo& info) : info_(info), setup_(setup) {
        for (const double t : setup.times) levels_.push_back(setup.schedule->level(t));
    }
    const SamplerInfo& info() const override { return info_; }
    int normal_rows() const override { return 0; }

protected:
    int dim() const { return setup_.model->dim(); }
    int n_steps() const { return static_cast<int>(setup_.times.size()) - 1; }
    const SamplerOptions& options() const { return setup_.options; }
    const Schedule& schedule() const { return *setup_.schedule; }
    const Denoiser& model() const { return *setup_.model; }
    double time(int number) const { return setup_.times[static_cast<std::size_t>(number)]; }
    NoiseLevel level(int number) const { return levels_[static_cast<std::size_t>(number)]; }
    /// The level of the schedule where sigma / alpha has this value.
    NoiseLevel level_of_ratio(double ratio) const {
        return setup_.schedule->level(setup_.schedule->time_of_ratio(ratio));
    }

    Points view(Rows x, Index n) const { return {x.data, dim(), n, x.stride}; }
    void denoise(Rows x, Index n, NoiseLevel at, std::uint64_t first_particle, Rows out) const {
        denoise_or_throw(*setup_.model, view(x, n), at, first_particle, out);
    }
    void score(Rows x, Index n, NoiseLevel at, std::uint64_t first_particle, Rows out) const {
        score_or_throw(*setup_.model, view(x, n), at, first_particle, out);
    }
    /// x = a x + b y
    void combine(Rows x, Index n, double a, double b, Rows y) const {
        for (int j = 0; j < dim(); ++j) {
            rows::scale(x.row(j), a, n);
            rows::add_scaled(x.row(j), b, y.row(j), n);
        }
    }
    /// x += a y
    void add(Rows x, Index n, double a, Rows y) const {
        for (int j = 0; j < dim(); ++j) rows::add_scaled(x.row(j), a, y.row(j), n);
    }
    void add(Rows x, Index n, double a, Points y) const {
        for (int j = 0; j < dim(); ++j) rows::add_scaled(x.row(j), a, y.component(j), n);
    }

private:
    const SamplerInfo& info_;
    SamplerSetup setup_;
    std::vector<NoiseLevel> levels_;
};

/// A sampler as the list knows it.
struct SamplerEntry {
    SamplerInfo info;
    /// Throws ConfigError on options out of range; null for what has no steps of its own.
    std::unique_ptr<Sampler> (*make)(const SamplerSetup&, const SamplerInfo&);
};

SamplerEntry ddpm_sampler();
SamplerEntry ddim_sampler();
SamplerEntry euler_maruyama_sampler();
SamplerEntry heun_sampler();
SamplerEntry dpm2_sampler();
SamplerEntry dpmpp2m_sampler();
SamplerEntry dpmpp2m_sde_sampler();
SamplerEntry unipc_sampler();
SamplerEntry lms4_sampler();
SamplerEntry predictor_corrector_sampler();
SamplerEntry probability_flow_sampler();

/// x' = x_factor x + model_factor D + noise_factor xi.
struct GaussianStep {
    double x_factor, model_factor, noise_factor;
};
/// From one level to a lower one with the noise of DDIM's eta (Song, Meng & Ermon 2021, eq. 12 and 16); eta = 1: the
/// posterior of DDPM given X_0 = D (Ho et al. 2020, eq. 7).
GaussianStep ddim_step(NoiseLevel from, NoiseLevel to, double eta);

/// Throws ConfigError "sampler <name>: <option> = <value>, expected <expected>" unless the value is accepted.
void require_option(bool accepted, const SamplerInfo& info, const char* option, double value, const char* expected);

}  // namespace dynkin
