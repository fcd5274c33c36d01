#pragma once
// Small processes for the tests of this room.
#include "solvers/core/model.hpp"

namespace dynkin::test {

struct LinearSde {  // dX = (k (m - X)) dt + (s0 + s1 X) dW
    static constexpr std::string_view name = "linear_sde";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    Calculus calculus = Calculus::ito;
    double k = 1.0, m = 0.0, s0 = 0.5, s1 = 0.0;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = k * (m - x[0]);
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> s) const {
        s(0, 0) = s0 + s1 * x[0];
    }
};

struct SquareRoot {  // CIR
    static constexpr std::string_view name = "square_root";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    double kappa = 0.5, theta = 0.04, s = 1.0;
    Domain natural_domain() const { return {{.lower = 0.0}}; }
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = kappa * (theta - x[0]);
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> out) const {
        out(0, 0) = s * sqrt(max(x[0], S(0.0)));
    }
};

struct WrightFisherLike {
    static constexpr std::string_view name = "wright_fisher_like";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    Domain natural_domain() const { return {{.lower = 0.0, .upper = 1.0}}; }
    template <class S>
    void drift(std::span<const S>, S, std::span<S> b) const {
        b[0] = S(0.0);
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> s) const {
        s(0, 0) = sqrt(max(x[0] * (1.0 - x[0]), S(0.0)));
    }
};

struct TwoWells {
    static constexpr std::string_view name = "two_wells";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    double D = 0.1, drift_factor = 1.0, sigma_factor = 1.0;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = drift_factor * (x[0] - x[0] * x[0] * x[0]);
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        s(0, 0) = S(sigma_factor * std::sqrt(2.0 * D));
    }
};

struct Brownian {  // drift u, diffusivity D
    static constexpr std::string_view name = "brownian";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    double u = 0.0, D = 1.0;
    template <class S>
    void drift(std::span<const S>, S, std::span<S> b) const {
        b[0] = S(u);
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        s(0, 0) = S(std::sqrt(2.0 * D));
    }
};

struct Ring {  // zero drift, D(x) = 1 + sin(2 pi x) / 2, period 1
    static constexpr std::string_view name = "ring";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    Calculus calculus = Calculus::ito;
    template <class S>
    void drift(std::span<const S>, S, std::span<S> b) const {
        b[0] = S(0.0);
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> s) const {
        s(0, 0) = sqrt(2.0 + sin(6.283185307179586 * x[0]));
    }
};

struct Rotor {  // two coupled components, unequal temperatures: a current in the stationary state
    static constexpr std::string_view name = "rotor";
    static constexpr int dim = 2, noise_dim = 2;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    double u = 0.5, T1 = 1.0, T2 = 2.0;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = u * x[1] - x[0];
        b[1] = u * x[0] - x[1];
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        s(0, 0) = S(std::sqrt(2.0 * T1));
        s(1, 1) = S(std::sqrt(2.0 * T2));
    }
};

struct Area {  // Levy's area
    static constexpr std::string_view name = "area";
    static constexpr int dim = 3, noise_dim = 2;
    static constexpr NoiseKind noise_kind = NoiseKind::general;
    template <class S>
    void drift(std::span<const S>, S, std::span<S> b) const {
        b[0] = b[1] = b[2] = S(0.0);
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> s) const {
        s(0, 0) = S(1.0);
        s(1, 1) = S(1.0);
        s(2, 0) = -0.5 * x[1];
        s(2, 1) = 0.5 * x[0];
    }
};

struct Fading {  // case A6: time-dependent, additive
    static constexpr std::string_view name = "fading";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    static constexpr bool autonomous = false;
    double alpha = 0.1, beta = 0.05;
    template <class S>
    void drift(std::span<const S> x, S t, std::span<S> b) const {
        b[0] = beta / sqrt(1.0 + t) - x[0] / (2.0 * (1.0 + t));
    }
    template <class S>
    void sigma(std::span<const S>, S t, SigmaView<S> s) const {
        s(0, 0) = alpha * beta / sqrt(1.0 + t);
    }
};

struct Decaying {  // Brownian motion killed at a constant rate
    static constexpr std::string_view name = "decaying";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    double rate = 0.7, slope = 0.0;
    template <class S>
    void drift(std::span<const S>, S, std::span<S> b) const {
        b[0] = S(0.0);
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        s(0, 0) = S(1.0);
    }
    template <class S>
    S killing(std::span<const S> x, S) const {
        return rate + slope * x[0];
    }
};

struct Explosive {  // affine drift, but sigma grows like x^2: a strict local martingale
    static constexpr std::string_view name = "explosive";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    template <class S>
    void drift(std::span<const S>, S, std::span<S> b) const {
        b[0] = S(0.0);
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> s) const {
        s(0, 0) = x[0] * x[0];
    }
};

}  // namespace dynkin::test
