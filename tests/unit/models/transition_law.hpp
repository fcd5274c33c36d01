#pragma once
// Transition laws in one dimension, integrated numerically.
#include "models/models.hpp"
#include "models/parameter_values.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace dynkin::testing_laws {

/// A process started at x0. Integrals run over u in [lower, upper] with x = u^power: a power above 1 resolves a density
/// that is singular at 0.
struct TransitionLaw {
    std::string label;
    std::shared_ptr<const Process> process;
    double x0 = 0.0, dt = 1.0;
    double lower = 0.0, upper = 1.0, power = 1.0;

    double density(double x, double from, double time) const {
        double p = 0.0;
        process->transition_density(Points{&x, 1, 1, 1}, &from, 0.0, time, &p);
        return p;
    }
    double density(double x) const { return density(x, x0, dt); }

    /// int f(x) dx over u in [a, b] by Gauss-Legendre with 5 points on each of n panels.
    double integral(const std::function<double(double)>& f, double a, double b, int n) const {
        constexpr double z[5] = {-0.906179845938663993, -0.538469310105683091, 0.0, 0.538469310105683091,
                                 0.906179845938663993};
        constexpr double w[5] = {0.236926885056189088, 0.478628670499366468, 0.568888888888888889, 0.478628670499366468,
                                 0.236926885056189088};
        const double h = (b - a) / n;
        double sum = 0.0;
        for (int panel = 0; panel < n; ++panel)
            for (int k = 0; k < 5; ++k) {
                const double u = a + h * (panel + 0.5 + 0.5 * z[k]);
                const double x = power == 1.0 ? u : std::pow(u, power);
                const double stretch = power == 1.0 ? 1.0 : power * x / u;
                sum += 0.5 * h * w[k] * f(x) * stretch;
            }
        return sum;
    }
    double integral(const std::function<double(double)>& f) const { return integral(f, lower, upper, 600); }
    double to_u(double x) const { return power == 1.0 ? x : std::pow(x, 1.0 / power); }

    /// n samples, by particle number.
    std::vector<double> samples(Index n, std::uint64_t seed) const {
        Block x(1, n);
        for (Index q = 0; q < n; ++q) x.row(0)[q] = x0;
        process->sample_transition(x.rows(), n, 0.0, dt, 0, DrawSource{seed, Stream::exact, 0});
        return {x.row(0), x.row(0) + n};
    }
};

/// Every model with a closed transition density, also where its sampler changes its method: CIR with the origin out of
/// and within reach and with large non-centrality, Bessel processes that do and do not reach the origin.
inline std::vector<TransitionLaw> laws() {
    const auto model = [](const char* name, const ParameterValues& values) { return make_model(name, values); };
    const auto cir = [&](double kappa, double theta, double sigma) {
        return model("cir", ParameterValues().set("kappa", kappa).set("theta", theta).set("sigma", sigma));
    };
    return {
        {"ornstein_uhlenbeck",
         model("ornstein_uhlenbeck", ParameterValues().set("theta", 1.3).set("mean", 0.4).set("sigma", 0.7)), -0.8, 0.6,
         -6.0, 6.0},
        {"drifted_brownian", model("drifted_brownian", ParameterValues().set("mu", 0.7).set("sigma", 1.2)), 0.3, 0.5,
         -9.0, 10.0},
        {"geometric_brownian", model("geometric_brownian", ParameterValues().set("mu", 0.3).set("sigma", 0.4)), 0.9,
         0.7, 0.0, 3.0, 2.0},
        {"geometric_brownian_stratonovich",
         model("geometric_brownian",
               ParameterValues().set("mu", 0.3).set("sigma", 0.4).set_word("calculus", "stratonovich")),
         0.9, 0.7, 0.0, 3.0, 2.0},
        {"cir_away_from_zero", cir(1.5, 0.6, 0.5), 0.8, 0.3, 0.0, 3.0},
        {"cir_reaching_zero", cir(0.5, 0.04, 1.0), 0.04, 1.0, 0.0, 1.2, 25.0},
        {"cir_large_noncentrality", cir(1.5, 0.6, 0.5), 0.8, 0.002, 0.4, 1.2},
        {"benes", model("benes", {}), 0.5, 1.0, -10.0, 11.0},
        {"bessel_3", model("bessel", ParameterValues().set("delta", 3.0)), 1.0, 1.0, 0.0, 10.0},
        {"bessel_reaching_zero", model("bessel", ParameterValues().set("delta", 1.5)), 0.6, 0.8, 0.0, 2.8, 2.0},
    };
}

inline std::string label_of(const ::testing::TestParamInfo<TransitionLaw>& info) {
    return info.param.label;
}
inline void PrintTo(const TransitionLaw& law, std::ostream* out) {
    *out << law.label;
}

}  // namespace dynkin::testing_laws
