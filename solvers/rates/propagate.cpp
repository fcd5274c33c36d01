#include "solvers/rates/propagate.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/rates/krylov.hpp"
#include "solvers/rates/runge_kutta.hpp"
#include "solvers/rates/uniformisation.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {

double equation_norm(KolmogorovEquation equation, const double* v, Index n) {
    double norm = 0.0;
    if (equation == KolmogorovEquation::forward)
        for (Index i = 0; i < n; ++i) norm += std::abs(v[i]);
    else
        for (Index i = 0; i < n; ++i) norm = std::max(norm, std::abs(v[i]));
    return norm;
}

void apply(const RateMatrix& Q, KolmogorovEquation equation, const double* v, double* out) {
    if (equation == KolmogorovEquation::forward)
        Q.apply_adjoint(v, out);
    else
        Q.apply(v, out);
}

void check_propagation(const RateMatrix& Q, const std::vector<double>& start, double tau, double tolerance) {
    if (std::ssize(start) != Q.size())
        throw ConfigError("propagation: " + std::to_string(start.size()) + " values for a rate matrix of " +
                          std::to_string(Q.size()) + " states");
    for (std::size_t i = 0; i < start.size(); ++i)
        if (!std::isfinite(start[i])) throw ConfigError("propagation: value " + std::to_string(i) + " is not finite");
    if (!std::isfinite(tau) || tau < 0.0)
        throw ConfigError("propagation: time span " + std::to_string(tau) + "; expected a finite number >= 0");
    if (!(tolerance > 0.0 && tolerance < 1.0))
        throw ConfigError("propagation: tolerance " + std::to_string(tolerance) + "; expected a number in (0, 1)");
}

PropagationMethod propagation_method(const std::string& name) {
    if (name == "uniformisation") return PropagationMethod::uniformisation;
    if (name == "krylov") return PropagationMethod::krylov;
    if (name == "runge_kutta") return PropagationMethod::runge_kutta;
    throw ConfigError(unknown_name("propagation method", name, {"uniformisation", "krylov", "runge_kutta"}));
}

namespace {

std::vector<double> propagate(const RateMatrix& Q, KolmogorovEquation equation, const std::vector<double>& start,
                              double tau, PropagationMethod method, double tolerance) {
    switch (method) {
        case PropagationMethod::krylov: return krylov_exponential(Q, equation, start, tau, tolerance).values;
        case PropagationMethod::runge_kutta: return runge_kutta_exponential(Q, equation, start, tau, tolerance).values;
        default: return uniformised_exponential(Q, equation, start, tau, tolerance).values;
    }
}

}  // namespace

std::vector<double> propagate_law(const RateMatrix& Q, const std::vector<double>& p, double tau,
                                  PropagationMethod method, double tolerance) {
    return propagate(Q, KolmogorovEquation::forward, p, tau, method, tolerance);
}

std::vector<double> propagate_function(const RateMatrix& Q, const std::vector<double>& u, double tau,
                                       PropagationMethod method, double tolerance) {
    return propagate(Q, KolmogorovEquation::backward, u, tau, method, tolerance);
}

}  // namespace dynkin
