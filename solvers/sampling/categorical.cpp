#include "solvers/sampling/categorical.hpp"

#include "solvers/core/errors.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

namespace dynkin {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

void require_fraction(const char* what, double p, bool zero_allowed) {
    if (p <= 1.0 && (p > 0.0 || (zero_allowed && p == 0.0))) return;
    throw ConfigError(std::string(what) + ": p is " + std::to_string(p) + ", expected a number in " +
                      (zero_allowed ? "[0, 1]" : "(0, 1]"));
}

/// Token numbers from the most to the least probable, equal ones in order of their number, one at a time: whoever needs
/// a few of many does not pay for sorting them all.
class ByProbability {
public:
    explicit ByProbability(std::span<const double> probabilities) : heap_(probabilities.size()), p_(probabilities) {
        std::iota(heap_.begin(), heap_.end(), std::size_t{0});
        std::make_heap(heap_.begin(), heap_.end(), [this](std::size_t a, std::size_t b) { return less(a, b); });
    }
    bool empty() const { return heap_.empty(); }
    std::size_t next() {
        std::pop_heap(heap_.begin(), heap_.end(), [this](std::size_t a, std::size_t b) { return less(a, b); });
        const std::size_t token = heap_.back();
        heap_.pop_back();
        return token;
    }

private:
    bool less(std::size_t a, std::size_t b) const { return p_[a] < p_[b] || (p_[a] == p_[b] && a > b); }

    std::vector<std::size_t> heap_;
    std::span<const double> p_;
};

Categorical restricted(const Categorical& law, const std::vector<bool>& kept) {
    std::vector<double> log_weights = law.log_probabilities();
    for (std::size_t k = 0; k < log_weights.size(); ++k)
        if (!kept[k]) log_weights[k] = -infinity;
    return Categorical::from_log_weights(log_weights);
}

}  // namespace

Categorical Categorical::from_weights(std::span<const double> weights) {
    if (weights.empty()) throw ConfigError("categorical law: no weights, expected at least one");
    double largest = 0.0;
    for (std::size_t k = 0; k < weights.size(); ++k) {
        if (!(weights[k] >= 0.0) || std::isinf(weights[k]))
            throw ConfigError("categorical law: weight of token " + std::to_string(k) + " is " +
                              std::to_string(weights[k]) + ", expected a finite number >= 0");
        largest = std::max(largest, weights[k]);
    }
    if (largest == 0.0) throw ConfigError("categorical law: all weights are zero, expected a positive one");

    // Scaled by the largest first: sums of weights near the ends of the range neither overflow nor vanish.
    std::vector<double> p(weights.begin(), weights.end()), log_p(p.size());
    double sum = 0.0;
    for (double& w : p) sum += (w /= largest);
    const double log_sum = std::log(sum);
    for (std::size_t k = 0; k < p.size(); ++k) {
        const bool underflow = p[k] < std::numeric_limits<double>::min();
        log_p[k] = (underflow ? std::log(weights[k]) - std::log(largest) : std::log(p[k])) - log_sum;
        p[k] /= sum;
    }
    return {std::move(p), std::move(log_p)};
}

Categorical Categorical::from_log_weights(std::span<const double> log_weights) {
    if (log_weights.empty()) throw ConfigError("categorical law: no log-weights, expected at least one");
    double largest = -infinity;
    for (std::size_t k = 0; k < log_weights.size(); ++k) {
        if (std::isnan(log_weights[k]) || log_weights[k] == infinity)
            throw ConfigError("categorical law: log-weight of token " + std::to_string(k) + " is " +
                              std::to_string(log_weights[k]) + ", expected a finite number or -inf");
        largest = std::max(largest, log_weights[k]);
    }
    if (largest == -infinity) throw ConfigError("categorical law: all log-weights are -inf, expected a finite one");

    std::vector<double> p(log_weights.size()), log_p(log_weights.begin(), log_weights.end());
    double sum = 0.0;
    for (std::size_t k = 0; k < p.size(); ++k) sum += (p[k] = std::exp(log_p[k] - largest));
    const double log_sum = std::log(sum);
    for (std::size_t k = 0; k < p.size(); ++k) {
        log_p[k] = log_p[k] - largest - log_sum;
        p[k] /= sum;
    }
    return {std::move(p), std::move(log_p)};
}

double Categorical::entropy() const {
    double sum = 0.0;
    for (std::size_t k = 0; k < probabilities_.size(); ++k)
        if (probabilities_[k] > 0.0) sum -= probabilities_[k] * log_probabilities_[k];
    return sum;
}

Categorical with_temperature(const Categorical& law, double temperature) {
    if (!(temperature >= 0.0) || std::isinf(temperature))
        throw ConfigError("temperature is " + std::to_string(temperature) + ", expected a finite number >= 0");
    std::vector<double> log_weights = law.log_probabilities();
    const double largest = *std::max_element(log_weights.begin(), log_weights.end());
    for (double& w : log_weights) {
        if (temperature > 0.0)
            w = w == largest ? 0.0 : (w - largest) / temperature;  // 0 / tiny stays 0
        else
            w = w == largest ? 0.0 : -infinity;
    }
    return Categorical::from_log_weights(log_weights);
}

Categorical top_k(const Categorical& law, int k) {
    if (k < 1) throw ConfigError("top_k: k is " + std::to_string(k) + ", expected at least 1");
    std::vector<bool> kept(static_cast<std::size_t>(law.size()), false);
    ByProbability tokens(law.probabilities());
    for (int j = 0; j < std::min(k, law.size()); ++j) kept[tokens.next()] = true;
    return restricted(law, kept);
}

std::vector<bool> top_p_mask(std::span<const double> probabilities, double p) {
    require_fraction("top_p", p, false);
    std::vector<bool> kept(probabilities.size(), p == 1.0);
    if (p == 1.0) return kept;
    const double wanted = p * std::accumulate(probabilities.begin(), probabilities.end(), 0.0);
    double mass = 0.0;
    for (ByProbability tokens(probabilities); !tokens.empty() && mass < wanted;) {
        const std::size_t token = tokens.next();
        kept[token] = true;
        mass += probabilities[token];
    }
    return kept;
}

Categorical top_p(const Categorical& law, double p) {
    return restricted(law, top_p_mask(law.probabilities(), p));
}

Categorical min_p(const Categorical& law, double p) {
    require_fraction("min_p", p, true);
    const std::vector<double>& probabilities = law.probabilities();
    const double least = p * *std::max_element(probabilities.begin(), probabilities.end());
    std::vector<bool> kept(probabilities.size());
    for (std::size_t k = 0; k < kept.size(); ++k) kept[k] = probabilities[k] >= least;
    return restricted(law, kept);
}

int draw_weights(std::span<const double> weights, double total, double u) {
    const double wanted = u * total;
    double below = 0.0;
    int last = 0;
    for (std::size_t k = 0; k < weights.size(); ++k) {
        if (weights[k] <= 0.0) continue;
        below += weights[k];
        last = static_cast<int>(k);
        if (wanted < below) return last;
    }
    return last;  // round-off left u above the sum
}

int draw(const Categorical& law, double u) {
    if (!(u >= 0.0 && u < 1.0)) throw ConfigError("draw: u is " + std::to_string(u) + ", expected a number in [0, 1)");
    return draw_weights(law.probabilities(), 1.0, u);
}

}  // namespace dynkin
