// Samplers whose step is one or two stages of independent draws at every position.
#include "solvers/core/errors.hpp"
#include "solvers/sampling/categorical.hpp"
#include "solvers/sampling/token_sampler_parts.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin::detail {

void require_step(const TokenSamplerInfo& info, const TokenModel& model, double t, double s) {
    if (!(s < t))
        throw ConfigError(info.name + ": a step from t = " + std::to_string(t) + " to " + std::to_string(s) +
                          "; reverse time decreases");
    if (info.absorbing_only && !model.noise.is_absorbing())
        throw ConfigError(info.name + " is for absorbing noise only; use theta_trapezoidal or tweedie");
}

namespace {

using Block = std::span<double>;

/// Frozen rates over h become laws of positions: tokens leave with probability `1 - stay`, in proportion to the rates.
/// `stay` is exp(-h L) for tau-leaping, max(0, 1 - h L) for Euler, L the sum of the rates. Rates may be negative.
template <class Stay>
void laws_of_rates(std::span<const int> x, double h, std::span<const double> rates, Stay&& stay, Block laws) {
    const std::size_t V = rates.size() / x.size();
    for (std::size_t d = 0; d < x.size(); ++d) {
        double total = 0.0;
        for (std::size_t v = 0; v < V; ++v) total += rates[d * V + v];
        const double kept = stay(h * total), share = total != 0.0 ? (1.0 - kept) / total : 0.0;
        for (std::size_t v = 0; v < V; ++v) laws[d * V + v] = share * rates[d * V + v];
        laws[d * V + static_cast<std::size_t>(x[d])] = kept;
    }
}

double leap(double z) {
    return std::exp(-z);
}

class StagedSampler : public TokenSampler {
public:
    StagedSampler(const TokenSamplerInfo& info, const TokenSamplerOptions& options) : info_(info), options_(options) {}

    const TokenSamplerInfo& info() const override { return info_; }

    void step(const TokenModel& model, double t, double s, std::span<int> x, Draws& noise) const override {
        require_step(info_, model, t, s);
        if (!info_.is_law) throw ConfigError(info_.name + " is a signed kernel: nothing can be drawn from it");
        const std::size_t size = x.size() * static_cast<std::size_t>(model.space().n_tokens);
        std::vector<double> laws(size), memory(size);
        first(model, t, s, x, laws, memory);
        draw_all(laws, x, noise);
        if (info_.model_calls < 2) return;
        second(model, t, s, x, memory, laws);
        draw_all(laws, x, noise);
    }

    std::vector<double> step_law(const TokenModel& model, double t, double s, std::span<const int> x) const override {
        require_step(info_, model, t, s);
        const SequenceSpace& space = model.space();
        const std::size_t size = x.size() * static_cast<std::size_t>(space.n_tokens);
        std::vector<double> laws(size), memory(size);
        first(model, t, s, x, laws, memory);
        std::vector<double> law = product_law(space, laws);
        if (info_.model_calls < 2) return law;

        std::vector<double> out(law.size(), 0.0);
        std::vector<int> y(x.size());
        for (std::size_t i = 0; i < law.size(); ++i) {
            if (law[i] == 0.0) continue;
            space.sequence(static_cast<Index>(i), y);
            second(model, t, s, y, memory, laws);
            const std::vector<double> row = product_law(space, laws);
            for (std::size_t k = 0; k < row.size(); ++k) out[k] += law[i] * row[k];
        }
        return out;
    }

protected:
    /// Laws of the positions after the first stage; `memory` (D, V) goes to the second.
    virtual void first(const TokenModel& model, double t, double s, std::span<const int> x, Block laws,
                       Block memory) const = 0;
    /// Laws after the second stage, begun at y.
    virtual void second(const TokenModel&, double, double, std::span<const int>, std::span<const double>, Block) const {
    }

    TokenSamplerInfo info_;
    TokenSamplerOptions options_;

private:
    static void draw_all(std::span<const double> laws, std::span<int> x, Draws& noise) {
        const std::size_t V = laws.size() / x.size();
        for (std::size_t d = 0; d < x.size(); ++d) {
            const std::span<const double> row = laws.subspan(d * V, V);
            double total = 0.0;
            for (double p : row) total += p;
            x[d] = draw_weights(row, total, noise.uniform());
        }
    }
};

class Euler final : public StagedSampler {
public:
    using StagedSampler::StagedSampler;

private:
    void first(const TokenModel& model, double t, double s, std::span<const int> x, Block laws,
               Block rates) const override {
        reverse_rates(model, t, x, options_.remasking, rates);
        laws_of_rates(
            x, t - s, rates, [](double z) { return std::max(0.0, 1.0 - z); }, laws);
    }
};

class TauLeaping final : public StagedSampler {
public:
    using StagedSampler::StagedSampler;

private:
    void first(const TokenModel& model, double t, double s, std::span<const int> x, Block laws,
               Block rates) const override {
        reverse_rates(model, t, x, options_.remasking, rates);
        laws_of_rates(x, t - s, rates, leap, laws);
    }
};

class Tweedie final : public StagedSampler {
public:
    using StagedSampler::StagedSampler;

private:
    void first(const TokenModel& model, double t, double s, std::span<const int> x, Block laws, Block) const override {
        earlier_laws(model, t, s, x, laws);
    }
};

/// x at t leaps over theta h to y with the rates R_t(x); y leaps over the rest with a1 R_mid(y) - a2 R_t(x), where
/// a1 = 1 / (2 theta (1 - theta)) and a2 = a1 - 1: the trapezoidal combination. With the clip, its positive part.
class ThetaTrapezoidal final : public StagedSampler {
public:
    using StagedSampler::StagedSampler;

private:
    void first(const TokenModel& model, double t, double s, std::span<const int> x, Block laws,
               Block rates) const override {
        reverse_rates(model, t, x, options_.remasking, rates);
        laws_of_rates(x, options_.theta * (t - s), rates, leap, laws);
    }

    void second(const TokenModel& model, double t, double s, std::span<const int> y, std::span<const double> at_start,
                Block laws) const override {
        const double theta = options_.theta, h = t - s, a1 = 1.0 / (2.0 * theta * (1.0 - theta)), a2 = a1 - 1.0;
        std::vector<double> rates(laws.size());
        reverse_rates(model, t - theta * h, y, options_.remasking, rates);
        const std::size_t V = laws.size() / y.size();
        for (std::size_t d = 0; d < y.size(); ++d)
            for (std::size_t v = 0; v < V; ++v) {
                double& rate = rates[d * V + v];
                rate = a1 * rate - a2 * at_start[d * V + v];
                if (info_.is_law) rate = std::max(0.0, rate);
                if (static_cast<int>(v) == y[d]) rate = 0.0;
            }
        laws_of_rates(y, (1.0 - theta) * h, rates, leap, laws);
    }
};

}  // namespace

std::unique_ptr<const TokenSampler> make_staged(const TokenSamplerInfo& info, const TokenSamplerOptions& options) {
    if (info.name == "euler") return std::make_unique<Euler>(info, options);
    if (info.name == "tau_leaping") return std::make_unique<TauLeaping>(info, options);
    if (info.name == "tweedie") return std::make_unique<Tweedie>(info, options);
    return std::make_unique<ThetaTrapezoidal>(info, options);
}

}  // namespace dynkin::detail
