#include "solvers/sampling/token_noise.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/rates/propagate.hpp"
#include "solvers/sampling/categorical.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

namespace dynkin {
namespace {

constexpr double half_pi = std::numbers::pi / 2.0;

}  // namespace

TokenSchedule TokenSchedule::named(const std::string& name) {
    const std::vector<std::string> known{"exponential", "linear", "cosine"};
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end()) throw ConfigError(unknown_name("token schedule", name, known));
    return static_cast<Kind>(found - known.begin());
}

double TokenSchedule::alpha(double t) const {
    if (kind_ == Kind::exponential) return std::exp(-t);
    if (t >= 1.0) return 0.0;
    return kind_ == Kind::linear ? 1.0 - t : std::cos(half_pi * t);
}

double TokenSchedule::rate(double t) const {
    if (kind_ == Kind::exponential) return 1.0;
    return kind_ == Kind::linear ? 1.0 / (1.0 - t) : half_pi * std::tan(half_pi * t);
}

double TokenSchedule::time_of(double a) const {
    if (kind_ == Kind::exponential) return -std::log(a);
    return kind_ == Kind::linear ? 1.0 - a : std::acos(a) / half_pi;
}

double TokenSchedule::end() const {
    return kind_ == Kind::exponential ? std::numeric_limits<double>::infinity() : 1.0;
}

TokenNoise::TokenNoise(Kind kind, int n_tokens, TokenSchedule schedule)
    : kind_(kind), n_tokens_(n_tokens), schedule_(schedule) {
    if (n_tokens < 2) throw ConfigError("token noise: " + std::to_string(n_tokens) + " tokens, expected at least 2");
}

TokenNoise TokenNoise::uniform(int n_tokens, TokenSchedule schedule) {
    return {Kind::uniform, n_tokens, schedule};
}

TokenNoise TokenNoise::absorbing(int n_tokens, TokenSchedule schedule) {
    return {Kind::absorbing, n_tokens, schedule};
}

TokenNoise TokenNoise::chain(SparseRateMatrix Q, TokenSchedule schedule) {
    for (double loss : Q.loss())
        if (loss != 0.0) throw ConfigError("token noise: a token chain with loss; tokens cannot leave a sequence");
    TokenNoise noise(Kind::chain, static_cast<int>(Q.size()), schedule);
    noise.Q_ = std::make_shared<const SparseRateMatrix>(std::move(Q));
    return noise;
}

SparseRateMatrix TokenNoise::token_chain() const {
    if (kind_ == Kind::chain) return *Q_;
    std::vector<RateEntry> rates;
    for (int a = 0; a < n_tokens_; ++a) {
        const std::vector<double> row = rates_out_of(a);
        for (int b = 0; b < n_tokens_; ++b)
            if (row[static_cast<std::size_t>(b)] > 0.0) rates.push_back({a, b, row[static_cast<std::size_t>(b)]});
    }
    return SparseRateMatrix(n_tokens_, rates);
}

std::vector<double> TokenNoise::rates_into(int token) const {
    std::vector<double> rates(static_cast<std::size_t>(n_tokens_), 0.0);
    if (kind_ == Kind::chain) {
        const SparseRateMatrix::Rates into = Q_->into(token);
        for (std::size_t k = 0; k < into.states.size(); ++k)
            rates[static_cast<std::size_t>(into.states[k])] = into.rates[k];
        return rates;
    }
    if (kind_ == Kind::uniform) std::fill(rates.begin(), rates.end(), 1.0 / n_tokens_);
    if (token == mask()) std::fill(rates.begin(), rates.end(), 1.0);
    rates[static_cast<std::size_t>(token)] = 0.0;
    return rates;
}

