#pragma once
// Grouped-query attention of one sequence under any rotary scheme, forward and backward.
#include <cstdint>
#include <vector>

#include "models/lm/rotary_positions.hpp"
#include "models/lm/train/matrix_product.hpp"

namespace dynkin::lm {

/// Room for one thread.
template <class T>
struct AttentionBuffers {
    /// A query or key head under one rotation.
    struct Rotated {
        std::vector<T> rows;        // (n, head_width)
        std::vector<T> derivative;  // (n, head_width), of the loss by `rows`
        PackedMatrix<T> packed;     // keys only: transposed in the forward pass
    };
    Rotated query[3], key[2];  // near, far in the past, far in the future (keys: near, far)
    PackedMatrix<T> value, block;
    std::vector<T> probabilities;  // (32, n) when they are not kept
    std::vector<T> scores, far;    // (32, n)
};

/// Tables for sequences of n positions; const and shared between threads.
///
/// Score (i, j) = factor(i) / sqrt(head_width) R(a) q_i . R(b) k_j, with (a, b) as RotaryPositions has it; near and far
/// scores are products of their own, of which each entry takes the one its distance asks for. Work is done in blocks
/// of 32 queries against the keys they can see.
template <class T>
class RotaryAttention {
public:
    RotaryAttention(const DecoderShape& shape, const RotaryPositions& positions, Attention mask, std::int64_t n);

    std::int64_t n() const { return n_; }
    /// Numbers in the probabilities of one sequence.
    std::int64_t n_probabilities() const { return n_heads_ * n_ * n_; }

    /// qkv (n, query_width + 2 key_width), rows (q, k, v); out (n, query_width). `probabilities` (n_heads, n, n) are
    /// written for the backward pass; null: not kept.
    void forward(const T* qkv, T* out, T* probabilities, AttentionBuffers<T>& buffers) const;
    /// d_qkv = the derivative by qkv, for d_out that by out.
    void backward(const T* qkv, const T* probabilities, const T* d_out, T* d_qkv, AttentionBuffers<T>& buffers) const;

private:
    enum Side { near = 0, past = 1, future = 2 };
    struct Block {
        std::int64_t first, rows, end;  // queries [first, first + rows), keys [0, end)
    };
    Block block_at(std::int64_t first) const;
    /// Keys [first, last) at which row i of the block takes its scores from `side`.
    void span_of(Side side, std::int64_t i, std::int64_t& first, std::int64_t& last) const;
    /// The number of keys from 0 on that a product for `side` has to reach; 0: no row needs it.
    std::int64_t reach(Side side, const Block& block) const;

    void rotate_rows(const T* in, std::int64_t stride, const Rotations<T>& turns, const T* factors,
                     std::vector<T>& out) const;
    void rotate_back(const std::vector<T>& in, const Rotations<T>& turns, const T* factors, T* out,
                     std::int64_t stride) const;
    const Rotations<T>& key_turns(int side) const { return side == near ? turns_[near] : far_key_turns_; }
    void scores(const Block& block, T* rows, AttentionBuffers<T>& buffers) const;
    void head_backward(const T* probabilities, const T* d_out, T* d_value, AttentionBuffers<T>& buffers) const;
    void score_backward(const Block& block, AttentionBuffers<T>& buffers) const;

    std::int64_t n_, n_heads_, group_, head_width_, query_width_, row_width_, key_width_;
    RotaryPairing pairing_;
    Attention mask_;
    std::int64_t window_;
    int n_query_sides_ = 1, n_key_sides_ = 1;
    Rotations<T> turns_[3], far_key_turns_;
    std::vector<T> factors_;                            // (n)
    std::vector<std::int64_t> first_seen_, last_seen_;  // (n)
};

}  // namespace dynkin::lm
