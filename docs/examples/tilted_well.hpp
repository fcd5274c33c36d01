#pragma once
#include "models/parameters.hpp"
#include "solvers/core/model.hpp"

namespace dynkin::models {

/// Overdamped motion in V = x^4/4 - x^2/2 - F x. Stationary density p ~ exp(-V / D).
struct TiltedWell {
    static constexpr std::string_view name = "tilted_well", title = "Tilted double well";
    static constexpr std::string_view equation = "dX = (X - X^3 + F) dt + sqrt(2 D) dW";
    static constexpr std::string_view source = "Risken (1989), The Fokker-Planck Equation, section 5.10";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    double D = 0.2, F = 0.1;

    template <class V>
    void parameters(const V& visit) {
        visit("D", D, Positive{}, "diffusivity");
        visit("F", F, Any{}, "constant force");
    }
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = x[0] - x[0] * x[0] * x[0] + F;
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        s(0, 0) = S(sqrt(2.0 * D));
    }
};

}  // namespace dynkin::models
