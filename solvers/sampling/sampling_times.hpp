#pragma once
// At which times a sampler looks at the model.
#include "solvers/sampling/schedule.hpp"

#include <string>
#include <vector>

namespace dynkin {

/// log_snr   equal steps of log(alpha^2 / sigma^2)
/// karras    equal steps of (sigma / alpha)^(1 / rho) (Karras et al. 2022, eq. 5)
/// uniform   equal steps of t
enum class TimeSpacing { log_snr, karras, uniform };

const char* name_of(TimeSpacing spacing);
/// ConfigError: unknown name, with the nearest.
TimeSpacing time_spacing(const std::string& name);

struct SamplingTimes {
    TimeSpacing spacing = TimeSpacing::karras;
    int n_steps = 32;
    double rho = 7.0;  ///< karras only
};

/// n_steps + 1 strictly falling times from the schedule's t_max to its t_min, both ends exact. Throws ConfigError:
/// n_steps < 1, rho <= 0, log_snr where the schedule has no noise at t_min.
std::vector<double> sampling_times(const Schedule& schedule, const SamplingTimes& wanted);

/// Every second of these times, and the last one: half as many steps.
std::vector<double> every_second(const std::vector<double>& times);

/// ConfigError unless there are at least two times, strictly falling, inside the schedule's range, with noise at the
/// last.
void check_sampling_times(const Schedule& schedule, const std::vector<double>& times);

}  // namespace dynkin
