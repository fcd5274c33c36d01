#pragma once
// The sizes of a Llama-type decoder: what a checkpoint's header states and every tensor's shape follows from.
#include <cstdint>
#include <string>

namespace dynkin::lm {

/// Which channels of a head are rotated as one pair: (2m, 2m + 1), as in the paper and llama2.c, or (m, m + d/2),
/// as in files of Hugging Face. The rows of the query and key matrices are ordered accordingly.
enum class RotaryPairing { adjacent, halves };

/// Shapes: embedding (vocabulary, width); query (n_heads * head_width, width); key and value
/// (n_kv_heads * head_width, width); attention output (width, n_heads * head_width);
/// gate and up (hidden, width); down (width, hidden); norms (width).
struct DecoderShape {
    std::int64_t vocabulary = 0;
    std::int64_t width = 0;
    std::int64_t n_layers = 0;
    std::int64_t n_heads = 0;
    std::int64_t n_kv_heads = 0;  // divides n_heads: grouped-query attention
    std::int64_t head_width = 0;  // even
    std::int64_t hidden = 0;      // of the feed-forward layer
    std::int64_t context = 0;     // positions seen in training
    double rotary_base = 10000.0;
    double norm_epsilon = 1e-5;
    bool tied_output = true;  // logits by the embedding itself
    RotaryPairing rotary_pairing = RotaryPairing::adjacent;

    std::int64_t query_width() const { return n_heads * head_width; }
    std::int64_t key_width() const { return n_kv_heads * head_width; }
    /// Numbers in all tensors. `validate` first: it excludes overflow.
    std::int64_t n_parameters() const;

    bool operator==(const DecoderShape&) const = default;
};

/// ConfigError that begins with `where` when a size is not positive, above 2^31 - 1 or does not fit another, when the
/// parameters would exceed 2^40, or when base or epsilon are not positive and finite.
void validate(const DecoderShape& shape, const std::string& where);

}  // namespace dynkin::lm
