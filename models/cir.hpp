#pragma once
#include "models/parameters.hpp"
#include "models/variates.hpp"
#include "solvers/core/model.hpp"

namespace dynkin::models {

/// Cox, Ingersoll and Ross. X_{t+h} = c chi'^2 with 4 kappa theta / sigma^2 degrees of freedom and non-centrality
/// X_t e^{-kappa h} / c, c = sigma^2 (1 - e^{-kappa h}) / (4 kappa). Zero is reached when 2 kappa theta < sigma^2.
struct Cir {
    static constexpr std::string_view name = "cir", title = "Cox-Ingersoll-Ross process";
    static constexpr std::string_view equation = "dX = kappa (theta - X) dt + sigma sqrt(X) dW";
    static constexpr std::string_view source = "Cox, Ingersoll & Ross (1985), Econometrica 53, 385";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    double kappa = 0.5, theta = 0.04, volatility = 0.2;

    template <class V>
    void parameters(const V& visit) {
        visit("kappa", kappa, Positive{}, "rate of return to the mean");
        visit("theta", theta, Positive{}, "mean");
        visit("sigma", volatility, Positive{}, "volatility");
    }
    Domain natural_domain() const { return {AxisDomain{.lower = 0.0}}; }
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = kappa * (theta - x[0]);
    }
    // Schemes may step below zero; there the noise is off until the drift has brought them back.
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> s) const {
        s(0, 0) = volatility * sqrt(max(x[0], S(0.0)));
    }
    double degrees() const { return 4.0 * kappa * theta / (volatility * volatility); }
    double scale(double dt) const { return volatility * volatility * -std::expm1(-kappa * dt) / (4.0 * kappa); }
    double noncentrality(double x0, double dt) const { return max(x0, 0.0) * exp(-kappa * dt) / scale(dt); }

    void sample_transition(std::span<double> x, double, double dt, Draws& draws) const {
        x[0] = scale(dt) * sample_noncentral_chi_squared(degrees(), noncentrality(x[0], dt), draws);
    }
    double transition_density(std::span<const double> x, std::span<const double> x0, double, double dt) const {
        const double c = scale(dt);
        return noncentral_chi_squared_density(x[0] / c, degrees(), noncentrality(x0[0], dt)) / c;
    }
};

}  // namespace dynkin::models
