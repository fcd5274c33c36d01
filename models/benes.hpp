#pragma once
#include "models/parameters.hpp"
#include "solvers/core/model.hpp"

namespace dynkin::models {

/// Benes. The density is the Gaussian of Brownian motion times (cosh x / cosh x0) e^{-t/2}, hence a mixture: the
/// process drifts with speed +1 with probability 1 / (1 + e^{-2 x0}), with speed -1 otherwise.
struct Benes {
    static constexpr std::string_view name = "benes", title = "Benes process";
    static constexpr std::string_view equation = "dX = tanh(X) dt + dW";
    static constexpr std::string_view source = "Benes (1981), Stochastics 5, 65";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;

    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = tanh(x[0]);
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        s(0, 0) = S(1.0);
    }
    static double weight_up(double x0) { return 1.0 / (1.0 + exp(-2.0 * x0)); }

    void sample_transition(std::span<double> x, double, double dt, Draws& draws) const {
        const double speed = draws.uniform() < weight_up(x[0]) ? 1.0 : -1.0;
        x[0] += speed * dt + sqrt(dt) * draws.normal();
    }
    double transition_density(std::span<const double> x, std::span<const double> x0, double, double dt) const {
        const double s = sqrt(dt), y = x[0] - x0[0], up = (y - dt) / s, down = (y + dt) / s, w = weight_up(x0[0]);
        return (w * exp(-0.5 * up * up) + (1.0 - w) * exp(-0.5 * down * down)) / (2.50662827463100050 * s);
    }
};

}  // namespace dynkin::models
