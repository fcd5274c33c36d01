#pragma once
// Expectations over one or two steps of a scheme without sampling: the normals of the noise run over Gauss-Hermite
// nodes.
#include "apps/verify/support/coupled_levels.hpp"
#include "apps/verify/support/ensembles.hpp"

#include <memory>
#include <vector>

namespace dynkin::verify {

/// Nodes and weights for E f(N), N standard normal; exact for polynomials of degree 2 n - 1.
struct GaussHermite {
    std::vector<double> node, weight;
    explicit GaussHermite(int n);
};

class StepExpectation {
public:
    /// Nodes for the normal behind each dW and, when the scheme reads the time integral of the path, for the second
    /// normal behind that (0: it does not). Schemes that expand in I_11 / sqrt(h) contain monomials of degree k in the
    /// first normal with h^(k/4) only, so `points` nodes leave an error of order h^(points / 2).
    StepExpectation(std::shared_ptr<const Process> process, Stepper stepper, int points, int points_of_integral);

    /// E phi(X) after n_steps steps of length h / n_steps from x0 (dim) at time t.
    double mean(const Observable& phi, const std::vector<double>& x0, double t, double h, int n_steps = 1) const;

private:
    std::shared_ptr<const Process> process_;
    Stepper stepper_;
    GaussHermite rule_, integral_rule_;
};

/// One step of a scheme that is linear in (x, dW): x -> M x + G xi with xi standard normal.
struct LinearStep {
    int dim = 0, noise_dim = 0;
    std::vector<double> M, G;  ///< (dim, dim), (dim, noise_dim) by rows
};
/// Read off by stepping unit vectors; the process must be linear with its fixed point at 0.
LinearStep linear_step(const Process& process, const Stepper& stepper, double h);
/// Sigma = M Sigma M^T + G G^T, (dim, dim) by rows, by doubling.
std::vector<double> stationary_covariance(const LinearStep& step);

}  // namespace dynkin::verify
