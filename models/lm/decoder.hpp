#pragma once
// A Llama-type decoder that is run, not trained: tokens in, logits of the next (or of every) token out.
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "models/lm/checkpoint.hpp"
#include "models/lm/output_head.hpp"
#include "models/lm/rotary_positions.hpp"
#include "models/lm/sequence.hpp"
#include "models/lm/weight_matrix.hpp"

namespace dynkin::lm {

struct DecoderOptions {
    PositionSpec positions{};
    Phase phase = Phase::inference;  ///< training: positions as a trainer sees them, to score what it makes
    WeightFormat weights = WeightFormat::as_stored;
    Attention attention = Attention::causal;
    std::optional<OutputHead> head{};  ///< not given: tied or untied, as the checkpoint is
    std::int64_t max_length = 0;       ///< tokens of a sequence; 0: the context of the checkpoint
    int n_threads = 1;
};

/// Tokens to be appended to a sequence of this decoder.
struct Extension {
    Sequence* sequence = nullptr;
    std::span<const int> tokens{};
};

/// Which tokens logits are wanted of.
enum class LogitsOf { last, all };

/// x = embedding; in each layer x += O attention(norm(x)), x += D(silu(G norm(x)) * U norm(x)); logits = W g(norm(x))
/// (Touvron et al. 2023; shapes in DecoderShape). Results do not depend on how tokens are cut into calls, which
/// sequences come together, the number of threads or the vector level: the same bits. One caller at a time.
class Decoder {
public:
    /// The tensors stay in the checkpoint's file where the format allows, so its mapping is kept. The projection of
    /// tied_projection is the tensor `projection_tensor`. ConfigError: a head that the checkpoint has no tensors for,
    /// sizes and positions as their types say, max_length < 0, n_threads < 1.
    explicit Decoder(Checkpoint checkpoint, const DecoderOptions& options = {});
    ~Decoder();
    Decoder(Decoder&&) noexcept;
    Decoder& operator=(Decoder&&) noexcept;

    const DecoderShape& shape() const;
    const RotaryPositions& positions() const;
    Attention attention() const;
    std::int64_t max_length() const;
    /// Of the matrices that a token is multiplied with: what decoding one has to fetch from memory.
    std::int64_t n_weight_bytes() const;

    /// An empty sequence for this decoder.
    Sequence start() const;

    /// Appends each extension's tokens to its sequence and returns logits, one row of `vocabulary` for each extension
    /// (LogitsOf::last) or for each token of each in order (all). Several sequences of any lengths are one batch: each
    /// weight is fetched once. The result is valid until the next call.
    /// With bidirectional attention every token sees all others of its extension, so sequences have to be empty.
    /// ConfigError: no extension or one without tokens, a sequence twice or of another decoder, a token outside the
    /// vocabulary, more than max_length() tokens (nothing is appended). NumericsError: logits that are not finite.
    std::span<const float> extend(std::span<const Extension> extensions, LogitsOf wanted = LogitsOf::last);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace dynkin::lm
