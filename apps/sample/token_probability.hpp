#pragma once
// Test functions on a space of embeddings: the probabilities of the tokens given a noised point.
#include "solvers/core/test_function.hpp"
#include "solvers/sampling/data_law.hpp"

#include <memory>

namespace dynkin {

/// p(j | x) at this noise level for every token j, "p(0)", "p(1)", ... Their expectations under the noised law of the
/// embeddings are the prior, whatever the level. Not smooth: no derivatives are written.
TestFunctions token_probabilities(const std::shared_ptr<const TiedEmbedding>& embedding, NoiseLevel level);

}  // namespace dynkin
