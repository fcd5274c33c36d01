#include "solvers/particle/coupled.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/particle/kernels.hpp"
#include "solvers/particle/stepper.hpp"

namespace dynkin {
namespace {

class CoupledWorker final : public CoupledPaths::Worker {
public:
    explicit CoupledWorker(std::shared_ptr<const SdeEngine> engine)
        : engine_(std::move(engine)), noise_(*engine_), fine_stepper_(*engine_), coarse_stepper_(*engine_),
          shape_(engine_->shape()) {}

    void start(const BlockState& initial) override {
        fine_ = initial;
        engine_->walls().admit(fine_);
        coarse_ = fine_;
        fine_out_ = &fine_;
        coarse_out_ = &coarse_;
        step_ = 0;
        for (Block* rows : {&held_, &joined_, &side_})
            if (rows->n_rows() != shape_.rows() || rows->size() != initial.n) rows->resize(shape_.rows(), initial.n);
    }

    void advance(int output, const StepHook& hook, const StepHook& coarse_hook) override {
        coarse_hook_ = coarse_hook ? &coarse_hook : nullptr;
        const double until = engine_->grid().outputs[static_cast<std::size_t>(output)];
        const OutputPosition position = position_of(engine_->grid(), until);
        for (; step_ < position.step; ++step_) whole_step(hook);
        require_finite(*engine_, fine_, until, step_);
        fine_out_ = &fine_;
        coarse_out_ = &coarse_;
        if (position.theta > 0.0)
            side_step(until, position.theta, hook);
        else if (step_ % 2 != 0)
            half_coarse_step();
        if (shape_.rows() == 0) coarse_out_ = fine_out_;  // `exact`: a step has no error
        require_finite(*engine_, *coarse_out_, until, step_);
    }

    const BlockState& fine() const override { return *fine_out_; }
    const BlockState& coarse() const override { return *coarse_out_; }

private:
    void whole_step(const StepHook& hook) {
        const Step step = engine_->step(step_, fine_.first_particle);
        const Increments dW = noise_.at(step_, fine_.first_particle, fine_.n);
        fine_step(fine_, step, dW, false, hook);
        if (shape_.rows() == 0) return;
        if (step_ % 2 == 0) {
            for (int r = 0; r < shape_.rows(); ++r) rows::copy(held_.row(r), dW.row(r), fine_.n);
            return;
        }
        coarse_step(coarse_, step, dW, false);
    }

    void fine_step(BlockState& state, const Step& step, Increments dW, bool side, const StepHook& hook) {
        seen_step(fine_stepper_, state, step, dW, nullptr, side, hook ? &hook : nullptr);
    }

    static void seen_step(BlockStepper& stepper, BlockState& state, const Step& step, Increments dW, const Halves* halves,
                          bool side, const StepHook* hook) {
        stepper.record(hook != nullptr);
        stepper.step(state, step, dW, halves);
        if (hook == nullptr) return;
        const BlockState& before = stepper.before();
        FineStep seen;
        seen.t = step.t;
        seen.h = step.h;
        seen.number = step.number;
        seen.side = side;
        seen.first_particle = state.first_particle;
        seen.n = state.n;
        seen.before = before.x.points(state.n);
        seen.after = state.x.points(state.n);
        seen.dW = dW;
        seen.weight_before = before.weight.row(0);
        seen.weight_after = state.weight.row(0);
        seen.alive_before = before.alive.row(0);
        seen.alive_after = state.alive.row(0);
        seen.push = stepper.push();
        (*hook)(seen);
    }

    // From the start of step step_ - 1: the held increments and those of `second`, which starts where they end.
    void coarse_step(BlockState& state, const Step& second, Increments dW_second, bool side) {
        Step first = engine_->step(step_ - 1, state.first_particle), whole = first;
        whole.h = first.h + second.h;
        join_increments(shape_, state.n, held_.rows(), dW_second, second.h, joined_.rows());
        const Halves halves{first, second, held_.rows(), dW_second};
        seen_step(coarse_stepper_, state, whole, joined_.rows(), &halves, side, coarse_hook_);
    }

    // An output after an odd number of steps: the coarse path gets there by the first half of its step.
    void half_coarse_step() {
        if (shape_.rows() == 0) return;
        coarse_side_ = coarse_;
        seen_step(coarse_stepper_, coarse_side_, engine_->step(step_ - 1, coarse_.first_particle), held_.rows(), nullptr,
                  true, coarse_hook_);
        coarse_out_ = &coarse_side_;
    }

    void side_step(double until, double theta, const StepHook& hook) {
        Step step = engine_->step(step_, fine_.first_particle);
        step.seed = side_step_seed(step.seed, until);
        if (shape_.rows() > 0)
            split_increments(shape_, engine_->problem().noise(step.seed), fine_.first_particle, fine_.n, step.h, theta,
                             noise_.at(step_, fine_.first_particle, fine_.n), side_.rows());
        step.h *= theta;
        fine_side_ = fine_;
        fine_step(fine_side_, step, side_.rows(), true, hook);
        require_finite(*engine_, fine_side_, until, step_ + 1);
        fine_out_ = &fine_side_;
        if (shape_.rows() == 0) return;
        coarse_side_ = coarse_;
        if (step_ % 2 != 0)
            coarse_step(coarse_side_, step, side_.rows(), true);
        else
            seen_step(coarse_stepper_, coarse_side_, step, side_.rows(), nullptr, true, coarse_hook_);
        coarse_out_ = &coarse_side_;
    }

    std::shared_ptr<const SdeEngine> engine_;
    NoiseBuffer noise_;
    BlockStepper fine_stepper_, coarse_stepper_;
    NoiseShape shape_;
    std::int64_t step_ = 0;
    BlockState fine_, coarse_, fine_side_, coarse_side_;
    const StepHook* coarse_hook_ = nullptr;  // of the call to advance in progress
    const BlockState* fine_out_ = &fine_;
    const BlockState* coarse_out_ = &coarse_;
    Block held_, joined_, side_;
};

}  // namespace

CoupledPaths::CoupledPaths(const ParticleProblem& problem) : engine_(std::make_shared<const SdeEngine>(problem)) {}

std::unique_ptr<CoupledPaths::Worker> CoupledPaths::worker() const { return std::make_unique<CoupledWorker>(engine_); }

const ParticleProblem& CoupledPaths::problem() const { return engine_->problem(); }

}  // namespace dynkin
