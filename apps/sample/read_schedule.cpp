#include "apps/sample/read_parts.hpp"
#include "apps/sample/written_model.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin::reading {
namespace {

void require_rising(const Section& section, const char* lower, double a, const char* upper, double b) {
    if (!(a < b))
        section.fail(lower, "found " + std::to_string(a) + ", expected less than " + upper + " = " + std::to_string(b));
}

SchedulePtr read_ve(const Section& section, const std::string& kind) {
    const bool edm = kind == "edm";
    const double lowest = section.real_or("sigma_min", edm ? 0.002 : 0.01, RealRange::positive),
                 highest = section.real_or("sigma_max", edm ? 80.0 : 50.0, RealRange::positive);
    require_rising(section, "sigma_min", lowest, "sigma_max", highest);
    if (edm) return make_schedule(Edm{.sigma_min = lowest, .sigma_max = highest});
    return make_schedule(Ve{.sigma_min = lowest, .sigma_max = highest});
}

/// Times of t_min and t_max, in this order.
std::pair<double, double> read_range(const Section& section, double t_min, double t_max) {
    const double first = section.real_or("t_min", t_min, RealRange::positive),
                 last = section.real_or("t_max", t_max, RealRange::positive);
    require_rising(section, "t_min", first, "t_max", last);
    return {first, last};
}

int steps_of(const Section& section, const SamplerInfo& info) {
    if (section.has("steps") && section.has("model_calls"))
        section.fail("model_calls", "steps are given too; expected one of them");
    if (!section.has("model_calls")) return static_cast<int>(section.integer_or("steps", 32, 2, 1'000'000));
    const auto calls = static_cast<double>(section.integer("model_calls", 1, 10'000'000));
    const double steps = std::floor((calls - info.extra_model_calls) / info.model_calls);
    if (steps < 2.0)
        section.fail("model_calls", std::to_string(static_cast<int>(calls)) + " calls are less than two steps of " +
                                        info.name + ", which takes " + std::to_string(info.model_calls) + " a step");
    return static_cast<int>(steps);
}

std::vector<double> read_times(const Section& section, const SamplerInfo& info, const Schedule& schedule,
                               SamplingTimes& wanted) {
    if (section.has("times")) {
        std::vector<double> times = section.reals("times", {}, RealRange::positive);
        return located(section, "times", [&] {
            check_sampling_times(schedule, times);
            if (times.size() < 3) throw ConfigError("expected three times or more, falling");
            return times;
        });
    }
    wanted.spacing = time_spacing(section.one_of_or("spacing", "karras", {"karras", "log_snr", "uniform"}));
    if (wanted.spacing == TimeSpacing::karras) wanted.rho = section.real_or("rho", 7.0, RealRange::positive);
    wanted.n_steps = steps_of(section, info);
    return located(section, "spacing", [&] { return sampling_times(schedule, wanted); });
}

/// Only what the sampler reads: another one's option is an unknown key.
SamplerOptions read_options(const Section& section, const std::string& name) {
    SamplerOptions options;
    if (name == "ddim") options.eta = section.real_or("eta", 0.0, RealRange::non_negative);
    if (name == "euler_maruyama") options.lambda = section.real_or("lambda", 1.0, RealRange::non_negative);
    if (name == "heun") {
        options.churn = section.real_or("churn", 0.0, RealRange::non_negative);
        if (options.churn > 0.0) {
            options.churn_sigma_min = section.real_or("churn_sigma_min", 0.0, RealRange::non_negative);
            options.churn_sigma_max = section.real_or("churn_sigma_max", 1e300, RealRange::positive);
            options.churn_noise = section.real_or("churn_noise", 1.0, RealRange::positive);
        }
    }
    if (name == "unipc") options.predictor_order = static_cast<int>(section.integer_or("order", 2, 1, 4));
    if (name == "predictor_corrector") {
        options.corrector_steps = static_cast<int>(section.integer_or("corrector_steps", 1, 0, 1000));
        options.corrector_ratio = section.real_or("corrector_ratio", 0.16, RealRange::positive);
    }
    if (name == "probability_flow") {
        options.rtol = section.real_or("rtol", 1e-6, RealRange::positive);
        options.atol = section.real_or("atol", 1e-8, RealRange::positive);
    }
    return options;
}

}  // namespace

Constants read_constants(const Section& section) {
    Constants constants;
    if (const auto parameters = section.find_section("parameters"))
        for (const std::string& key : parameters->keys()) constants.emplace_back(key, parameters->real(key));
    return constants;
}

SchedulePtr read_schedule(const Section& section) {
    std::vector<std::string> kinds = schedule_names();
    kinds.emplace_back("expression");
    const std::string kind = section.one_of("kind", kinds);
    return located(section, "kind", [&]() -> SchedulePtr {
        if (kind == "edm" || kind == "ve") return read_ve(section, kind);
        if (kind == "expression") {
            const double first = section.real("t_min"), last = section.real("t_max");
            require_rising(section, "t_min", first, "t_max", last);
            return expression_schedule(section.located_text("alpha"), section.located_text("sigma"), first, last,
                                       read_constants(section));
        }
        if (kind == "flow_matching") {
            const auto [first, last] = read_range(section, FlowMatching{}.t_min, FlowMatching{}.t_max);
            return make_schedule(FlowMatching{.t_min = first, .t_max = last});
        }
        if (kind == "vp_cosine") {
            const double offset = section.real_or("offset", VpCosine{}.offset);
            const auto [first, last] = read_range(section, VpCosine{}.t_min, VpCosine{}.t_max);
            return make_schedule(VpCosine{.offset = offset, .t_min = first, .t_max = last});
        }
        const double beta_min = section.real_or("beta_min", VpLinear{}.beta_min),
                     beta_max = section.real_or("beta_max", VpLinear{}.beta_max);
        const auto [first, last] = read_range(section, VpLinear{}.t_min, VpLinear{}.t_max);
        if (kind == "sub_vp")
            return make_schedule(SubVp{.beta_min = beta_min, .beta_max = beta_max, .t_min = first, .t_max = last});
        return make_schedule(VpLinear{.beta_min = beta_min, .beta_max = beta_max, .t_min = first, .t_max = last});
    });
}

void read_sampler(const Section& section, ContinuousExperiment& experiment) {
    std::vector<std::string> known;
    for (const SamplerInfo& info : sampler_list()) known.push_back(info.name);
    SamplingProblem& problem = experiment.problem;
    problem.sampler = section.one_of("name", known);
    const SamplerInfo& info = sampler_info(problem.sampler);
    SamplerSetup& setup = problem.setup;
    setup.times = read_times(section, info, *setup.schedule, experiment.wanted_times);
    setup.options = read_options(section, problem.sampler);
    problem.denoise_at_end = section.boolean_or("denoise", false);
    const std::string start = section.one_of_or("start", "gaussian", {"gaussian", "noise", "exact"});
    experiment.start = start == "noise"   ? SamplingStart::noise
                       : start == "exact" ? SamplingStart::exact
                                          : SamplingStart::gaussian;
    if (experiment.data.grid && setup.times.back() != setup.schedule->t_min())
        section.fail("times", "the density is that at the schedule's t_min = " +
                                  std::to_string(setup.schedule->t_min()) + ", where the times have to end");
    if (experiment.start == SamplingStart::exact && !experiment.data.mixture)
        section.fail("start", "the exact law at the start is known for data of kind mixture only");
}

}  // namespace dynkin::reading
