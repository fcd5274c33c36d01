#pragma once
#include "models/parameters.hpp"
#include "models/variates.hpp"
#include "solvers/core/model.hpp"

namespace dynkin::models {

/// Bessel process, the distance of delta-dimensional Brownian motion from the origin: R^2 / h is chi'^2 with delta
/// degrees of freedom and non-centrality R_0^2 / h. The origin is reached, and left at once, when delta < 2; schemes
/// may overshoot it for any delta, so the wall there reflects.
struct Bessel {
    static constexpr std::string_view name = "bessel", title = "Bessel process";
    static constexpr std::string_view equation = "dX = (delta - 1) / (2 X) dt + dW";
    static constexpr std::string_view source = "Revuz & Yor (1999), chapter XI";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    double delta = 3.0;

    template <class V>
    void parameters(const V& visit) {
        visit("delta", delta, AtLeast(1.0), "dimension, not necessarily an integer");
    }
    Domain natural_domain() const { return {AxisDomain{.lower = 0.0, .at_lower = Boundary::reflecting}}; }
    // |x|: stages of a scheme below zero are pushed back, not away.
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = 0.5 * (delta - 1.0) / abs(x[0]);
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        s(0, 0) = S(1.0);
    }
    void sample_transition(std::span<double> x, double, double dt, Draws& draws) const {
        x[0] = sqrt(dt * sample_noncentral_chi_squared(delta, x[0] * x[0] / dt, draws));
    }
    double transition_density(std::span<const double> x, std::span<const double> x0, double, double dt) const {
        if (!(x[0] > 0.0)) return 0.0;
        return 2.0 * x[0] / dt * noncentral_chi_squared_density(x[0] * x[0] / dt, delta, x0[0] * x0[0] / dt);
    }
};

}  // namespace dynkin::models
