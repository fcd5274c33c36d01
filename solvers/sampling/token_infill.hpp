#pragma once
// Some positions given, the others to be filled: at once or block by block, by any sampler of absorbing noise.
#include "solvers/sampling/token_sampler.hpp"

#include <memory>
#include <span>
#include <vector>

namespace dynkin {

/// A posterior on fewer positions: those named in `free` of sequences that are `given` elsewhere, tokens or masks.
/// Under absorbing noise it is the posterior given those tokens, exactly: masks say nothing about what they hide.
/// It does not depend on t then, so the inner one is asked at the time with alpha = 1e-6 for later t, up to the end of
/// a schedule, when no token could have been given.
class ConditionedPosterior final : public TokenPosterior {
public:
    /// given (D); free: rising positions, at least one. ConfigError: noise that is not absorbing, sizes, order, tokens
    /// outside [0, V).
    ConditionedPosterior(const TokenModel& inner, std::vector<int> given, std::vector<int> free);

    const SequenceSpace& space() const override { return space_; }
    void evaluate(std::span<const int> x, double t, std::span<double> out) const override;

private:
    std::shared_ptr<const TokenPosterior> inner_;
    std::vector<int> given_, free_;
    SequenceSpace space_;
    double last_time_;
};

/// The masked positions of x (D) in groups of `block_length`, from the left; 0: one group of all.
/// ConfigError: a negative length.
std::vector<std::vector<int>> masked_blocks(std::span<const int> x, int mask, int block_length);

/// Fills the masks of x: each block in turn is taken by the sampler from times.front() to times.back() with everything
/// else as it is, the blocks behind it masked (Arriola et al. 2025, block diffusion; with block_length 1 a
/// left-to-right model). Masks that are left at the end of a block stay. Step j of block b draws from
/// Stream::resampling, step b * (number of steps) + j. Exact when the sampler is, whatever the blocks. ConfigError:
/// noise that is not absorbing.
void fill_masks(const TokenSampler& sampler, const TokenModel& model, const std::vector<double>& times,
                int block_length, std::span<int> x, std::uint64_t seed, std::uint64_t path);

/// The law (V^D) of what fill_masks makes of x. Small spaces only.
std::vector<double> filled_law(const TokenSampler& sampler, const TokenModel& model, const std::vector<double>& times,
                               int block_length, std::span<const int> x);

}  // namespace dynkin
