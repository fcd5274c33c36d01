#include "solvers/core/errors.hpp"
#include "solvers/ode/message_number.hpp"
#include "solvers/ode/path_state.hpp"
#include "solvers/ode/setup.hpp"

#include <cmath>

namespace dynkin {
namespace {

class FixedStepWorker final : public Propagator::Worker {
public:
    FixedStepWorker(OdeSetupPtr setup, std::unique_ptr<FixedStepper> stepper)
        : setup_(std::move(setup)), flow_(setup_->problem), stepper_(std::move(stepper)) {}

    const BlockState& advance(BlockState& state, int output) override {
        if (output == 0) begin(state);
        const double until = grid().outputs[static_cast<std::size_t>(output)];
        const OutputPosition position = position_of(grid(), until);
        if (step_ < position.step) {
            window_start_ = path_;
            const std::int64_t first = step_;
            for (; step_ < position.step; ++step_) whole_step(path_, step_);
            if (path_.first_non_finite() >= 0) find_the_step(first, position.step);
        }
        path_.write(flow_, initial_weight_, state);
        if (position.theta == 0.0) return state;
        side_ = path_;
        step(side_, grid().time(step_), position.theta * grid().dt(), until);
        require_finite(side_, until, step_ + 1);
        side_state_ = state;
        side_.write(flow_, initial_weight_, side_state_);
        return side_state_;
    }

private:
    const TimeGrid& grid() const { return setup_->problem.grid; }

    void begin(const BlockState& state) {
        step_ = 0;
        initial_weight_ = state.weight;
        path_.read(flow_, state);
        look_for_gone_ = setup_->sides.absorbing() || path_.any_gone();
        for (Index q = 0; q < state.n; ++q)
            if (setup_->sides.any() && path_.alive.row(0)[q] != 0.0 &&
                setup_->sides.admit(path_.y.row(0) + q, path_.y.stride(), grid().t0, path_.particle(q)).absorbed)
                path_.alive.row(0)[q] = 0.0;
    }

    void whole_step(PathState& path, std::int64_t number) {
        step(path, grid().time(number), grid().dt(), grid().time(number + 1));
    }

    void step(PathState& path, double t, double h, double end) {
        const Outflow& sides = setup_->sides;
        const bool some_gone = look_for_gone_ && path.any_gone();
        if (some_gone) before_ = path.y;
        stepper_->step(path.y, t, h);
        if (!sides.any() && !some_gone) return;
        double* alive = path.alive.row(0);
        for (Index q = 0; q < path.y.size(); ++q) {
            if (alive[q] == 0.0)
                for (int row = 0; row < flow_.n_rows(); ++row) path.y.row(row)[q] = before_.row(row)[q];
            else if (sides.settle(path.y.row(0) + q, path.y.stride(), end, path.particle(q)).absorbed)
                alive[q] = 0.0;
        }
    }

    // A window ended with a non-finite particle: run it again and look after every step.
    void find_the_step(std::int64_t first, std::int64_t end) {
        PathState path = window_start_;
        for (std::int64_t number = first; number < end; ++number) {
            whole_step(path, number);
            require_finite(path, grid().time(number + 1), number + 1);
        }
    }

    void require_finite(const PathState& path, double t, std::int64_t step) const {
        const Index q = path.first_non_finite();
        if (q < 0) return;
        throw NumericsError(setup_->description() + ": non-finite particle " + std::to_string(path.particle(q)) +
                            " at t = " + message_number(t) + " (step " + std::to_string(step) + "); reduce dt (now " +
                            message_number(grid().dt()) + ") or use dopri5, or rosenbrock4 if the equation is stiff");
    }

    OdeSetupPtr setup_;
    Flow flow_;
    std::unique_ptr<FixedStepper> stepper_;
    std::int64_t step_ = 0;
    bool look_for_gone_ = false;
    PathState path_, side_, window_start_;
    Block before_, initial_weight_;
    BlockState side_state_;
};

}  // namespace

std::unique_ptr<Propagator::Worker> fixed_step_worker(OdeSetupPtr setup, std::unique_ptr<FixedStepper> stepper) {
    return std::make_unique<FixedStepWorker>(std::move(setup), std::move(stepper));
}

}  // namespace dynkin
