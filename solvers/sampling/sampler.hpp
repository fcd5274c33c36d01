#pragma once
// From noise to samples: schemes for the reverse of the noising process, with the noise as an argument.
#include "solvers/particle/scheme.hpp"
#include "solvers/sampling/score.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace dynkin {

/// What a sampler states about itself.
struct SamplerInfo {
    std::string name;              ///< "dpmpp2m": the word of the config
    std::string title;             ///< "DPM-Solver++(2M)"
    double order = 1.0;            ///< of the error of the law in the step, for the options' usual values
    bool stochastic = false;       ///< draws noise with the usual options
    double model_calls = 1.0;      ///< per step
    double extra_model_calls = 0;  ///< once per run
    std::string source{};          ///< the paper, with its equation or algorithm
    std::string remark{};          ///< may be empty
};

/// Read by the samplers named; all others ignore them.
struct SamplerOptions {
    double eta = 0.0;     ///< ddim: 0 deterministic ... 1 ancestral
    double lambda = 1.0;  ///< euler_maruyama: square of noise over g; 0: the probability flow by Euler's method
    // heun: Karras et al. (2022), algorithm 2. No churn by default.
    double churn = 0.0, churn_sigma_min = 0.0, churn_sigma_max = 1e300, churn_noise = 1.0;
    int predictor_order = 2;          ///< unipc: p of 1 ... 4; the corrector makes it p + 1
    int corrector_steps = 1;          ///< predictor_corrector: Langevin steps at every level
    double corrector_ratio = 0.16;    ///< predictor_corrector: r, step 2 r^2 sigma^2
    double rtol = 1e-6, atol = 1e-8;  ///< probability_flow
};

/// What a sampler steps on: model and the falling times of one run.
struct SamplerSetup {
    SchedulePtr schedule{};
    DenoiserPtr model{};
    std::vector<double> times{};  ///< (n_steps + 1), see sampling_times()
    SamplerOptions options{};
};

/// Values of the model at earlier points of the same paths, newest first, and room for the stages. One per block on its
/// way; nothing of a run outlives it.
class SamplerMemory {
public:
    void clear() { n_ = 0; }
    int size() const { return n_; }
    /// Makes room for a value (dim, n) that becomes number 0; keeps at most `depth`.
    Rows push(int dim, Index n, int depth);
    /// Value number k, 0 the newest.
    Points past(int k) const { return past_[static_cast<std::size_t>(k)].points(); }
    Scratch scratch{};

private:
    std::vector<Block> past_;
    int n_ = 0;
};

/// A sampler bound to a setup; const, so that one serves every thread.
class Sampler {
public:
    virtual ~Sampler() = default;
    virtual const SamplerInfo& info() const = 0;
    /// Rows of independent standard normals that one step reads.
    virtual int normal_rows() const = 0;
    /// Moves n points x (dim rows) from times[number] to times[number + 1] in place. Step 0 forgets what `memory`
    /// holds. Throws NumericsError when the model gives a value that is not finite.
    virtual void step(Rows x, Index n, int number, std::uint64_t first_particle, Rows normals,
                      SamplerMemory& memory) const = 0;
};

/// ddpm, ddim, euler_maruyama, heun, dpm2, dpmpp2m, dpmpp2m_sde, unipc, lms4, predictor_corrector, probability_flow.
const std::vector<SamplerInfo>& sampler_list();
/// ConfigError: unknown name, with the nearest.
const SamplerInfo& sampler_info(const std::string& name);

/// ConfigError: unknown name, missing schedule or model, times that do not fall or end without noise, options out of
/// range; `probability_flow`, which has no steps of its own (make_sampling_propagator runs it).
std::unique_ptr<Sampler> make_sampler(const std::string& name, const SamplerSetup& setup);

}  // namespace dynkin
