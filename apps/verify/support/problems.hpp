#pragma once
// Problems of the reference cases that are no built-in models: they have a closed solution, not a use.
#include "solvers/core/model.hpp"

namespace dynkin::verify {

/// A3, KP (4.46): X = tanh(atanh X0 - a t + b W).
struct TanhPath {
    static constexpr std::string_view name = "tanh_path";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    double a = 1.0, b = 0.8;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> out) const {
        out[0] = -(a + b * b * x[0]) * (1.0 - x[0] * x[0]);
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> s) const {
        s(0, 0) = b * (1.0 - x[0] * x[0]);
    }
};

/// A5, KP (4.27): dX = -b^2 sin X cos^3 X dt + b cos^2 X dW, X = atan(b W + tan X0).
struct ArctanPath {
    static constexpr std::string_view name = "arctan_path";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    double b = 0.1;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> out) const {
        const S c = cos(x[0]);
        out[0] = -b * b * sin(x[0]) * c * c * c;
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> s) const {
        const S c = cos(x[0]);
        s(0, 0) = b * c * c;
    }
};

/// A6: X = (X0 + beta (t + alpha W)) / sqrt(1 + t).
struct DecayingPath {
    static constexpr std::string_view name = "decaying_path";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    static constexpr bool autonomous = false;
    double alpha = 0.1, beta = 0.05;
    template <class S>
    void drift(std::span<const S> x, S t, std::span<S> out) const {
        out[0] = beta / sqrt(1.0 + t) - x[0] / (2.0 * (1.0 + t));
    }
    template <class S>
    void sigma(std::span<const S>, S t, SigmaView<S> s) const {
        s(0, 0) = alpha * beta / sqrt(1.0 + t);
    }
};

/// A8, KP (4.59): X = X0 exp((a - (b1^2 + b2^2) / 2) t + b1 W1 + b2 W2).
struct TwoNoises {
    static constexpr std::string_view name = "two_noises";
    static constexpr int dim = 1, noise_dim = 2;
    static constexpr NoiseKind noise_kind = NoiseKind::commutative;
    double a = -0.02, b1 = 1.0, b2 = 2.0;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> out) const {
        out[0] = a * x[0];
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> s) const {
        s(0, 0) = b1 * x[0];
        s(0, 1) = b2 * x[0];
    }
};

/// B1, KP section 17: X = sinh(t + W + asinh X0).
struct SinhPath {
    static constexpr std::string_view name = "sinh_path";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> out) const {
        out[0] = 0.5 * x[0] + sqrt(x[0] * x[0] + 1.0);
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> s) const {
        s(0, 0) = sqrt(x[0] * x[0] + 1.0);
    }
};

// Without a closed solution, on purpose: non-linear and time-dependent throughout, so that no error term vanishes.

struct SineDrift {
    static constexpr std::string_view name = "additive: sine drift";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    static constexpr bool autonomous = false;
    template <class S>
    void drift(std::span<const S> x, S t, std::span<S> out) const {
        out[0] = 1.5 * sin(2.0 * x[0] + t) - 0.3 * x[0];
    }
    template <class S>
    void sigma(std::span<const S>, S t, SigmaView<S> s) const {
        s(0, 0) = 0.8 + 0.6 * sin(2.0 * t);
    }
};

/// Each noise acts on its own component; the drift couples them.
struct CosineNoise {
    static constexpr std::string_view name = "diagonal: cosine noise";
    static constexpr int dim = 2, noise_dim = 2;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    static constexpr bool autonomous = false;
    template <class S>
    void drift(std::span<const S> x, S t, std::span<S> out) const {
        out[0] = sin(1.5 * x[0] + t) - 0.3 * x[1];
        out[1] = 0.5 * cos(x[0] - x[1]) - 0.2 * x[1];
    }
    template <class S>
    void sigma(std::span<const S> x, S t, SigmaView<S> s) const {
        s(0, 0) = 0.7 + 0.4 * cos(x[0] + 0.5 * t);
        s(1, 1) = 0.5 + 0.3 * sin(1.3 * x[1] - t);
    }
};

/// One noise on two components commutes with itself, whatever sigma does.
struct SharedNoise {
    static constexpr std::string_view name = "commutative: shared noise";
    static constexpr int dim = 2, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::commutative;
    static constexpr bool autonomous = false;
    template <class S>
    void drift(std::span<const S> x, S t, std::span<S> out) const {
        out[0] = sin(x[1] + t) - 0.3 * x[0];
        out[1] = 0.6 * cos(x[0]) - 0.2 * x[1];
    }
    template <class S>
    void sigma(std::span<const S> x, S t, SigmaView<S> s) const {
        s(0, 0) = 0.7 + 0.3 * sin(x[0] + x[1]);
        s(1, 0) = 0.5 * cos(x[0] - 0.5 * t);
    }
};

/// Two noises that do not commute.
struct TurningNoise {
    static constexpr std::string_view name = "general: turning noise";
    static constexpr int dim = 2, noise_dim = 2;
    static constexpr NoiseKind noise_kind = NoiseKind::general;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> out) const {
        out[0] = sin(x[1]) - 0.3 * x[0];
        out[1] = 0.6 * cos(x[0]) - 0.2 * x[1];
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> s) const {
        s(0, 0) = 0.6 + 0.3 * sin(x[1]);
        s(0, 1) = 0.4 * cos(x[0]);
        s(1, 0) = 0.3 * x[0];
        s(1, 1) = 0.5 + 0.2 * cos(x[0] + x[1]);
    }
};

/// Underdamped motion in a periodic potential under a force that depends on time.
struct DrivenPendulum {
    static constexpr std::string_view name = "underdamped: driven pendulum";
    static constexpr int dim = 2, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    static constexpr bool autonomous = false;
    double gamma = 0.8, noise = 0.9;
    template <class S>
    void drift(std::span<const S> x, S t, std::span<S> out) const {
        out[0] = x[1];
        out[1] = -1.2 * sin(x[0]) + 0.5 * cos(2.0 * t) - gamma * x[1];
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        s(1, 0) = S(noise);
    }
};

/// Plain Brownian motion.
struct Brownian {
    static constexpr std::string_view name = "brownian";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    template <class S>
    void drift(std::span<const S>, S, std::span<S> out) const {
        out[0] = S(0.0);
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        s(0, 0) = S(1.0);
    }
};

}  // namespace dynkin::verify
