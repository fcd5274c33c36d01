#pragma once
#include "models/cir.hpp"
#include "models/parameters.hpp"
#include "solvers/core/model.hpp"

namespace dynkin::models {

/// The short rate of Cir discounting its own bond: mass is killed at the rate X, so that the total mass at T, started
/// from x, is the price E exp(-int_0^T X ds) of a zero-coupon bond.
struct CirBond {
    static constexpr std::string_view name = "cir_bond", title = "Discounted Cox-Ingersoll-Ross short rate";
    static constexpr std::string_view equation = "dX = kappa (theta - X) dt + sigma sqrt(X) dW, killed at rate X";
    static constexpr std::string_view source = Cir::source;
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    Cir rate{.kappa = 0.1, .theta = 0.1, .volatility = 0.5};

    template <class V>
    void parameters(const V& visit) {
        rate.parameters(visit);
    }
    Domain natural_domain() const { return rate.natural_domain(); }
    template <class S>
    void drift(std::span<const S> x, S t, std::span<S> b) const {
        rate.drift(x, t, b);
    }
    template <class S>
    void sigma(std::span<const S> x, S t, SigmaView<S> s) const {
        rate.sigma(x, t, s);
    }
    template <class S>
    S killing(std::span<const S> x, S) const {
        return max(x[0], S(0.0));
    }
    /// Of the rate; the discount is a matter of the path between.
    void sample_transition(std::span<double> x, double t, double dt, Draws& draws) const {
        rate.sample_transition(x, t, dt, draws);
    }
};

}  // namespace dynkin::models
