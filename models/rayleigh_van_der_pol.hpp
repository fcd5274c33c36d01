#pragma once
#include "models/parameters.hpp"
#include "solvers/core/model.hpp"

namespace dynkin::models {

/// Rayleigh-van der Pol oscillator: friction (x^2 + v^2 - eta) v drives it onto the circle of radius sqrt(eta). With
/// H = (x^2 + v^2) / 2 its stationary density is p ~ exp((eta H - H^2) / D), in spite of the current round the circle.
struct RayleighVanDerPol {
    static constexpr std::string_view name = "rayleigh_van_der_pol", title = "Rayleigh-van der Pol oscillator";
    static constexpr std::string_view equation = "dX = V dt, dV = ((eta - X^2 - V^2) V - X) dt + sqrt(2 D) dW";
    static constexpr std::string_view source = "Ebeling, Herzel, Richert & Schimansky-Geier (1986), ZAMM 66, 141";
    static constexpr int dim = 2, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    double eta = 1.0, D = 0.1;

    template <class V>
    void parameters(const V& visit) {
        visit("eta", eta, Any{}, "pumping; a limit cycle for eta > 0");
        visit("D", D, Positive{}, "diffusivity of the velocity");
    }
    std::vector<std::string> variables() const { return {"x", "v"}; }
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = x[1];
        b[1] = (eta - x[0] * x[0] - x[1] * x[1]) * x[1] - x[0];
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        s(1, 0) = S(sqrt(2.0 * D));
    }
};

}  // namespace dynkin::models
