#pragma once
#include "models/parameters.hpp"
#include "solvers/core/model.hpp"

namespace dynkin::models {

/// Two coupled coordinates at two temperatures: a stationary state with a current, the smallest heat engine.
struct BrownianGyrator {
    static constexpr std::string_view name = "brownian_gyrator", title = "Brownian gyrator";
    static constexpr std::string_view equation =
        "dX = (-X + u Y) dt + sqrt(2 T1) dW1, dY = (-Y + u X) dt + sqrt(2 T2) dW2";
    static constexpr std::string_view source = "Filliger & Reimann (2007), Phys. Rev. Lett. 99, 230602";
    static constexpr int dim = 2, noise_dim = 2;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    double u = 0.5, T1 = 1.0, T2 = 2.0;

    template <class V>
    void parameters(const V& visit) {
        visit("u", u, Any{}, "coupling; stable for |u| < 1");
        visit("T1", T1, Positive{}, "temperature of x");
        visit("T2", T2, Positive{}, "temperature of y");
    }
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = u * x[1] - x[0];
        b[1] = u * x[0] - x[1];
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        s(0, 0) = S(sqrt(2.0 * T1));
        s(1, 1) = S(sqrt(2.0 * T2));
    }
};

}  // namespace dynkin::models
