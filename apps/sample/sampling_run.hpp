#pragma once
// A sampling experiment run through: samples, their file, the verdict on their law.
#include "apps/run/run_file.hpp"
#include "apps/run/simulation.hpp"
#include "apps/sample/sampling_experiment.hpp"

#include <filesystem>

namespace dynkin {

/// Writes `file` (as <file>.partial until all is there) and returns the verdict. Throws NumericsError, IoError,
/// Interrupted.
Verdict run_sampling(const SamplingExperiment& experiment, const std::filesystem::path& file,
                     const RunIdentity& identity, const RunControl& control);

}  // namespace dynkin
