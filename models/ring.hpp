#pragma once
#include "models/parameters.hpp"
#include "solvers/core/model.hpp"

namespace dynkin::models {

/// No drift and a diffusivity D(x) = 1 + eps sin(2 pi x) on a ring of length 1: the calculus alone decides where the
/// particles gather. Stationary density ~ 1/D (Ito), 1/sqrt(D) (Stratonovich), uniform (Haenggi-Klimontovich).
struct Ring {
    static constexpr std::string_view name = "ring", title = "Ring with a diffusivity that varies";
    static constexpr std::string_view equation = "dX = sqrt(2 (1 + eps sin(2 pi X))) dW";
    static constexpr std::string_view source = "van Kampen (1981), J. Stat. Phys. 24, 175";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    double eps = 0.5;
    Calculus calculus = Calculus::ito;

    template <class V>
    void parameters(const V& visit) {
        visit("eps", eps, Inside(-1.0, 1.0), "modulation of the diffusivity");
        visit("calculus", calculus, Any{}, "how the noise is read");
    }
    Domain natural_domain() const { return {AxisDomain{0.0, 1.0, Boundary::periodic, Boundary::periodic}}; }
    template <class S>
    void drift(std::span<const S>, S, std::span<S> b) const {
        b[0] = S(0.0);
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> s) const {
        s(0, 0) = sqrt(2.0 * (1.0 + eps * sin(6.28318530717958648 * x[0])));
    }
};

}  // namespace dynkin::models
