#pragma once
// The transition law of a linear equation, dX = (A X + b) dt + sigma dW: X_{t+dt} = M X_t + c + G xi, xi ~ N(0, I).
#include "models/parameters.hpp"
#include "solvers/core/random.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace dynkin {

class LinearGaussian {
public:
    /// A (d, d), b (d), sigma (d, m). Taylor series on a short step, then doubled up to dt:
    /// M(2h) = M M, c(2h) = M c + c, C(2h) = M C M^T + C; accurate to round-off for stiff and unstable A alike.
    LinearGaussian(const Matrix& A, const std::vector<double>& b, const Matrix& sigma, double dt);

    /// Replaces x by a sample given x.
    void sample(std::span<double> x, Draws& draws) const;
    /// Density at x given x0. Throws NumericsError when the covariance is singular (some direction has no noise).
    double density(std::span<const double> x, std::span<const double> x0) const;

    const Matrix& propagator() const { return M_; }
    const std::vector<double>& shift() const { return c_; }
    const Matrix& covariance() const { return C_; }

private:
    Matrix M_, C_, G_;  // G lower triangular, G G^T = C
    std::vector<double> c_;
    bool singular_ = false;
};

/// Transitions of one equation over any time step. Samplers ask particle by particle, so each thread remembers the
/// last few; the answer does not depend on it.
class LinearTransitions {
public:
    LinearTransitions() = default;
    /// Sizes as for LinearGaussian.
    LinearTransitions(const Matrix& A, const std::vector<double>& b, const Matrix& sigma);

    /// Valid until the calling thread has asked for 8 other transitions.
    const LinearGaussian& over(double dt) const;

private:
    struct Equation {
        Matrix A;
        std::vector<double> b;
        Matrix sigma;
        std::uint64_t id;  // unique in the program, so that a remembered transition cannot be taken for another's
    };
    std::shared_ptr<const Equation> equation_;
};

}  // namespace dynkin
