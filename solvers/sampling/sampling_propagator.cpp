#include "solvers/sampling/sampling_propagator.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/noise/normals.hpp"
#include "solvers/ode/ode_propagator.hpp"
#include "solvers/particle/kernels.hpp"
#include "solvers/sampling/noising_process.hpp"
#include "solvers/sampling/sampling_times.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

// Everything a run needs, shared by its workers.
struct Run {
    SamplingProblem problem;
    std::unique_ptr<Sampler> sampler;  // null: the flow
    std::shared_ptr<const Propagator> flow;
    std::string description;

    int n_steps() const { return static_cast<int>(problem.setup.times.size()) - 1; }
    const Denoiser& model() const { return *problem.setup.model; }
};

class SamplingWorker final : public Propagator::Worker {
public:
    explicit SamplingWorker(std::shared_ptr<const Run> run) : run_(std::move(run)) {
        if (run_->flow) flow_ = run_->flow->worker();
    }

    const BlockState& advance(BlockState& state, int output) override {
        const BlockState& reached = flow_ ? flow_->advance(state, output) : stepped(state, output);
        const bool last = run_->problem.outputs[static_cast<std::size_t>(output)] == run_->n_steps();
        if (!last || !run_->problem.denoise_at_end) return reached;
        clean_ = reached;
        const SamplerSetup& setup = run_->problem.setup;
        denoise_or_throw(run_->model(), reached.x.points(reached.n), setup.schedule->level(setup.times.back()),
                         reached.first_particle, clean_.x.rows());
        return clean_;
    }

private:
    const BlockState& stepped(BlockState& state, int output) {
        if (output == 0) next_ = 0;
        const int n_rows = run_->sampler->normal_rows();
        if (normals_.n_rows() != n_rows || normals_.size() != state.n) normals_.resize(n_rows, state.n);
        const int until = run_->problem.outputs[static_cast<std::size_t>(output)];
        // Resampling may have replaced the states since the last output.
        if (run_->problem.killing && next_ < until) weigh(state, 0.5 * step_length(next_), next_);
        for (; next_ < until; ++next_) {
            if (n_rows > 0)
                fill_normals(run_->problem.seed, Stream::brownian, state.first_particle, state.n,
                             static_cast<std::uint64_t>(next_) * static_cast<std::uint64_t>(n_rows), n_rows,
                             normals_.rows());
            run_->sampler->step(state.x.rows(), state.n, next_, state.first_particle, normals_.rows(), memory_);
            if (run_->problem.killing) {
                const double before = step_length(next_), after = next_ + 1 < until ? step_length(next_ + 1) : 0.0;
                weigh(state, 0.5 * (before + after), next_ + 1);
            }
        }
        for (int j = 0; j < run_->model().dim(); ++j)
            if (rows::count_non_finite(state.x.row(j), state.n) > 0)
                throw NumericsError(run_->description + ": a particle of block " +
                                    std::to_string(state.first_particle) + " ... is not finite after step " +
                                    std::to_string(next_) + "; take more steps");
        return state;
    }

    double step_length(int number) const {
        const std::vector<double>& times = run_->problem.setup.times;
        return times[static_cast<std::size_t>(number)] - times[static_cast<std::size_t>(number) + 1];
    }
    /// weight *= exp(-share c) with the killing rate at times[number].
    void weigh(BlockState& state, double share, int number) {
        rate_.resize(1, state.n);
        const SamplerSetup& setup = run_->problem.setup;
        run_->problem.killing->killing_rate(state.x.points(state.n),
                                            setup.schedule->t_max() - setup.times[static_cast<std::size_t>(number)],
                                            rate_.rows());
        for (Index q = 0; q < state.n; ++q) state.weight.row(0)[q] *= std::exp(-share * rate_.row(0)[q]);
    }

    std::shared_ptr<const Run> run_;
    std::unique_ptr<Propagator::Worker> flow_;
    int next_ = 0;
    Block rate_;
    Block normals_;
    SamplerMemory memory_;
    BlockState clean_;
};

class SamplingPropagator final : public Propagator {
public:
    explicit SamplingPropagator(std::shared_ptr<const Run> run) : run_(std::move(run)) {}
    std::unique_ptr<Worker> worker() const override { return std::make_unique<SamplingWorker>(run_); }
    std::string description() const override { return run_->description; }

private:
    std::shared_ptr<const Run> run_;
};

