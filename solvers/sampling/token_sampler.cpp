#include "solvers/sampling/token_sampler.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/sampling/categorical.hpp"
#include "solvers/sampling/token_sampler_parts.hpp"

#include <cmath>
#include <limits>

namespace dynkin {
namespace {

const char* const no_clip_remark =
    "Order 2, but the extrapolated rates may be negative: a signed kernel, to show what the clip costs. Not a sampler.";

}  // namespace

const std::vector<TokenSamplerInfo>& token_sampler_list() {
    static const std::vector<TokenSamplerInfo> list{
        {"euler", "Euler", 1.0, 1, true, false, "Lou, Meng & Ermon (2024), section 4",
         "Equal to tweedie for absorbing noise with a linear schedule."},
        {"tau_leaping", "tau-leaping", 1.0, 1, true, false, "Gillespie (2001); Campbell et al. (2022), section 4.3",
         "A position jumps with probability 1 - exp(-h sum of its rates), once a step at most."},
        {"tweedie", "Tweedie (analytic)", 1.0, 1, true, false, "Lou, Meng & Ermon (2024), section 4; Sun et al. (2023)",
         "The exact law of each position; positions as if independent."},
        {"theta_trapezoidal", "theta-trapezoidal", 1.0, 2, true, false,
         "Ren et al. (2025), Fast solvers for discrete diffusion models; Anderson & Mattingly (2011)",
         "Order 2 only where no extrapolated rate is negative. After a jump in the first stage one may be, and the "
         "clip "
         "at zero leaves order 1 with a small constant: 1.4, 1.3 and 1.2 observed from 16 to 256 steps on three "
         "tokens."},
        {"theta_trapezoidal_unclipped", "theta-trapezoidal without clip", 2.0, 2, false, false, "Ren et al. (2025)",
         no_clip_remark},
        {"first_hitting", "first hitting", std::numeric_limits<double>::infinity(), 0, true, true,
         "Zheng et al. (2025), ICLR, Masked diffusion models are secretly time-agnostic masked models",
         "Exact: one token at a time, at the times at which masks disappear. At most D model calls in all."},
        {"low_confidence", "low-confidence remasking", 0.0, 1, true, true,
         "Chang et al. (2022), MaskGIT; Nie et al. (2025), LLaDA",
         "Not a sampler of the law: which tokens stay depends on what they are. Likely sequences in few calls."},
        {"uniformisation", "uniformisation", std::numeric_limits<double>::infinity(), 0, true, false,
         "Chen & Ying (2024), exact implementation through uniformization",
         "Exact for uniform and absorbing noise: jumps proposed at a rate never exceeded, one model call each, about "
         "1.2 log(t / s) + t a position. Its law is the reverse master equation, solved to 1e-10."},
    };
    return list;
}

std::unique_ptr<const TokenSampler> make_token_sampler(const std::string& name, const TokenSamplerOptions& options) {
    std::vector<std::string> names;
    for (const TokenSamplerInfo& info : token_sampler_list()) {
        names.push_back(info.name);
        if (info.name != name) continue;
        if (!(options.theta > 0.0 && options.theta < 1.0))
            throw ConfigError("token sampler: theta is " + std::to_string(options.theta) + ", expected in (0, 1)");
        if (!(options.remasking >= 0.0) || std::isinf(options.remasking))
            throw ConfigError("token sampler: remasking is " + std::to_string(options.remasking) +
                              ", expected a finite number >= 0");
        if (options.remasking > 0.0 &&
            (name == "tweedie" || name == "first_hitting" || name == "low_confidence" || name == "uniformisation"))
            throw ConfigError("token sampler: " + name +
                              " has no remasking; use euler, tau_leaping or theta_trapezoidal");
        if (!(options.temperature >= 0.0) || std::isinf(options.temperature))
            throw ConfigError("token sampler: temperature is " + std::to_string(options.temperature) +
                              ", expected a finite number >= 0");
        if (options.temperature != 1.0 && name != "low_confidence")
            throw ConfigError("token sampler: " + name + " has no temperature; use low_confidence");
        if (name == "low_confidence") return detail::make_low_confidence(info, options.temperature);
        if (name == "uniformisation") return detail::make_uniformisation(info);
        return name == "first_hitting" ? detail::make_first_hitting(info) : detail::make_staged(info, options);
    }
    throw ConfigError(unknown_name("token sampler", name, names));
}

std::vector<double> token_kernel(const TokenSampler& sampler, const TokenModel& model, double t, double s) {
    const Index n = model.space().n_states();
    std::vector<double> kernel;
    kernel.reserve(static_cast<std::size_t>(n) * static_cast<std::size_t>(n));
    std::vector<int> x(static_cast<std::size_t>(model.space().n_positions));
    for (Index i = 0; i < n; ++i) {
        model.space().sequence(i, x);
        const std::vector<double> row = sampler.step_law(model, t, s, x);
        kernel.insert(kernel.end(), row.begin(), row.end());
    }
    return kernel;
}

std::vector<double> propagate_token_law(const TokenSampler& sampler, const TokenModel& model,
                                        const std::vector<double>& times, std::vector<double> p) {
    if (static_cast<Index>(p.size()) != model.space().n_states())
        throw ConfigError("propagate_token_law: a law of " + std::to_string(p.size()) + ", expected " +
                          std::to_string(model.space().n_states()));
    std::vector<int> x(static_cast<std::size_t>(model.space().n_positions));
    for (std::size_t j = 0; j + 1 < times.size(); ++j) {
        std::vector<double> next(p.size(), 0.0);
        for (std::size_t i = 0; i < p.size(); ++i) {
            if (p[i] == 0.0) continue;
            model.space().sequence(static_cast<Index>(i), x);
            const std::vector<double> row = sampler.step_law(model, times[j], times[j + 1], x);
            for (std::size_t k = 0; k < row.size(); ++k) next[k] += p[i] * row[k];
        }
        p.swap(next);
    }
    return p;
}

void sample_tokens(const TokenSampler& sampler, const TokenModel& model, const std::vector<double>& times,
                   std::span<int> x, std::uint64_t seed, std::uint64_t path) {
    for (std::size_t j = 0; j + 1 < times.size(); ++j) {
        Draws noise({seed, Stream::resampling, j}, path);
        sampler.step(model, times[j], times[j + 1], x, noise);
    }
}

std::vector<double> token_times(double t, double s, int n_steps) {
    if (n_steps < 1 || !(s < t))
        throw ConfigError("token times: " + std::to_string(n_steps) + " steps from " + std::to_string(t) + " down to " +
                          std::to_string(s) + ", expected at least one step and s < t");
    std::vector<double> times(static_cast<std::size_t>(n_steps) + 1);
    for (int j = 0; j <= n_steps; ++j)
        times[static_cast<std::size_t>(j)] = t + (s - t) * (static_cast<double>(j) / n_steps);
    times.back() = s;
    return times;
}

}  // namespace dynkin
