#pragma once
#include "models/parameters.hpp"
#include "solvers/core/model.hpp"

namespace dynkin::models {

/// Planar Brownian motion and the area it sweeps: the smallest process whose noise does not commute.
/// E exp(i lambda A_t) = sech(lambda t / 2) from the origin.
struct LevyArea {
    static constexpr std::string_view name = "levy_area", title = "Levy's stochastic area";
    static constexpr std::string_view equation = "dX = dW1, dY = dW2, dA = (X dW2 - Y dW1) / 2";
    static constexpr std::string_view source = "Levy (1951), Proc. 2nd Berkeley Symp., 171";
    static constexpr int dim = 3, noise_dim = 2;
    static constexpr NoiseKind noise_kind = NoiseKind::general;

    std::vector<std::string> variables() const { return {"x", "y", "area"}; }
    template <class S>
    void drift(std::span<const S>, S, std::span<S> b) const {
        b[0] = b[1] = b[2] = S(0.0);
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> s) const {
        s(0, 0) = s(1, 1) = S(1.0);
        s(2, 0) = -0.5 * x[1];
        s(2, 1) = 0.5 * x[0];
    }
};

}  // namespace dynkin::models
