#include "models/variates.hpp"

#include <cmath>

namespace dynkin {
namespace {

// log Gamma(x), x > 0, by Stirling's series above 8; std::lgamma writes a global sign and so is not for threads.
double log_gamma(double x) {
    double shift = 0.0;
    for (; x < 8.0; x += 1.0) shift += std::log(x);
    const double r = 1.0 / x, r2 = r * r;
    const double series =
        r * (1.0 / 12 - r2 * (1.0 / 360 - r2 * (1.0 / 1260 - r2 * (1.0 / 1680 - r2 * (1.0 / 1188 - r2 * 691.0 / 360360)))));
    return (x - 0.5) * std::log(x) - x + 0.91893853320467274178 + series - shift;
}

}  // namespace

double sample_gamma(double shape, Draws& draws) {
    if (!(shape > 0.0)) return 0.0;
    double boost = 1.0;
    if (shape < 1.0) {
        boost = std::pow(draws.uniform(), 1.0 / shape);
        shape += 1.0;
    }
    const double d = shape - 1.0 / 3.0, c = 1.0 / std::sqrt(9.0 * d);
    for (;;) {
        const double z = draws.normal();
        const double root = 1.0 + c * z;
        if (root <= 0.0) continue;
        const double v = root * root * root;
        if (std::log(draws.uniform()) < 0.5 * z * z + d - d * v + d * std::log(v)) return boost * d * v;
    }
}

double sample_poisson(double mean, Draws& draws) {
    if (!(mean > 0.0)) return 0.0;
    if (mean < 10.0) {
        const double limit = std::exp(-mean);
        double k = 0.0;
        for (double p = draws.uniform(); p > limit; p *= draws.uniform()) k += 1.0;
        return k;
    }
    const double b = 0.931 + 2.53 * std::sqrt(mean), a = -0.059 + 0.02483 * b;
    const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), v_r = 0.9277 - 3.6224 / (b - 2.0);
    for (;;) {
        const double u = draws.uniform() - 0.5, v = draws.uniform();
        const double us = 0.5 - std::abs(u);
        const double k = std::floor((2.0 * a / us + b) * u + mean + 0.43);
        if (us >= 0.07 && v <= v_r) return k;
        if (k < 0.0 || (us < 0.013 && v > us)) continue;
        if (std::log(v * inverse_alpha / (a / (us * us) + b)) <= k * std::log(mean) - mean - log_gamma(k + 1.0)) return k;
    }
}

double sample_noncentral_chi_squared(double degrees, double lambda, Draws& draws) {
    const double n = sample_poisson(0.5 * lambda, draws);
    return 2.0 * sample_gamma(0.5 * degrees + n, draws);
}

double noncentral_chi_squared_density(double x, double degrees, double lambda) {
    if (!(x > 0.0)) return 0.0;
    const double half = 0.5 * lambda, y = 0.5 * x;
    const auto log_term = [&](double j) {
        const double shape = 0.5 * degrees + j;
        const double poisson = half > 0.0 ? j * std::log(half) - half - log_gamma(j + 1.0) : 0.0;
        return poisson + (shape - 1.0) * std::log(y) - y - log_gamma(shape);
    };
    if (half == 0.0) return 0.5 * std::exp(log_term(0.0));
    // Neighbours have the ratio half y / ((j + 1)(degrees / 2 + j)); it passes one at the root below.
    const double mode = std::floor(std::sqrt(half * y));
    const double largest = log_term(mode);
    double sum = 1.0, term = 1.0;
    for (double j = mode; term > 1e-17 * sum; j += 1.0) sum += term *= half * y / ((j + 1.0) * (0.5 * degrees + j));
    term = 1.0;
    for (double j = mode; j > 0.0 && term > 1e-17 * sum; j -= 1.0)
        sum += term *= j * (0.5 * degrees + j - 1.0) / (half * y);
    return 0.5 * std::exp(largest) * sum;
}

}  // namespace dynkin
