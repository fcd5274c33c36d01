#pragma once
// Where the rows of a batch come from: clean sequences, and the task that is made of them. Every row is a function of
// its draws, so of (seed, step, row) alone.
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "solvers/core/random.hpp"
#include "solvers/sampling/token_noise.hpp"

namespace dynkin::lm {

/// Clean sequences of any length that is asked for.
class SequenceSource {
public:
    virtual ~SequenceSource() = default;
    virtual void draw(Draws& draws, std::span<int> tokens) const = 0;
};

/// Windows of a long text, begun anywhere alike. A part `repeating` of them repeats its first R tokens to the end, R
/// uniform in [length / 8, length / 2]: what teaches a small model to copy.
class TextWindows final : public SequenceSource {
public:
    /// ConfigError: a text shorter than `longest`, the longest window that will be drawn; repeating outside [0, 1].
    TextWindows(std::vector<int> text, std::int64_t longest, double repeating = 0.0);
    void draw(Draws& draws, std::span<int> tokens) const override;

private:
    std::vector<int> text_;
    double repeating_;
};

/// Sequences of D tokens with an enumerated law p0 on V^D.
class EnumeratedSequences final : public SequenceSource {
public:
    /// ConfigError: p0 has another length than V^D, or is no law.
    EnumeratedSequences(const SequenceSpace& space, std::vector<double> p0);
    void draw(Draws& draws, std::span<int> tokens) const override;

private:
    SequenceSpace space_;
    std::vector<double> p0_;
    double total_ = 0;
};

/// One row of a batch: tokens, targets and weights (length), whose weighted cross-entropies are averaged over rows.
class BatchSource {
public:
    virtual ~BatchSource() = default;
    virtual std::int64_t length() const = 0;
    virtual void draw(Draws& draws, std::span<int> tokens, std::span<int> targets, std::span<double> weights) const = 0;
};

/// The next token at every position, weights 1 / length.
class NextTokenRows final : public BatchSource {
public:
    NextTokenRows(std::shared_ptr<const SequenceSource> sequences, std::int64_t length);
    std::int64_t length() const override { return length_; }
    void draw(Draws& draws, std::span<int> tokens, std::span<int> targets, std::span<double> weights) const override;

private:
    std::shared_ptr<const SequenceSource> sequences_;
    std::int64_t length_;
};

/// How the masks of a row are drawn. time: t uniform on (0, 1), each token masked with probability 1 - alpha(t),
/// weights rate(t) alpha(t) / (1 - alpha(t)), under the linear schedule 1 / t. count: the number m of masks uniform on
/// 1 ... D, any m positions alike, weights D / m: what is left of the former when t is integrated out, for any
/// schedule, with bounded weights and so less noise in the gradient.
enum class MaskedDraws { time, count };

/// Absorbing noise: the masked tokens are to be restored. The expected loss bounds -log p(x) per token from above and
/// is the same for both kinds of draws and every schedule (Sahoo et al. 2024; Shi et al. 2024; Ou et al. 2025).
class MaskedRows final : public BatchSource {
public:
    /// ConfigError: noise that is not absorbing; by time, a schedule without end.
    MaskedRows(std::shared_ptr<const SequenceSource> sequences, std::int64_t length, const TokenNoise& noise,
               MaskedDraws kind = MaskedDraws::count);
    std::int64_t length() const override { return length_; }
    void draw(Draws& draws, std::span<int> tokens, std::span<int> targets, std::span<double> weights) const override;

private:
    void mask_by_time(Draws& draws, std::span<int> tokens, std::span<double> weights) const;
    void mask_by_count(Draws& draws, std::span<int> tokens, std::span<double> weights) const;

    std::shared_ptr<const SequenceSource> sequences_;
    std::int64_t length_;
    TokenNoise noise_;
    MaskedDraws kind_;
};

}  // namespace dynkin::lm
