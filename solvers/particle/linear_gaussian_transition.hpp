#pragma once
// The transition of dX = (A X + c) dt + S dW over any time: Gaussian, in closed form.
#include "solvers/core/process.hpp"

#include <vector>

namespace dynkin {

/// X_{t+h} = M X_t + m + L xi with xi standard normal (dim).
struct GaussianTransition {
    int dim = 0;
    std::vector<double> M;  ///< (dim, dim) by rows: exp(A h)
    std::vector<double> m;  ///< (dim): int_0^h exp(A s) c ds
    std::vector<double> L;  ///< (dim, dim) lower triangular: L L^T = int_0^h exp(A s) S S^T exp(A s)^T ds
};

/// A, c, S of a process, read numerically.
struct LinearProcess {
    bool linear = false;  ///< false: the rest is empty
    int dim = 0, noise_dim = 0;
    std::vector<double> A, c, S;
};

/// Linear means: autonomous, constant sigma, drift Jacobian constant to 1e-10 over probe points, no walls of its own.
LinearProcess read_linear_process(const Process& process);

/// Van Loan (1978), IEEE Trans. Autom. Control 23: all three integrals from exponentials of block matrices.
GaussianTransition gaussian_transition(const LinearProcess& process, double h);

}  // namespace dynkin
