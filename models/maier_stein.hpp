#pragma once
#include "models/parameters.hpp"
#include "solvers/core/model.hpp"

namespace dynkin::models {

/// The field of Maier and Stein with equal noise on both components. It is a gradient only for alpha = mu.
struct MaierStein {
    static constexpr std::string_view name = "maier_stein", title = "Maier-Stein system";
    static constexpr std::string_view equation =
        "dX = (X - X^3 - alpha X Y^2) dt + sqrt(2 D) dW1, dY = -mu (1 + X^2) Y dt + sqrt(2 D) dW2";
    static constexpr std::string_view source = "Maier & Stein (1993), Phys. Rev. E 48, 931";
    static constexpr int dim = 2, noise_dim = 2;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    double alpha = 4.0, mu = 1.0, D = 0.1;

    template <class V>
    void parameters(const V& visit) {
        visit("alpha", alpha, Any{}, "how strongly Y pushes X towards 0");
        visit("mu", mu, Positive{}, "rate of return of Y");
        visit("D", D, Positive{}, "diffusivity");
    }
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = x[0] - x[0] * x[0] * x[0] - alpha * x[0] * x[1] * x[1];
        b[1] = -mu * (1.0 + x[0] * x[0]) * x[1];
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        s(0, 0) = s(1, 1) = S(sqrt(2.0 * D));
    }
};

/// alpha = mu = 1: the gradient of U = x^4/4 - x^2/2 + y^2 (1 + x^2)/2, with stationary density p ~ exp(-U / D).
struct GradientMaierStein {
    static constexpr std::string_view name = "gradient_maier_stein", title = "Maier-Stein system, gradient case";
    static constexpr std::string_view equation =
        "dX = (X - X^3 - X Y^2) dt + sqrt(2 D) dW1, dY = -(1 + X^2) Y dt + sqrt(2 D) dW2";
    static constexpr std::string_view source = MaierStein::source;
    static constexpr int dim = 2, noise_dim = 2;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    double D = 0.1;

    template <class V>
    void parameters(const V& visit) {
        visit("D", D, Positive{}, "diffusivity");
    }
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = x[0] * (1.0 - x[0] * x[0] - x[1] * x[1]);
        b[1] = -(1.0 + x[0] * x[0]) * x[1];
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        s(0, 0) = s(1, 1) = S(sqrt(2.0 * D));
    }
};

}  // namespace dynkin::models
