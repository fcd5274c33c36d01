#pragma once
// Strong convergence against exact solutions: the checks shared by the A cases and their mutants.
#include "apps/verify/support/coupled_levels.hpp"

#include <map>

namespace dynkin::verify {

struct PathwiseProblem {
    std::string label;
    std::shared_ptr<const Process> process;
    double x0 = 0.0, T = 1.0;
    ExactSolution exact{};        ///< empty: the target is another scheme of order 1.5, 8 times finer
    int first = 5, last = 9;      ///< steps T 2^-first ... T 2^-last
    Index paths_per_batch = 512;  ///< 16 batches
};

/// The strong order of one stepper on the problem.
VerifyRow strong_order_row(const PathwiseProblem& problem, const std::string& what, const Stepper& stepper,
                           double stated, const VerifyOptions& options);

/// One row per scheme that integrates the process with given increments. `here` replaces stated orders for reasons that
/// the caller gives in a note; an entry of 0 leaves the scheme out.
void add_strong_orders(VerifyReport& report, const PathwiseProblem& problem, const VerifyOptions& options,
                       const std::map<std::string, double>& here = {});

/// |E Y - E X| of a scheme on the paths of the problem with 2^level steps, plus 4 standard errors: the stated bias of
/// ensemble means.
double measured_bias(const PathwiseProblem& problem, const std::string& scheme, int level,
                     const VerifyOptions& options);

}  // namespace dynkin::verify
