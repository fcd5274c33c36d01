#pragma once
// How much signal and how much noise a noised sample holds, as a function of time.
#include "solvers/core/dual.hpp"

#include <memory>
#include <string>
#include <vector>

namespace dynkin {

/// X_t = alpha X_0 + sigma xi with xi standard normal: all that a score needs to know of the time.
struct NoiseLevel {
    double alpha = 1.0, sigma = 0.0;
    /// sigma / alpha, the noise level of X_t / alpha; "sigma" of Karras et al. (2022).
    double ratio() const { return sigma / alpha; }
};

/// alpha(t) and sigma(t) on [t_min, t_max], where the signal-to-noise ratio falls strictly. The forward process
///   dX = f(t) X dt + g(t) dW,   f = alpha' / alpha,   g^2 = 2 sigma sigma' - 2 f sigma^2,
/// carries X_0 to alpha X_0 + sigma xi (Song et al. 2021, "Score-based generative modeling through SDEs", section 3).
class Schedule {
public:
    virtual ~Schedule() = default;

    const std::string& name() const { return name_; }
    double t_min() const { return t_min_; }
    double t_max() const { return t_max_; }

    virtual double alpha(double t) const = 0;
    virtual double sigma(double t) const = 0;
    virtual double alpha_derivative(double t) const = 0;  ///< [1 / time]
    virtual double sigma_derivative(double t) const = 0;  ///< [1 / time]

    /// f with its time derivative, as a Dual seeded along t.  [1 / time]
    virtual Dual scale_rate(Dual t) const = 0;
    /// g^2 with its time derivative.  [1 / time]
    virtual Dual squared_noise_rate(Dual t) const = 0;
    double scale_rate(double t) const { return scale_rate(Dual(t)).a; }
    double squared_noise_rate(double t) const { return squared_noise_rate(Dual(t)).a; }

    /// The t at which sigma / alpha has this value (> 0).
    virtual double time_of_ratio(double ratio) const = 0;

    NoiseLevel level(double t) const { return {alpha(t), sigma(t)}; }
    double ratio(double t) const { return level(t).ratio(); }
    /// log(alpha^2 / sigma^2): infinite where there is no noise.
    double log_snr(double t) const;
    double time_of_log_snr(double log_snr) const;

protected:
    std::string name_;
    double t_min_ = 0.0, t_max_ = 1.0;
};

using SchedulePtr = std::shared_ptr<const Schedule>;

/// beta(t) = beta_min + t (beta_max - beta_min), alpha = exp(-1/2 int beta), sigma^2 = 1 - alpha^2 (Ho et al. 2020;
/// Song et al. 2021, eq. 33).
struct VpLinear {
    double beta_min = 0.1, beta_max = 20.0, t_min = 1e-3, t_max = 1.0;
};
/// alpha = cos(pi/2 (t + s) / (1 + s)) / cos(pi/2 s / (1 + s)), sigma^2 = 1 - alpha^2 (Nichol & Dhariwal 2021, eq. 17).
/// Nothing of the signal is left at t = 1, so t_max < 1.
struct VpCosine {
    double offset = 0.008, t_min = 1e-3, t_max = 0.995;
};
/// alpha as for VpLinear, sigma = 1 - alpha^2 (Song et al. 2021, eq. 37).
struct SubVp {
    double beta_min = 0.1, beta_max = 20.0, t_min = 1e-3, t_max = 1.0;
};
/// alpha = 1, sigma = sigma_min (sigma_max / sigma_min)^t on [0, 1] (Song et al. 2021, eq. 31).
struct Ve {
    double sigma_min = 0.01, sigma_max = 50.0;
};
/// alpha = 1, sigma = t on [sigma_min, sigma_max] (Karras et al. 2022, table 1).
struct Edm {
    double sigma_min = 0.002, sigma_max = 80.0;
};
/// alpha = 1 - t, sigma = t: the straight path (Lipman et al. 2023; Liu et al. 2023). The signal vanishes at t = 1.
struct FlowMatching {
    double t_min = 1e-3, t_max = 0.999;
};

/// Throw ConfigError: numbers that are not finite, beta or sigma_min <= 0, sigma_min >= sigma_max, t_min >= t_max,
/// times outside the formula's range, a signal-to-noise ratio that does not fall everywhere.
SchedulePtr make_schedule(const VpLinear& parameters);
SchedulePtr make_schedule(const VpCosine& parameters);
SchedulePtr make_schedule(const SubVp& parameters);
SchedulePtr make_schedule(const Ve& parameters);
SchedulePtr make_schedule(const Edm& parameters);
SchedulePtr make_schedule(const FlowMatching& parameters);

/// vp_linear, vp_cosine, sub_vp, ve, edm, flow_matching.
const std::vector<std::string>& schedule_names();
/// The schedule of that name with its usual parameters. ConfigError: unknown name, with the nearest.
SchedulePtr make_schedule(const std::string& name);

/// ConfigError unless t_min < t_max, alpha > 0 and sigma >= 0 are finite and sigma / alpha grows strictly on 257 times.
void check(const Schedule& schedule);

}  // namespace dynkin
