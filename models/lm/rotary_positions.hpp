#pragma once
// Every rotary scheme as one type: at most two linear maps of the position, a mask, and a factor on the scores.
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/lm/decoder_shape.hpp"

namespace dynkin::lm {

/// Which keys a query sees: those up to its own position, or all (masked token diffusion).
enum class Attention { causal, bidirectional };

enum class PositionScheme {
    rope,           ///< theta_m = base^(-2(m-1)/d), m = 1 ... d/2 (Su et al. 2021)
    interpolation,  ///< theta_m / k: positions of k times the training length fit into it (Chen et al. 2023)
    ntk_fixed,      ///< theta_m k^(-2m/d): the radix of a positional number is scaled (Su, Scientific Spaces 9706)
    ntk_mixed,  ///< theta_m exp(-a m^b), b = 0.625, a (d/2)^b = log k (ibid.); b = 1 is ntk_fixed, b = 0 interpolation
    leaky_rerope,   ///< distance r is r below w and w + (r - w)/k beyond (Su, Scientific Spaces 9708)
    rerope,         ///< its limit k -> infinity: every distance beyond w is w
    inv_leaky,      ///< trained with distances w + 2e (r - w) beyond w, run as rope (Su, Scientific Spaces 9728)
    sliding_window  ///< rope; keys at distance w and beyond are not seen
};

/// none: scores q.k / sqrt(d). log_n: times log_L(n) with n keys seen, at least 0 (Su, Scientific Spaces 8823).
/// log_n_test: times max(1, log_L n), and only at inference, for models trained without (written logn-dagger there).
enum class AttentionScale { none, log_n, log_n_test };

/// Leaky schemes trained and run differ for inv_leaky, scales for log_n_test.
enum class Phase { training, inference };

/// "rope", "interpolation", "ntk_fixed", ... . ConfigError: unknown name, with the nearest.
PositionScheme position_scheme_of(const std::string& name);
/// "none", "log_n", "log_n_test". ConfigError as above.
AttentionScale attention_scale_of(const std::string& name);
std::string name_of(PositionScheme scheme);
std::string name_of(AttentionScale scale);

/// A scheme and its numbers; 0 is "not given". A number that the scheme has no use for is an error.
struct PositionSpec {
    PositionScheme scheme = PositionScheme::rope;
    std::int64_t window = 0;   ///< w >= 1: leaky_rerope, rerope, inv_leaky, sliding_window. L/4 ... L/2 is usual
    double factor = 0.0;       ///< k >= 1: interpolation, ntk_fixed, ntk_mixed, leaky_rerope
    double expansion = 0.0;    ///< e >= 1/2: inv_leaky; how many times longer the context will be than in training
    double base_factor = 1.0;  ///< times the base of the frequencies (inv_leaky-b8 of 9728 is 8)
    AttentionScale scale = AttentionScale::none;
    std::int64_t training_length = 0;  ///< L >= 2: log_n, log_n_test
};

/// cos and sin of angles position * theta_m.  (n, d/2) row by row each
template <class T>
struct Rotations {
    std::int64_t n = 0, half = 0;
    std::vector<T> cos, sin;
    const T* cos_at(std::int64_t i) const { return cos.data() + i * half; }
    const T* sin_at(std::int64_t i) const { return sin.data() + i * half; }
};

/// The score of a query at position i and a key at j is (R(a) q) . (R(b) k) * score_factor / sqrt(d), where R(a) turns
/// pair m by a theta_m and (a, b) is (i, j) for |i - j| < window() and (far_query(i, side), far_key(j)) otherwise: then
/// a - b = distance(i - j). Keys have two rotations at most whatever the query, so both can be kept in a cache.
class RotaryPositions {
public:
    /// head_width d even and base > 0 as in DecoderShape. ConfigError: a number missing, out of range or without use.
    RotaryPositions(const PositionSpec& spec, std::int64_t head_width, double base, Phase phase = Phase::inference);
    /// Of a decoder: its head_width and rotary_base.
    RotaryPositions(const PositionSpec& spec, const DecoderShape& shape, Phase phase = Phase::inference)
        : RotaryPositions(spec, shape.head_width, shape.rotary_base, phase) {}

    /// theta_m  (d/2)  [rad per position]
    const std::vector<double>& frequencies() const { return frequencies_; }

    /// Whether distances of window() and more are mapped otherwise than smaller ones.
    bool has_far() const { return has_far_; }
    /// The first distance that is far or, when masked, not seen; larger than any position when there is none.
    std::int64_t window() const { return window_; }
    /// The slope of distance(r) beyond the window: 1/k, 0 or 2e; 1 without has_far().
    double far_step() const { return far_step_; }

    /// j * step: the position to which a far key is rotated.
    double far_key(std::int64_t j) const { return far_step_ * double(j); }
    /// i * step + w (1 - step) for keys in the past, i * step - w (1 - step) for keys in the future.
    double far_query(std::int64_t i, bool future = false) const {
        const double shift = double(window_) * (1.0 - far_step_);
        return far_step_ * double(i) + (future ? -shift : shift);
    }
    /// The rotary distance of r = i - j, odd in r: r, or sign(r) (w + (|r| - w) step) beyond the window.
    double distance(std::int64_t r) const;

    /// Whether a query sees keys at distance window() and beyond; if not the window slides.
    bool masks_far() const { return masks_far_; }
    /// The keys [first, last) that position i of n sees.
    std::int64_t first_seen(std::int64_t i, Attention attention) const;
    std::int64_t last_seen(std::int64_t i, std::int64_t n, Attention attention) const;

    /// The factor on q.k / sqrt(d) for a query that sees n >= 1 keys.
    double score_factor(std::int64_t n_seen) const;

    /// Of any positions, e.g. 0 ... n - 1, far_key(j), far_query(i). Angles are computed in double for every T.
    template <class T>
    Rotations<T> rotations(std::span<const double> positions) const {
        const auto half = static_cast<std::int64_t>(frequencies_.size());
        Rotations<T> out{static_cast<std::int64_t>(positions.size()), half, {}, {}};
        for (double position : positions) {
            for (double theta : frequencies_) {
                out.cos.push_back(static_cast<T>(std::cos(position * theta)));
                out.sin.push_back(static_cast<T>(std::sin(position * theta)));
            }
        }
        return out;
    }

private:
    std::vector<double> frequencies_;
    std::int64_t window_;
    bool has_far_ = false, masks_far_ = false;
    double far_step_ = 1.0;
    double inverse_log_length_ = 0.0;  // 1 / log L; 0: no factor
    double least_factor_ = 0.0;
};

/// Turns each pair (x, y) of a head's `2 half` channels into (x cos - y sin, x sin + y cos). `direction` -1 turns back,
/// which is the transpose, as the backward pass needs it.
template <class T>
void rotate(T* head, const T* cos, const T* sin, std::int64_t half, RotaryPairing pairing, T direction = T(1)) {
    const std::int64_t stride = pairing == RotaryPairing::adjacent ? 2 : 1;
    const std::int64_t partner = pairing == RotaryPairing::adjacent ? 1 : half;
    for (std::int64_t m = 0; m < half; ++m) {
        const T x = head[m * stride], y = head[m * stride + partner];
        head[m * stride] = x * cos[m] - direction * y * sin[m];
        head[m * stride + partner] = direction * x * sin[m] + y * cos[m];
    }
}

}  // namespace dynkin::lm
