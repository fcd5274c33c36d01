#pragma once
// What a decoder remembers of one sequence: keys and values of every layer.
#include <cstdint>
#include <vector>

#include "models/lm/decoder_shape.hpp"

namespace dynkin::lm {

/// Keys are kept rotated: near ones to their position, far ones to RotaryPositions::far_key, so that a query needs two
/// rotations of its own and none of theirs. A copy is a sequence of its own with the same past.
class Sequence {
public:
    /// Empty. `two_key_caches`: RotaryPositions::has_far().
    Sequence(const DecoderShape& shape, bool two_key_caches);

    std::int64_t length() const { return length_; }
    /// Forgets what follows the first n tokens. ConfigError: n < 0 or n > length().
    void truncate(std::int64_t n);

    // For the decoder: (capacity, head_width) of one layer and head, the first length() rows in use.
    float* near_keys(std::int64_t layer, std::int64_t head) { return at(near_, layer, head); }
    float* far_keys(std::int64_t layer, std::int64_t head) { return at(far_, layer, head); }
    float* values(std::int64_t layer, std::int64_t head) { return at(values_, layer, head); }
    bool has_far() const { return two_key_caches_; }
    /// Room for n tokens more; their entries are to be written for every layer.
    void append(std::int64_t n);
    bool fits(const DecoderShape& shape) const;

private:
    float* at(std::vector<float>& cache, std::int64_t layer, std::int64_t head) {
        return cache.data() + (layer * n_heads_ + head) * capacity_ * head_width_;
    }
    void reserve(std::int64_t capacity);

    std::int64_t n_layers_, n_heads_, head_width_;
    bool two_key_caches_;
    std::int64_t length_ = 0, capacity_ = 0;
    std::vector<float> near_, far_, values_;  // (n_layers, n_kv_heads, capacity, head_width); far_ empty without use
};

}  // namespace dynkin::lm
