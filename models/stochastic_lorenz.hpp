#pragma once
#include "models/parameters.hpp"
#include "solvers/core/model.hpp"

namespace dynkin::models {

/// Lorenz (1963) with equal noise on its three components.
struct StochasticLorenz {
    static constexpr std::string_view name = "stochastic_lorenz", title = "Stochastic Lorenz system";
    static constexpr std::string_view equation =
        "dX = s (Y - X) dt + sqrt(2 D) dW1, dY = (r X - Y - X Z) dt + sqrt(2 D) dW2, dZ = (X Y - b Z) dt + sqrt(2 D) "
        "dW3";
    static constexpr std::string_view source = "Lorenz (1963), J. Atmos. Sci. 20, 130; additive noise";
    static constexpr int dim = 3, noise_dim = 3;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    double s = 10.0, r = 28.0, b = 8.0 / 3.0, D = 1.0;

    template <class V>
    void parameters(const V& visit) {
        visit("s", s, Positive{}, "Prandtl number");
        visit("r", r, Positive{}, "Rayleigh number over its critical value");
        visit("b", b, Positive{}, "shape of the convection cell");
        visit("D", D, Positive{}, "diffusivity");
    }
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> out) const {
        out[0] = s * (x[1] - x[0]);
        out[1] = r * x[0] - x[1] - x[0] * x[2];
        out[2] = x[0] * x[1] - b * x[2];
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> out) const {
        out(0, 0) = out(1, 1) = out(2, 2) = S(sqrt(2.0 * D));
    }
};

/// The same drift; one Brownian motion multiplies all three components, so that the noise commutes.
struct MultiplicativeLorenz {
    static constexpr std::string_view name = "multiplicative_lorenz", title = "Lorenz system with multiplicative noise";
    static constexpr std::string_view equation =
        "dX = s (Y - X) dt + sigma X dW, dY = (r X - Y - X Z) dt + sigma Y dW, dZ = (X Y - b Z) dt + sigma Z dW";
    static constexpr std::string_view source = "Chekroun, Simonnet & Ghil (2011), Physica D 240, 1685";
    static constexpr int dim = 3, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::commutative;
    StochasticLorenz flow{};
    double noise = 0.3;

    template <class V>
    void parameters(const V& visit) {
        visit("s", flow.s, Positive{}, "Prandtl number");
        visit("r", flow.r, Positive{}, "Rayleigh number over its critical value");
        visit("b", flow.b, Positive{}, "shape of the convection cell");
        visit("sigma", noise, Positive{}, "strength of the noise");
    }
    template <class S>
    void drift(std::span<const S> x, S t, std::span<S> b) const {
        flow.drift(x, t, b);
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> s) const {
        for (int i = 0; i < 3; ++i) s(i, 0) = noise * x[static_cast<std::size_t>(i)];
    }
};

}  // namespace dynkin::models
