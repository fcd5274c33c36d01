#include "solvers/sampling/sampling_times.hpp"

#include "solvers/core/errors.hpp"

#include <cmath>
#include <sstream>

namespace dynkin {
namespace {

template <class... Parts>
[[noreturn]] void reject(const Parts&... parts) {
    std::ostringstream message;
    message << "sampling times: ";
    (message << ... << parts);
    throw ConfigError(message.str());
}

}  // namespace

const char* name_of(TimeSpacing spacing) {
    switch (spacing) {
        case TimeSpacing::log_snr: return "log_snr";
        case TimeSpacing::karras: return "karras";
        case TimeSpacing::uniform: return "uniform";
    }
    return "";
}

TimeSpacing time_spacing(const std::string& name) {
    for (const TimeSpacing spacing : {TimeSpacing::log_snr, TimeSpacing::karras, TimeSpacing::uniform})
        if (name == name_of(spacing)) return spacing;
    throw ConfigError(unknown_name("time spacing", name, {"log_snr", "karras", "uniform"}));
}

std::vector<double> sampling_times(const Schedule& schedule, const SamplingTimes& wanted) {
    if (wanted.n_steps < 1) reject("n_steps = ", wanted.n_steps, ", expected >= 1");
    if (!(wanted.rho > 0.0) || !std::isfinite(wanted.rho)) reject("rho = ", wanted.rho, ", expected > 0");
    const double first = schedule.t_max(), last = schedule.t_min();
    if (wanted.spacing == TimeSpacing::log_snr && !(schedule.sigma(last) > 0.0))
        reject("schedule ", schedule.name(), " has no noise at t = ", last,
               ", so log_snr is infinite there; raise t_min");

    const double root = 1.0 / wanted.rho;
    const double first_root = std::pow(schedule.ratio(first), root), last_root = std::pow(schedule.ratio(last), root);
    const double first_log = std::log(schedule.ratio(first)), last_log = std::log(schedule.ratio(last));
    std::vector<double> times;
    for (int i = 0; i <= wanted.n_steps; ++i) {
        const double s = static_cast<double>(i) / wanted.n_steps;
        switch (wanted.spacing) {
            case TimeSpacing::log_snr:
                times.push_back(schedule.time_of_ratio(std::exp(first_log + s * (last_log - first_log))));
                break;
            case TimeSpacing::karras:
                times.push_back(
                    schedule.time_of_ratio(std::pow(first_root + s * (last_root - first_root), wanted.rho)));
                break;
            case TimeSpacing::uniform: times.push_back(first + s * (last - first)); break;
        }
    }
    times.front() = first;
    times.back() = last;
    return times;
}

std::vector<double> every_second(const std::vector<double>& times) {
    std::vector<double> coarse;
    for (std::size_t i = 0; i < times.size(); i += 2) coarse.push_back(times[i]);
    if (times.size() % 2 == 0) coarse.push_back(times.back());
    return coarse;
}

void check_sampling_times(const Schedule& schedule, const std::vector<double>& times) {
    if (times.size() < 2) reject(times.size(), " given, expected at least 2");
    for (std::size_t i = 0; i < times.size(); ++i) {
        if (!(times[i] >= schedule.t_min() && times[i] <= schedule.t_max()))
            reject("t = ", times[i], " lies outside [", schedule.t_min(), ", ", schedule.t_max(), "] of schedule ",
                   schedule.name());
        if (i > 0 && !(times[i] < times[i - 1]))
            reject("t = ", times[i], " after ", times[i - 1], "; they must fall strictly");
    }
    if (!(schedule.sigma(times.back()) > 0.0))
        reject("schedule ", schedule.name(), " has no noise at the last time, t = ", times.back(), "; stop before it");
}

}  // namespace dynkin
