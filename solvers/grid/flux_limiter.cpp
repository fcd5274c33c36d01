#include "solvers/grid/flux_limiter.hpp"

#include <algorithm>
#include <cstddef>

namespace dynkin {

void transfers_between(const std::vector<double>& low, const std::vector<double>& high, double lower, double upper,
                       bool cyclic, std::vector<double>& face) {
    const std::size_t n = low.size(), middle = n / 2;
    face[0] = cyclic ? 0.0 : lower;
    face[n] = cyclic ? 0.0 : upper;
    for (std::size_t i = 0; i < middle; ++i) face[i + 1] = face[i] - (high[i] - low[i]);
    for (std::size_t i = n - 1; i > middle; --i) face[i] = face[i + 1] + (high[i] - low[i]);
}

void limit_transfers(std::vector<double>& masses, std::vector<double>& face, bool cyclic) {
    const std::size_t n = masses.size();
    std::vector<double> factor(n);
    for (std::size_t i = 0; i < n; ++i) {
        const double outgoing = std::max(face[i + 1], 0.0) + std::max(-face[i], 0.0);
        factor[i] = giving_factor(masses[i], outgoing);
    }
    for (std::size_t f = 0; f <= n; ++f) {
        const double from_below = f > 0 ? factor[f - 1] : cyclic ? factor[n - 1] : 1.0;
        const double from_above = f < n ? factor[f] : cyclic ? factor[0] : 1.0;
        face[f] *= face[f] > 0.0 ? from_below : from_above;
    }
    for (std::size_t i = 0; i < n; ++i) {
        const double outgoing = std::max(face[i + 1], 0.0) + std::max(-face[i], 0.0);
        const double incoming = std::max(face[i], 0.0) + std::max(-face[i + 1], 0.0);
        masses[i] = (masses[i] - outgoing) + incoming;
    }
}

}  // namespace dynkin
