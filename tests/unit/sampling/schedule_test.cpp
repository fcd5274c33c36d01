// Schedules: their derivatives, f and g against alpha and sigma, inverses, time grids, and what is refused.
#include "solvers/core/errors.hpp"
#include "solvers/sampling/sampling_times.hpp"
#include "solvers/sampling/schedule_formula.hpp"
#include "tests/unit/sampling/mixtures.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace dynkin {
namespace {

using test::message_of;

// Five times inside the range.
std::vector<double> inner_times(const Schedule& schedule) {
    std::vector<double> times;
    for (const double s : {0.05, 0.2, 0.5, 0.8, 0.97})
        times.push_back(schedule.t_min() + s * (schedule.t_max() - schedule.t_min()));
    return times;
}

// Fourth-order difference with h = 1e-3 of the range: its error is 1e-12 (t_max - t_min)^5 / 30 times a fifth
// derivative, which is below 1e6 for the steepest of the schedules (flow matching near t = 1 is left to the algebraic
// test).
template <class F>
double difference(const F& f, double t, double h) {
    return (f(t - 2 * h) - 8 * f(t - h) + 8 * f(t + h) - f(t + 2 * h)) / (12 * h);
}

TEST(Schedule, DerivativesAgreeWithDifferences) {
    for (const std::string& name : schedule_names()) {
        const SchedulePtr schedule = make_schedule(name);
        for (const double t : inner_times(*schedule)) {
            const double h = 1e-4 * t;
            const auto alpha = [&](double s) { return schedule->alpha(s); };
            const auto sigma = [&](double s) { return schedule->sigma(s); };

            EXPECT_NEAR(schedule->alpha_derivative(t), difference(alpha, t, h), 1e-8 * (1.0 + 1.0 / t)) << name << t;
            EXPECT_NEAR(schedule->sigma_derivative(t) / schedule->sigma(t),
                        difference(sigma, t, h) / schedule->sigma(t), 1e-8 * (1.0 + 1.0 / t))
                << name << t;
        }
    }
}

// The largest relative defect of f = alpha' / alpha and g^2 = 2 sigma sigma' - 2 f sigma^2.
double rate_defect(const Schedule& schedule, double sigma_derivative_factor) {
    double worst = 0.0;
    for (const double t : inner_times(schedule)) {
        const double f = schedule.scale_rate(t), sigma = schedule.sigma(t), g2 = schedule.squared_noise_rate(t);
        const double sigma_derivative = sigma_derivative_factor * schedule.sigma_derivative(t);
        worst = std::max(worst, std::abs(f - schedule.alpha_derivative(t) / schedule.alpha(t)) / (1.0 + std::abs(f)));
        worst = std::max(worst, std::abs(g2 - 2.0 * sigma * sigma_derivative + 2.0 * f * sigma * sigma) / g2);
    }
    return worst;
}

TEST(Schedule, RatesAreThoseOfAlphaAndSigma) {
    for (const std::string& name : schedule_names()) {
        const SchedulePtr schedule = make_schedule(name);

        EXPECT_LT(rate_defect(*schedule, 1.0), 1e-12) << name;
        EXPECT_GT(rate_defect(*schedule, 1.01), 1e-3) << name;  // mutant: a wrong derivative of sigma
    }
}

TEST(Schedule, RatesKnowTheirTimeDerivative) {
    for (const std::string& name : schedule_names()) {
        const SchedulePtr schedule = make_schedule(name);
        const double t = inner_times(*schedule)[2], h = 1e-4 * t;
        const auto f = [&](double s) { return schedule->scale_rate(s); };
        const auto g2 = [&](double s) { return schedule->squared_noise_rate(s); };

        EXPECT_NEAR(schedule->scale_rate(Dual(t, 1.0)).d, difference(f, t, h), 1e-7 * (1.0 + std::abs(f(t)))) << name;
        EXPECT_NEAR(schedule->squared_noise_rate(Dual(t, 1.0)).d, difference(g2, t, h), 1e-7 * g2(t)) << name;
    }
}

TEST(Schedule, TimesAreFoundFromTheNoise) {
    for (const std::string& name : schedule_names()) {
        const SchedulePtr schedule = make_schedule(name);
        for (const double t : inner_times(*schedule)) {
            EXPECT_NEAR(schedule->time_of_ratio(schedule->ratio(t)), t, 1e-11 * schedule->t_max()) << name;
            EXPECT_NEAR(schedule->time_of_log_snr(schedule->log_snr(t)), t, 1e-11 * schedule->t_max()) << name;
        }
    }
    // int beta from 0 to 1/2 is 0.05 + 19.9 / 8 = 2.5375.
    EXPECT_NEAR(make_schedule(VpLinear{})->log_snr(0.5), -std::log(std::expm1(2.5375)), 1e-12);
}

TEST(SamplingTimes, FallFromEndToEnd) {
    for (const std::string& name : schedule_names())
        for (const TimeSpacing spacing : {TimeSpacing::log_snr, TimeSpacing::karras, TimeSpacing::uniform}) {
            const SchedulePtr schedule = make_schedule(name);

            const auto times = sampling_times(*schedule, {.spacing = spacing, .n_steps = 17});

            ASSERT_EQ(times.size(), 18u);
            EXPECT_EQ(times.front(), schedule->t_max());
            EXPECT_EQ(times.back(), schedule->t_min());
            EXPECT_NO_THROW(check_sampling_times(*schedule, times)) << name << name_of(spacing);
        }
    const SchedulePtr edm = make_schedule(Edm{});
    const auto karras = sampling_times(*edm, {.n_steps = 2});
    EXPECT_NEAR(karras[1], std::pow(0.5 * (std::pow(80.0, 1.0 / 7) + std::pow(0.002, 1.0 / 7)), 7.0), 1e-12);
    const auto logarithmic = sampling_times(*edm, {.spacing = TimeSpacing::log_snr, .n_steps = 2});
    EXPECT_NEAR(logarithmic[1], 0.4, 1e-14);  // sqrt(80 * 0.002)
}

struct Hesitant {  // sigma turns back at t = 0.75
    static constexpr const char* name = "hesitant";
    double t_min = 0.0, t_max = 1.0;
    template <class S>
    S alpha(S) const {
        return S(1.0);
    }
    template <class S>
    S sigma(S t) const {
        return t * (1.5 - t);
    }
    template <class S>
    S scale_rate(S) const {
        return S(0.0);
    }
    template <class S>
    S squared_noise_rate(S t) const {
        return 2.0 * t * (1.5 - t) * (1.5 - 2.0 * t);
    }
    double time_of_ratio(double ratio) const { return ratio; }
};

TEST(Schedule, RefusesWhatIsNoSchedule) {
    EXPECT_THROW(schedule_of(Hesitant{}), ConfigError);
    EXPECT_NE(message_of([] { schedule_of(Hesitant{}); }).find("not monotone"), std::string::npos);
    EXPECT_NO_THROW(schedule_of(Hesitant{.t_max = 0.7}));
    EXPECT_THROW(make_schedule(Ve{.sigma_min = 2.0, .sigma_max = 1.0}), ConfigError);
    EXPECT_NE(message_of([] {
                  make_schedule(Edm{.sigma_min = 1.0, .sigma_max = 1.0});
              }).find("sigma_min = 1 is not below sigma_max = 1"),
              std::string::npos);
    EXPECT_THROW(make_schedule(Edm{.sigma_min = 0.0}), ConfigError);
    EXPECT_THROW(make_schedule(VpLinear{.beta_min = -1.0}), ConfigError);
    EXPECT_THROW(make_schedule(VpLinear{.beta_max = std::numeric_limits<double>::quiet_NaN()}), ConfigError);
    EXPECT_THROW(make_schedule(VpLinear{.t_min = 0.5, .t_max = 0.5}), ConfigError);
    EXPECT_THROW(make_schedule(FlowMatching{.t_max = 1.0}), ConfigError);
    EXPECT_THROW(make_schedule(VpCosine{.t_max = 1.0}), ConfigError);
    EXPECT_NE(message_of([] { make_schedule("vp_cosin"); }).find("did you mean 'vp_cosine'"), std::string::npos);
}

TEST(SamplingTimes, RefuseWhatDoesNotFall) {
    const SchedulePtr edm = make_schedule(Edm{});
    EXPECT_THROW(sampling_times(*edm, {.n_steps = 0}), ConfigError);
    EXPECT_THROW(sampling_times(*edm, {.rho = -1.0}), ConfigError);
    EXPECT_THROW(check_sampling_times(*edm, {1.0}), ConfigError);
    EXPECT_THROW(check_sampling_times(*edm, {1.0, 1.0}), ConfigError);
    EXPECT_THROW(check_sampling_times(*edm, {1.0, 0.001}), ConfigError);
    const SchedulePtr from_zero = make_schedule(VpLinear{.t_min = 0.0});
    EXPECT_THROW(sampling_times(*from_zero, {.spacing = TimeSpacing::log_snr}), ConfigError);
    EXPECT_THROW(check_sampling_times(*from_zero, {1.0, 0.0}), ConfigError);
}

}  // namespace
}  // namespace dynkin
