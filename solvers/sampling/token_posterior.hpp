#pragma once
// What a model of token sequences tells a reverse sampler, and the reverse rates that follow from it.
#include "solvers/sampling/composition.hpp"
#include "solvers/sampling/token_noise.hpp"

#include <memory>
#include <span>
#include <vector>

namespace dynkin {

/// p(x0_d = v | x_t = x) for each position d: a language model under noise. These marginals determine the reverse
/// rates and, position by position, the law at any earlier time.
class TokenPosterior {
public:
    virtual ~TokenPosterior() = default;

    virtual const SequenceSpace& space() const = 0;
    /// out (D, V) row by row for x (D). One model call. NumericsError: x cannot occur at time t.
    virtual void evaluate(std::span<const int> x, double t, std::span<double> out) const = 0;
};

/// The exact posterior of a joint law p0 on V^D: sums over all sequences, for tests and tables.
class EnumeratedPosterior final : public TokenPosterior {
public:
    /// p0 (V^D) is normalised. ConfigError: wrong length, weights that are no law, mass on the mask.
    EnumeratedPosterior(const SequenceSpace& space, std::vector<double> p0, TokenNoise noise);

    const SequenceSpace& space() const override { return space_; }
    void evaluate(std::span<const int> x, double t, std::span<double> out) const override;
    const std::vector<double>& law() const { return p0_; }

private:
    SequenceSpace space_;
    std::vector<double> p0_;
    TokenNoise noise_;
};

/// Guidance in token diffusion: compose_laws of n conditional posteriors and an unconditional one at each position, for
/// any sampler. n + 1 calls of the parts. Exact (as composition is) for one token; the samples of longer sequences are
/// not of the composed joint law, since composing does not commute with noising. No context is remembered from call to
/// call: eta has no effect.
class ComposedPosterior final : public TokenPosterior {
public:
    /// ConfigError: no conditionals, or spaces that differ.
    ComposedPosterior(std::vector<std::shared_ptr<const TokenPosterior>> conditionals,
                      std::shared_ptr<const TokenPosterior> unconditional, const Composition& composition);

    const SequenceSpace& space() const override { return unconditional_->space(); }
    void evaluate(std::span<const int> x, double t, std::span<double> out) const override;

private:
    std::vector<std::shared_ptr<const TokenPosterior>> conditionals_;
    std::shared_ptr<const TokenPosterior> unconditional_;
    Composition composition_;
};

/// A posterior with the noise it is the posterior of.
struct TokenModel {
    TokenNoise noise;
    std::shared_ptr<const TokenPosterior> posterior;

    const SequenceSpace& space() const { return posterior->space(); }
};

/// Rates out of x at time t in reverse time, (D, V) row by row with zeros at v = x_d:
///   R_d(v) = rate(t) q_{v, x_d} p_t(x with v at d) / p_t(x),
/// the ratio being sum_a p(x0_d = a | x) P_{0t}(a, v) / P_{0t}(a, x_d). One model call.  [1 / time]
///
/// `remasking` kappa >= 0 gives (1 + kappa) R + kappa * (forward rates): R together with the forward rates leaves p_t
/// as it is (divergence-free; Campbell et al. 2022, section 4.4), so the marginals are the same for every kappa. It
/// is to tokens what sigma^2 / g^2 is to the family of reverse diffusions.
/// ConfigError: t at the end of a schedule, where rates are infinite.
void reverse_rates(const TokenModel& model, double t, std::span<const int> x, double remasking,
                   std::span<double> rates);

/// The law of each position at s < t given all of x at t, (D, V): exact marginals p(x_s,d | x_t). One model call.
void earlier_laws(const TokenModel& model, double t, double s, std::span<const int> x, std::span<double> laws);

/// The law (V^D) at s of the reverse jump process with law p at t: p' = R^T p in reverse time by the classical
/// Runge-Kutta scheme in n_steps equal steps (order 4), no sampler involved. NumericsError: as TokenPosterior.
std::vector<double> reverse_master_equation(const TokenModel& model, std::vector<double> p, double t, double s,
                                            int n_steps, double remasking = 0.0);

}  // namespace dynkin
