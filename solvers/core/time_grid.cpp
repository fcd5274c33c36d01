#include "solvers/core/time_grid.hpp"

#include "solvers/core/errors.hpp"

#include <cmath>
#include <string>

namespace dynkin {

TimeGrid make_time_grid(double t0, double until, double dt, std::vector<double> outputs) {
    if (!(std::isfinite(t0) && std::isfinite(until) && until > t0))
        throw ConfigError("the run must end after it starts: start " + std::to_string(t0) + ", until " + std::to_string(until));
    if (!(std::isfinite(dt) && dt > 0.0)) throw ConfigError("dt must be positive and finite, not " + std::to_string(dt));
    for (std::size_t k = 0; k < outputs.size(); ++k) {
        if (!(outputs[k] >= t0 && outputs[k] <= until))
            throw ConfigError("output time " + std::to_string(outputs[k]) + " lies outside [" + std::to_string(t0) + ", " +
                              std::to_string(until) + "]");
        if (k > 0 && !(outputs[k] > outputs[k - 1])) throw ConfigError("output times must increase");
    }
    TimeGrid grid{t0, until, 1, std::move(outputs)};
    const double steps = (until - t0) / dt;
    if (steps > 9e15) throw ConfigError("dt = " + std::to_string(dt) + " needs more than 9e15 steps");
    grid.n_steps = static_cast<std::int64_t>(std::ceil(steps * (1.0 - 1e-9)));
    if (grid.n_steps < 1) grid.n_steps = 1;
    return grid;
}

TimeGrid make_time_grid(double t0, double until, double dt, int n_outputs) {
    if (n_outputs < 1) throw ConfigError("outputs must be at least 1");
    std::vector<double> outputs;
    if (n_outputs == 1) outputs = {until};
    else
        for (int k = 0; k < n_outputs; ++k)
            outputs.push_back(k == n_outputs - 1 ? until : t0 + (until - t0) * k / (n_outputs - 1));
    return make_time_grid(t0, until, dt, std::move(outputs));
}

OutputPosition position_of(const TimeGrid& grid, double time) {
    const double steps = (time - grid.t0) / grid.dt(), whole = std::nearbyint(steps);
    if (std::abs(steps - whole) <= 1e-9 + 1e-15 * steps) return {static_cast<std::int64_t>(whole), 0.0};
    const double below = std::floor(steps);
    return {static_cast<std::int64_t>(below), steps - below};
}

}  // namespace dynkin
