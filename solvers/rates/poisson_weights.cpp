#include "solvers/rates/poisson_weights.hpp"

#include "solvers/core/errors.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace dynkin {

PoissonWeights poisson_weights(double mean, double tolerance) {
    if (!(mean >= 0.0) || mean > 1e15)
        throw ConfigError("Poisson weights: mean " + std::to_string(mean) + "; expected a number in 0 .. 1e15");
    const Index mode = static_cast<Index>(mean);
    // Relative to the window's sum, which is at least 1, the weight of the mode. Cutting a share c of the probability
    // and scaling up the rest changes the weights by 2 c in sum.
    const double tail = tolerance / 4.0;

    std::vector<double> below, above{1.0};
    double cut = 0.0, weight = 1.0;
    for (Index k = mode; k > 0; --k) {
        const double ratio = static_cast<double>(k) / mean;  // of w_{k-1} to w_k; falls with k
        cut = ratio < 1.0 ? weight * ratio / (1.0 - ratio) : 1.0;
        if (cut <= tail) break;
        weight *= ratio;
        below.push_back(weight);
        cut = 0.0;
    }
    const double cut_below = cut;
    weight = 1.0;
    for (Index k = mode;; ++k) {
        const double ratio = mean / static_cast<double>(k + 1);  // of w_{k+1} to w_k; falls as k grows
        cut = ratio < 1.0 ? weight * ratio / (1.0 - ratio) : 1.0;
        if (cut <= tail) break;
        weight *= ratio;
        above.push_back(weight);
    }

    PoissonWeights window;
    window.first = mode - std::ssize(below);
    window.weights.assign(below.rbegin(), below.rend());
    window.weights.insert(window.weights.end(), above.begin(), above.end());
    double sum = 0.0;
    // Small terms first, from both ends towards the mode.
    for (auto w = below.rbegin(); w != below.rend(); ++w) sum += *w;
    double sum_above = 0.0;
    for (auto w = above.rbegin(); w != above.rend(); ++w) sum_above += *w;
    sum += sum_above;
    for (double& w : window.weights) w /= sum;
    window.error = 2.0 * (cut_below + cut) / sum;
    return window;
}

}  // namespace dynkin
