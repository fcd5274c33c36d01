#pragma once
// Forward noise of token sequences: every position jumps by itself, with one token chain under a common clock.
#include "solvers/rates/jump_paths.hpp"
#include "solvers/rates/rate_matrix.hpp"
#include "solvers/rates/sequence_space.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dynkin {

/// alpha(t) = exp(-clock(t)): under uniform and absorbing noise the probability that a token has not been touched.
///   exponential: alpha = e^{-t}, t >= 0;   linear: alpha = 1 - t;   cosine: alpha = cos(pi t / 2), both on [0, 1].
class TokenSchedule {
public:
    enum class Kind { exponential, linear, cosine };

    TokenSchedule(Kind kind) : kind_(kind) {}
    /// "exponential", "linear", "cosine". ConfigError: unknown name, with the nearest.
    static TokenSchedule named(const std::string& name);

    double alpha(double t) const;
    /// -alpha' / alpha = clock'.  [1 / time]
    double rate(double t) const;
    /// The t with alpha(t) = a, a in (0, 1].
    double time_of(double a) const;
    /// The last time: 1, or infinity.
    double end() const;
    bool operator==(const TokenSchedule&) const = default;

private:
    Kind kind_;
};

/// The chain with rates Q_t = rate(t) Q at each position, for a fixed Q on V tokens.
///   uniform: q_ab = 1 / V for a != b;   absorbing: q_{a, mask} = 1, the mask being token V - 1;   or any sparse Q.
/// Transitions P_{s t} = exp(log(alpha(s) / alpha(t)) Q) are applied, not stored: in O(V) for uniform and absorbing
/// noise, by uniformisation otherwise (to 1e-14).
class TokenNoise {
public:
    static TokenNoise uniform(int n_tokens, TokenSchedule schedule);
    /// n_tokens counts the mask.
    static TokenNoise absorbing(int n_tokens, TokenSchedule schedule);
    /// ConfigError: Q has loss.
    static TokenNoise chain(SparseRateMatrix Q, TokenSchedule schedule);

    int n_tokens() const { return n_tokens_; }
    bool is_absorbing() const { return kind_ == Kind::absorbing; }
    bool is_uniform() const { return kind_ == Kind::uniform; }
    /// V - 1 for absorbing noise, else -1.
    int mask() const { return is_absorbing() ? n_tokens() - 1 : -1; }
    const TokenSchedule& schedule() const { return schedule_; }
    /// Q without its clock, as a matrix: V (V - 1) rates for uniform noise.
    SparseRateMatrix token_chain() const;
    /// q_{v, token} for every v, and q_{token, v}; (V), 0 at v = token.
    std::vector<double> rates_into(int token) const;
    std::vector<double> rates_out_of(int token) const;

    /// w P_{s t}: the law at t of a token with law w (V) at s <= t. Any weights.
    std::vector<double> push(double s, double t, std::span<const double> w) const;
    /// P(X_t = token | X_s = a) for every a, (V).
    std::vector<double> likelihood(double s, double t, int token) const;
    /// P_{s t} written out, (V, V) row by row.
    std::vector<double> transition(double s, double t) const;

    /// The law p (V^D) of a sequence at s becomes that at t: one transition a position, in turn.
    std::vector<double> push_law(const SequenceSpace& space, double s, double t, std::vector<double> p) const;

    /// x (D) at s becomes a sequence at t, exactly: one draw a position.
    void add_noise(double s, double t, std::span<int> x, Draws& noise) const;
    /// The jumps of one token from s to t, by Gillespie's method on the clock; `chain` is token_chain(). Times are
    /// counted from s. ConfigError: t at the end of a schedule whose clock runs to infinity.
    JumpPath path(const SparseRateMatrix& chain, int token, double s, double t, Draws& noise) const;

private:
    enum class Kind { uniform, absorbing, chain };
    TokenNoise(Kind kind, int n_tokens, TokenSchedule schedule);
    /// alpha(t) / alpha(s). ConfigError: not 0 <= s <= t <= end.
    double kept(double s, double t) const;

    Kind kind_;
    int n_tokens_;
    std::shared_ptr<const SparseRateMatrix> Q_;  // chain only
    TokenSchedule schedule_;
};

}  // namespace dynkin
