#include "solvers/ode/outflow.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/core/probe.hpp"
#include "solvers/ode/message_number.hpp"

#include <cmath>

namespace dynkin {
namespace {

std::string wall_name(const Process& process, int axis, double position) {
    return process.variables()[static_cast<std::size_t>(axis)] + " = " + message_number(position);
}

}  // namespace

Outflow::Outflow(const OdeProblem& problem)
    : process_(*problem.process), domain_(problem.domain), description_(process_.name() + " with " + problem.scheme) {
    for (std::size_t j = 0; j < domain_.size(); ++j) {
        const AxisDomain& axis = domain_[j];
        any_ = any_ || axis.has_wall();
        absorbing_ = absorbing_ || axis.at_lower == Boundary::absorbing || axis.at_upper == Boundary::absorbing;
        if (axis.at_lower == Boundary::reflecting) check_reflecting(static_cast<int>(j), true, problem.grid);
        if (axis.at_upper == Boundary::reflecting) check_reflecting(static_cast<int>(j), false, problem.grid);
    }
}

// The drift through the wall, zero within round-off of the largest component there.
double Outflow::outward_drift(const double* x, Index stride, int axis, bool lower, double t) const {
    Block b(process_.dim(), 1);
    process_.drift({x, process_.dim(), 1, stride}, t, b.rows());
    double scale = 0.0;
    for (int j = 0; j < process_.dim(); ++j) scale = std::max(scale, std::abs(b.row(j)[0]));
    const double outward = lower ? -b.row(axis)[0] : b.row(axis)[0];
    return outward > 1e-10 * scale ? outward : 0.0;
}

void Outflow::check_reflecting(int axis, bool lower, const TimeGrid& grid) const {
    const AxisDomain& box = domain_[static_cast<std::size_t>(axis)];
    const double wall = lower ? box.lower : box.upper;
    Block points = probe_points(domain_, 256);
    for (const double t : {grid.t0, 0.5 * (grid.t0 + grid.until), grid.until})
        for (Index q = 0; q < points.size(); ++q) {
            points.row(axis)[q] = wall;
            const double outward = outward_drift(points.row(0) + q, points.stride(), axis, lower, t);
            if (outward > 0.0)
                throw ConfigError(description_ + ": the flow crosses the reflecting wall " +
                                  wall_name(process_, axis, wall) + " (outward drift " + message_number(outward) +
                                  " at t = " + message_number(t) +
                                  "), and without noise nothing turns a particle back; use absorbing or open");
        }
}

Outflow::Settled Outflow::settle(double* x, Index stride, double t, std::uint64_t particle) const {
    Settled result;
    for (std::size_t j = 0; j < domain_.size(); ++j) {
        const AxisDomain& axis = domain_[j];
        double& x_j = x[static_cast<Index>(j) * stride];
        if (axis.at_lower == Boundary::periodic) {
            if (x_j >= axis.lower && x_j < axis.upper) continue;
            const double length = axis.upper - axis.lower;
            x_j -= length * std::floor((x_j - axis.lower) / length);
            if (x_j >= axis.upper) x_j = axis.lower;  // round-off may put it on the upper end
            result.moved = true;
            continue;
        }
        const bool below = x_j<axis.lower, above = x_j> axis.upper;
        const Boundary side = below ? axis.at_lower : axis.at_upper;
        if ((!below && !above) || side == Boundary::open) continue;
        x_j = below ? axis.lower : axis.upper;
        result.moved = true;
        if (side == Boundary::absorbing)
            result.absorbed = true;
        else if (outward_drift(x, stride, static_cast<int>(j), below, t) > 0.0)
            throw NumericsError(description_ + ": particle " + std::to_string(particle) +
                                " crosses the reflecting wall " + wall_name(process_, static_cast<int>(j), x_j) +
                                " at t = " + message_number(t) + "; without noise use absorbing or open");
    }
    return result;
}

Outflow::Settled Outflow::admit(double* x, Index stride, double t, std::uint64_t particle) const {
    for (std::size_t j = 0; j < domain_.size(); ++j) {
        const AxisDomain& axis = domain_[j];
        double& x_j = x[static_cast<Index>(j) * stride];
        if (axis.at_lower == Boundary::reflecting && x_j < axis.lower) x_j = 2.0 * axis.lower - x_j;
        if (axis.at_upper == Boundary::reflecting && x_j > axis.upper) x_j = 2.0 * axis.upper - x_j;
    }
    return settle(x, stride, t, particle);
}

}  // namespace dynkin
