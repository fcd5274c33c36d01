#include "models/lm/train/optimiser.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "solvers/core/errors.hpp"

namespace dynkin::lm {

double LearningRate::at(std::int64_t step, std::int64_t n_steps) const {
    const double s = static_cast<double>(step);
    const double warm = warm_up > 0 ? std::min(1.0, (s + 1.0) / static_cast<double>(warm_up)) : 1.0;
    const double cosine = 0.5 * (1.0 + std::cos(std::numbers::pi * s / static_cast<double>(n_steps)));
    return peak * warm * (last + (1.0 - last) * cosine);
}

void validate(const AdamW& adam_w, const LearningRate& rate) {
    const auto require = [](bool sound, const std::string& what) {
        if (!sound) throw ConfigError("training: " + what);
    };
    require(adam_w.beta1 >= 0 && adam_w.beta1 < 1, "beta1 must be within [0, 1), not " + std::to_string(adam_w.beta1));
    require(adam_w.beta2 >= 0 && adam_w.beta2 < 1, "beta2 must be within [0, 1), not " + std::to_string(adam_w.beta2));
    require(adam_w.epsilon > 0 && std::isfinite(adam_w.epsilon), "epsilon must be positive");
    require(adam_w.decay >= 0 && std::isfinite(adam_w.decay), "weight decay must not be negative");
    require(adam_w.clip_norm > 0, "clip_norm must be positive");
    require(rate.peak > 0 && std::isfinite(rate.peak), "the learning rate must be positive");
    require(rate.warm_up >= 0, "warm_up must not be negative");
    require(rate.last >= 0 && rate.last <= 1, "the last learning rate must be within [0, 1] of the peak");
}

}  // namespace dynkin::lm
