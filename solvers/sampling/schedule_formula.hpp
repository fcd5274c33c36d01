#pragma once
// A schedule from its formulas, written once for double and Dual.
#include "solvers/sampling/schedule.hpp"

#include <utility>

namespace dynkin {

/// F has a name, t_min, t_max, templates over the scalar alpha(t), sigma(t), scale_rate(t), squared_noise_rate(t), and
/// time_of_ratio(double). The last two templates are closed forms, so that the limits sigma -> 0 and alpha -> 0 need no
/// division; the unit test holds them against alpha and sigma.
template <class F>
class ScheduleOf final : public Schedule {
public:
    /// Throws ConfigError, see check(const Schedule&).
    explicit ScheduleOf(F formula) : formula_(std::move(formula)) {
        name_ = F::name;
        t_min_ = formula_.t_min;
        t_max_ = formula_.t_max;
        check(*this);
    }

    using Schedule::scale_rate;
    using Schedule::squared_noise_rate;
    double alpha(double t) const override { return formula_.alpha(t); }
    double sigma(double t) const override { return formula_.sigma(t); }
    double alpha_derivative(double t) const override { return formula_.alpha(Dual(t, 1.0)).d; }
    double sigma_derivative(double t) const override { return formula_.sigma(Dual(t, 1.0)).d; }
    Dual scale_rate(Dual t) const override { return formula_.scale_rate(t); }
    Dual squared_noise_rate(Dual t) const override { return formula_.squared_noise_rate(t); }
    double time_of_ratio(double ratio) const override { return formula_.time_of_ratio(ratio); }

private:
    F formula_;
};

template <class F>
SchedulePtr schedule_of(F formula) {
    return std::make_shared<const ScheduleOf<F>>(std::move(formula));
}

}  // namespace dynkin
