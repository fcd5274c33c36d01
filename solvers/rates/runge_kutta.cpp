#include "solvers/rates/runge_kutta.hpp"

#include "solvers/core/errors.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace dynkin {
namespace {

constexpr double most_products = 1e8, stability = 3.3;  // |h lambda| on the negative real axis
constexpr double round_off = 4e-16;
constexpr int stages = 7;
// Hairer, Norsett & Wanner (1993), table II.5.2; row i makes the argument of stage i + 1, the last row the solution.
constexpr double a[stages - 1][stages - 1] = {{1.0 / 5},
                                              {3.0 / 40, 9.0 / 40},
                                              {44.0 / 45, -56.0 / 15, 32.0 / 9},
                                              {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
                                              {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
                                              {35.0 / 384, 0.0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84}};
// Weights of order 5 less those of order 4.
constexpr double e[stages] = {71.0 / 57600, 0.0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40};

class Solver {
public:
    Solver(const RateMatrix& Q, KolmogorovEquation equation, const std::vector<double>& start)
        : Q_(Q), equation_(equation), y_(start), next_(start.size()), error_(start.size()) {
        for (auto& k : k_) k.resize(start.size());
        apply(Q_, equation_, y_.data(), k_[0].data());
    }

    /// Tries a step; returns the norm of its error estimate. keep() makes it the state.
    double attempt(double h) {
        for (int stage = 1; stage < stages; ++stage) {
            next_ = y_;
            for (int j = 0; j < stage; ++j) add(h * a[stage - 1][j], k_[static_cast<std::size_t>(j)], next_);
            apply(Q_, equation_, next_.data(), k_[static_cast<std::size_t>(stage)].data());
        }
        n_products_ += stages - 1;
        std::fill(error_.begin(), error_.end(), 0.0);
        for (int j = 0; j < stages; ++j) add(h * e[j], k_[static_cast<std::size_t>(j)], error_);
        return norm(error_);
    }
    void keep() {
        y_.swap(next_);
        k_[0].swap(k_[stages - 1]);  // the last stage is the first of the next step
    }
    double norm(const std::vector<double>& v) const {
        return equation_norm(equation_, v.data(), static_cast<Index>(v.size()));
    }
    double norm() const { return norm(y_); }
    Index n_products() const { return n_products_; }
    std::vector<double> state() && { return std::move(y_); }

private:
    static void add(double factor, const std::vector<double>& k, std::vector<double>& sum) {
        for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += factor * k[i];
    }

    const RateMatrix& Q_;
    KolmogorovEquation equation_;
    std::vector<double> y_, next_, error_;
    std::array<std::vector<double>, stages> k_;
    Index n_products_ = 1;
};

}  // namespace

Propagation runge_kutta_exponential(const RateMatrix& Q, KolmogorovEquation equation, const std::vector<double>& start,
                                    double tau, double tolerance) {
    check_propagation(Q, start, tau, tolerance);
    const double q = Q.largest_exit_rate() + Q.largest_source_rate();
    const auto too_many = [&] {
        return NumericsError("Runge-Kutta: more than 1e8 products for a largest rate of " + std::to_string(q) +
                             " over a time of " + std::to_string(tau) + "; use krylov or uniformisation");
    };
    if (q * tau / stability * (stages - 1) > most_products) throw too_many();
    Solver solver(Q, equation, start);
    const double scale = solver.norm();
    Propagation result;
    double t = 0.0, h = q > 0.0 ? std::min(tau, 0.1 / q) : tau;
    while (t < tau) {
        h = std::min(h, tau - t);
        const double error = solver.attempt(h), growth = std::exp(Q.largest_source_rate() * t);
        const double allowed = std::max(tolerance * scale * growth * h / tau, round_off * solver.norm());
        if (!std::isfinite(error))
            throw NumericsError("Runge-Kutta: the solution overflows at a time of " + std::to_string(t) +
                                "; sources make it grow");
        if (error <= allowed) {
            solver.keep();
            t = h >= tau - t ? tau : t + h;
            result.error += std::max(error, round_off * solver.norm());
        }
        // The estimate is O(h^5), and h / tau of the whole is allowed to it.
        const double factor = error > 0.0 ? 0.9 * std::pow(allowed / error, 0.25) : 5.0;
        h *= std::clamp(factor, 0.2, 5.0);
        if (static_cast<double>(solver.n_products()) > most_products) throw too_many();
    }
    result.n_products = solver.n_products();
    result.values = std::move(solver).state();
    return result;
}

}  // namespace dynkin
