#include "models/lm/train/rotary_attention.hpp"

#include <algorithm>
#include <cmath>

#include "models/lm/train/row_kernels.hpp"

namespace dynkin::lm {
namespace {

constexpr std::int64_t block_rows = 32;

template <class T>
void resize_to(std::vector<T>& v, std::int64_t n) {
    if (static_cast<std::int64_t>(v.size()) < n) v.resize(static_cast<std::size_t>(n));
}

template <class T, bool adjacent>
void turn(const T* in, T* out, const T* c, const T* s, std::int64_t half, T factor, T direction) {
    const std::int64_t stride = adjacent ? 2 : 1, partner = adjacent ? 1 : half;
    for (std::int64_t m = 0; m < half; ++m) {
        const T x = in[m * stride], y = in[m * stride + partner];
        out[m * stride] += factor * (x * c[m] - direction * y * s[m]);
        out[m * stride + partner] += factor * (direction * x * s[m] + y * c[m]);
    }
}

}  // namespace

template <class T>
RotaryAttention<T>::RotaryAttention(const DecoderShape& shape, const RotaryPositions& positions, Attention mask,
                                    std::int64_t n)
    : n_(n),
      n_heads_(shape.n_heads),
      group_(shape.n_heads / shape.n_kv_heads),
      head_width_(shape.head_width),
      query_width_(shape.query_width()),
      row_width_(shape.query_width() + 2 * shape.key_width()),
      key_width_(shape.key_width()),
      pairing_(shape.rotary_pairing),
      mask_(mask),
      window_(positions.window()) {
    std::vector<double> at(static_cast<std::size_t>(n));
    const auto turns = [&](auto&& position) {
        for (std::int64_t i = 0; i < n; ++i) at[static_cast<std::size_t>(i)] = position(i);
        return positions.template rotations<T>(at);
    };
    turns_[near] = turns([](std::int64_t i) { return static_cast<double>(i); });
    if (positions.has_far() && window_ < n) {
        n_key_sides_ = 2;
        n_query_sides_ = mask == Attention::causal ? 2 : 3;
        far_key_turns_ = turns([&](std::int64_t j) { return positions.far_key(j); });
        turns_[past] = turns([&](std::int64_t i) { return positions.far_query(i); });
        if (n_query_sides_ == 3) turns_[future] = turns([&](std::int64_t i) { return positions.far_query(i, true); });
    }
    for (std::int64_t i = 0; i < n; ++i) {
        first_seen_.push_back(positions.first_seen(i, mask));
        last_seen_.push_back(positions.last_seen(i, n, mask));
        factors_.push_back(static_cast<T>(positions.score_factor(last_seen_.back() - first_seen_.back()) /
                                          std::sqrt(static_cast<double>(head_width_))));
    }
}

template <class T>
auto RotaryAttention<T>::block_at(std::int64_t first) const -> Block {
    const std::int64_t rows = std::min(block_rows, n_ - first);
    return {first, rows, mask_ == Attention::causal ? first + rows : n_};
}

template <class T>
void RotaryAttention<T>::span_of(Side side, std::int64_t i, std::int64_t& first, std::int64_t& last) const {
    first = side == future ? std::min(n_, i + window_) : 0;
    last = side == future ? n_ : std::max<std::int64_t>(0, i - window_ + 1);
}

template <class T>
std::int64_t RotaryAttention<T>::reach(Side side, const Block& block) const {
    if (side == near) return block.end;
    if (side == past) return std::max<std::int64_t>(0, block.first + block.rows - window_);
    return block.first + window_ < n_ ? n_ : 0;
}

template <class T>
void RotaryAttention<T>::rotate_rows(const T* in, std::int64_t stride, const Rotations<T>& turns, const T* factors,
                                     std::vector<T>& out) const {
    out.assign(static_cast<std::size_t>(n_ * head_width_), T(0));
    for (std::int64_t i = 0; i < n_; ++i) {
        const T factor = factors ? factors[i] : T(1);
        T* to = out.data() + i * head_width_;
        if (pairing_ == RotaryPairing::adjacent)
            turn<T, true>(in + i * stride, to, turns.cos_at(i), turns.sin_at(i), turns.half, factor, T(1));
        else
            turn<T, false>(in + i * stride, to, turns.cos_at(i), turns.sin_at(i), turns.half, factor, T(1));
    }
}

template <class T>
void RotaryAttention<T>::rotate_back(const std::vector<T>& in, const Rotations<T>& turns, const T* factors, T* out,
                                     std::int64_t stride) const {
    for (std::int64_t i = 0; i < n_; ++i) {
        const T factor = factors ? factors[i] : T(1);
        const T* from = in.data() + i * head_width_;
        if (pairing_ == RotaryPairing::adjacent)
            turn<T, true>(from, out + i * stride, turns.cos_at(i), turns.sin_at(i), turns.half, factor, T(-1));
        else
            turn<T, false>(from, out + i * stride, turns.cos_at(i), turns.sin_at(i), turns.half, factor, T(-1));
    }
}

template <class T>
void RotaryAttention<T>::scores(const Block& block, T* rows, AttentionBuffers<T>& buffers) const {
    const auto query = [&](int side) {
        return rows_of(buffers.query[side].rows.data() + block.first * head_width_, head_width_);
    };
    set_product(query(near), buffers.key[near].packed, block.rows, head_width_, block.end, rows, n_);
    for (int s = 1; s < n_query_sides_; ++s) {
        const Side side = static_cast<Side>(s);
        const std::int64_t end = reach(side, block);
        if (end == 0) continue;
        set_product(query(side), buffers.key[1].packed, block.rows, head_width_, end, buffers.far.data(), n_);
        for (std::int64_t i = 0; i < block.rows; ++i) {
            std::int64_t first = 0, last = 0;
            span_of(side, block.first + i, first, last);
            std::copy(buffers.far.data() + i * n_ + first, buffers.far.data() + i * n_ + std::max(first, last),
                      rows + i * n_ + first);
        }
    }
    for (std::int64_t i = 0; i < block.rows; ++i) {
        const auto at = static_cast<std::size_t>(block.first + i);
        softmax(rows + i * n_, first_seen_[at], last_seen_[at], block.end);
    }
}

template <class T>
void RotaryAttention<T>::forward(const T* qkv, T* out, T* probabilities, AttentionBuffers<T>& buffers) const {
    resize_to(buffers.far, block_rows * n_);
    if (!probabilities) resize_to(buffers.probabilities, block_rows * n_);
    for (std::int64_t h = 0; h < n_heads_; ++h) {
        const std::int64_t kv = h / group_;
        if (h % group_ == 0) {
            for (int side = 0; side < n_key_sides_; ++side) {
                auto& key = buffers.key[side];
                rotate_rows(qkv + query_width_ + kv * head_width_, row_width_, key_turns(side), nullptr, key.rows);
                key.packed.pack(rows_of<T>(key.rows.data(), head_width_).transposed(), head_width_, n_);
            }
            buffers.value.pack(rows_of<T>(qkv + query_width_ + key_width_ + kv * head_width_, row_width_), n_,
                               head_width_);
        }
        for (int side = 0; side < n_query_sides_; ++side)
            rotate_rows(qkv + h * head_width_, row_width_, turns_[side], factors_.data(), buffers.query[side].rows);
        for (std::int64_t first = 0; first < n_; first += block_rows) {
            const Block block = block_at(first);
            T* rows = probabilities ? probabilities + (h * n_ + first) * n_ : buffers.probabilities.data();
            scores(block, rows, buffers);
            set_product(rows_of<T>(rows, n_), buffers.value, block.rows, block.end, head_width_,
                        out + first * query_width_ + h * head_width_, query_width_);
        }
    }
}

template <class T>
void RotaryAttention<T>::backward(const T* qkv, const T* probabilities, const T* d_out, T* d_qkv,
                                  AttentionBuffers<T>& buffers) const {
    resize_to(buffers.far, block_rows * n_);
    resize_to(buffers.scores, block_rows * n_);
    std::fill_n(d_qkv, n_ * row_width_, T(0));
    const auto clear = [this](std::vector<T>& v) { v.assign(static_cast<std::size_t>(n_ * head_width_), T(0)); };
    for (std::int64_t h = 0; h < n_heads_; ++h) {
        const std::int64_t key_at = query_width_ + h / group_ * head_width_, value_at = key_at + key_width_;
        if (h % group_ == 0) {
            for (int side = 0; side < n_key_sides_; ++side) {
                auto& key = buffers.key[side];
                rotate_rows(qkv + key_at, row_width_, key_turns(side), nullptr, key.rows);
                key.packed.pack(rows_of<T>(key.rows.data(), head_width_), n_, head_width_);
                clear(key.derivative);
            }
            buffers.value.pack(rows_of<T>(qkv + value_at, row_width_).transposed(), head_width_, n_);
        }
        for (int side = 0; side < n_query_sides_; ++side) {
            auto& query = buffers.query[side];
            rotate_rows(qkv + h * head_width_, row_width_, turns_[side], factors_.data(), query.rows);
            clear(query.derivative);
        }
        head_backward(probabilities + h * n_ * n_, d_out + h * head_width_, d_qkv + value_at, buffers);
        for (int side = 0; side < n_query_sides_; ++side)
            rotate_back(buffers.query[side].derivative, turns_[side], factors_.data(), d_qkv + h * head_width_,
                        row_width_);
        if (h % group_ == group_ - 1)
            for (int side = 0; side < n_key_sides_; ++side)
                rotate_back(buffers.key[side].derivative, key_turns(side), nullptr, d_qkv + key_at, row_width_);
    }
}

// With O = P V and P = softmax(S): dV = P^T dO, dP = dO V^T, dS = P (dP - sum P dP).
template <class T>
void RotaryAttention<T>::head_backward(const T* probabilities, const T* d_out, T* d_value,
                                       AttentionBuffers<T>& buffers) const {
    for (std::int64_t first = 0; first < n_; first += block_rows) {
        const Block block = block_at(first);
        const T* P = probabilities + first * n_;
        const Strided<T> dO = rows_of<T>(d_out + first * query_width_, query_width_);
        buffers.block.pack(dO, block.rows, head_width_);
        add_product(rows_of<T>(P, n_).transposed(), buffers.block, block.end, block.rows, head_width_, d_value,
                    row_width_);
        T* dS = buffers.scores.data();
        set_product(dO, buffers.value, block.rows, head_width_, block.end, dS, n_);
        for (std::int64_t i = 0; i < block.rows; ++i) {
            const auto at = static_cast<std::size_t>(first + i);
            softmax_backward(P + i * n_, dS + i * n_, first_seen_[at], last_seen_[at], block.end);
        }
        score_backward(block, buffers);
    }
}

// S = Q K^T for each side at its own distances: dQ = dS K, dK = dS^T Q with the other entries of dS taken as 0.
template <class T>
void RotaryAttention<T>::score_backward(const Block& block, AttentionBuffers<T>& buffers) const {
    const auto add_side = [&](int side, const T* dS, std::int64_t end) {
        auto &query = buffers.query[side], &key = buffers.key[std::min(side, 1)];
        add_product(rows_of<T>(dS, n_), key.packed, block.rows, end, head_width_,
                    query.derivative.data() + block.first * head_width_, head_width_);
        buffers.block.pack(rows_of<T>(query.rows.data() + block.first * head_width_, head_width_), block.rows,
                           head_width_);
        add_product(rows_of<T>(dS, n_).transposed(), buffers.block, end, block.rows, head_width_, key.derivative.data(),
                    head_width_);
    };
    T* dS = buffers.scores.data();
    for (int s = 1; s < n_query_sides_; ++s) {
        const Side side = static_cast<Side>(s);
        const std::int64_t end = reach(side, block);
        if (end == 0) continue;
        for (std::int64_t i = 0; i < block.rows; ++i) {
            std::int64_t first = 0, last = 0;
            span_of(side, block.first + i, first, last);
            T *far = buffers.far.data() + i * n_, *near_row = dS + i * n_;
            std::fill_n(far, end, T(0));
            for (std::int64_t j = first; j < last; ++j) std::swap(far[j], near_row[j]);
        }
        add_side(side, buffers.far.data(), end);
    }
    add_side(near, dS, block.end);
}

template class RotaryAttention<float>;
template class RotaryAttention<double>;

}  // namespace dynkin::lm
