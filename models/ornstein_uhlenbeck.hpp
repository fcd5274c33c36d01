#pragma once
#include "models/linear_gaussian.hpp"
#include "models/parameters.hpp"
#include "solvers/core/model.hpp"

namespace dynkin::models {

/// Ornstein-Uhlenbeck process in any dimension up to max_dynamic_dim. In one dimension X_t is
/// N(mean + (x0 - mean) e^{-theta t}, sigma^2 (1 - e^{-2 theta t}) / (2 theta)).
struct OrnsteinUhlenbeck {
    static constexpr std::string_view name = "ornstein_uhlenbeck", title = "Ornstein-Uhlenbeck process";
    static constexpr std::string_view equation = "dX = theta (mean - X) dt + sigma dW";
    static constexpr std::string_view source = "Uhlenbeck & Ornstein (1930), Phys. Rev. 36, 823";
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    int dim = 1, noise_dim = 1;
    Matrix theta = Matrix::scalar(1.0), noise = Matrix::scalar(1.0);  // (dim, dim), (dim, noise_dim) once settled
    std::vector<double> mean = {0.0};
    LinearTransitions transitions{};

    template <class V>
    void parameters(const V& visit) {
        visit("theta", theta, Any{}, "rate matrix (dim, dim); a number or a list stands for a diagonal one");
        visit("mean", mean, Any{}, "where the drift vanishes; one number serves all components");
        visit("sigma", noise, NonNegative{},
              "noise matrix (dim, noises); a number or a list stands for a diagonal one");
    }
    /// The largest of the three gives the dimension; single numbers are widened to it.
    void settle(const Refuse& fail);

    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        for (std::size_t i = 0; i < b.size(); ++i) {
            S sum(0.0);
            for (std::size_t j = 0; j < b.size(); ++j)
                sum += theta(static_cast<int>(i), static_cast<int>(j)) * (mean[j] - x[j]);
            b[i] = sum;
        }
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        for (int i = 0; i < dim; ++i)
            for (int k = 0; k < noise_dim; ++k) s(i, k) = S(noise(i, k));
    }
    void sample_transition(std::span<double> x, double, double dt, Draws& draws) const {
        transitions.over(dt).sample(x, draws);
    }
    double transition_density(std::span<const double> x, std::span<const double> x0, double, double dt) const {
        return transitions.over(dt).density(x, x0);
    }
};

}  // namespace dynkin::models
