#include "solvers/particle/sde_propagator.hpp"

#include "solvers/particle/stepper.hpp"

namespace dynkin {
namespace {

class SdeWorker final : public Propagator::Worker {
public:
    explicit SdeWorker(std::shared_ptr<const SdeEngine> engine)
        : engine_(std::move(engine)), noise_(*engine_), stepper_(*engine_) {}

    const BlockState& advance(BlockState& state, int output) override {
        if (output == 0) engine_->walls().admit(state);
        const OutputPosition start = output == 0 ? OutputPosition{} : position(output - 1), end = position(output);
        if (start.step < end.step) {
            window_start_ = state;
            for (std::int64_t number = start.step; number < end.step; ++number) whole_step(state, number);
            if (!is_finite(state)) find_the_step(start.step, end.step);
        }
        return end.theta == 0.0 ? state : side_step(state, time(output), end);
    }

private:
    double time(int output) const { return engine_->grid().outputs[static_cast<std::size_t>(output)]; }
    OutputPosition position(int output) const { return position_of(engine_->grid(), time(output)); }

    void whole_step(BlockState& state, std::int64_t number) {
        stepper_.step(state, engine_->step(number, state.first_particle),
                      noise_.at(number, state.first_particle, state.n));
    }

    // A window ended with a non-finite particle: run it again and look after every step.
    void find_the_step(std::int64_t first, std::int64_t end) {
        BlockState state = window_start_;
        for (std::int64_t number = first; number < end; ++number) {
            whole_step(state, number);
            require_finite(*engine_, state, engine_->grid().time(number + 1), number + 1);
        }
    }

    const BlockState& side_step(const BlockState& state, double until, const OutputPosition& at) {
        side_ = state;
        Step step = engine_->step(at.step, state.first_particle);
        const NoiseShape shape = engine_->shape();
        step.seed = side_step_seed(step.seed, until);
        if (shape.rows() > 0) {
            if (side_noise_.n_rows() != shape.rows() || side_noise_.size() != state.n)
                side_noise_.resize(shape.rows(), state.n);
            split_increments(shape, engine_->problem().noise(step.seed), state.first_particle, state.n, step.h, at.theta,
                             noise_.at(at.step, state.first_particle, state.n), side_noise_.rows());
        }
        step.h *= at.theta;
        stepper_.step(side_, step, side_noise_.rows());
        require_finite(*engine_, side_, until, at.step + 1);
        return side_;
    }

    std::shared_ptr<const SdeEngine> engine_;
    NoiseBuffer noise_;
    BlockStepper stepper_;
    BlockState window_start_, side_;
    Block side_noise_;
};

}  // namespace

SdePropagator::SdePropagator(const ParticleProblem& problem) : engine_(std::make_shared<const SdeEngine>(problem)) {}

std::unique_ptr<Propagator::Worker> SdePropagator::worker() const { return std::make_unique<SdeWorker>(engine_); }

int SdePropagator::dependent_particles() const { return engine_->problem().dependent_particles(); }

std::string SdePropagator::description() const { return engine_->description(); }

const ParticleProblem& SdePropagator::problem() const { return engine_->problem(); }

const Scheme& SdePropagator::scheme() const { return engine_->scheme(); }

}  // namespace dynkin
