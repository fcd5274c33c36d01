#include "solvers/sampling/schedule.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/sampling/schedule_formula.hpp"

#include <cmath>
#include <initializer_list>
#include <numbers>
#include <sstream>

namespace dynkin {
namespace {

// 1 - exp(-x) without cancellation for small x, for both scalars.
double one_minus_exp(double x) {
    return -std::expm1(-x);
}
Dual one_minus_exp(Dual x) {
    return {-std::expm1(-x.a), std::exp(-x.a) * x.d};
}

struct LinearBeta {
    double beta_min, beta_max;
    template <class S>
    S beta(S t) const {
        return beta_min + t * (beta_max - beta_min);
    }
    template <class S>
    S integral(S t) const {
        return t * (beta_min + 0.5 * t * (beta_max - beta_min));
    }
    // The root t >= 0 of integral(t) = value, without cancellation.
    double time_of_integral(double value) const {
        const double slope = beta_max - beta_min;
        return 2.0 * value / (beta_min + std::sqrt(beta_min * beta_min + 2.0 * slope * value));
    }
};

struct VpLinearFormula {
    static constexpr const char* name = "vp_linear";
    LinearBeta rate;
    double t_min, t_max;
    template <class S>
    S alpha(S t) const {
        return exp(-0.5 * rate.integral(t));
    }
    template <class S>
    S sigma(S t) const {
        return sqrt(one_minus_exp(rate.integral(t)));
    }
    template <class S>
    S scale_rate(S t) const {
        return -0.5 * rate.beta(t);
    }
    template <class S>
    S squared_noise_rate(S t) const {
        return rate.beta(t);
    }
    double time_of_ratio(double ratio) const { return rate.time_of_integral(std::log1p(ratio * ratio)); }
};

struct SubVpFormula {
    static constexpr const char* name = "sub_vp";
    LinearBeta rate;
    double t_min, t_max;
    template <class S>
    S alpha(S t) const {
        return exp(-0.5 * rate.integral(t));
    }
    template <class S>
    S sigma(S t) const {
        return one_minus_exp(rate.integral(t));
    }
    template <class S>
    S scale_rate(S t) const {
        return -0.5 * rate.beta(t);
    }
    template <class S>
    S squared_noise_rate(S t) const {
        return rate.beta(t) * one_minus_exp(2.0 * rate.integral(t));
    }
    // (1 - alpha^2) / alpha = r, so alpha = 2 / (r + sqrt(r^2 + 4)) and -log alpha = asinh(r / 2).
    double time_of_ratio(double ratio) const { return rate.time_of_integral(2.0 * std::asinh(0.5 * ratio)); }
};

struct VpCosineFormula {
    static constexpr const char* name = "vp_cosine";
    double offset, t_min, t_max;
    double speed() const { return 0.5 * std::numbers::pi / (1.0 + offset); }
    template <class S>
    S angle(S t) const {
        return speed() * (t + offset);
    }
    template <class S>
    S alpha(S t) const {
        return cos(angle(t)) / cos(angle(0.0));
    }
    // 1 - alpha^2 = sin(angle(t) - angle(0)) sin(angle(t) + angle(0)) / cos^2 angle(0): no cancellation.
    template <class S>
    S sigma(S t) const {
        return sqrt(sin(speed() * t) * sin(speed() * (t + 2.0 * offset))) / cos(angle(0.0));
    }
    template <class S>
    S scale_rate(S t) const {
        return -speed() * tan(angle(t));
    }
    template <class S>
    S squared_noise_rate(S t) const {
        return 2.0 * speed() * tan(angle(t));
    }
    double time_of_ratio(double ratio) const {
        const double cosine = std::cos(angle(0.0)) / std::sqrt(1.0 + ratio * ratio);
        return std::acos(cosine) / speed() - offset;
    }
};

struct VeFormula {
    static constexpr const char* name = "ve";
    double sigma_min, sigma_max;
    double t_min = 0.0, t_max = 1.0;
    double growth() const { return std::log(sigma_max / sigma_min); }
    template <class S>
    S alpha(S) const {
        return S(1.0);
    }
    template <class S>
    S sigma(S t) const {
        return sigma_min * exp(growth() * t);
    }
    template <class S>
    S scale_rate(S) const {
        return S(0.0);
    }
    template <class S>
    S squared_noise_rate(S t) const {
        const S level = sigma(t);
        return 2.0 * growth() * level * level;
    }
    double time_of_ratio(double ratio) const { return std::log(ratio / sigma_min) / growth(); }
};

struct EdmFormula {
    static constexpr const char* name = "edm";
    double t_min, t_max;
    template <class S>
    S alpha(S) const {
        return S(1.0);
    }
    template <class S>
    S sigma(S t) const {
        return t;
    }
    template <class S>
    S scale_rate(S) const {
        return S(0.0);
    }
    template <class S>
    S squared_noise_rate(S t) const {
        return 2.0 * t;
    }
    double time_of_ratio(double ratio) const { return ratio; }
};

struct FlowMatchingFormula {
    static constexpr const char* name = "flow_matching";
    double t_min, t_max;
    template <class S>
    S alpha(S t) const {
        return 1.0 - t;
    }
    template <class S>
    S sigma(S t) const {
        return t;
    }
    template <class S>
    S scale_rate(S t) const {
        return -1.0 / (1.0 - t);
    }
    template <class S>
    S squared_noise_rate(S t) const {
        return 2.0 * t / (1.0 - t);
    }
    double time_of_ratio(double ratio) const { return ratio / (1.0 + ratio); }
};

template <class... Parts>
[[noreturn]] void reject(const char* name, const Parts&... parts) {
    std::ostringstream message;
    message << "schedule " << name << ": ";
    (message << ... << parts);
    throw ConfigError(message.str());
}

void require_finite(const char* name, std::initializer_list<double> numbers) {
    for (const double number : numbers)
        if (!std::isfinite(number)) reject(name, "a parameter is not finite");
}

void require_beta(const char* name, double beta_min, double beta_max) {
    require_finite(name, {beta_min, beta_max});
    if (beta_min <= 0.0 || beta_max <= 0.0)
        reject(name, "beta_min = ", beta_min, " and beta_max = ", beta_max, ", expected both > 0");
}

void require_sigmas(const char* name, double sigma_min, double sigma_max) {
    require_finite(name, {sigma_min, sigma_max});
    if (sigma_min <= 0.0) reject(name, "sigma_min = ", sigma_min, ", expected > 0");
    if (sigma_min >= sigma_max) reject(name, "sigma_min = ", sigma_min, " is not below sigma_max = ", sigma_max);
}

// alpha reaches 0 at t = 1 for some schedules: `last` is then 1 and is excluded.
void require_times(const char* name, double t_min, double t_max, bool last_allowed) {
    require_finite(name, {t_min, t_max});
    if (t_min < 0.0 || t_max > 1.0 || (t_max == 1.0 && !last_allowed))
        reject(name, "times from ", t_min, " to ", t_max, ", expected within [0, 1", last_allowed ? "]" : ")");
}

}  // namespace

double Schedule::log_snr(double t) const {
    return -2.0 * std::log(ratio(t));
}

double Schedule::time_of_log_snr(double log_snr) const {
    return time_of_ratio(std::exp(-0.5 * log_snr));
}

void check(const Schedule& schedule) {
    const char* name = schedule.name().c_str();
    const double t_min = schedule.t_min(), t_max = schedule.t_max();
    if (!(t_min < t_max)) reject(name, "t_min = ", t_min, " is not below t_max = ", t_max);
    constexpr int n = 256;
    double before = -1.0;
    for (int i = 0; i <= n; ++i) {
        const double t = t_min + (t_max - t_min) * i / n, alpha = schedule.alpha(t), sigma = schedule.sigma(t);
        if (!(alpha > 0.0) || !(sigma >= 0.0) || !std::isfinite(alpha) || !std::isfinite(sigma))
            reject(name, "alpha = ", alpha, " and sigma = ", sigma, " at t = ", t, ", expected alpha > 0, sigma >= 0");
        if (!(sigma / alpha > before))
            reject(name, "not monotone: sigma / alpha = ", sigma / alpha, " at t = ", t, " after ", before,
                   " just before; the signal-to-noise ratio must fall strictly");
        before = sigma / alpha;
    }
}

SchedulePtr make_schedule(const VpLinear& p) {
    require_beta(VpLinearFormula::name, p.beta_min, p.beta_max);
    require_times(VpLinearFormula::name, p.t_min, p.t_max, true);
    return schedule_of(VpLinearFormula{{p.beta_min, p.beta_max}, p.t_min, p.t_max});
}

SchedulePtr make_schedule(const VpCosine& p) {
    require_finite(VpCosineFormula::name, {p.offset});
    if (p.offset < 0.0) reject(VpCosineFormula::name, "offset = ", p.offset, ", expected >= 0");
    require_times(VpCosineFormula::name, p.t_min, p.t_max, false);
    return schedule_of(VpCosineFormula{p.offset, p.t_min, p.t_max});
}

SchedulePtr make_schedule(const SubVp& p) {
    require_beta(SubVpFormula::name, p.beta_min, p.beta_max);
    require_times(SubVpFormula::name, p.t_min, p.t_max, true);
    return schedule_of(SubVpFormula{{p.beta_min, p.beta_max}, p.t_min, p.t_max});
}

SchedulePtr make_schedule(const Ve& p) {
    require_sigmas(VeFormula::name, p.sigma_min, p.sigma_max);
    return schedule_of(VeFormula{p.sigma_min, p.sigma_max});
}

SchedulePtr make_schedule(const Edm& p) {
    require_sigmas(EdmFormula::name, p.sigma_min, p.sigma_max);
    return schedule_of(EdmFormula{p.sigma_min, p.sigma_max});
}

SchedulePtr make_schedule(const FlowMatching& p) {
    require_times(FlowMatchingFormula::name, p.t_min, p.t_max, false);
    return schedule_of(FlowMatchingFormula{p.t_min, p.t_max});
}

const std::vector<std::string>& schedule_names() {
    static const std::vector<std::string> names{"vp_linear", "vp_cosine", "sub_vp", "ve", "edm", "flow_matching"};
    return names;
}

SchedulePtr make_schedule(const std::string& name) {
    if (name == "vp_linear") return make_schedule(VpLinear{});
    if (name == "vp_cosine") return make_schedule(VpCosine{});
    if (name == "sub_vp") return make_schedule(SubVp{});
    if (name == "ve") return make_schedule(Ve{});
    if (name == "edm") return make_schedule(Edm{});
    if (name == "flow_matching") return make_schedule(FlowMatching{});
    throw ConfigError(unknown_name("schedule", name, schedule_names()));
}

}  // namespace dynkin
