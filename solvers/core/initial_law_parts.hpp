#pragma once
// One-dimensional pieces shared by the initial laws; not part of the interface.
#include "solvers/core/errors.hpp"

#include <cmath>
#include <string>
#include <vector>

namespace dynkin::initial_law_parts {

/// P(lower <= X < upper) for X ~ N(mean, sd^2); an atom at `mean` when sd = 0. Accurate in both tails.
inline double normal_mass(double mean, double sd, double lower, double upper) {
    if (sd == 0.0) return lower <= mean && mean < upper ? 1.0 : 0.0;
    const double scale = 1.0 / (std::sqrt(2.0) * sd);
    double a = (lower - mean) * scale, b = (upper - mean) * scale;
    if (b <= a) return 0.0;
    // erfc keeps its digits for positive arguments only: mirror the right half onto the left.
    if (a > 0.0) return 0.5 * (std::erfc(a) - std::erfc(b));
    if (b < 0.0) return 0.5 * (std::erfc(-b) - std::erfc(-a));
    return 0.5 * (std::erf(b) - std::erf(a));
}

/// E X^degree for X ~ N(mean, sd^2), by m_k = mean m_{k-1} + (k - 1) sd^2 m_{k-2}.
inline double normal_moment(double mean, double sd, int degree) {
    double before = 0.0, now = 1.0;
    for (int k = 1; k <= degree; ++k) {
        const double next = mean * now + (k - 1) * sd * sd * before;
        before = now;
        now = next;
    }
    return now;
}

/// z with P(|Z| > z) <= tail for a standard normal Z, to 1e-12 from above.
inline double normal_two_sided_quantile(double tail) {
    double low = 0.0, high = 40.0;
    for (int i = 0; i < 60; ++i) {
        const double middle = 0.5 * (low + high);
        (std::erfc(middle / std::sqrt(2.0)) > tail ? low : high) = middle;
    }
    return high;
}

inline double power(double x, int n) {
    double y = 1.0;
    for (; n > 0; --n) y *= x;
    return y;
}

[[noreturn]] inline void refuse(const std::string& kind, const std::string& why) {
    throw ConfigError("initial law '" + kind + "': " + why);
}

inline void require_finite(const std::string& kind, const std::string& what, const std::vector<double>& values) {
    if (values.empty()) refuse(kind, what + " is empty; one number per component is expected");
    for (std::size_t j = 0; j < values.size(); ++j)
        if (!std::isfinite(values[j])) refuse(kind, what + "[" + std::to_string(j) + "] is not a finite number");
}

inline void require_same_size(const std::string& kind, const std::string& what, std::size_t size, std::size_t expected) {
    if (size != expected)
        refuse(kind, what + " has " + std::to_string(size) + " entries; " + std::to_string(expected) + " are expected");
}

inline void require_positive(const std::string& kind, const std::string& what, const std::vector<double>& values) {
    require_finite(kind, what, values);
    for (std::size_t j = 0; j < values.size(); ++j)
        if (!(values[j] > 0.0))
            refuse(kind, what + "[" + std::to_string(j) + "] = " + std::to_string(values[j]) + " must be positive");
}

}  // namespace dynkin::initial_law_parts
