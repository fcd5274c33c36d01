#pragma once
#include "models/parameters.hpp"
#include "solvers/core/model.hpp"

namespace dynkin::models {

/// Brownian motion with constant drift, independent components.
struct DriftedBrownian {
    static constexpr std::string_view name = "drifted_brownian", title = "Brownian motion with drift";
    static constexpr std::string_view equation = "dX_i = mu_i dt + sigma_i dW_i";
    static constexpr std::string_view source = "Karatzas & Shreve (1991), section 3.5";
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    int dim = 1, noise_dim = 1;
    std::vector<double> mu = {0.0}, noise = {1.0};  // (dim) once settled

    template <class V>
    void parameters(const V& visit) {
        visit("mu", mu, Any{}, "drift of each component; one number serves all");
        visit("sigma", noise, Positive{}, "noise of each component; one number serves all");
    }
    void settle(const Refuse& fail) {
        const std::size_t d = mu.size() > noise.size() ? mu.size() : noise.size();
        if (d > max_dynamic_dim) fail("mu", "at most " + std::to_string(max_dynamic_dim) + " components");
        if (mu.size() == 1) mu.assign(d, mu[0]);
        if (noise.size() == 1) noise.assign(d, noise[0]);
        if (mu.size() != noise.size())
            fail("sigma", "has " + std::to_string(noise.size()) + " entries, mu has " + std::to_string(mu.size()));
        dim = noise_dim = static_cast<int>(d);
    }
    template <class S>
    void drift(std::span<const S>, S, std::span<S> b) const {
        for (std::size_t i = 0; i < b.size(); ++i) b[i] = S(mu[i]);
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        for (int i = 0; i < dim; ++i) s(i, i) = S(noise[static_cast<std::size_t>(i)]);
    }
    void sample_transition(std::span<double> x, double, double dt, Draws& draws) const {
        for (std::size_t i = 0; i < x.size(); ++i) x[i] += mu[i] * dt + noise[i] * sqrt(dt) * draws.normal();
    }
    double transition_density(std::span<const double> x, std::span<const double> x0, double, double dt) const {
        double p = 1.0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double s = noise[i] * sqrt(dt), z = (x[i] - x0[i] - mu[i] * dt) / s;
            p *= exp(-0.5 * z * z) / (2.50662827463100050 * s);
        }
        return p;
    }
};

}  // namespace dynkin::models
