#pragma once
// Reverse samplers for token diffusion: a step as a draw, and, to judge it without Monte-Carlo noise, as a law.
#include "solvers/core/random.hpp"
#include "solvers/sampling/token_posterior.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dynkin {

/// The line of a sampler in a table, and the word of a configuration.
struct TokenSamplerInfo {
    std::string name;    ///< "tau_leaping"
    std::string title;   ///< "tau-leaping"
    double order = 1.0;  ///< of the law in the step; infinity: exact for an exact posterior; 0: does not converge
    int model_calls =
        1;  ///< a step (low_confidence: a step that reveals something); 0: one for each token revealed or jump proposed
    bool is_law = true;  ///< false: the step is a signed kernel, which nothing can be drawn from
    bool absorbing_only = false;
    std::string source;
    std::string remark{};
};

const std::vector<TokenSamplerInfo>& token_sampler_list();

struct TokenSamplerOptions {
    double theta = 0.4;        ///< theta_trapezoidal only, in (0, 1): where in the step the second call is made
    double remasking = 0.0;    ///< kappa of reverse_rates; euler, tau_leaping and theta_trapezoidal
    double temperature = 1.0;  ///< low_confidence only: of the laws tokens are drawn from; 0: the most probable
};

/// Takes sequences from time t to an earlier time s. Without state: a step is a function of its arguments.
class TokenSampler {
public:
    virtual ~TokenSampler() = default;

    virtual const TokenSamplerInfo& info() const = 0;
    /// x (D) at t becomes a sequence at s < t. ConfigError: s >= t, a signed kernel, noise the sampler is not for.
    virtual void step(const TokenModel& model, double t, double s, std::span<int> x, Draws& noise) const = 0;
    /// The law (V^D) of what step makes of x. Sums to one.
    virtual std::vector<double> step_law(const TokenModel& model, double t, double s, std::span<const int> x) const = 0;
};

/// ConfigError: unknown name (with the nearest), theta outside (0, 1), remasking < 0 or for a sampler without it,
/// likewise temperature.
std::unique_ptr<const TokenSampler> make_token_sampler(const std::string& name,
                                                       const TokenSamplerOptions& options = {});

/// The stochastic matrix of one step on V^D, row by row: row x is step_law(x). Every x must be possible at t.
std::vector<double> token_kernel(const TokenSampler& sampler, const TokenModel& model, double t, double s);

/// The law at the last of `times` (decreasing) of samplers started with law p (V^D) at the first.
std::vector<double> propagate_token_law(const TokenSampler& sampler, const TokenModel& model,
                                        const std::vector<double>& times, std::vector<double> p);

/// One sequence from x at times.front() to times.back(). Step j of sequence `path` draws from Stream::resampling,
/// step j: nothing depends on how many sequences are drawn together.
void sample_tokens(const TokenSampler& sampler, const TokenModel& model, const std::vector<double>& times,
                   std::span<int> x, std::uint64_t seed, std::uint64_t path);

/// n_steps + 1 equally spaced times from t down to s.
std::vector<double> token_times(double t, double s, int n_steps);

}  // namespace dynkin
