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
    /// `normals_per_noise` 1 (dW alone) or 2 (dW and its time integral); `points` nodes for each normal.
    StepExpectation(std::shared_ptr<const Process> process, Stepper stepper, int normals_per_noise, int points);

    /// E phi(X) after n_steps steps of length h / n_steps from x0 (dim) at time t.
    double mean(const Observable& phi, const std::vector<double>& x0, double t, double h, int n_steps = 1) const;

private:
    std::shared_ptr<const Process> process_;
    Stepper stepper_;
    int normals_per_noise_;
    GaussHermite rule_;
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
