#pragma once
// Small processes with known answers. Labels are those of Kloeden & Platen (1992) where given.
#include "solvers/core/model.hpp"

#include <cmath>
#include <string_view>

namespace dynkin::testing_models {

struct Brownian {
    static constexpr std::string_view name = "brownian";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    double mu = 0.0, s = 1.0;
    template <class S>
    void drift(std::span<const S>, S, std::span<S> b) const { b[0] = S(mu); }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> sig) const { sig(0, 0) = S(s); }
};

struct OrnsteinUhlenbeck {
    static constexpr std::string_view name = "ornstein_uhlenbeck";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    double theta = 1.0, s = 1.0;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const { b[0] = -theta * x[0]; }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> sig) const { sig(0, 0) = S(s); }
};

struct DoubleWell {
    static constexpr std::string_view name = "double_well";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    double D = 0.2;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const { b[0] = x[0] - x[0] * x[0] * x[0]; }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> sig) const { sig(0, 0) = S(std::sqrt(2.0 * D)); }
};

/// Additive noise that depends on time, non-linear drift.
struct SineWave {
    static constexpr std::string_view name = "sine_wave";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    static constexpr bool autonomous = false;
    template <class S>
    void drift(std::span<const S> x, S t, std::span<S> b) const { b[0] = 1.5 * sin(2.0 * x[0] + t) - 0.3 * x[0]; }
    template <class S>
    void sigma(std::span<const S>, S t, SigmaView<S> sig) const { sig(0, 0) = 0.8 + 0.6 * sin(2.0 * t); }
};

/// Multiplicative noise that depends on time, non-linear drift: no scheme is better here than it should be.
struct SineNoise {
    static constexpr std::string_view name = "sine_noise";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    static constexpr bool autonomous = false;
    template <class S>
    void drift(std::span<const S> x, S t, std::span<S> b) const { b[0] = sin(1.5 * x[0] + t) - 0.3 * x[0]; }
    template <class S>
    void sigma(std::span<const S> x, S t, SigmaView<S> sig) const { sig(0, 0) = 0.7 + 0.4 * cos(x[0] + 0.5 * t); }
};

/// A1: geometric Brownian motion, Ito or Stratonovich.
template <Calculus C>
struct Geometric {
    static constexpr std::string_view name = "geometric";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    static constexpr Calculus calculus = C;
    double a = 1.01, b = 0.87;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> out) const { out[0] = a * x[0]; }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> sig) const { sig(0, 0) = b * x[0]; }
};

/// A3 (KP 4.46): X = tanh(atanh X0 - a t + b W).
struct Tanh {
    static constexpr std::string_view name = "tanh";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    double a = 1.0, b = 0.8;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> out) const { out[0] = -(a + b * b * x[0]) * (1.0 - x[0] * x[0]); }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> sig) const { sig(0, 0) = b * (1.0 - x[0] * x[0]); }
};

/// A5 (KP 4.27) with a coefficient of order one: dX = -b^2 sin X cos^3 X dt + b cos^2 X dW, X = atan(b W + tan X0).
struct Arctan {
    static constexpr std::string_view name = "arctan";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    double b = 0.8;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> out) const {
        const S c = cos(x[0]);
        out[0] = -b * b * sin(x[0]) * c * c * c;
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> sig) const {
        const S c = cos(x[0]);
        sig(0, 0) = b * c * c;
    }
};

/// A6 with coefficients of order one: X = (X0 + beta (t + alpha W)) / sqrt(1 + t).
struct Decaying {
    static constexpr std::string_view name = "decaying";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    static constexpr bool autonomous = false;
    double alpha = 1.5, beta = 0.8;
    template <class S>
    void drift(std::span<const S> x, S t, std::span<S> out) const {
        out[0] = beta / sqrt(1.0 + t) - x[0] / (2.0 * (1.0 + t));
    }
    template <class S>
    void sigma(std::span<const S>, S t, SigmaView<S> sig) const { sig(0, 0) = alpha * beta / sqrt(1.0 + t); }
};

/// A8 (KP 4.59) with two noises on one component, commutative.
struct TwoNoises {
    static constexpr std::string_view name = "two_noises";
    static constexpr int dim = 1, noise_dim = 2;
    static constexpr NoiseKind noise_kind = NoiseKind::commutative;
    double a = -0.02, b1 = 0.5, b2 = 0.6;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> out) const { out[0] = a * x[0]; }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> sig) const {
        sig(0, 0) = b1 * x[0];
        sig(0, 1) = b2 * x[0];
    }
};

/// A9: general noise.
struct LevyArea {
    static constexpr std::string_view name = "levy_area";
    static constexpr int dim = 3, noise_dim = 2;
    static constexpr NoiseKind noise_kind = NoiseKind::general;
    template <class S>
    void drift(std::span<const S>, S, std::span<S> out) const { out[0] = out[1] = out[2] = S(0.0); }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> sig) const {
        sig(0, 0) = S(1.0);
        sig(1, 1) = S(1.0);
        sig(2, 0) = -0.5 * x[1];
        sig(2, 1) = 0.5 * x[0];
    }
};

/// dx = v dt, dv = (-x - gamma v) dt + sqrt(2 gamma) dW: both variances are 1.
struct HarmonicLangevin {
    static constexpr std::string_view name = "harmonic_langevin";
    static constexpr int dim = 2, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    double gamma = 1.0;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = x[1];
        b[1] = -x[0] - gamma * x[1];
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> sig) const { sig(1, 0) = S(std::sqrt(2.0 * gamma)); }
};

/// Brownian motion killed at rate c.
struct KilledBrownian {
    static constexpr std::string_view name = "killed_brownian";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    template <class S>
    void drift(std::span<const S>, S, std::span<S> b) const { b[0] = S(0.0); }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> sig) const { sig(0, 0) = S(1.0); }
    template <class S>
    S killing(std::span<const S> x, S) const { return 0.5 * x[0] * x[0]; }
};

}  // namespace dynkin::testing_models
