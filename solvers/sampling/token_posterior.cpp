#include "solvers/sampling/token_posterior.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/sampling/categorical.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace dynkin {
namespace {

/// p(x0_d = a | x) / P_{0t}(a, x_d) for every a, over one row of the posterior. Tokens that cannot lead to x_d get 0.
std::vector<double> over_likelihood(const TokenNoise& noise, double t, int token, std::span<const double> posterior) {
    std::vector<double> w = noise.likelihood(0.0, t, token);
    for (std::size_t a = 0; a < w.size(); ++a) w[a] = w[a] > 0.0 ? posterior[a] / w[a] : 0.0;
    return w;
}

}  // namespace

EnumeratedPosterior::EnumeratedPosterior(const SequenceSpace& space, std::vector<double> p0, TokenNoise noise)
    : space_(space), p0_(Categorical::from_weights(p0).probabilities()), noise_(std::move(noise)) {
    if (static_cast<Index>(p0_.size()) != space.n_states() || noise_.n_tokens() != space.n_tokens)
        throw ConfigError("enumerated posterior: a law of " + std::to_string(p0_.size()) + " and noise on " +
                          std::to_string(noise_.n_tokens()) + " tokens, expected " + std::to_string(space.n_states()) +
                          " and " + std::to_string(space.n_tokens));
    std::vector<int> x(static_cast<std::size_t>(space.n_positions));
    for (Index i = 0; noise_.is_absorbing() && i < space.n_states(); ++i) {
        space.sequence(i, x);
        if (p0_[static_cast<std::size_t>(i)] > 0.0 && std::find(x.begin(), x.end(), noise_.mask()) != x.end())
            throw ConfigError("enumerated posterior: the law of clean sequences has mass on the mask, token " +
                              std::to_string(noise_.mask()));
    }
}

void EnumeratedPosterior::evaluate(std::span<const int> x, double t, std::span<double> out) const {
    const auto V = static_cast<std::size_t>(space_.n_tokens), D = static_cast<std::size_t>(space_.n_positions);
    std::vector<double> likelihoods;
    for (std::size_t d = 0; d < D; ++d) {
        const std::vector<double> column = noise_.likelihood(0.0, t, x[d]);
        likelihoods.insert(likelihoods.end(), column.begin(), column.end());
    }
    std::vector<double> weights = product_law(space_, likelihoods);
    double sum = 0.0;
    for (std::size_t i = 0; i < weights.size(); ++i) sum += weights[i] *= p0_[i];
    if (!(sum > 0.0))
        throw NumericsError("enumerated posterior: sequence number " + std::to_string(space_.number(x)) +
                            " has probability 0 at t = " + std::to_string(t));

    std::fill(out.begin(), out.end(), 0.0);
    std::size_t stride = 1;
    for (std::size_t d = 0; d < D; ++d, stride *= V)
        for (std::size_t block = 0; block < weights.size(); block += stride * V)
            for (std::size_t v = 0; v < V; ++v) {
                double mass = 0.0;
                for (std::size_t i = 0; i < stride; ++i) mass += weights[block + v * stride + i];
                out[d * V + v] += mass / sum;
            }
}

void reverse_rates(const TokenModel& model, double t, std::span<const int> x, double remasking,
                   std::span<double> rates) {
    const auto V = static_cast<std::size_t>(model.space().n_tokens);
    const TokenNoise& noise = model.noise;
    if (!(t < noise.schedule().end()))
        throw ConfigError("reverse rates at t = " + std::to_string(t) +
                          ", where the schedule ends and rates are "
                          "infinite; start a little before, or use tweedie or first_hitting");
    const double clock = noise.schedule().rate(t);
    std::vector<double> posterior(rates.size());
    model.posterior->evaluate(x, t, posterior);

    std::fill(rates.begin(), rates.end(), 0.0);
    for (std::size_t d = 0; d < x.size(); ++d) {
        const std::span<double> row = rates.subspan(d * V, V);
        const std::vector<double> into = noise.rates_into(x[d]);
        if (std::any_of(into.begin(), into.end(), [](double q) { return q > 0.0; })) {
            const std::vector<double> ratios =
                noise.push(0.0, t, over_likelihood(noise, t, x[d], std::span(posterior).subspan(d * V, V)));
            for (std::size_t v = 0; v < V; ++v) row[v] = (1.0 + remasking) * clock * into[v] * ratios[v];
        }
        if (remasking == 0.0) continue;
        const std::vector<double> forward = noise.rates_out_of(x[d]);
        for (std::size_t v = 0; v < V; ++v) row[v] += remasking * clock * forward[v];
    }
}

