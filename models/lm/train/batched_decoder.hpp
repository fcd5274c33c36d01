#pragma once
// The decoder as a differentiable function of its parameters: loss and gradient of a batch of sequences.
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "models/lm/train/parameters.hpp"
#include "models/lm/train/rotary_attention.hpp"

namespace dynkin::lm {

/// What a decoder is before it has parameters.
struct DecoderSpec {
    DecoderShape shape;
    OutputHead head = OutputHead::tied_shuffle;  ///< shape.tied_output is not read
    Attention attention = Attention::causal;
    PositionSpec positions;
};

/// Sequences of one length, and what is to be predicted at each position. N = n_sequences * length rows.
struct TokenBatch {
    std::int64_t n_sequences = 0, length = 0;
    std::vector<int> tokens;      // (n_sequences, length)
    std::vector<int> targets;     // (n_sequences, length); any number where the weight is 0
    std::vector<double> weights;  // (n_sequences, length); the loss is sum weight * cross-entropy  [nats]
};

/// Everything between embedding and loss of one batch; kept from call to call. One per thread.
template <class T>
class DecoderWorkspace {
public:
    DecoderWorkspace();
    DecoderWorkspace(DecoderWorkspace&&) noexcept;
    DecoderWorkspace& operator=(DecoderWorkspace&&) noexcept;
    ~DecoderWorkspace();

    struct State;  // decoder_workspace.hpp
private:
    template <class U>
    friend class BatchedDecoder;
    std::unique_ptr<State> state_;
};

/// x_0 = embedding rows; in each layer a = x + O attention(rotary(QKV rms_norm(x))), x' = a + D swiglu(GU rms_norm(a));
/// logits = head(rms_norm(x_last)). Const; any number of threads with a workspace each.
///
/// All sums run in a fixed order, so results depend on the arguments alone, not on threads or the vector level.
template <class T>
class BatchedDecoder {
public:
    /// ConfigError: sizes (validate), positions.
    BatchedDecoder(const DecoderSpec& spec, Phase phase);

    const DecoderSpec& spec() const { return spec_; }
    const ParameterList& parameter_list() const { return list_; }

    /// Logits of n_sequences sequences of `length` tokens. `rows`: which of the n_sequences * length rows, rising;
    /// empty: all. (rows, vocabulary). ConfigError: sizes, tokens outside the vocabulary.
    void logits(std::span<const T> parameters, std::span<const int> tokens, std::int64_t length,
                std::span<const std::int64_t> rows, DecoderWorkspace<T>& workspace, std::vector<T>& out) const;

    /// sum weight * cross-entropy. ConfigError as above.
    double loss(std::span<const T> parameters, const TokenBatch& batch, DecoderWorkspace<T>& workspace) const;
    /// The same, and its gradient is added to `gradient` (parameter_list().size()).
    double loss_and_gradient(std::span<const T> parameters, const TokenBatch& batch, DecoderWorkspace<T>& workspace,
                             std::span<T> gradient) const;

private:
    using State = typename DecoderWorkspace<T>::State;
    struct Pass;  // parameters, workspace and sizes of one call
    void check(std::span<const T> parameters, std::span<const int> tokens, std::int64_t length) const;
    const RotaryAttention<T>& attention(std::int64_t length, State& workspace) const;
    void trunk(const Pass& pass, std::span<const int> tokens, bool keep) const;
    void layer(const Pass& pass, std::int64_t l, bool keep) const;
    void head_rows(const Pass& pass, std::span<const std::int64_t> rows) const;
    void head_backward(const Pass& pass, std::span<const std::int64_t> rows, std::span<T> gradient) const;
    void layer_backward(const Pass& pass, std::int64_t l, std::span<T> gradient) const;

    DecoderSpec spec_;
    ParameterList list_;
    RotaryPositions positions_;
    std::vector<std::int64_t> order_;  // (width), or none: channels before the output
    std::uint64_t identity_;           // whose tables a workspace holds
};

}  // namespace dynkin::lm
