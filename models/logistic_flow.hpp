#pragma once
#include "models/parameters.hpp"
#include "solvers/core/model.hpp"

namespace dynkin::models {

/// Logistic growth, without noise. x(t) = K x0 / (x0 + (K - x0) e^{-r t}).
struct LogisticFlow {
    static constexpr std::string_view name = "logistic_flow", title = "Logistic growth";
    static constexpr std::string_view equation = "dX = r X (1 - X / K) dt";
    static constexpr std::string_view source = "Verhulst (1838), Corresp. math. phys. 10, 113";
    static constexpr int dim = 1, noise_dim = 0;
    static constexpr NoiseKind noise_kind = NoiseKind::none;
    double r = 1.0, K = 1.0;

    template <class V>
    void parameters(const V& visit) {
        visit("r", r, Any{}, "growth rate");
        visit("K", K, Positive{}, "carrying capacity");
    }
    Domain natural_domain() const { return {AxisDomain{.lower = 0.0}}; }
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = r * x[0] * (1.0 - x[0] / K);
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S>) const {}
    void sample_transition(std::span<double> x, double, double dt, Draws&) const {
        x[0] = K * x[0] / (x[0] + (K - x[0]) * exp(-r * dt));
    }
};

}  // namespace dynkin::models
