#pragma once
// Attention of a few queries over the cache of their sequence. Not part of the interface.
#include <cstdint>
#include <span>
#include <vector>

#include "models/lm/rotary_positions.hpp"
#include "models/lm/sequence.hpp"

namespace dynkin::lm::detail {

/// One query position: where its rotated heads lie and where its result goes.
struct QueryRow {
    std::int64_t position = 0;
    const float* near = nullptr;    // (n_heads, head_width) rotated to its position
    const float* past = nullptr;    // the same for far keys before it; null without far keys
    const float* future = nullptr;  // and after it; null for causal attention
    float* out = nullptr;           // (n_heads, head_width)
};

/// At most this many rows, of one sequence and in order, are worked on together.
inline constexpr std::size_t most_query_rows = 4;

/// The heads that share key head `kv_head` of `layer`, for each row:
/// out = sum_j softmax_j(score_factor q.k_j / sqrt(head_width)) v_j over the keys it sees.
/// `sequence` holds the keys of all rows. `scratch` is kept between calls. Each score is a product of its own, so the
/// bits do not depend on which rows come together.
void attend(const DecoderShape& shape, const RotaryPositions& positions, Attention attention, Sequence& sequence,
            std::int64_t layer, std::int64_t kv_head, std::span<const QueryRow> rows, std::vector<float>& scratch);

}  // namespace dynkin::lm::detail
