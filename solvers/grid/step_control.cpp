#include "solvers/grid/step_control.hpp"

#include "solvers/core/errors.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

namespace dynkin {

namespace {

constexpr int deepest = 60;            // steps of L 2^-60 and below are rounded away
constexpr double first_change = 0.05;  // share of the mass the first step may move
constexpr double grow_below = 0.9;     // a doubled step has to be expected to stay this far below its allowance
constexpr double unexplained_mass = 1e-9;
constexpr int estimate_every = 16;

std::string text(double value) {
    std::ostringstream out;
    out.precision(6);
    out << value;
    return out.str();
}

}  // namespace

StepControl::StepControl(SplitStep& stepper, StepControlOptions options, double t0, std::string who)
    : stepper_(stepper), options_(options), t0_(t0), who_(std::move(who)) {
    if (!(options_.tolerance > 0.0))
        throw ConfigError(who_ + ": the grid's time tolerance must be positive, not " + text(options_.tolerance));
    if (!(options_.fixed_dt >= 0.0) || !std::isfinite(options_.fixed_dt))
        throw ConfigError(who_ + ": the grid's dt must be positive, not " + text(options_.fixed_dt));
    if (!(options_.first_step >= 0.0) || !std::isfinite(options_.first_step))
        throw ConfigError(who_ + ": the grid's first step must be positive, not " + text(options_.first_step));
    last_step_ = options_.first_step;
    if (options_.fixed_dt > 0.0) counts_.time_error = std::numeric_limits<double>::quiet_NaN();
}

void StepControl::advance(GridField& masses, double from, double until, StepLedger& ledger, const OnStep& on_step) {
    if (options_.fixed_dt > 0.0)
        fixed_steps(masses, from, until, ledger, on_step);
    else if (stepper_.op().diffusive_axes.empty() && stepper_.advection() != nullptr)
        transport_steps(masses, from, until, ledger, on_step);
    else
        adaptive_steps(masses, from, until, ledger, on_step);
}

double StepControl::snapped(double length) {
    for (const double seen : lengths_)
        if (std::abs(seen - length) <= 1e-12 * length) return seen;
    lengths_.push_back(length);
    return length;
}

void StepControl::accepted(double h) {
    counts_.smallest_step = counts_.n_steps == 0 ? h : std::min(counts_.smallest_step, h);
    counts_.largest_step = std::max(counts_.largest_step, h);
    ++counts_.n_steps;
}

void StepControl::check(const GridField& masses, double t, double h, double expected) const {
    const double smallest = masses.smallest(), mass = masses.sum();
    if (!std::isfinite(smallest) || !std::isfinite(mass))
        throw NumericsError(who_ + " on the grid: the density is not finite at t = " + text(t) + " (step " + text(h) +
                            "); check the drift and sigma at the sides of the grid, or reduce dt");
    if (std::abs(mass - expected) > unexplained_mass * std::abs(expected) + std::numeric_limits<double>::min())
        throw NumericsError(who_ + " on the grid: the mass at t = " + text(t) + " is " + text(mass) + " instead of " +
                            text(expected) + " (difference " + text(mass - expected) +
                            "), which no wall or killing explains; reduce dt or the grid's rates");
}

void StepControl::fixed_steps(GridField& masses, double from, double until, StepLedger& ledger, const OnStep& on_step) {
    const double length = snapped(until - from), total = masses.sum() + ledger.removed();
    const double n_steps = std::max(1.0, std::ceil(length / options_.fixed_dt * (1.0 - 1e-9)));
    const double h = length / n_steps;
    for (double s = 0.0; s < n_steps; s += 1.0) {
        stepper_.step(masses, from + s * h, h, ledger);
        const double t = s + 1.0 < n_steps ? from + (s + 1.0) * h : until;
        check(masses, t, h, total - ledger.removed());
        accepted(h);
        if (on_step) on_step(t, h, masses);
    }
}

// The first step moves a small share of the mass: tiny for a point law, sensible for a smooth one.
double StepControl::first_step(const GridField& masses, double t) {
    whole_ = masses;
    stepper_.generator(masses, t, whole_);
    double change = 0.0, mass = 0.0;
    for (const double v : whole_.storage()) change += std::abs(v);
    for (const double v : masses.storage()) mass += std::abs(v);
    return change > 0.0 ? first_change * mass / change : std::numeric_limits<double>::infinity();
}

void StepControl::adaptive_steps(GridField& masses, double from, double until, StepLedger& ledger,
                                 const OnStep& on_step) {
    const double length = snapped(until - from), total = masses.sum() + ledger.removed();
    if (last_step_ == 0.0) last_step_ = first_step(masses, from);
    // Of the halves, for a method of order p: their distance to the whole over 2^p - 1.
    const double extrapolation = std::exp2(stepper_.order()) - 1.0, growth = std::exp2(stepper_.order() + 1);
    int level = 0;
    while (level < deepest && std::ldexp(length, -level) > last_step_ * (1.0 + 1e-9)) ++level;

    double position = 0.0;  // in steps of the present level: an integer, exact up to 2^53
    while (position < std::ldexp(1.0, level)) {
        const double h = std::ldexp(length, -level), t = from + position * h;
        StepLedger of_whole = ledger, of_halves = ledger;
        whole_ = masses;
        halves_ = masses;
        stepper_.step(whole_, t, h, of_whole);
        stepper_.step(halves_, t, 0.5 * h, of_halves);
        middle_ = halves_;
        const double removed_in_middle = of_halves.removed();
        stepper_.step(halves_, t + 0.5 * h, 0.5 * h, of_halves);

        const double mass = std::max(masses.sum(), std::numeric_limits<double>::min());
        const double error = l1_distance(whole_, halves_) / (extrapolation * mass), since = t - t0_;
        const double allowed = options_.tolerance * h / (since + h);
        ledger.n_factorisations = of_halves.n_factorisations + of_whole.n_factorisations - ledger.n_factorisations;
        // Below this step the transport's own steps set the error, not the splitting.
        const bool at_floor = stepper_.advection() != nullptr && h * stepper_.advection()->largest_rate(t) < 0.05;
        if (!(error <= allowed) && !at_floor) {
            ++counts_.n_rejections;
            if (++level > deepest || t + 0.5 * h == t)
                throw NumericsError(who_ + " on the grid: no time step at t = " + text(t) + " reaches the tolerance " +
                                    text(options_.tolerance) + " (estimate " + text(error) + " at step " + text(h) +
                                    "); the coefficients may jump or blow up there: check them or raise the tolerance");
            position *= 2.0;
            continue;
        }
        const std::int64_t n_factorisations = ledger.n_factorisations;
        check(middle_, t + 0.5 * h, 0.5 * h, total - removed_in_middle);
        std::swap(masses, halves_);
        ledger = of_halves;
        ledger.n_factorisations = n_factorisations;
        position += 1.0;
        const bool at_end = position >= std::ldexp(1.0, level);
        const double end = at_end ? until : from + position * h;
        check(masses, end, h, total - ledger.removed());
        counts_.time_error += error;
        accepted(0.5 * h);
        accepted(0.5 * h);
        last_step_ = h;
        if (on_step) {
            on_step(t + 0.5 * h, 0.5 * h, middle_);
            on_step(end, 0.5 * h, masses);
        }
        const double allowed_next = options_.tolerance * 2.0 * h / (since + 3.0 * h);
        if (growth * error > grow_below * allowed_next) continue;
        if (at_end)
            last_step_ = 2.0 * h;
        else if (level > 0 && std::fmod(position, 2.0) == 0.0) {
            --level;
            position *= 0.5;
        }
    }
}

bool StepControl::transport_step(GridField& masses, double t, double h, StepLedger& ledger) {
    Advection& advection = *stepper_.advection();
    const double rate =
        std::max({advection.largest_rate(t), advection.largest_rate(t + h), advection.largest_rate(t + 0.5 * h)});
    if (rate * h > Advection::courant) return false;
    stepper_.step(masses, t, h, ledger);
    return true;
}

void StepControl::transport_steps(GridField& masses, double from, double until, StepLedger& ledger,
                                  const OnStep& on_step) {
    const double length = snapped(until - from), total = masses.sum() + ledger.removed();
    const double rate = stepper_.advection()->largest_rate(from);
    const double wanted = last_step_ > 0.0 ? last_step_ : Advection::courant / std::max(rate, 1e-300);
    int level = 0;
    while (level < deepest && std::ldexp(length, -level) > wanted * (1.0 + 1e-9)) ++level;

    double position = 0.0;
    bool just_halved = false;
    while (position < std::ldexp(1.0, level)) {
        // A larger step is tried first wherever the sequence allows it.
        if (level > 0 && !just_halved && std::fmod(position, 2.0) == 0.0 &&
            stepper_.advection()->largest_rate(from + position * std::ldexp(length, -level)) *
                    std::ldexp(length, 1 - level) <=
                Advection::courant) {
            --level;
            position *= 0.5;
        }
        const double h = std::ldexp(length, -level), t = from + position * h;
        const bool estimate = counts_.n_steps % estimate_every == 0;
        if (estimate) halves_ = masses;
        if (!transport_step(masses, t, h, ledger)) {
            ++counts_.n_rejections;
            if (++level > deepest)
                throw NumericsError(who_ + " on the grid: no time step at t = " + text(t) +
                                    " satisfies the Courant condition; the drift may blow up there");
            position *= 2.0;
            just_halved = true;
            continue;
        }
        just_halved = false;
        if (estimate) {
            StepLedger ignored;
            stepper_.step(halves_, t, 0.5 * h, ignored);
            stepper_.step(halves_, t + 0.5 * h, 0.5 * h, ignored);
            // Third order: the two halves are eight times as accurate, less one.
            counts_.time_error += estimate_every * l1_distance(masses, halves_) * 8.0 / 7.0 /
                                  std::max(masses.sum(), std::numeric_limits<double>::min());
        }
        position += 1.0;
        const double end = position >= std::ldexp(1.0, level) ? until : from + position * h;
        check(masses, end, h, total - ledger.removed());
        accepted(h);
        last_step_ = h;
        if (on_step) on_step(end, h, masses);
    }
}

}  // namespace dynkin
