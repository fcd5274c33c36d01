#pragma once
// An experiment run through: grid, particles, their audits, functionals, verdict.
#include "apps/run/experiment.hpp"
#include "apps/run/progress.hpp"
#include "apps/run/run_file.hpp"
#include "solvers/check/verdict.hpp"

#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace dynkin {

struct RunControl {
    Progress* progress = nullptr;
    const std::atomic<bool>* stop = nullptr;             ///< becomes true: Interrupted is thrown
    std::function<void(const std::string& line)> log{};  ///< what happens, for log.txt
};

/// One view of the experiment is computed after another, written to `file` as soon as it is known, and judged at the
/// end. Throws NumericsError, IoError, Interrupted; what was written before stays in the file.
Verdict run_experiment(const Experiment& experiment, RunFile& file, const RunControl& control);

}  // namespace dynkin
