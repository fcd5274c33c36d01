#pragma once
// A bidirectional decoder as the posterior of masked tokens: token diffusion with a trained model.
#include <memory>
#include <span>
#include <vector>

#include "models/lm/train/batched_decoder.hpp"
#include "solvers/sampling/token_posterior.hpp"

namespace dynkin::lm {

/// p(x0_d = v | x) of a decoder trained on MaskedRows: softmax over the tokens but the mask where x_d is the mask, x_d
/// itself elsewhere. It does not depend on t, as the true posterior under absorbing noise does not. Together with
/// TokenNoise::absorbing it is a TokenModel for every sampler of solvers/sampling, and for fill_masks.
/// Rotary positions are relative: among masks alone every position looks the same. Where the beginning of a sequence
/// matters it has to be given, as a token of its own. Any number of threads.
class MaskedDenoiser final : public TokenPosterior {
public:
    /// The vocabulary of the shape counts the mask, its last token. ConfigError: a decoder that is not bidirectional,
    /// sizes, more positions than the context.
    MaskedDenoiser(const DecoderSpec& spec, std::vector<float> parameters, int n_positions);
    ~MaskedDenoiser() override;

    const SequenceSpace& space() const override { return space_; }
    /// One pass of the decoder. ConfigError: tokens outside the vocabulary.
    void evaluate(std::span<const int> x, double t, std::span<double> out) const override;

private:
    struct Workspaces;

    BatchedDecoder<float> decoder_;
    std::vector<float> parameters_;
    SequenceSpace space_;
    std::unique_ptr<Workspaces> workspaces_;
};

}  // namespace dynkin::lm
