#pragma once
// When a simulation steps and when it is looked at. t_n = t0 + n * dt, never accumulated.
#include <cstdint>
#include <vector>

namespace dynkin {

/// n_steps equal steps from t0 to until, and the times at which results are wanted. The steps do not depend on the
/// outputs: an output between two steps is reached by splitting that step's Brownian increment with a bridge, and the
/// path goes on from the unsplit step. So more outputs never change a path.
struct TimeGrid {
    double t0 = 0.0;
    double until = 1.0;
    std::int64_t n_steps = 1;
    std::vector<double> outputs;  ///< increasing, first >= t0, last <= until

    double dt() const { return (until - t0) / static_cast<double>(n_steps); }
    double time(std::int64_t n) const {
        return n == n_steps ? until : t0 + static_cast<double>(n) * dt();
    }
};

/// Steps of at most `dt` (equal to it when it divides the span to 1e-9), `n_outputs` >= 1 equally spaced output times;
/// more than one includes both ends. Throws ConfigError on until <= t0, dt <= 0 or non-finite values.
TimeGrid make_time_grid(double t0, double until, double dt, int n_outputs);
/// The same with given output times (increasing, inside [t0, until]).
TimeGrid make_time_grid(double t0, double until, double dt, std::vector<double> outputs);

/// Where an output lies on the grid of steps: after `step` whole steps and `theta` of the next, theta in [0, 1).
/// Times within 1e-9 of a step's end count as that end.
struct OutputPosition {
    std::int64_t step = 0;
    double theta = 0.0;
};
OutputPosition position_of(const TimeGrid& grid, double time);

}  // namespace dynkin