std::vector<double> TokenNoise::rates_out_of(int token) const {
    std::vector<double> rates(static_cast<std::size_t>(n_tokens_), 0.0);
    if (kind_ == Kind::chain) {
        const SparseRateMatrix::Rates out = Q_->out_of(token);
        for (std::size_t k = 0; k < out.states.size(); ++k)
            rates[static_cast<std::size_t>(out.states[k])] = out.rates[k];
        return rates;
    }
    if (kind_ == Kind::uniform) std::fill(rates.begin(), rates.end(), 1.0 / n_tokens_);
    if (is_absorbing()) rates.back() = 1.0;
    rates[static_cast<std::size_t>(token)] = 0.0;
    return rates;
}

double TokenNoise::kept(double s, double t) const {
    if (!(0.0 <= s && s <= t && t <= schedule_.end()))
        throw ConfigError("token noise: from time " + std::to_string(s) + " to " + std::to_string(t) +
                          ", expected 0 <= s <= t <= " + std::to_string(schedule_.end()));
    return s == t ? 1.0 : schedule_.alpha(t) / schedule_.alpha(s);
}

std::vector<double> TokenNoise::push(double s, double t, std::span<const double> w) const {
    const double a = kept(s, t);
    std::vector<double> out(w.begin(), w.end());
    if (kind_ == Kind::chain) return propagate_law(*Q_, out, -std::log(a), PropagationMethod::uniformisation, 1e-14);
    const double touched = (1.0 - a) * std::accumulate(w.begin(), w.end(), 0.0);
    const double everywhere = kind_ == Kind::uniform ? touched / n_tokens() : 0.0;
    for (double& p : out) p = a * p + everywhere;
    if (is_absorbing()) out.back() += touched;
    return out;
}

std::vector<double> TokenNoise::likelihood(double s, double t, int token) const {
    const double a = kept(s, t);
    std::vector<double> out(static_cast<std::size_t>(n_tokens()), 0.0);
    const auto x = static_cast<std::size_t>(token);
    if (kind_ == Kind::chain) {
        out[x] = 1.0;
        return propagate_function(*Q_, out, -std::log(a), PropagationMethod::uniformisation, 1e-14);
    }
    const double touched = kind_ == Kind::uniform ? (1.0 - a) / n_tokens() : token == mask() ? 1.0 - a : 0.0;
    std::fill(out.begin(), out.end(), touched);
    out[x] += a;
    return out;
}

std::vector<double> TokenNoise::transition(double s, double t) const {
    const auto V = static_cast<std::size_t>(n_tokens());
    std::vector<double> P(V * V);
    for (std::size_t b = 0; b < V; ++b) {
        const std::vector<double> column = likelihood(s, t, static_cast<int>(b));
        for (std::size_t a = 0; a < V; ++a) P[a * V + b] = column[a];
    }
    return P;
}

std::vector<double> TokenNoise::push_law(const SequenceSpace& space, double s, double t, std::vector<double> p) const {
    const std::vector<double> P = transition(s, t);
    for (int d = 0; d < space.n_positions; ++d) p = apply_at_position(space, p, d, P);
    return p;
}

void TokenNoise::add_noise(double s, double t, std::span<int> x, Draws& noise) const {
    std::vector<double> unit(static_cast<std::size_t>(n_tokens_), 0.0);
    for (int& token : x) {
        unit[static_cast<std::size_t>(token)] = 1.0;
        const std::vector<double> law = push(s, t, unit);
        unit[static_cast<std::size_t>(token)] = 0.0;
        token = draw_weights(law, std::accumulate(law.begin(), law.end(), 0.0), noise.uniform());
    }
}

JumpPath TokenNoise::path(const SparseRateMatrix& chain, int token, double s, double t, Draws& noise) const {
    JumpPath path = gillespie_path(chain, token, -std::log(kept(s, t)), noise);
    const double alpha = schedule_.alpha(s);
    for (std::size_t k = 1; k < path.times.size(); ++k)
        path.times[k] = std::clamp(schedule_.time_of(alpha * std::exp(-path.times[k])), s, t) - s;
    return path;
}

}  // namespace dynkin
