#include "models/lm/sequence.hpp"

#include <algorithm>
#include <string>

#include "solvers/core/errors.hpp"

namespace dynkin::lm {

Sequence::Sequence(const DecoderShape& shape, bool two_key_caches)
    : n_layers_(shape.n_layers),
      n_heads_(shape.n_kv_heads),
      head_width_(shape.head_width),
      two_key_caches_(two_key_caches) {}

void Sequence::truncate(std::int64_t n) {
    if (n < 0 || n > length_)
        throw ConfigError("Sequence::truncate: " + std::to_string(n) + " tokens of " + std::to_string(length_));
    length_ = n;
}

bool Sequence::fits(const DecoderShape& shape) const {
    return n_layers_ == shape.n_layers && n_heads_ == shape.n_kv_heads && head_width_ == shape.head_width;
}

void Sequence::append(std::int64_t n) {
    if (length_ + n > capacity_) reserve(std::max(length_ + n, 2 * capacity_));
    length_ += n;
}

void Sequence::reserve(std::int64_t capacity) {
    const auto grow = [&](std::vector<float>& cache) {
        std::vector<float> larger(static_cast<std::size_t>(n_layers_ * n_heads_ * capacity * head_width_));
        for (std::int64_t block = 0; block < n_layers_ * n_heads_; ++block)
            std::copy_n(cache.begin() + block * capacity_ * head_width_, length_ * head_width_,
                        larger.begin() + block * capacity * head_width_);
        cache = std::move(larger);
    };
    grow(near_);
    if (two_key_caches_) grow(far_);
    grow(values_);
    capacity_ = capacity;
}

}  // namespace dynkin::lm
