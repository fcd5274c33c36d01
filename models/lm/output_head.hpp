#pragma once
// From the last hidden state to logits: an own matrix, the embedding itself, or the embedding after a remedy.
#include <cstdint>
#include <string>
#include <vector>

#include "models/lm/decoder_shape.hpp"

namespace dynkin::lm {

/// logits = W g(h) with h (width) after the last norm. A tied W is the embedding (vocabulary, width). With branches
/// near 0 at the start a tied model predicts its own input, since w_i . w_i = d sigma^2 for embeddings of standard
/// deviation sigma; the remedies take h away from its own row at the same cost (Su, Scientific Spaces 9698).
enum class OutputHead {
    tied,             ///< g(h) = h
    untied,           ///< W a matrix of its own, g(h) = h
    tied_projection,  ///< g(h) = P h, P (width, width) trained, orthogonal at the start
    tied_half_swap,   ///< g(h)_c = h_((c + width/2) mod width)
    tied_shuffle      ///< g(h) = channels of h written row by row into a block and read column by column
};

/// "tied", "untied", "tied_projection", "tied_half_swap", "tied_shuffle". ConfigError: unknown name, with the nearest.
OutputHead output_head_of(const std::string& name);
std::string name_of(OutputHead head);

/// p with g(h)_c = h_p(c), a permutation of 0 ... width - 1; empty for heads that keep the channels.
/// tied_shuffle: a block of a rows and width / a columns, a the largest divisor of width up to its rounded root.
std::vector<std::int64_t> channel_order(OutputHead head, std::int64_t width);

/// The projection of tied_projection.  (width, width)
inline const char* const projection_tensor = "lm_head.projection.weight";

/// Expected loss before training, with embeddings normal of standard deviation sigma, h = w_i / sigma after the norm
/// and targets independent of inputs: log(e^(d sigma) + (n - 1) e^(d sigma^2 / 2)) for tied, log n + d sigma^2 / 2 for
/// the others, d = width, n = vocabulary.  [nats]  ConfigError: sigma <= 0 or sizes < 1.
double initial_loss(OutputHead head, std::int64_t vocabulary, std::int64_t width, double sigma);

}  // namespace dynkin::lm
