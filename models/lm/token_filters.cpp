#include "models/lm/token_filters.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "solvers/core/errors.hpp"
#include "solvers/core/random.hpp"

namespace dynkin::lm {

void validate(const TokenFilters& f) {
    const auto fail = [](const std::string& name, double value, const std::string& expected) {
        throw ConfigError("filters: " + name + " is " + std::to_string(value) + ", expected " + expected);
    };
    if (!(f.repetition_penalty > 0.0) || std::isinf(f.repetition_penalty))
        fail("repetition_penalty", f.repetition_penalty, "a positive number");
    if (f.repetition_window < 0) fail("repetition_window", f.repetition_window, "at least 0");
    if (!(f.temperature >= 0.0) || std::isinf(f.temperature)) fail("temperature", f.temperature, "a number >= 0");
    if (f.top_k < 0) fail("top_k", f.top_k, "at least 0");
    if (!(f.top_p > 0.0 && f.top_p <= 1.0)) fail("top_p", f.top_p, "a number in (0, 1]");
    if (!(f.min_p >= 0.0 && f.min_p <= 1.0)) fail("min_p", f.min_p, "a number in [0, 1]");
}

std::vector<double> penalised(std::span<const float> logits, std::span<const int> drawn, const TokenFilters& f) {
    std::vector<double> out(logits.begin(), logits.end());
    if (f.repetition_penalty == 1.0) return out;
    if (f.repetition_window > 0 && drawn.size() > static_cast<std::size_t>(f.repetition_window))
        drawn = drawn.last(static_cast<std::size_t>(f.repetition_window));
    std::vector<bool> done(logits.size(), false);  // once a token, however often it was drawn
    for (const int token : drawn) {
        const auto k = static_cast<std::size_t>(token);
        if (done.at(k)) continue;
        done[k] = true;
        out[k] = out[k] > 0.0 ? out[k] / f.repetition_penalty : out[k] * f.repetition_penalty;
    }
    return out;
}

Categorical filtered(Categorical law, const TokenFilters& f) {
    if (f.temperature != 1.0) law = with_temperature(law, f.temperature);
    if (f.top_k > 0 && f.top_k < law.size()) law = top_k(law, f.top_k);
    if (f.top_p < 1.0) law = top_p(law, f.top_p);
    if (f.min_p > 0.0) law = min_p(law, f.min_p);
    return law;
}

Categorical next_token_law(std::span<const float> logits, std::span<const int> drawn, const TokenFilters& f) {
    if (f.temperature == 0.0) {  // what the filters would come to, without 32,000 exponentials
        std::vector<double> log_weights = penalised(logits, drawn, f);
        const double best = *std::max_element(log_weights.begin(), log_weights.end());
        for (double& w : log_weights) w = w == best ? 0.0 : -std::numeric_limits<double>::infinity();
        TokenFilters rest = f;
        rest.temperature = 1.0;
        return filtered(Categorical::from_log_weights(log_weights), rest);
    }
    return filtered(Categorical::from_log_weights(penalised(logits, drawn, f)), f);
}

double token_uniform(std::uint64_t seed, std::uint64_t sequence, std::uint64_t position) {
    return Draws({seed, Stream::exact, position}, sequence).uniform();
}

}  // namespace dynkin::lm
