#pragma once
// dX = -X dt + s dW; without noise when `noisy` is false.
#include "solvers/core/model.hpp"

template <bool noisy>
struct Relaxation {
    static constexpr std::string_view name = "relaxation";
    static constexpr int dim = 1, noise_dim = noisy ? 1 : 0;
    static constexpr dynkin::NoiseKind noise_kind = noisy ? dynkin::NoiseKind::additive : dynkin::NoiseKind::none;

    double s = 0.3;

    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = -x[0];
    }
    template <class S>
    void sigma(std::span<const S>, S, dynkin::SigmaView<S> sigma) const {
        if constexpr (noisy) sigma(0, 0) = S(s);
    }
};
