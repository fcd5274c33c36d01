#include "solvers/particle/stepper.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/particle/kernels.hpp"
#include "solvers/particle/noise_term.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

namespace dynkin {
namespace {

ParticleProblem checked(ParticleProblem problem) {
    if (problem.process == nullptr) throw ConfigError("particles need a process");
    check_domain(*problem.process, problem.domain);
    return problem;
}

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.10g", value);
    return text;
}

}  // namespace

SdeEngine::SdeEngine(ParticleProblem problem)
    : problem_(checked(std::move(problem))),
      scheme_(make_scheme(problem_.scheme, *problem_.process)),
      walls_(*problem_.process, problem_.domain) {
    if (shape().rows() > 0) return;
    const char* const asked = problem_.antithetic ? "antithetic pairs need"
                              : problem_.normals == NormalPrecision::single_precision
                                  ? "normals in single precision need"
                                  : nullptr;
    if (asked != nullptr)
        throw ConfigError(std::string(asked) + " Brownian increments, and " + description() +
                          " takes none: choose another scheme, or leave them out");
}

Step SdeEngine::step(std::int64_t number, std::uint64_t first_particle) const {
    return {grid().time(number), grid().dt(), number, first_particle, problem_.seed};
}

Increments NoiseBuffer::at(std::int64_t number, std::uint64_t first_particle, Index n) {
    const NoiseShape shape = engine_.shape();
    if (shape.rows() == 0) return {};
    if (number < begin_ || number >= end_ || first_particle != first_particle_ || n != n_) {
        const ParticleProblem& problem = engine_.problem();
        // About 8 KB, and whole groups of the normals that one call of Philox makes.
        constexpr Index entries = 1024;
        const int drawn_together = problem.normals == NormalPrecision::single_precision ? 4 : 2;
        const std::int64_t multiple = drawn_together / std::gcd(drawn_together, shape.rows());
        std::int64_t steps = std::max<std::int64_t>(1, entries / (n * shape.rows()));
        steps = (steps + multiple - 1) / multiple * multiple;
        begin_ = number / steps * steps;
        end_ = begin_ + steps;
        first_particle_ = first_particle;
        n_ = n;
        const int n_rows = static_cast<int>(steps) * shape.rows();
        if (rows_.n_rows() != n_rows || rows_.size() != n) rows_.resize(n_rows, n);
        fill_increments(shape, problem.noise(problem.seed), first_particle, n, begin_, static_cast<int>(steps),
                        engine_.grid().dt(), rows_.rows());
    }
    return {rows_.row(static_cast<int>(number - begin_) * shape.rows()), rows_.stride()};
}

bool BlockStepper::needs_before() const {
    return record_ || engine_.walls().absorbing() || engine_.process().has_killing();
}

void BlockStepper::step(BlockState& state, const Step& step, Increments dW, const Halves* halves) {
    if (needs_before()) before_ = state;
    engine_.scheme().step(state.x.rows(), state.n, step, dW, scheme_scratch_);
    if (record_ && (push_.n_rows() != state.x.n_rows() || push_.size() != state.n))
        push_.resize(state.x.n_rows(), state.n);
    if (engine_.walls().any()) apply_walls(state, step, halves);
    if (engine_.process().has_killing()) apply_killing(state, step);
}

void BlockStepper::apply_walls(BlockState& state, const Step& step, const Halves* halves) {
    const Walls& walls = engine_.walls();
    if (walls.absorbing()) {
        const double* alive = before_.alive.row(0);
        for (Index q = 0; q < state.n; ++q)
            if (alive[q] == 0.0)
                for (int j = 0; j < state.x.n_rows(); ++j) state.x.row(j)[q] = before_.x.row(j)[q];

        const Points start = before_.x.points(state.n);
        const Rows variance = scratch_.rows(1, state.x.n_rows(), state.n);
        walls.variance(start, step.t, scratch_, variance);
        if (halves == nullptr) {
            walls.absorb(state, start, state.x.points(state.n), variance, step);
        } else {
            const Points middle = midpoint(start, state.x.points(state.n), step.t, *halves);
            walls.absorb(state, start, middle, variance, halves->first);
            walls.absorb(state, middle, state.x.points(state.n), variance, halves->second);
        }
    }
    walls.confine(state, record_ ? push_.rows() : Rows{});
}

