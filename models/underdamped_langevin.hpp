#pragma once
#include "models/parameters.hpp"
#include "solvers/core/model.hpp"

namespace dynkin::models {

/// Motion with inertia and friction in the potential U(x) = c0 + c1 x + c2 x^2 + ..., unit mass. Where U confines, the
/// stationary density is p ~ exp(-(v^2/2 + U(x)) / T).
struct UnderdampedLangevin {
    static constexpr std::string_view name = "underdamped_langevin", title = "Underdamped Langevin dynamics";
    static constexpr std::string_view equation = "dX = V dt, dV = (-U'(X) - gamma V) dt + sqrt(2 gamma T) dW";
    static constexpr std::string_view source = "Kramers (1940), Physica 7, 284";
    static constexpr int dim = 2, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    double gamma = 1.0, T = 0.5;
    std::vector<double> potential = {0.0, 0.0, -0.5, 0.0, 0.25};

    template <class V>
    void parameters(const V& visit) {
        visit("gamma", gamma, Positive{}, "friction");
        visit("T", T, Positive{}, "temperature, in units of energy");
        visit("potential", potential, Any{}, "coefficients of U(x), from the constant upwards");
    }
    std::vector<std::string> variables() const { return {"x", "v"}; }
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        S slope(0.0);
        if (potential.size() == 5) {  // a quartic, the usual case: unrolled, the loop over particles vectorises
            const double* c = potential.data();
            slope = ((4.0 * c[4] * x[0] + 3.0 * c[3]) * x[0] + 2.0 * c[2]) * x[0] + c[1];
        } else {
            for (std::size_t k = potential.size(); k-- > 1;)
                slope = slope * x[0] + static_cast<double>(k) * potential[k];
        }
        b[0] = x[1];
        b[1] = -slope - gamma * x[1];
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        s(1, 0) = S(sqrt(2.0 * gamma * T));
    }
};

}  // namespace dynkin::models
