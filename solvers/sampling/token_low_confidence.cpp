// Low-confidence remasking: what masked language models are decoded with, quick and not exact.
#include "solvers/core/errors.hpp"
#include "solvers/sampling/categorical.hpp"
#include "solvers/sampling/token_sampler_parts.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dynkin::detail {
namespace {

/// Every mask is given a token of its law (temperature 1: a draw, 0: the most probable); of the m tokens those with the
/// largest probability stay and the others are masked again, so many that round((1 - alpha(s)) D) masks are left.
class LowConfidence final : public TokenSampler {
public:
    LowConfidence(const TokenSamplerInfo& info, double temperature) : info_(info), temperature_(temperature) {}

    const TokenSamplerInfo& info() const override { return info_; }

    void step(const TokenModel& model, double t, double s, std::span<int> x, Draws& noise) const override {
        require_step(info_, model, t, s);
        const Proposal proposal = propose(model, t, s, x);
        std::vector<int> tokens;
        for (const Categorical& law : proposal.laws) tokens.push_back(draw(law, noise.uniform()));
        reveal(proposal, tokens, x);
    }

    /// A sum over what the masks may be given: V^m terms.
    std::vector<double> step_law(const TokenModel& model, double t, double s, std::span<const int> x) const override {
        require_step(info_, model, t, s);
        const Proposal proposal = propose(model, t, s, x);
        std::vector<double> out(static_cast<std::size_t>(model.space().n_states()), 0.0);
        const SequenceSpace given{model.space().n_tokens, static_cast<int>(proposal.masks.size())};
        std::vector<int> tokens(proposal.masks.size()), y;
        for (Index k = 0; k < (tokens.empty() ? 1 : given.n_states()); ++k) {
            if (!tokens.empty()) given.sequence(k, tokens);
            double p = 1.0;
            for (std::size_t m = 0; m < tokens.size(); ++m)
                p *= proposal.laws[m].probabilities()[static_cast<std::size_t>(tokens[m])];
            if (p == 0.0) continue;
            y.assign(x.begin(), x.end());
            reveal(proposal, tokens, y);
            out[static_cast<std::size_t>(model.space().number(y))] += p;
        }
        return out;
    }

private:
    struct Proposal {
        std::vector<std::size_t> masks;  // positions
        std::vector<Categorical> laws;   // of their tokens, from which they are drawn
        std::vector<double> posterior;   // (D, V)
        std::size_t n_tokens = 0, n_revealed = 0;
    };

    Proposal propose(const TokenModel& model, double t, double s, std::span<const int> x) const {
        Proposal p;
        for (std::size_t d = 0; d < x.size(); ++d)
            if (x[d] == model.noise.mask()) p.masks.push_back(d);
        const auto left = static_cast<std::size_t>(
            std::llround((1.0 - model.noise.schedule().alpha(s)) * static_cast<double>(x.size())));
        if (p.masks.size() <= left) {
            p.masks.clear();
            return p;
        }
        p.n_revealed = p.masks.size() - left;
        p.n_tokens = static_cast<std::size_t>(model.space().n_tokens);
        p.posterior.resize(x.size() * p.n_tokens);
        model.posterior->evaluate(x, t, p.posterior);
        for (std::size_t d : p.masks)
            p.laws.push_back(with_temperature(
                Categorical::from_weights(std::span<const double>(p.posterior).subspan(d * p.n_tokens, p.n_tokens)),
                temperature_));
        return p;
    }

    /// Of equal probabilities the position further left counts as larger.
    static void reveal(const Proposal& p, const std::vector<int>& tokens, std::span<int> x) {
        std::vector<std::size_t> order(p.masks.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        const auto confidence = [&](std::size_t m) {
            return p.posterior[p.masks[m] * p.n_tokens + static_cast<std::size_t>(tokens[m])];
        };
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t a, std::size_t b) { return confidence(a) > confidence(b); });
        for (std::size_t k = 0; k < p.n_revealed; ++k) x[p.masks[order[k]]] = tokens[order[k]];
    }

    TokenSamplerInfo info_;
    double temperature_;
};

}  // namespace

std::unique_ptr<const TokenSampler> make_low_confidence(const TokenSamplerInfo& info, double temperature) {
    return std::make_unique<LowConfidence>(info, temperature);
}

}  // namespace dynkin::detail
