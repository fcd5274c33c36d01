#pragma once
// Weak convergence without sampling error; the check shared with its mutants.
#include "apps/verify/support/line_expectation.hpp"

namespace dynkin::verify {

struct WeakProblem {
    LineRecursion recursion;
    double x0 = 0.0, exact = 0.0;  ///< E phi(X_T)
    int first = 5, last = 8;       ///< T 2^-first ... T 2^-last
};

/// The slope of |E phi(Y) - E phi(X)|.
VerifyRow weak_order_row(const std::string& quantity, const WeakProblem& problem, double stated);

}  // namespace dynkin::verify
