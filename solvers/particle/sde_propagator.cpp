#include "solvers/particle/sde_propagator.hpp"

#include "solvers/particle/stepper.hpp"

namespace dynkin {
namespace {

class SdeWorker final : public Propagator::Worker {
public:
    explicit SdeWorker(std::shared_ptr<const SdeEngine> engine)
        : engine_(std::move(engine)), noise_(*engine_), stepper_(*engine_) {}

    const BlockState& advance(BlockState& state, int output) override {
        if (output == 0) {
            step_ = 0;
            engine_->walls().admit(state);
        }
        const double until = engine_->grid().outputs[static_cast<std::size_t>(output)];
        const OutputPosition position = position_of(engine_->grid(), until);
        if (step_ < position.step) {
            window_start_ = state;
            const std::int64_t first = step_;
            for (; step_ < position.step; ++step_) whole_step(state, step_);
            if (!is_finite(state)) find_the_step(first, position.step);
        }
        return position.theta == 0.0 ? state : side_step(state, until, position.theta);
    }

private:
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

    const BlockState& side_step(const BlockState& state, double until, double theta) {
        side_ = state;
        Step step = engine_->step(step_, state.first_particle);
        const NoiseShape shape = engine_->shape();
        step.seed = side_step_seed(step.seed, until);
        if (shape.rows() > 0) {
            if (side_noise_.n_rows() != shape.rows() || side_noise_.size() != state.n)
                side_noise_.resize(shape.rows(), state.n);
            split_increments(shape, step.seed, state.first_particle, state.n, step.h, theta,
                             noise_.at(step_, state.first_particle, state.n), side_noise_.rows());
        }
        step.h *= theta;
        stepper_.step(side_, step, side_noise_.rows());
        require_finite(*engine_, side_, until, step_ + 1);
        return side_;
    }

    std::shared_ptr<const SdeEngine> engine_;
    NoiseBuffer noise_;
    BlockStepper stepper_;
    std::int64_t step_ = 0;
    BlockState window_start_, side_;
    Block side_noise_;
};

}  // namespace

SdePropagator::SdePropagator(const ParticleProblem& problem) : engine_(std::make_shared<const SdeEngine>(problem)) {}

std::unique_ptr<Propagator::Worker> SdePropagator::worker() const { return std::make_unique<SdeWorker>(engine_); }

std::string SdePropagator::description() const { return engine_->description(); }

const ParticleProblem& SdePropagator::problem() const { return engine_->problem(); }

const Scheme& SdePropagator::scheme() const { return engine_->scheme(); }

}  // namespace dynkin
