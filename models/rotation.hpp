#pragma once
#include "models/parameters.hpp"
#include "solvers/core/model.hpp"

namespace dynkin::models {

/// Solid-body rotation about a centre, without noise: everything is back in place after 2 pi / omega.
struct Rotation {
    static constexpr std::string_view name = "rotation", title = "Solid-body rotation";
    static constexpr std::string_view equation = "dX = -omega (Y - cy) dt, dY = omega (X - cx) dt";
    static constexpr std::string_view source = "LeVeque (1996), SIAM J. Numer. Anal. 33, 627";
    static constexpr int dim = 2, noise_dim = 0;
    static constexpr NoiseKind noise_kind = NoiseKind::none;
    double omega = 6.28318530717958648, cx = 0.5, cy = 0.5;

    template <class V>
    void parameters(const V& visit) {
        visit("omega", omega, Any{}, "angular velocity");
        visit("cx", cx, Any{}, "x of the centre");
        visit("cy", cy, Any{}, "y of the centre");
    }
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = -omega * (x[1] - cy);
        b[1] = omega * (x[0] - cx);
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S>) const {}
};

}  // namespace dynkin::models
