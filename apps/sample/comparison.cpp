#include "apps/sample/comparison.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/sampling/sampler_law.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dynkin {
namespace {

const double nan = std::numeric_limits<double>::quiet_NaN();
constexpr Index n_quantiles = 2000;

const char* const three_bumps = R"(name = "three_bumps"
[schedule]
kind = "edm"
[data]
kind = "mixture"
weights = [0.3, 0.5, 0.2]
means = [[-1.2], [0.4], [1.5]]
sds = [[0.1], [0.2], [0.05]]
[particles]
n = 200_000
)";

const char* const three_tokens = R"(name = "three_tokens"
[noise]
kind = "uniform"
clock = "exponential"
from = 3.0
until = 0.05
[data]
kind = "tokens"
tokens = 3
positions = 3
weights = [
  0.00293949, 0.124619, 0.0455104, 0.0765882, 0.0204876, 0.0479592, 0.000444355, 0.144534, 0.000147231,
  0.00515554, 0.00892311, 0.00192757, 0.0297748, 0.000228337, 0.0406534, 0.0133794, 0.125965, 0.144201,
  0.00148644, 0.00235439, 0.000777232, 0.00163437, 8.41364e-05, 0.0116099, 0.0576136, 0.0878623, 0.00313952,
]
)";

const TokenSamplerInfo* token_sampler_info(const std::string& name) {
    for (const TokenSamplerInfo& info : token_sampler_list())
        if (info.name == name) return &info;
    return nullptr;
}

/// Orders from successive columns; 0/0 and the like are NaN.
void observe_orders(SamplerRow& row) {
    for (std::size_t i = 0; i < row.error.size(); ++i) {
        const bool known = i > 0 && row.steps[i] != row.steps[i - 1] && row.error[i] > 0.0 && row.error[i - 1] > 0.0;
        row.observed.push_back(known ? std::log(row.error[i - 1] / row.error[i]) /
                                           std::log(static_cast<double>(row.steps[i]) / row.steps[i - 1])
                                     : nan);
    }
}

int steps_for(const std::string& sampler, int wanted, Effort effort, double calls, double extra_calls) {
    if (effort == Effort::steps) return wanted;
    const double steps = calls > 0.0 ? std::floor((wanted - extra_calls) / calls) : 1.0;
    if (steps < 1.0)
        throw ConfigError("--nfe: " + std::to_string(wanted) + " model calls are less than one step of " + sampler);
    return static_cast<int>(steps);
}

SamplerRow continuous_row(const SamplingExperiment& e, const std::string& name, const std::vector<int>& efforts,
                          Effort effort) {
    const ContinuousExperiment& c = *e.continuous;
    const SamplerInfo& info = sampler_info(name);
    if (name == "probability_flow")
        throw ConfigError("--compare: probability_flow chooses its own steps; compare samplers with steps");
    SamplerRow row;
    row.name = name;
    row.stated_order = info.order;
    for (const int wanted : efforts) {
        SamplerSetup setup = c.problem.setup;
        SamplingTimes times = c.wanted_times;
        times.n_steps = steps_for(name, wanted, effort, info.model_calls, info.extra_model_calls);
        setup.times = sampling_times(*setup.schedule, times);
        row.steps.push_back(times.n_steps);
        row.calls.push_back(times.n_steps * info.model_calls + info.extra_model_calls);
        const bool quiet = make_sampler(name, setup)->normal_rows() == 0;
        if (c.dim() > 1) {
            row.error.push_back(flow_distance(name, setup, *c.data.mixture, n_quantiles, e.seed));
        } else if (quiet) {
            row.error.push_back(quantile_error(name, setup, *c.data.mixture, n_quantiles));
        } else {
            const SampledError sampled = sampled_error(name, setup, *c.data.mixture, static_cast<Index>(e.n), e.seed);
            row.error.push_back(sampled.error);
            row.floor = sampled.floor;
        }
    }
    observe_orders(row);
    return row;
}

SamplerRow token_row(const SamplingExperiment& e, const std::string& name, const std::vector<int>& efforts,
                     Effort effort) {
    const TokenExperiment& t = *e.tokens;
    const auto sampler = make_token_sampler(name, t.options);
    const TokenSamplerInfo& info = sampler->info();
    const std::vector<double> start = t.model.noise.push_law(t.space, 0.0, t.times.front(), t.clean),
                              exact = t.model.noise.push_law(t.space, 0.0, t.times.back(), t.clean);
    SamplerRow row;
    row.name = name;
    row.stated_order = info.order;
    for (const int wanted : efforts) {
        const int n_steps = steps_for(name, wanted, effort, info.model_calls, 0.0);
        const std::vector<double> law =
            propagate_token_law(*sampler, t.model, token_times(t.times.front(), t.times.back(), n_steps), start);
        double error = 0.0;
        for (std::size_t i = 0; i < law.size(); ++i) error += 0.5 * std::abs(law[i] - exact[i]);
        row.steps.push_back(n_steps);
        row.calls.push_back(info.model_calls > 0 ? n_steps * info.model_calls : nan);
        row.error.push_back(error);
    }
    observe_orders(row);
    if (std::isinf(row.stated_order)) std::fill(row.observed.begin(), row.observed.end(), nan);
    return row;
}

void describe(const SamplingExperiment& e, SamplerTable& table) {
    char text[200];
    if (e.tokens) {
        table.unit = "TV";
        table.measure = "total variation of the sampler's law, propagated without sampling, from the exact law";
        std::snprintf(text, sizeof text, "%d tokens, %d positions, t from %g to %g", e.tokens->space.n_tokens,
                      e.tokens->space.n_positions, e.tokens->times.front(), e.tokens->times.back());
    } else {
        const ContinuousExperiment& c = *e.continuous;
        const Schedule& schedule = *c.problem.setup.schedule;
        table.unit = c.dim() == 1 ? "W1" : "distance";
        table.measure =
            c.dim() == 1 ? "W1 of the sampler's law from the exact one: 2000 quantiles, or samples where noise is drawn"
                         : "mean distance of 2000 samples from the probability flow, an upper bound of W1";
        std::snprintf(text, sizeof text, "%s in %d-D, schedule %s, sigma/alpha from %.4g to %.4g, times %s",
                      c.data.model->name().c_str(), c.dim(), schedule.name().c_str(), schedule.ratio(schedule.t_max()),
                      schedule.ratio(schedule.t_min()), name_of(c.wanted_times.spacing));
    }
    table.setting = text;
}

}  // namespace

std::string reference_experiment(const std::vector<std::string>& samplers) {
    if (samplers.empty() || token_sampler_info(samplers.front()) == nullptr) return three_bumps;
    return three_tokens;
}

SamplerTable compare_samplers(const SamplingExperiment& e, const std::vector<std::string>& samplers,
                              const std::vector<int>& efforts, Effort effort) {
    if (e.continuous && !e.continuous->data.mixture)
        throw ConfigError("--compare: the exact law is needed; expected [data] of kind 'mixture' or 'tokens'");
    if (e.continuous ? e.continuous->guidance.has_value() : e.tokens->wanted != e.tokens->clean)
        throw ConfigError("--compare: guidance changes the law itself; expected no [guidance]");
    SamplerTable table;
    table.effort = effort;
    table.columns = efforts;
    describe(e, table);
    for (const std::string& name : samplers)
        table.rows.push_back(e.tokens ? token_row(e, name, efforts, effort) : continuous_row(e, name, efforts, effort));
    return table;
}

}  // namespace dynkin
