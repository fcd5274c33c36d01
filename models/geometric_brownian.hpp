#pragma once
#include "models/parameters.hpp"
#include "solvers/core/model.hpp"

namespace dynkin::models {

/// Geometric Brownian motion. X_{t+h} = X_t exp((mu_I - sigma^2 / 2) h + sigma dW), with mu_I the rate of the Ito form.
struct GeometricBrownian {
    static constexpr std::string_view name = "geometric_brownian", title = "Geometric Brownian motion";
    static constexpr std::string_view equation = "dX = mu X dt + sigma X dW";
    static constexpr std::string_view source = "Kloeden & Platen (1992), section 4.4";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    double mu = 0.05, volatility = 0.2;
    Calculus calculus = Calculus::ito;

    template <class V>
    void parameters(const V& visit) {
        visit("mu", mu, Any{}, "growth rate");
        visit("sigma", volatility, Positive{}, "volatility");
        visit("calculus", calculus, Any{}, "how the noise is read");
    }
    Domain natural_domain() const { return {AxisDomain{.lower = 0.0}}; }
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = mu * x[0];
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> s) const {
        s(0, 0) = volatility * x[0];
    }
    /// Mean of log(X_{t+dt} / X_t).
    double log_growth(double dt) const {
        return (mu + (correction_weight(calculus) - 0.5) * volatility * volatility) * dt;
    }
    void sample_transition(std::span<double> x, double, double dt, Draws& draws) const {
        x[0] *= exp(log_growth(dt) + volatility * sqrt(dt) * draws.normal());
    }
    double transition_density(std::span<const double> x, std::span<const double> x0, double, double dt) const {
        if (!(x[0] / x0[0] > 0.0)) return 0.0;
        const double s = volatility * sqrt(dt), z = (log(x[0] / x0[0]) - log_growth(dt)) / s;
        return exp(-0.5 * z * z) / (2.50662827463100050 * s * abs(x[0]));
    }
};

}  // namespace dynkin::models
