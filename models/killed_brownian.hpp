#pragma once
#include "models/parameters.hpp"
#include "solvers/core/model.hpp"

namespace dynkin::models {

/// Brownian motion killed at the rate k^2 x^2 / 2: the Feynman-Kac view of the harmonic oscillator in imaginary time.
/// From 0 the mass is E exp(-k^2/2 int_0^t W^2) = 1 / sqrt(cosh(k t)).
struct KilledBrownian {
    static constexpr std::string_view name = "killed_brownian",
                                      title = "Brownian motion killed by a quadratic potential";
    static constexpr std::string_view equation = "dX = dW, killed at rate k^2 X^2 / 2";
    static constexpr std::string_view source = "Cameron & Martin (1945), Bull. Amer. Math. Soc. 51, 73";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    double k = 1.0;

    template <class V>
    void parameters(const V& visit) {
        visit("k", k, NonNegative{}, "strength of the killing");
    }
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
        return 0.5 * k * k * x[0] * x[0];
    }
};

}  // namespace dynkin::models
