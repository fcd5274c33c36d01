#pragma once
// E phi(Y_n) of a scheme in one dimension, without sampling: the backward recursion of its one-step kernel.
#include "apps/verify/support/coupled_levels.hpp"
#include "apps/verify/support/ensembles.hpp"

#include <functional>

namespace dynkin::verify {

/// A coordinate z(x) in which u(x) = E[phi(Y_n) | Y_k = x] is smooth and equidistant nodes make sense.
struct LineCoordinate {
    std::function<double(double)> to_z, to_x;
    double lower = -9.0, upper = 9.0;  ///< in z; beyond, u is continued by its polynomial at the end
    int n_nodes = 721;
};

struct LineRecursion {
    std::shared_ptr<const Process> process;
    Stepper stepper;
    int points = 20, points_of_integral = 0;  ///< Gauss-Hermite nodes, see StepExpectation
    LineCoordinate coordinate;
    Observable phi;
    double T = 1.0;
};

/// From x0 in n_steps steps. u is interpolated by polynomials of degree 7 between its nodes: an error of spacing^8
/// times its eighth derivative per step.
double line_expectation(const LineRecursion& recursion, double x0, int n_steps);

}  // namespace dynkin::verify
