#pragma once
// One Brownian path seen with many step sizes: errors of a scheme against the exact solution of that very path.
#include "apps/verify/support/rows.hpp"
#include "solvers/particle/scheme.hpp"

#include <functional>
#include <memory>

namespace dynkin::verify {

/// One step of something on a block of n particles: a scheme, or a mutant of one.
using Stepper = std::function<void(Rows x, Index n, const Step& step, Increments dW, Scratch& scratch)>;

/// The step of a scheme; keeps process and scheme alive. Throws ConfigError as make_scheme does.
Stepper stepper_of(const std::shared_ptr<const Process>& process, const std::string& scheme);

/// Whether the scheme integrates the process with increments handed to it: some draw their own noise.
bool takes_increments(const SchemeInfo& info, const Process& process);

/// x(T) from W(T), (dim) from (noise_dim).
using ExactSolution = std::function<void(const double* W, double T, double* x)>;
/// The error of one path from its end (dim) and the end of the target (dim).
using PathError = std::function<double(const double* x, const double* target)>;

double distance_1d(const double* x, const double* target);  ///< |x - target|, the strong error of KP section 9.6

struct LevelStudy {
    std::shared_ptr<const Process> process;
    Stepper stepper;
    std::vector<double> x0;
    double T = 1.0;
    int first = 4, last = 8;  ///< steps T 2^-first, ..., T 2^-last
    ExactSolution exact{};    ///< the target; or, when it is empty,
    Stepper reference{};      ///< this stepper with steps T 2^-reference_level on the same path
    int reference_level = 0;
    PathError error = distance_1d;
    int n_batches = 16;
    Index paths_per_batch = 512;
};

/// Increments of long steps are joined from those of the finest. Independent of n_threads.
ErrorTable measure(const LevelStudy& study, const VerifyOptions& options);

}  // namespace dynkin::verify