std::vector<int> checked_outputs(const SamplingProblem& problem) {
    const int n_steps = static_cast<int>(problem.setup.times.size()) - 1;
    std::vector<int> outputs = problem.outputs;
    if (outputs.empty()) outputs.push_back(n_steps);
    for (std::size_t i = 0; i < outputs.size(); ++i)
        if (outputs[i] < 0 || outputs[i] > n_steps || (i > 0 && outputs[i] <= outputs[i - 1]))
            throw ConfigError("sampler " + problem.sampler + ": output after step " + std::to_string(outputs[i]) +
                              ", expected rising numbers from 0 to " + std::to_string(n_steps));
    return outputs;
}

std::shared_ptr<const Propagator> reverse_flow(const SamplingProblem& problem) {
    const SamplerSetup& setup = problem.setup;
    const double t_max = setup.schedule->t_max();
    OdeProblem ode{.process = make_marginal_process(setup.schedule, setup.model, 0.0, TimeDirection::reverse)};
    ode.grid.t0 = t_max - setup.times.front();
    ode.grid.until = t_max - setup.times.back();
    ode.grid.n_steps = static_cast<std::int64_t>(setup.times.size()) - 1;
    for (const int output : problem.outputs)
        ode.grid.outputs.push_back(std::min(ode.grid.until, t_max - setup.times[static_cast<std::size_t>(output)]));
    ode.rtol = setup.options.rtol;
    ode.atol = setup.options.atol;
    return make_ode_propagator(ode);
}

}  // namespace

std::shared_ptr<const Propagator> make_sampling_propagator(const SamplingProblem& problem) {
    auto run = std::make_shared<Run>();
    run->problem = problem;
    if (problem.sampler != "probability_flow")
        run->sampler = make_sampler(problem.sampler, problem.setup);
    else if (!problem.setup.schedule || !problem.setup.model)
        throw ConfigError("sampler probability_flow: schedule and model are needed");
    check_sampling_times(*problem.setup.schedule, problem.setup.times);
    if (problem.killing && (!run->sampler || !problem.killing->has_killing()))
        throw ConfigError("sampler " + problem.sampler +
                          ": weights need a sampler with steps of its own and a process with a killing rate");
    run->problem.outputs = checked_outputs(problem);
    if (!run->sampler) run->flow = reverse_flow(run->problem);
    run->description = problem.setup.model->name() + " with " + problem.sampler;
    return std::make_shared<const SamplingPropagator>(std::move(run));
}

std::vector<double> output_times(const SamplingProblem& problem) {
    std::vector<double> times;
    for (const int output : checked_outputs(problem))
        times.push_back(problem.setup.times[static_cast<std::size_t>(output)]);
    return times;
}

std::shared_ptr<const InitialLaw> noise_law(const SamplerSetup& setup, double variance) {
    if (!(variance >= 0.0)) throw ConfigError("noise law: variance = " + std::to_string(variance) + ", expected >= 0");
    const NoiseLevel at = setup.schedule->level(setup.times.front());
    const auto d = static_cast<std::size_t>(setup.model->dim());
    const double sd = std::hypot(at.alpha * std::sqrt(variance), at.sigma);
    return gaussian_law(std::vector<double>(d, 0.0), std::vector<double>(d, sd));
}

void flow_log_likelihood(const SamplerSetup& setup, Points x,
                         const std::function<void(Points, double*)>& start_log_density, double* out) {
    check_sampling_times(*setup.schedule, setup.times);
    OdeProblem ode{.process = make_marginal_process(setup.schedule, setup.model, 0.0, TimeDirection::forward)};
    ode.grid = {
        .t0 = setup.times.back(), .until = setup.times.front(), .n_steps = 100, .outputs = {setup.times.front()}};
    // The first trial step must not jump over the low noise levels, where the flow is stiffest.
    ode.grid.n_steps = static_cast<std::int64_t>(std::min(
        1e6, std::ceil((ode.grid.until - ode.grid.t0) / (setup.times[setup.times.size() - 2] - setup.times.back()))));
    ode.rtol = setup.options.rtol;
    ode.atol = setup.options.atol;
    ode.log_density = true;
    const int d = setup.model->dim();
    BlockState state;
    state.n = x.n;
    state.x.resize(d, x.n);
    state.weight.resize(1, x.n);
    state.alive.resize(1, x.n);
    state.log_density.resize(1, x.n);
    for (int j = 0; j < d; ++j) std::copy_n(x.component(j), x.n, state.x.row(j));
    std::fill_n(state.weight.row(0), x.n, 1.0);
    std::fill_n(state.alive.row(0), x.n, 1.0);
    const BlockState& reached = make_ode_propagator(ode)->worker()->advance(state, 0);
    start_log_density(reached.x.points(x.n), out);
    // The row holds -int div dt = log p_start(X) - log p_end(x).
    for (Index q = 0; q < x.n; ++q) out[q] -= reached.log_density.row(0)[q];
}

}  // namespace dynkin
