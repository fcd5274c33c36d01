#pragma once
// Between the vector of parameters that training moves and checkpoints that files and inference know.
#include <span>
#include <vector>

#include "models/lm/checkpoint.hpp"
#include "models/lm/output_head.hpp"

namespace dynkin::lm {

/// A trained decoder as an ordinary checkpoint in single precision, for inference and files. A projection or
/// permutation before the output is multiplied into it, so that the remedies of tied outputs become untied.
Checkpoint to_checkpoint(const DecoderShape& shape, OutputHead head, std::span<const float> parameters);

/// The other way round; untied or tied as the checkpoint is.
std::vector<float> parameters_of(const Checkpoint& checkpoint);

}  // namespace dynkin::lm
