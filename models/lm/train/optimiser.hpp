#pragma once
// AdamW with a warm-up and a cosine: what one step of training does with a gradient.
#include <cstdint>

namespace dynkin::lm {

/// m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2, p -= rate (m^ / (sqrt(v^) + epsilon) + decay p) with m^ = m /
/// (1 - b1^k), v^ = v / (1 - b2^k) at step k = 1, 2, ...: decoupled decay (Loshchilov & Hutter 2019), not for norms.
struct AdamW {
    double beta1 = 0.9, beta2 = 0.95, epsilon = 1e-8;
    double decay = 0.05;
    double clip_norm = 1.0;  ///< gradients of a larger Euclidean norm are scaled down to it; infinity: none
};

/// rate(s) = peak * min(1, (s + 1) / warm_up) * (last + (1 - last) (1 + cos(pi s / n_steps)) / 2), s = 0, 1, ...
struct LearningRate {
    double peak = 2e-3;
    std::int64_t warm_up = 50;  ///< steps
    double last = 0.1;          ///< at the end, as a part of the peak

    double at(std::int64_t step, std::int64_t n_steps) const;
};

/// ConfigError: betas outside [0, 1), epsilon or rates <= 0, ...
void validate(const AdamW& adam_w, const LearningRate& rate);

}  // namespace dynkin::lm
