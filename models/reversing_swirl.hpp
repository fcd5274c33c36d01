#pragma once
#include "models/parameters.hpp"
#include "solvers/core/model.hpp"

namespace dynkin::models {

/// A swirl on the unit square that slows down, stops at T/2 and turns back, without noise: everything is back in place
/// at T. Divergence-free; nothing crosses the sides.
struct ReversingSwirl {
    static constexpr std::string_view name = "reversing_swirl", title = "Reversing swirl";
    static constexpr std::string_view equation =
        "dX = sin^2(pi X) sin(2 pi Y) cos(pi t / T) dt, dY = -sin^2(pi Y) sin(2 pi X) cos(pi t / T) dt";
    static constexpr std::string_view source = "LeVeque (1996), SIAM J. Numer. Anal. 33, 627, section 9";
    static constexpr int dim = 2, noise_dim = 0;
    static constexpr NoiseKind noise_kind = NoiseKind::none;
    static constexpr bool autonomous = false;
    double T = 1.5;

    template <class V>
    void parameters(const V& visit) {
        visit("T", T, Positive{}, "time after which everything is back in place");
    }
    Domain natural_domain() const { return Domain(2, AxisDomain{.lower = 0.0, .upper = 1.0}); }
    template <class S>
    void drift(std::span<const S> x, S t, std::span<S> b) const {
        constexpr double pi = 3.14159265358979324;
        const S sx = sin(pi * x[0]), sy = sin(pi * x[1]), g = cos(pi * t / T);
        b[0] = sx * sx * sin(2.0 * pi * x[1]) * g;
        b[1] = -(sy * sy * sin(2.0 * pi * x[0]) * g);
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S>) const {}
};

}  // namespace dynkin::models
