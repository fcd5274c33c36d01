#pragma once
// The parts of read_sampling, one file each; not for use elsewhere.
#include "apps/run/read_parts.hpp"
#include "apps/sample/sampling_experiment.hpp"
#include "solvers/sampling/sampling_times.hpp"

namespace dynkin::reading {

/// The table `parameters` of a section with expressions; empty when absent.
Constants read_constants(const Section& section);

/// [score]: a model written down in place of the exact one; nothing when absent.
void read_score(const Section& root, ContinuousExperiment& experiment);

/// [schedule]
SchedulePtr read_schedule(const Section& schedule);

/// [data], or an element of [[guidance.conditions]], of a continuous law.
DataLaw read_data(const Section& data, const SchedulePtr& schedule, const std::filesystem::path& directory);

/// [sampler] of a continuous law: name, times and options of `problem`, and where it starts.
void read_sampler(const Section& sampler, ContinuousExperiment& experiment);

/// [guidance]; nothing when absent. Puts the composed model in place.
void read_guidance(const Section& root, ContinuousExperiment& experiment, const std::filesystem::path& directory);

/// [data], [noise], [sampler], [guidance] of tokens. `sampler` is null for a comparison.
TokenExperiment read_tokens(const Section& root, const Section* sampler);

}  // namespace dynkin::reading
