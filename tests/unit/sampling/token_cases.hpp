#pragma once
// The token cases the tests share: three positions of three tokens under uniform or absorbing noise.
#include "solvers/sampling/token_sampler.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <vector>

namespace dynkin::test {

using Vector = std::vector<double>;

inline double total_variation(const Vector& p, const Vector& q) {
    double sum = 0.0;
    for (std::size_t i = 0; i < p.size(); ++i) sum += std::abs(p[i] - q[i]) / 2.0;
    return sum;
}

/// A joint law with Gamma(1/2) weights on the sequences without a mask, in order of their numbers.
inline Vector rough_law(const SequenceSpace& space, int mask, unsigned seed = 4) {
    std::mt19937 engine(seed);
    std::gamma_distribution<double> gamma(0.5, 1.0);
    Vector p(static_cast<std::size_t>(space.n_states()), 0.0);
    std::vector<int> x(static_cast<std::size_t>(space.n_positions));
    double sum = 0.0;
    for (Index i = 0; i < space.n_states(); ++i) {
        space.sequence(i, x);
        if (std::find(x.begin(), x.end(), mask) != x.end()) continue;
        sum += p[static_cast<std::size_t>(i)] = gamma(engine);
    }
    for (double& w : p) w /= sum;
    return p;
}

/// Noise, exact posterior, and the exact laws at both ends of a reverse run.
struct TokenCase {
    SequenceSpace space;
    Vector p0;
    TokenModel model;
    double from, to;
    Vector start, end;

    TokenCase(const SequenceSpace& space_, const TokenNoise& noise, double from_, double to_)
        : space(space_),
          p0(rough_law(space_, noise.mask())),
          model{noise, std::make_shared<EnumeratedPosterior>(space_, p0, noise)},
          from(from_),
          to(to_),
          start(noise.push_law(space_, 0.0, from_, p0)),
          end(noise.push_law(space_, 0.0, to_, p0)) {}

    double error(const TokenSampler& sampler, int n_steps) const {
        return total_variation(propagate_token_law(sampler, model, token_times(from, to, n_steps), start), end);
    }
};

inline TokenCase uniform_case() {
    return {{3, 3}, TokenNoise::uniform(3, TokenSchedule::Kind::exponential), 3.0, 0.05};
}

inline TokenCase absorbing_case(TokenSchedule schedule = TokenSchedule::Kind::linear) {
    return {{4, 3}, TokenNoise::absorbing(4, schedule), 0.98, 0.02};
}

}  // namespace dynkin::test
