#pragma once
// The transition law of a linear equation, dX = (A X + b) dt + sigma dW: X_{t+dt} = M X_t + c + G xi, xi ~ N(0, I).
#include "models/parameters.hpp"
#include "solvers/core/random.hpp"

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

}  // namespace dynkin
