#include "apps/verify/support/one_step.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin::verify {

GaussHermite::GaussHermite(int n) {
    if (n == 0) return;
    // Zeros of the orthonormal Hermite polynomial of degree n between sign changes, by bisection.
    const auto polynomial = [n](double x, double& previous) {
        double p0 = 1.0, p1 = x;
        for (int k = 1; k < n; ++k) {
            const double p2 = (x * p1 - std::sqrt(static_cast<double>(k)) * p0) / std::sqrt(k + 1.0);
            p0 = p1;
            p1 = p2;
        }
        previous = p0;
        return p1;
    };
    const double reach = 2.0 * std::sqrt(static_cast<double>(n)) + 1.0;
    const int n_intervals = 4001;  // odd: no end falls on the zero at 0
    double previous = 0.0;
    for (int i = 0; i < n_intervals; ++i) {
        double a = -reach + 2.0 * reach * i / n_intervals, b = -reach + 2.0 * reach * (i + 1) / n_intervals;
        const double at_a = polynomial(a, previous);
        if (at_a * polynomial(b, previous) > 0.0) continue;
        for (int it = 0; it < 80; ++it) {
            const double c = 0.5 * (a + b);
            (at_a * polynomial(c, previous) <= 0.0 ? b : a) = c;
        }
        node.push_back(0.5 * (a + b));
    }
    for (const double x : node) {
        polynomial(x, previous);
        weight.push_back(1.0 / (n * previous * previous));
    }
}

StepExpectation::StepExpectation(std::shared_ptr<const Process> process, Stepper stepper, int points,
                                 int points_of_integral)
    : process_(std::move(process)), stepper_(std::move(stepper)), rule_(points), integral_rule_(points_of_integral) {}

double StepExpectation::mean(const Observable& phi, const std::vector<double>& x0, double t, double h,
                             int n_steps) const {
    const int d = process_->dim(), m = process_->noise_dim();
    const bool integrals = !integral_rule_.node.empty();
    Index n = 1;
    for (int k = 0; k < n_steps * m; ++k)
        n *= static_cast<Index>(rule_.node.size() * (integrals ? integral_rule_.node.size() : 1));
    Block x(d, n), dW(2 * m, n), weight(1, n);
    for (int j = 0; j < d; ++j) std::fill_n(x.row(j), n, x0[static_cast<std::size_t>(j)]);
    std::fill_n(weight.row(0), n, 1.0);
    Scratch scratch;
    Index stride = 1;  // the number of a point has one digit per normal; this is the place value of the next
    const auto next_normals = [&](const GaussHermite& rule, double* out) {
        const auto points = static_cast<Index>(rule.node.size());
        for (Index q = 0; q < n; ++q) {
            const auto digit = static_cast<std::size_t>(q / stride % points);
            out[q] = rule.node[digit];
            weight.row(0)[q] *= rule.weight[digit];
        }
        stride *= points;
    };
    const double hs = h / n_steps;
    for (int step = 0; step < n_steps; ++step) {
        for (int k = 0; k < m; ++k) {
            double *first = dW.row(k), *second = dW.row(m + k);
            next_normals(rule_, first);
            if (integrals) next_normals(integral_rule_, second);
            // The joint law of dW and its time integral, KP (10.4.3).
            for (Index q = 0; q < n; ++q) {
                second[q] = 0.5 * std::pow(hs, 1.5) * (first[q] + second[q] / std::sqrt(3.0));
                first[q] *= std::sqrt(hs);
            }
        }
        stepper_(x.rows(), n, Step{t + step * hs, hs, step, 0, 0}, dW.rows(), scratch);
    }
    double sum = 0.0;
    std::vector<double> point(static_cast<std::size_t>(d));
    for (Index q = 0; q < n; ++q) {
        for (int j = 0; j < d; ++j) point[static_cast<std::size_t>(j)] = x.row(j)[q];
        sum += weight.row(0)[q] * phi(point.data());
    }
    return sum;
}

LinearStep linear_step(const Process& process, const Stepper& stepper, double h) {
    const int d = process.dim(), m = process.noise_dim();
    LinearStep out{d, m, std::vector<double>(static_cast<std::size_t>(d * d)),
                   std::vector<double>(static_cast<std::size_t>(d * m))};
    const Index n = d + m;  // points: unit vectors of x without noise, then unit noises from 0
    Block x(d, n), dW(2 * m, n);
    for (int j = 0; j < d; ++j) x.row(j)[j] = 1.0;
    for (int k = 0; k < m; ++k) {
        dW.row(k)[d + k] = std::sqrt(h);
        dW.row(m + k)[d + k] = 0.5 * h * std::sqrt(h);
    }
    Scratch scratch;
    stepper(x.rows(), n, Step{0.0, h, 0, 0, 0}, dW.rows(), scratch);
    for (int i = 0; i < d; ++i) {
        for (int j = 0; j < d; ++j) out.M[static_cast<std::size_t>(i * d + j)] = x.row(i)[j];
        for (int k = 0; k < m; ++k) out.G[static_cast<std::size_t>(i * m + k)] = x.row(i)[d + k];
    }
    return out;
}

std::vector<double> stationary_covariance(const LinearStep& step) {
    const auto d = static_cast<std::size_t>(step.dim), m = static_cast<std::size_t>(step.noise_dim);
    using Square = std::vector<double>;
    const auto product = [d](const Square& a, const Square& b, bool transposed) {
        Square c(d * d, 0.0);
        for (std::size_t i = 0; i < d; ++i)
            for (std::size_t j = 0; j < d; ++j)
                for (std::size_t k = 0; k < d; ++k)
                    c[i * d + j] += a[i * d + k] * (transposed ? b[j * d + k] : b[k * d + j]);
        return c;
    };
    Square covariance(d * d, 0.0), M = step.M;
    for (std::size_t i = 0; i < d; ++i)
        for (std::size_t j = 0; j < d; ++j)
            for (std::size_t k = 0; k < m; ++k) covariance[i * d + j] += step.G[i * m + k] * step.G[j * m + k];
    for (int doubling = 0; doubling < 40; ++doubling) {  // 2^40 steps
        const Square added = product(product(M, covariance, false), M, true);
        for (std::size_t e = 0; e < d * d; ++e) covariance[e] += added[e];
        M = product(M, M, false);
    }
    return covariance;
}

}  // namespace dynkin::verify
