#include "solvers/particle/problem.hpp"

#include "solvers/core/errors.hpp"

#include <cmath>

namespace dynkin {

void check_domain(const Process& process, Domain& domain) {
    const auto dim = static_cast<std::size_t>(process.dim());
    if (domain.empty()) domain.assign(dim, AxisDomain{});
    if (domain.size() != dim)
        throw ConfigError("the domain of '" + process.name() + "' needs " + std::to_string(dim) + " axes, not " +
                          std::to_string(domain.size()));
    for (std::size_t j = 0; j < dim; ++j) {
        const AxisDomain& axis = domain[j];
        const std::string where = "axis " + process.variables()[j] + " of '" + process.name() + "': ";
        if (!(axis.lower < axis.upper)) throw ConfigError(where + "the lower end must lie below the upper one");
        if ((axis.at_lower != Boundary::open && !std::isfinite(axis.lower)) ||
            (axis.at_upper != Boundary::open && !std::isfinite(axis.upper)))
            throw ConfigError(where + "a wall needs a finite position");
        if ((axis.at_lower == Boundary::periodic) != (axis.at_upper == Boundary::periodic))
            throw ConfigError(where + "an axis is periodic on both sides or on none");
    }
}

OutputPosition position_of(const TimeGrid& grid, double time) {
    const double steps = (time - grid.t0) / grid.dt(), whole = std::nearbyint(steps);
    if (std::abs(steps - whole) <= 1e-9 + 1e-15 * steps) return {static_cast<std::int64_t>(whole), 0.0};
    const double below = std::floor(steps);
    return {static_cast<std::int64_t>(below), steps - below};
}

}  // namespace dynkin
