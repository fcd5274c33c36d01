#include "solvers/rates/krylov.hpp"

#include "solvers/core/errors.hpp"

#include <Eigen/Dense>
#include <unsupported/Eigen/MatrixFunctions>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace dynkin {

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double round_off = std::numeric_limits<double>::epsilon();

/// A V_m = V_{m+1} H with orthonormal columns of V.
struct Arnoldi {
    MatrixXd V;                                  // (n, m + 1)
    MatrixXd H;                                  // (m + 2, m + 2): Hessenberg, bordered for the phi-functions
    VectorXd product;                            // (n)
    int dimension = 0;                           // reached
    bool closed = false;                         // the subspace is invariant: the small exponential is exact
    double norm_next = 0.0, norm_product = 0.0;  // of v_{m+1} and A v_{m+1}, in the norm of the equation
    Index n_products = 0;

    Arnoldi(Index n, int m) : V(n, m + 1), H(m + 2, m + 2), product(n) {}
    void run(const RateMatrix& Q, KolmogorovEquation equation, const VectorXd& unit);
};

void Arnoldi::run(const RateMatrix& Q, KolmogorovEquation equation, const VectorXd& unit) {
    const int m = static_cast<int>(V.cols()) - 1;
    H.setZero();
    V.col(0) = unit;
    closed = false;
    n_products = 0;
    const double noise = round_off * (Q.largest_exit_rate() + Q.largest_source_rate());
    for (dimension = 1; dimension <= m; ++dimension) {
        const int j = dimension - 1;
        apply(Q, equation, V.col(j).data(), product.data());
        ++n_products;
        const double before = product.norm();
        // Classical Gram-Schmidt twice: once loses orthogonality when little of the product is left.
        for (int pass = 0; pass < 2; ++pass) {
            const VectorXd h = V.leftCols(dimension).transpose() * product;
            product.noalias() -= V.leftCols(dimension) * h;
            H.col(j).head(dimension) += h;
            if (product.norm() > 0.7 * before) break;
        }
        const double rest = product.norm();
        if (rest <= std::max(2.0 * noise, 10.0 * round_off * before)) {
            closed = true;
            return;
        }
        H(dimension, j) = rest;
        V.col(dimension) = product / rest;
    }
    dimension = m;
    H(m + 1, m) = 1.0;
    apply(Q, equation, V.col(m).data(), product.data());
    ++n_products;
    norm_next = equation_norm(equation, V.col(m).data(), V.rows());
    norm_product = equation_norm(equation, product.data(), V.rows());
}

struct LocalError {
    double error, exponent;  // the error of a step h goes as h^(1 / exponent)
};

// Sidje (1998), algorithm 3.2: the first two terms of the error's expansion in phi-functions.
LocalError local_error(const Arnoldi& a, double beta, const MatrixXd& F) {
    const int m = a.dimension;
    const double first = std::abs(beta * F(m, 0)) * a.norm_next;
    const double second = std::abs(beta * F(m + 1, 0)) * a.norm_product;
    if (first > 10.0 * second) return {second, 1.0 / m};
    if (first > second) return {first * second / (first - second), 1.0 / m};
    return {first, 1.0 / (m - 1)};
}

struct Substep {
    double length, error, next_length;
    VectorXd coordinates;  // of the result in V
};

/// The longest substep up to `length` whose error stays within `error_rate` a unit of time.
Substep choose_substep(const Arnoldi& a, double beta, double length, double time_left, double error_rate) {
    constexpr double safety = 0.9, slack = 1.2;
    if (a.closed) {
        const MatrixXd small = time_left * a.H.topLeftCorner(a.dimension, a.dimension);
        return {time_left, 0.0, time_left, beta * small.exp().col(0)};
    }
    length = std::min(length, time_left);
    for (int n_rejected = 0; n_rejected < 60; ++n_rejected) {
        const MatrixXd scaled = length * a.H;
        const MatrixXd F = scaled.exp();
        const LocalError e = local_error(a, beta, F);
        const double allowed = error_rate * length;
        const double factor = e.error > 0.0 ? safety * std::pow(allowed / e.error, e.exponent) : 5.0;
        if (std::isfinite(e.error) && e.error <= slack * allowed)
            return {length, e.error, length * std::clamp(factor, 0.2, 5.0), beta * F.col(0).head(a.dimension + 1)};
        length *= std::isfinite(e.error) ? std::clamp(factor, 0.05, 0.8) : 0.1;
    }
    throw NumericsError(
        "krylov: no substep reaches the tolerance; it lies below round-off, or the rates are not finite");
}

}  // namespace

Propagation krylov_exponential(const RateMatrix& Q, KolmogorovEquation equation, const std::vector<double>& start,
                               double tau, double tolerance, const KrylovOptions& options) {
    check_propagation(Q, start, tau, tolerance);
    if (options.dimension < 3)
        throw ConfigError("krylov: dimension " + std::to_string(options.dimension) + "; expected at least 3");
    const Index n = Q.size();
    const double rate = Q.largest_exit_rate() + Q.largest_source_rate();
    const double norm = equation_norm(equation, start.data(), n);
    if (rate * tau == 0.0 || norm == 0.0) return {start, 0.0, 0};

    const int m = static_cast<int>(std::min<Index>(options.dimension, std::max<Index>(n, 3)));
    Arnoldi arnoldi(n, m);
    VectorXd w = Eigen::Map<const VectorXd>(start.data(), n);
    const double error_rate = tolerance * norm / tau;
    double t = 0.0, length = std::min(tau, m / rate);
    Propagation result;
    while (t < tau) {
        const double beta = w.norm();
        if (beta == 0.0) break;
        arnoldi.run(Q, equation, w / beta);
        const Substep step = choose_substep(arnoldi, beta, length, tau - t, error_rate);
        w.noalias() = arnoldi.V.leftCols(step.coordinates.size()) * step.coordinates;
        // The last substep ends at tau exactly.
        t = step.length >= tau - t ? tau : t + step.length;
        length = step.next_length;
        result.error += step.error * std::exp(Q.largest_source_rate() * (tau - t));
        result.n_products += arnoldi.n_products;
        if (result.n_products > options.most_products)
            throw NumericsError("krylov: " + std::to_string(result.n_products) + " products and only " +
                                std::to_string(t / tau) +
                                " of the time span; take shorter spans or a looser tolerance");
    }
    result.values.assign(w.data(), w.data() + n);
    if (!std::isfinite(equation_norm(equation, w.data(), n)))
        throw NumericsError("krylov: the result overflows through sources; take shorter spans and rescale");
    return result;
}

}  // namespace dynkin
