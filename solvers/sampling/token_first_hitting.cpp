// The first-hitting sampler of absorbing noise: exact, one token revealed at a time.
#include "solvers/core/errors.hpp"
#include "solvers/sampling/categorical.hpp"
#include "solvers/sampling/token_sampler_parts.hpp"

#include <cmath>

namespace dynkin::detail {
namespace {

/// In reverse time a position masked at t is still masked at s with probability (1 - alpha(s)) / (1 - alpha(t)),
/// independently of the others and of its token: so the first of m masks to go is any of them alike, at the tau with
/// ((1 - alpha(tau)) / (1 - alpha(t)))^m = u, and its token has the posterior given what is revealed.
class FirstHitting final : public TokenSampler {
public:
    explicit FirstHitting(const TokenSamplerInfo& info) : info_(info) {}

    const TokenSamplerInfo& info() const override { return info_; }

    void step(const TokenModel& model, double t, double s, std::span<int> x, Draws& noise) const override {
        require_step(info_, model, t, s);
        const auto V = static_cast<std::size_t>(model.space().n_tokens);
        const TokenSchedule& schedule = model.noise.schedule();
        const double last = 1.0 - schedule.alpha(s);
        double masked = 1.0 - schedule.alpha(t);
        std::vector<std::size_t> masks = masked_positions(x, model.noise.mask());
        std::vector<double> posterior(x.size() * V);
        while (!masks.empty()) {
            masked *= std::pow(noise.uniform(), 1.0 / static_cast<double>(masks.size()));
            if (masked <= last) return;
            const auto chosen = static_cast<std::size_t>(noise.uniform() * static_cast<double>(masks.size()));
            const std::size_t d = masks[chosen];
            model.posterior->evaluate(x, schedule.time_of(1.0 - masked), posterior);
            x[d] = draw_weights(std::span<const double>(posterior).subspan(d * V, V), 1.0, noise.uniform());
            masks.erase(masks.begin() + static_cast<std::ptrdiff_t>(chosen));
        }
    }

    /// The number of masks that go is binomial; each one in turn is any of those left. The posterior is taken
    /// at one time inside the step: under absorbing noise it depends on what is revealed alone.
    std::vector<double> step_law(const TokenModel& model, double t, double s, std::span<const int> x) const override {
        require_step(info_, model, t, s);
        const TokenSchedule& schedule = model.noise.schedule();
        const double stay = (1.0 - schedule.alpha(s)) / (1.0 - schedule.alpha(t));
        const auto m = static_cast<int>(masked_positions(x, model.noise.mask()).size());

        std::vector<double> layer(static_cast<std::size_t>(model.space().n_states()), 0.0), out(layer.size(), 0.0);
        layer[static_cast<std::size_t>(model.space().number(x))] = 1.0;
        double choose = 1.0;  // m over j
        for (int j = 0; j <= m; ++j) {
            const double weight = choose * std::pow(1.0 - stay, j) * std::pow(stay, m - j);
            for (std::size_t i = 0; i < out.size(); ++i) out[i] += weight * layer[i];
            if (j < m) layer = one_revealed(model, (t + s) / 2.0, layer);
            choose = choose * (m - j) / (j + 1);
        }
        return out;
    }

private:
    static std::vector<std::size_t> masked_positions(std::span<const int> x, int mask) {
        std::vector<std::size_t> masks;
        for (std::size_t d = 0; d < x.size(); ++d)
            if (x[d] == mask) masks.push_back(d);
        return masks;
    }

    static std::vector<double> one_revealed(const TokenModel& model, double t, const std::vector<double>& layer) {
        const SequenceSpace& space = model.space();
        const auto V = static_cast<std::size_t>(space.n_tokens), D = static_cast<std::size_t>(space.n_positions);
        std::vector<double> next(layer.size(), 0.0), posterior(D * V);
        std::vector<int> x(D);
        for (std::size_t i = 0; i < layer.size(); ++i) {
            if (layer[i] == 0.0) continue;
            space.sequence(static_cast<Index>(i), x);
            model.posterior->evaluate(x, t, posterior);
            const std::vector<std::size_t> masks = masked_positions(x, model.noise.mask());
            for (std::size_t d : masks) {
                for (std::size_t v = 0; v < V; ++v) {
                    x[d] = static_cast<int>(v);
                    next[static_cast<std::size_t>(space.number(x))] +=
                        layer[i] * posterior[d * V + v] / static_cast<double>(masks.size());
                }
                x[d] = model.noise.mask();
            }
        }
        return next;
    }

    TokenSamplerInfo info_;
};

}  // namespace

std::unique_ptr<const TokenSampler> make_first_hitting(const TokenSamplerInfo& info) {
    return std::make_unique<FirstHitting>(info);
}

}  // namespace dynkin::detail
