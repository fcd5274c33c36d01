#include "solvers/sampling/sampler_law.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/sampling/sampling_propagator.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

int n_steps_of(const SamplerSetup& setup) {
    return static_cast<int>(setup.times.size()) - 1;
}

void require_quiet(const Sampler& sampler, const char* what) {
    if (sampler.normal_rows() > 0)
        throw ConfigError(std::string(what) + ": the sampler " + sampler.info().name +
                          " draws noise, so it maps no quantiles");
}

double mean_distance(const Block& a, const Block& b) {
    double sum = 0.0;
    for (Index q = 0; q < a.size(); ++q) {
        double square = 0.0;
        for (int j = 0; j < a.n_rows(); ++j) square += (a.row(j)[q] - b.row(j)[q]) * (a.row(j)[q] - b.row(j)[q]);
        sum += std::sqrt(square);
    }
    return sum / static_cast<double>(a.size());
}

Block through_propagator(const SamplingProblem& problem, const Block& x) {
    BlockState state;
    state.n = x.size();
    state.x = x;
    state.weight.resize(1, state.n);
    state.alive.resize(1, state.n);
    std::fill_n(state.weight.row(0), state.n, 1.0);
    std::fill_n(state.alive.row(0), state.n, 1.0);
    return make_sampling_propagator(problem)->worker()->advance(state, 0).x;
}

// E W1 of n samples: E |F_n - F| is sqrt(2 F (1 - F) / (pi n)) for large n, integrated over x by quantiles.
double expected_floor(const Block& exact) {
    const auto n = static_cast<double>(exact.size());
    double sum = 0.0;
    for (Index i = 1; i < exact.size(); ++i) {
        const double u = static_cast<double>(i) / n;
        sum += std::sqrt(2.0 * u * (1.0 - u) / (M_PI * n)) * (exact.row(0)[i] - exact.row(0)[i - 1]);
    }
    return sum;
}

}  // namespace

Block midpoint_quantiles(const GaussianMixture& law, Index n) {
    Block x(1, n);
    for (Index i = 0; i < n; ++i) x.row(0)[i] = quantile(law, (static_cast<double>(i) + 0.5) / static_cast<double>(n));
    return x;
}

void run_steps(const Sampler& sampler, int n_steps, Block& x, Rows normals) {
    SamplerMemory memory;
    for (int i = 0; i < n_steps; ++i)
        sampler.step(x.rows(), x.size(), i, 0,
                     Rows{normals.data + i * sampler.normal_rows() * normals.stride, normals.stride}, memory);
}

double quantile_error(const std::string& name, const SamplerSetup& setup, const GaussianMixture& law, Index n) {
    const auto sampler = make_sampler(name, setup);
    require_quiet(*sampler, "quantile error");
    Block x = midpoint_quantiles(noised(law, setup.schedule->level(setup.times.front())), n);
    const Block exact = midpoint_quantiles(noised(law, setup.schedule->level(setup.times.back())), n);
    run_steps(*sampler, n_steps_of(setup), x);
    return mean_distance(x, exact);
}

double flow_distance(const std::string& name, const SamplerSetup& setup, const GaussianMixture& law, Index n,
                     std::uint64_t seed) {
    const auto sampler = make_sampler(name, setup);
    require_quiet(*sampler, "distance from the flow");
    Block x(law.dim(), n);
    initial_law(noised(law, setup.schedule->level(setup.times.front())))
        ->sample(x.rows(), n, 0, {.seed = seed, .stream = Stream::initial_law});
    SamplingProblem flow{.sampler = "probability_flow", .setup = setup};
    flow.setup.options.rtol = 1e-10;
    flow.setup.options.atol = 1e-12;
    const Block exact = through_propagator(flow, x);
    run_steps(*sampler, n_steps_of(setup), x);
    return mean_distance(x, exact);
}

SampledError sampled_error(const std::string& name, const SamplerSetup& setup, const GaussianMixture& law, Index n,
                           std::uint64_t seed) {
    const Block start = midpoint_quantiles(noised(law, setup.schedule->level(setup.times.front())), n);
    const Block exact = midpoint_quantiles(noised(law, setup.schedule->level(setup.times.back())), n);
    Block x = through_propagator({.sampler = name, .setup = setup, .seed = seed}, start);
    std::sort(x.row(0), x.row(0) + n);
    return {mean_distance(x, exact), expected_floor(exact)};
}

}  // namespace dynkin
