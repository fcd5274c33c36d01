#pragma once
// What a pass of the decoder keeps. Private to models/lm/train.
#include <Eigen/Core>
#include <memory>
#include <vector>

#include "models/lm/train/batched_decoder.hpp"

namespace dynkin::lm {

template <class T>
using RowMatrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

template <class T>
struct DecoderWorkspace<T>::State {
    using Matrix = RowMatrix<T>;

    // Of one layer. N rows; `keep`: one each, else one for all.
    struct Layer {
        Matrix x;                                        // (N, width) input
        Matrix normed;                                   // (N, width)
        Matrix qkv;                                      // (N, query_width + 2 key_width)
        Matrix attended;                                 // (N, query_width)
        Matrix middle;                                   // (N, width) after attention
        Matrix middle_normed;                            // (N, width)
        Matrix gate_up;                                  // (N, 2 hidden)
        Matrix gated;                                    // (N, hidden)
        std::vector<T> inverse_rms, middle_inverse_rms;  // (N)
        std::vector<T> probabilities;                    // (n_sequences, n_heads, length, length)
    };
    std::vector<Layer> layers_;
    Matrix last_;                                       // (N, width) after the last layer
    Matrix chosen_, chosen_normed_, head_in_, logits_;  // (rows, width) x 3, (rows, vocabulary)
    std::vector<T> chosen_inverse_rms_;
    // Derivatives of the loss.
    Matrix d_x_, d_normed_, d_qkv_, d_attended_, d_gate_up_, d_gated_, d_head_, d_chosen_;
    PackedMatrix<T> packed_;
    AttentionBuffers<T> attention_buffers_;
    std::unique_ptr<RotaryAttention<T>> attention_;  // tables of the last length
    std::uint64_t owner_ = 0;                        // BatchedDecoder::identity_
};

}  // namespace dynkin::lm
