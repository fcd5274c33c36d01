// The reverse jump process itself, by thinning proposals at a rate that is never exceeded.
#include "solvers/core/errors.hpp"
#include "solvers/sampling/categorical.hpp"
#include "solvers/sampling/token_sampler_parts.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin::detail {
namespace {

class Uniformisation final : public TokenSampler {
public:
    explicit Uniformisation(const TokenSamplerInfo& info) : info_(info) {}

    const TokenSamplerInfo& info() const override { return info_; }

    void step(const TokenModel& model, double t, double s, std::span<int> x, Draws& noise) const override {
        require(model, t, s);
        std::vector<double> rates(x.size() * static_cast<std::size_t>(model.space().n_tokens));
        double now = t;
        while (now > s) {
            // The bound grows as time goes back: short windows keep it near the rates. Any window gives the same law.
            const double window_end = std::max(s, 0.75 * now);
            const double bound = static_cast<double>(x.size()) * largest_rate(model.noise, now, window_end);
            now += std::log(noise.uniform()) / bound;  // no memory: what lies beyond the window is drawn anew
            if (now <= window_end) {
                now = window_end;
                continue;
            }
            reverse_rates(model, now, x, 0.0, rates);
            jump(rates, bound, x, noise, now);
        }
    }

    std::vector<double> step_law(const TokenModel& model, double t, double s, std::span<const int> x) const override {
        require(model, t, s);
        std::vector<double> start(static_cast<std::size_t>(model.space().n_states()), 0.0);
        start[static_cast<std::size_t>(model.space().number(x))] = 1.0;
        std::vector<double> coarse = reverse_master_equation(model, start, t, s, 16);
        for (int n = 32; n <= 16384; n *= 2) {
            std::vector<double> fine = reverse_master_equation(model, start, t, s, n);
            double difference = 0.0;
            for (std::size_t i = 0; i < fine.size(); ++i) difference += std::abs(fine[i] - coarse[i]);
            if (difference <= 15e-10) return fine;  // order 4: the error of `fine` is a fifteenth
            coarse.swap(fine);
        }
        throw NumericsError("uniformisation: the law from t = " + std::to_string(t) + " to " + std::to_string(s) +
                            " is not resolved by 16384 steps; take shorter steps near t = 0");
    }

private:
    void require(const TokenModel& model, double t, double s) const {
        require_step(info_, model, t, s);
        if (!model.noise.is_absorbing() && !model.noise.is_uniform())
            throw ConfigError(
                "uniformisation knows a bound of the rates for uniform and absorbing noise only; use "
                "theta_trapezoidal or tweedie");
        if (s <= 0.0 || !(t < model.noise.schedule().end()))
            throw ConfigError("uniformisation: from t = " + std::to_string(t) + " to " + std::to_string(s) +
                              "; rates are unbounded at 0 and at the end of the schedule, stay between");
    }

    /// Bound of the rate out of one position over [s, t]. With likelihoods alpha + c and c = (1 - alpha) / V the ratios
    /// to the other tokens add up to at most alpha / c + V - 1 (clean token elsewhere); a mask has alpha / (1 - alpha).
    static double largest_rate(const TokenNoise& noise, double t, double s) {
        const double alpha = noise.schedule().alpha(s), odds = alpha / (1.0 - alpha), V = noise.n_tokens();
        return noise.schedule().rate(t) * (noise.is_absorbing() ? odds : odds + (V - 1.0) / V);
    }

    static void jump(std::span<const double> rates, double bound, std::span<int> x, Draws& noise, double t) {
        double total = 0.0;
        for (double rate : rates) total += rate;
        if (total > bound * (1.0 + 1e-9))
            throw NumericsError("uniformisation: rates of " + std::to_string(total) + " at t = " + std::to_string(t) +
                                " exceed their bound " + std::to_string(bound) +
                                "; the posterior is none of this noise");
        const double u = noise.uniform();
        if (u * bound >= total) return;
        const std::size_t V = rates.size() / x.size();
        const auto chosen = static_cast<std::size_t>(draw_weights(rates, total, u * bound / total));
        x[chosen / V] = static_cast<int>(chosen % V);
    }

    TokenSamplerInfo info_;
};

}  // namespace

std::unique_ptr<const TokenSampler> make_uniformisation(const TokenSamplerInfo& info) {
    return std::make_unique<Uniformisation>(info);
}

}  // namespace dynkin::detail
