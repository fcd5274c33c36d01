#pragma once
// The tensors of a checkpoint as a decoder uses them. Not part of the interface.
#include <optional>
#include <vector>

#include "models/lm/checkpoint.hpp"
#include "models/lm/output_head.hpp"
#include "models/lm/weight_matrix.hpp"

namespace dynkin::lm::detail {

struct LayerWeights {
    std::vector<float> attention_norm;  // (width)
    WeightMatrix q;                     // (n_heads * head_width, width)
    WeightMatrix k, v;                  // (n_kv_heads * head_width, width)
    WeightMatrix o;                     // (width, n_heads * head_width)
    std::vector<float> hidden_norm;     // (width)
    WeightMatrix gate, up;              // (hidden, width)
    WeightMatrix down;                  // (width, hidden)
};

struct DecoderWeights {
    OutputHead head = OutputHead::tied;
    WeightMatrix embedding;  // (vocabulary, width)
    std::vector<LayerWeights> layers;
    std::vector<float> norm;                  // (width)
    std::optional<WeightMatrix> own_output;   // (vocabulary, width), untied
    std::optional<WeightMatrix> projection;   // (width, width), tied_projection
    std::vector<std::int64_t> channel_order;  // (width) or empty

    const WeightMatrix& output() const { return own_output ? *own_output : embedding; }
    std::int64_t n_bytes() const;
};

/// ConfigError: a tensor missing or of another shape, a head that does not go with the checkpoint.
DecoderWeights load_weights(const Checkpoint& checkpoint, WeightFormat format, std::optional<OutputHead> head);

}  // namespace dynkin::lm::detail
