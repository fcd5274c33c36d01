#pragma once
// Exact moments of discrete schemes: the checks shared by S1, S2 and their mutants.
#include "apps/verify/support/one_step.hpp"

#include <cmath>

namespace dynkin::verify {

/// dX = a X dt + b X dW, X_0 = 1, in n_steps steps to t = 1.
struct GeometricStep {
    double a = 1.5, b = 1.0;
    int n_steps = 8;
    double bias = NAN;          ///< reference of E Y_1 - e^a; NaN: not compared
    double fourth_order = 0.0;  ///< c in the factor (1 + a h)^2 + b^2 h + c b^4 h^2 of E Y^2: 0 Euler, 1/2 Milstein
};
void add_geometric_moments(VerifyReport& report, const std::string& label, const Stepper& stepper,
                           const GeometricStep& g);

/// gamma = omega = kT = 1: <x^2> = 1, <v^2> = 1 - h^2 / 4 (Leimkuhler & Matthews 2013).
void add_langevin_variances(VerifyReport& report, const Stepper& stepper, double h);

}  // namespace dynkin::verify
