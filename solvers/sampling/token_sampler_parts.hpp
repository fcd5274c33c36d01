#pragma once
// How token_sampler.cpp makes the samplers it lists. Not part of the interface.
#include "solvers/sampling/token_sampler.hpp"

namespace dynkin::detail {

std::unique_ptr<const TokenSampler> make_staged(const TokenSamplerInfo& info, const TokenSamplerOptions& options);
std::unique_ptr<const TokenSampler> make_first_hitting(const TokenSamplerInfo& info);
std::unique_ptr<const TokenSampler> make_low_confidence(const TokenSamplerInfo& info, double temperature);
std::unique_ptr<const TokenSampler> make_uniformisation(const TokenSamplerInfo& info);
/// ConfigError: not s < t, or noise that the sampler is not for.
void require_step(const TokenSamplerInfo& info, const TokenModel& model, double t, double s);

}  // namespace dynkin::detail