// Where a long step is after its first part, given its ends and with coefficients frozen at its start.
Points BlockStepper::midpoint(Points start, Points end, double t, const Halves& halves) {
    const int d = start.dim, m = engine_.process().noise_dim();
    const Rows middle = scratch_.rows(2, d, start.n), bridge = scratch_.rows(3, std::max(m, 1), start.n);
    const double theta = halves.first.h / (halves.first.h + halves.second.h);
    for (int k = 0; k < m; ++k) {
        rows::copy(bridge.row(k), halves.dW_first.row(k), start.n);
        rows::scale(bridge.row(k), 1.0 - theta, start.n);
        rows::add_scaled(bridge.row(k), -theta, halves.dW_second.row(k), start.n);
    }
    for (int j = 0; j < d; ++j) {
        rows::copy(middle.row(j), start.component(j), start.n);
        rows::scale(middle.row(j), 1.0 - theta, start.n);
        rows::add_scaled(middle.row(j), theta, end.component(j), start.n);
    }
    NoiseTerm(engine_.process(), start, t, scratch_, 0).add(middle, bridge, 0, 1.0);
    return points_of(middle, d, start.n);
}

// d log w = -c dt by the trapezoidal rule over the step.
void BlockStepper::apply_killing(BlockState& state, const Step& step) {
    const Rows c0 = scratch_.rows(4, 1, state.n), c1 = scratch_.rows(5, 1, state.n);
    engine_.process().killing_rate(before_.x.points(state.n), step.t, c0);
    engine_.process().killing_rate(state.x.points(state.n), step.t + step.h, c1);
    double* w = state.weight.row(0);
    const double* alive = before_.alive.row(0);
    for (Index q = 0; q < state.n; ++q)
        if (alive[q] != 0.0) w[q] *= std::exp(-0.5 * step.h * (c0.row(0)[q] + c1.row(0)[q]));
}

void reset(BlockState& state, int dim, Index n, std::uint64_t first_particle) {
    state.x.resize(dim, n);
    state.weight.resize(1, n);
    state.alive.resize(1, n);
    state.log_density.resize(0, 0);
    std::fill_n(state.weight.row(0), n, 1.0);
    std::fill_n(state.alive.row(0), n, 1.0);
    state.n = n;
    state.first_particle = first_particle;
}

bool is_finite(const BlockState& state) {
    Index bad = rows::count_non_finite(state.weight.row(0), state.n);
    for (int j = 0; j < state.x.n_rows(); ++j) bad += rows::count_non_finite(state.x.row(j), state.n);
    return bad == 0;
}

void require_finite(const SdeEngine& engine, const BlockState& state, double t, std::int64_t step) {
    if (is_finite(state)) return;
    for (Index q = 0; q < state.n; ++q) {
        bool bad = !std::isfinite(state.weight.row(0)[q]);
        const bool weight_only = bad;
        for (int j = 0; j < state.x.n_rows(); ++j) bad = bad || !std::isfinite(state.x.row(j)[q]);
        if (!bad) continue;
        std::string advice = "reduce dt (now " + number(engine.grid().dt()) + ")";
        if (engine.problem().scheme != "tamed_euler") advice += " or use tamed_euler";
        throw NumericsError(engine.description() + ": non-finite " + (weight_only ? "weight of particle " : "particle ") +
                            std::to_string(state.first_particle + static_cast<std::uint64_t>(q)) + " at t = " + number(t) +
                            " (step " + std::to_string(step) + "); " + advice);
    }
}

}  // namespace dynkin
