#include "solvers/rates/uniformisation.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/rates/poisson_weights.hpp"

#include <cmath>
#include <cstdio>
#include <string>
#include <utility>

namespace dynkin {

namespace {

constexpr double most_products = 1e8;
constexpr Index products_between_checks = 32;

std::string number(double x) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", x);
    return text;
}

}  // namespace

Propagation uniformised_exponential(const RateMatrix& Q, KolmogorovEquation equation, const std::vector<double>& start,
                                    double tau, double tolerance) {
    check_propagation(Q, start, tau, tolerance);
    const Index n = Q.size();
    const double source = Q.largest_source_rate();
    const double q = 1.01 * (Q.largest_exit_rate() + source);
    if (q * tau == 0.0) return {start, 0.0, 0};
    if (q * tau > most_products)
        throw NumericsError("uniformisation: largest rate times time span is " + number(q * tau) +
                            " products; use krylov, or an implicit method");

    const PoissonWeights window = poisson_weights(q * tau, tolerance / 2.0);
    const double norm = equation_norm(equation, start.data(), n);
    std::vector<double> power = start, product(start.size()), sum(start.size(), 0.0);
    double relative_error = window.error, weight_left = 1.0;
    Index n_products = 0;
    for (Index k = 0;; ++k) {
        const double weight = k < window.first ? 0.0 : window.weights[static_cast<std::size_t>(k - window.first)];
        if (k < window.last()) {
            apply(Q, equation, power.data(), product.data());
            ++n_products;
            for (Index i = 0; i < n; ++i) product[i] = (product[i] - source * power[i]) / q;
            if (k % products_between_checks == 0) {
                // P does not lengthen vectors: all later powers lie within (products left) * change of this one.
                const double drift =
                    static_cast<double>(window.last() - k) * equation_norm(equation, product.data(), n);
                if (drift <= tolerance / 2.0 * norm) {
                    if (norm > 0.0) relative_error += drift / norm;
                    for (Index i = 0; i < n; ++i) sum[i] += weight_left * power[i];
                    break;
                }
            }
        }
        if (weight > 0.0)
            for (Index i = 0; i < n; ++i) sum[i] += weight * power[i];
        weight_left -= weight;
        if (k == window.last()) break;
        for (Index i = 0; i < n; ++i) power[i] += product[i];
    }

    const double growth = std::exp(source * tau);
    for (double& value : sum) value *= growth;
    if (!std::isfinite(equation_norm(equation, sum.data(), n)))
        throw NumericsError("uniformisation: sources of rate " + number(source) + " over a time of " + number(tau) +
                            " overflow; take shorter spans and rescale");
    return {std::move(sum), relative_error * norm * growth, n_products};
}

}  // namespace dynkin
