#pragma once
// The model of the particle benchmarks, written as a user writes her own.
#include "solvers/core/model.hpp"

#include <cmath>
#include <string_view>

namespace dynkin::benchmarks {

/// dX = (X - X^3) dt + sqrt(2 D) dW
struct DoubleWell {
    static constexpr std::string_view name = "double_well";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    double D = 0.2;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = x[0] - x[0] * x[0] * x[0];
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        s(0, 0) = S(std::sqrt(2.0 * D));
    }
};

/// Independent double wells.
template <int D>
struct Wells {
    static constexpr std::string_view name = "double_wells";
    static constexpr int dim = D, noise_dim = D;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        for (std::size_t j = 0; j < D; ++j) b[j] = x[j] - x[j] * x[j] * x[j];
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        for (int j = 0; j < D; ++j) s(j, j) = S(0.6);
    }
};

}  // namespace dynkin::benchmarks
