#pragma once
#include "models/parameters.hpp"
#include "solvers/core/model.hpp"

namespace dynkin::models {

/// Prey x and predators y, without noise. H = delta x - gamma log x + beta y - alpha log y is conserved.
struct LotkaVolterra {
    static constexpr std::string_view name = "lotka_volterra", title = "Lotka-Volterra predators and prey";
    static constexpr std::string_view equation = "dX = (alpha X - beta X Y) dt, dY = (delta X Y - gamma Y) dt";
    static constexpr std::string_view source =
        "Lotka (1925), Elements of Physical Biology; Volterra (1926), Nature 118, 558";
    static constexpr int dim = 2, noise_dim = 0;
    static constexpr NoiseKind noise_kind = NoiseKind::none;
    double alpha = 1.0, beta = 1.0, gamma = 1.0, delta = 1.0;

    template <class V>
    void parameters(const V& visit) {
        visit("alpha", alpha, Positive{}, "growth rate of the prey");
        visit("beta", beta, Positive{}, "rate at which a predator takes prey");
        visit("gamma", gamma, Positive{}, "death rate of the predators");
        visit("delta", delta, Positive{}, "growth of the predators per prey");
    }
    Domain natural_domain() const { return Domain(2, AxisDomain{.lower = 0.0}); }
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = x[0] * (alpha - beta * x[1]);
        b[1] = x[1] * (delta * x[0] - gamma);
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S>) const {}
};

}  // namespace dynkin::models