void earlier_laws(const TokenModel& model, double t, double s, std::span<const int> x, std::span<double> laws) {
    const auto V = static_cast<std::size_t>(model.space().n_tokens);
    std::vector<double> posterior(laws.size());
    model.posterior->evaluate(x, t, posterior);
    for (std::size_t d = 0; d < x.size(); ++d) {
        // P(x_s = v | x0 = a, x_t) = P_{0s}(a, v) P_{st}(v, x_t) / P_{0t}(a, x_t)
        const std::vector<double> at_s =
            model.noise.push(0.0, s, over_likelihood(model.noise, t, x[d], std::span(posterior).subspan(d * V, V)));
        const std::vector<double> onwards = model.noise.likelihood(s, t, x[d]);
        double sum = 0.0;
        for (std::size_t v = 0; v < V; ++v) sum += laws[d * V + v] = at_s[v] * onwards[v];
        for (std::size_t v = 0; v < V; ++v) laws[d * V + v] /= sum;
    }
}

namespace {

/// Reverse rates of all sequences at one time, each asked for once and only where there is mass: impossible sequences
/// need no posterior.
class RatesAt {
public:
    RatesAt(const TokenModel& model, double t, double remasking)
        : model_(&model), t_(t), remasking_(remasking), rates_(static_cast<std::size_t>(model.space().n_states())) {}

    /// R(t)^T p
    std::vector<double> adjoint(const std::vector<double>& p) {
        const SequenceSpace& space = model_->space();
        const auto V = static_cast<std::size_t>(space.n_tokens), D = static_cast<std::size_t>(space.n_positions);
        std::vector<double> out(p.size(), 0.0);
        std::vector<int> x(D);
        for (std::size_t i = 0; i < p.size(); ++i) {
            if (p[i] == 0.0) continue;
            space.sequence(static_cast<Index>(i), x);
            if (rates_[i].empty()) {
                rates_[i].resize(D * V);
                reverse_rates(*model_, t_, x, remasking_, rates_[i]);
            }
            Index stride = 1;
            for (std::size_t d = 0; d < D; ++d, stride *= space.n_tokens)
                for (std::size_t v = 0; v < V; ++v) {
                    const double flow = p[i] * rates_[i][d * V + v];
                    if (flow == 0.0) continue;
                    out[i] -= flow;
                    out[static_cast<std::size_t>(static_cast<Index>(i) + (static_cast<Index>(v) - x[d]) * stride)] +=
                        flow;
                }
        }
        return out;
    }

private:
    const TokenModel* model_;  // a pointer: rates at the end of a step move to the start of the next
    double t_, remasking_;
    std::vector<std::vector<double>> rates_;
};

std::vector<double> moved(const std::vector<double>& p, double h, const std::vector<double>& slope) {
    std::vector<double> q(p);
    for (std::size_t i = 0; i < q.size(); ++i) q[i] += h * slope[i];
    return q;
}

}  // namespace

std::vector<double> reverse_master_equation(const TokenModel& model, std::vector<double> p, double t, double s,
                                            int n_steps, double remasking) {
    if (static_cast<Index>(p.size()) != model.space().n_states() || n_steps < 1 || !(s <= t))
        throw ConfigError("reverse master equation: a law of " + std::to_string(p.size()) + " over " +
                          std::to_string(n_steps) + " steps from t = " + std::to_string(t) + " to " +
                          std::to_string(s) + "; expected " + std::to_string(model.space().n_states()) +
                          " entries, a step or more, and s <= t");
    const double h = (t - s) / n_steps;
    RatesAt at_start(model, t, remasking);
    for (int j = 0; j < n_steps; ++j) {
        const double now = t - j * h, next = j + 1 == n_steps ? s : t - (j + 1) * h;
        RatesAt at_middle(model, (now + next) / 2.0, remasking), at_end(model, next, remasking);
        const auto k1 = at_start.adjoint(p);
        const auto k2 = at_middle.adjoint(moved(p, h / 2.0, k1));
        const auto k3 = at_middle.adjoint(moved(p, h / 2.0, k2));
        const auto k4 = at_end.adjoint(moved(p, h, k3));
        for (std::size_t i = 0; i < p.size(); ++i) p[i] += h / 6.0 * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i]);
        at_start = std::move(at_end);
    }
    return p;
}

}  // namespace dynkin
