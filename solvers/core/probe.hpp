#pragma once
// Points at which a scheme looks at a process before it agrees to integrate it.
#include "solvers/core/process.hpp"

#include <cmath>

namespace dynkin {

/// n points of the domain (of [-2, 2] where that is open; of a unit length where it is half open), by the additive
/// recurrence with the generalised golden ratio.
inline Block probe_points(const Domain& domain, Index n) {
    const int d = static_cast<int>(domain.size());
    double phi = 2.0;
    for (int it = 0; it < 60; ++it) phi = std::pow(1.0 + phi, 1.0 / (d + 1.0));
    Block x(d, n);
    for (int j = 0; j < d; ++j) {
        const AxisDomain& axis = domain[static_cast<std::size_t>(j)];
        double lower = axis.lower, upper = axis.upper;
        if (!std::isfinite(lower)) lower = std::isfinite(upper) ? upper - 1.0 : -2.0;
        if (!std::isfinite(upper)) upper = std::isfinite(axis.lower) ? lower + 1.0 : 2.0;
        const double alpha = std::pow(1.0 / phi, j + 1.0);
        for (Index q = 0; q < n; ++q)
            x.row(j)[q] = lower + (upper - lower) * std::fmod(0.5 + alpha * static_cast<double>(q + 1), 1.0);
    }
    return x;
}

/// n points of the natural domain.
inline Block probe_points(const Process& process, Index n) {
    return probe_points(process.natural_domain(), n);
}

/// Whether all n entries of the row equal its first one, relative to `scale`.
inline bool is_constant(const double* row, Index n, double scale) {
    for (Index q = 1; q < n; ++q)
        if (!(std::abs(row[q] - row[0]) <= 1e-10 * (1.0 + scale))) return false;
    return true;
}

}  // namespace dynkin
