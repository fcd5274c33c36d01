#pragma once
// One step of a block with everything that belongs to it: scheme, walls, killing. Shared by the propagator, the coupled
// paths and the first passages.
#include "solvers/core/propagator.hpp"
#include "solvers/noise/increments.hpp"
#include "solvers/particle/problem.hpp"
#include "solvers/particle/scheme.hpp"
#include "solvers/particle/walls.hpp"

#include <memory>
#include <string>

namespace dynkin {

/// The constant part: one for all threads.
class SdeEngine {
public:
    /// Checks the problem and binds the scheme; throws ConfigError.
    explicit SdeEngine(ParticleProblem problem);

    const ParticleProblem& problem() const { return problem_; }
    const Process& process() const { return *problem_.process; }
    const TimeGrid& grid() const { return problem_.grid; }
    const Scheme& scheme() const { return *scheme_; }
    const Walls& walls() const { return walls_; }
    NoiseShape shape() const { return {process().noise_dim(), scheme_->info().normals_per_noise}; }
    std::string description() const { return process().name() + " with " + problem_.scheme; }
    /// Step `number` of the grid for a block.
    Step step(std::int64_t number, std::uint64_t first_particle) const;

private:
    ParticleProblem problem_;
    std::unique_ptr<Scheme> scheme_;
    Walls walls_;
};

/// Increments of the steps of the path, a few steps at a time in a buffer that stays in L1.
class NoiseBuffer {
public:
    explicit NoiseBuffer(const SdeEngine& engine) : engine_(engine) {}
    /// Increments of step `number`; valid until a call for a step outside the buffered ones.
    Increments at(std::int64_t number, std::uint64_t first_particle, Index n);

private:
    const SdeEngine& engine_;
    Block rows_;
    std::int64_t begin_ = 0, end_ = 0;
    std::uint64_t first_particle_ = 0;
    Index n_ = 0;
};

/// A long step seen as its two parts, so that walls can be tested on each.
struct Halves {
    Step first, second;
    Increments dW_first, dW_second;
};

/// Moves blocks; one per thread.
class BlockStepper {
public:
    explicit BlockStepper(const SdeEngine& engine) : engine_(engine) {}

    /// Keeps the state before each step and the pushes of reflecting walls, for hooks.
    void record(bool on) { record_ = on; }
    /// One step of `state`. With `halves`, absorbing walls are tested on both parts of the step.
    void step(BlockState& state, const Step& step, Increments dW, const Halves* halves = nullptr);

    // What the last step found and did, when recorded.
    const BlockState& before() const { return before_; }
    Rows push() { return push_.rows(); }

private:
    bool needs_before() const;
    void apply_walls(BlockState& state, const Step& step, const Halves* halves);
    Points midpoint(Points start, Points end, double t, const Halves& halves);
    void apply_killing(BlockState& state, const Step& step);

    const SdeEngine& engine_;
    bool record_ = false;
    Scratch scheme_scratch_, scratch_;
    BlockState before_;
    Block push_;
};

/// Resizes to n particles of `dim` components, all weights and `alive` 1, x zero, no log density.
void reset(BlockState& state, int dim, Index n, std::uint64_t first_particle);

/// Throws NumericsError when a state or weight of the block is not finite; `when` ends in the time and step.
void require_finite(const SdeEngine& engine, const BlockState& state, double t, std::int64_t step);
bool is_finite(const BlockState& state);

}  // namespace dynkin
