// Scores of data sets, token master equations and reverse samplers through the public API.
#include "benchmarks/baselines/empirical_score.hpp"
#include "benchmarks/contest.hpp"
#include "benchmarks/groups.hpp"
#include "solvers/noise/normals.hpp"
#include "solvers/particle/ensemble.hpp"
#include "solvers/rates/propagate.hpp"
#include "solvers/sampling/data_law.hpp"
#include "solvers/sampling/gaussian_mixture.hpp"
#include "solvers/sampling/sampling_propagator.hpp"
#include "solvers/sampling/sampling_times.hpp"
#include "solvers/sampling/token_sampler.hpp"

#include <Eigen/Dense>
#include <unsupported/Eigen/MatrixFunctions>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

namespace dynkin::benchmarks {
namespace {

// --- the score of a data set ---------------------------------------------------------------------------------------

constexpr Index n_points = 512, n_rows = 4096;
constexpr NoiseLevel one_level{1.0, 2.0};  // so much noise that every row counts

/// Those of a sampler with 16 steps: sigma from 20 to 0.02, Karras' rho = 7.
std::vector<NoiseLevel> levels_of_a_run() {
    const SchedulePtr schedule = make_schedule(Edm{.sigma_min = 0.02, .sigma_max = 20.0});
    std::vector<NoiseLevel> levels;
    for (const double t : sampling_times(*schedule, {.n_steps = 15})) levels.push_back(schedule->level(t));
    return levels;
}

/// Standard normal rows and noised points, each in the order its side wants.
struct DataCase {
    DenoiserPtr model;
    Block x, out;
    std::vector<double> plain_x, plain_rows, plain_out;

    DataCase(int dim, NoiseLevel level) : x(dim, n_points), out(dim, n_points) {
        Block rows(dim, n_rows), noise(dim, n_points);
        fill_normals(1, Stream::initial_law, 0, n_rows, 0, dim, rows.rows());
        fill_normals(2, Stream::initial_law, 0, n_points, 0, dim, noise.rows());
        std::vector<std::vector<double>> data(n_rows);
        for (Index i = 0; i < n_rows; ++i)
            for (int j = 0; j < dim; ++j) {
                data[static_cast<std::size_t>(i)].push_back(rows.row(j)[i]);
                plain_rows.push_back(rows.row(j)[i]);
            }
        for (Index q = 0; q < n_points; ++q)
            for (int j = 0; j < dim; ++j) {
                x.row(j)[q] = level.alpha * rows.row(j)[q] + level.sigma * noise.row(j)[q];
                plain_x.push_back(x.row(j)[q]);
            }
        plain_out.resize(plain_x.size());
        model = data_denoiser(data);
    }
};

/// Cycles a pair of point and row: a multiply-add for each square and each product and 14 of an exponential, one vector
/// of 8 a cycle. Rows that need not be summed cost the squares only.
double score_bound(int dim) {
    return (2.0 * dim + 14.0) / 8.0;
}

void score_contest(int dim, const std::string& name, const std::string& what, const std::vector<NoiseLevel>& levels,
                   int repeats) {
    std::vector<std::shared_ptr<DataCase>> cases;
    for (const NoiseLevel level : levels) cases.push_back(std::make_shared<DataCase>(dim, level));
    Contest contest;
    contest.name = "score/" + std::to_string(dim) + name;
    contest.what = "score of 4096 rows, dim " + std::to_string(dim) + ", " + what;
    contest.against = "a double loop";
    contest.items = static_cast<double>(n_points * n_rows) * static_cast<double>(levels.size());
    contest.unit = "pairs";
    contest.target = 10.0;
    contest.rounds = levels.size() > 1 ? 5 : 15;
    contest.ours_repeats = repeats;
    contest.ours = [=] {
        for (int k = 0; k < repeats; ++k)
            for (std::size_t i = 0; i < cases.size(); ++i) {
                cases[i]->model->denoise(cases[i]->x.points(), levels[i], cases[i]->out.rows());
                benchmark::DoNotOptimize(cases[i]->out.row(0));
            }
    };
    contest.theirs = [=] {
        for (std::size_t i = 0; i < cases.size(); ++i) {
            empirical_denoiser(cases[i]->plain_x, cases[i]->plain_rows, static_cast<std::size_t>(dim), levels[i].alpha,
                               levels[i].sigma, cases[i]->plain_out);
            benchmark::DoNotOptimize(cases[i]->plain_out.data());
        }
    };
    contest.bound_cycles = score_bound(dim);
    contest.bound_by_pipes = true;
    contest.bound_source =
        "multiply-adds: two a component and 14 of an exponential, over the pipes that multiply, no row left out";
    add(std::move(contest));
}

// --- master equation of tokens -------------------------------------------------------------------------------------

void master_equation_contest(int n_tokens, int n_positions) {
    struct Case {
        SequenceSpace space;
        SparseRateMatrix chain;
        SequenceRateMatrix Q;
        std::vector<double> p;
        Eigen::MatrixXd dense;

        Case(int V, int D)
            : space{V, D},
              chain(TokenNoise::uniform(V, TokenSchedule::Kind::exponential).token_chain()),
              Q(space, chain) {
            const Index n = space.n_states();
            p.assign(static_cast<std::size_t>(n), 0.0);
            for (Index i = 0; i < n; ++i) p[static_cast<std::size_t>(i)] = 1.0 / static_cast<double>(i + 1);
            dense.resize(n, n);
            std::vector<double> unit(static_cast<std::size_t>(n), 0.0), column(unit);
            for (Index i = 0; i < n; ++i) {
                unit[static_cast<std::size_t>(i)] = 1.0;
                Q.apply_adjoint(unit.data(), column.data());
                unit[static_cast<std::size_t>(i)] = 0.0;
                dense.col(i) = Eigen::Map<const Eigen::VectorXd>(column.data(), n);
            }
        }
    };
    const auto tokens = std::make_shared<Case>(n_tokens, n_positions);
    constexpr int repeats = 200;
    Contest contest;
    contest.name = "tokens/expm";
    contest.what = "master equation of " + std::to_string(n_positions) + " tokens of " + std::to_string(n_tokens) +
                   ", " + std::to_string(tokens->space.n_states()) + " states, to t = 1";
    contest.against = "Eigen's matrix exponential, dense";
    contest.items = 1.0;
    contest.unit = "solutions";
    contest.target = 100.0;
    contest.ours_repeats = repeats;
    contest.rounds = 7;
    contest.ours = [=] {
        for (int k = 0; k < repeats; ++k) benchmark::DoNotOptimize(propagate_law(tokens->Q, tokens->p, 1.0)[0]);
    };
    contest.theirs = [=] {
        const Eigen::MatrixXd kernel = tokens->dense.exp();
        const Eigen::VectorXd law =
            kernel * Eigen::Map<const Eigen::VectorXd>(tokens->p.data(), static_cast<Index>(tokens->p.size()));
        benchmark::DoNotOptimize(law.data());
    };
    add(std::move(contest));
}

// --- samples per second --------------------------------------------------------------------------------------------

constexpr std::uint64_t n_samples = 20000;
constexpr int model_calls = 32;

std::function<void()> samples(const std::string& name) {
    const GaussianMixture law{
        .weights = {0.3, 0.5, 0.2}, .means = {{-1.2}, {0.4}, {1.5}}, .sds = {{0.1}, {0.2}, {0.05}}};
    SamplingProblem problem{.sampler = name};
    problem.setup.schedule = make_schedule(Edm{});
    problem.setup.model = mixture_denoiser(law);
    const SamplerInfo& info = sampler_info(name);
    const int n_steps = name == "probability_flow"
                            ? model_calls
                            : static_cast<int>((model_calls - info.extra_model_calls) / info.model_calls);
    problem.setup.times = sampling_times(*problem.setup.schedule, {.n_steps = n_steps});
    const auto propagator = make_sampling_propagator(problem);
    const auto start = noise_law(problem.setup);
    return [=] {
        EnsembleSpec spec{.propagator = *propagator, .initial = *start};
        spec.outputs = {0.002};
        spec.n_particles = n_samples;
        spec.n_threads = 1;
        benchmark::DoNotOptimize(run_ensemble(spec).rows[0].mass);
    };
}

void sampler_contest(const std::string& name) {
    Contest contest;
    contest.name = "sampler/" + name;
    contest.what = name + ", three bumps, 32 model calls";
    contest.against = "our ddim, 32 model calls";
    contest.items = static_cast<double>(n_samples);
    contest.unit = "samples";
    // Noise costs about a third of a model call here; multistep methods two vector operations a stored value.
    // dopri5 goes point by point, to a tolerance of 1e-6: some 700 model calls without blocks.
    contest.target = name == "probability_flow" ? 0.001 : 0.5;
    contest.ours = samples(name);
    contest.theirs = samples("ddim");
    contest.bound_ratio = 1.0;
    contest.bound_source = "the model calls alone";
    add(std::move(contest));
}

std::function<void()> sequences(const std::string& name, int n_steps, std::uint64_t n) {
    const SequenceSpace space{4, 3};
    const TokenNoise noise = TokenNoise::absorbing(4, TokenSchedule::Kind::linear);
    std::vector<double> p(64, 0.0);
    std::vector<int> x(3);
    for (Index i = 0; i < 64; ++i) {
        space.sequence(i, x);
        if (x[0] != 3 && x[1] != 3 && x[2] != 3) p[static_cast<std::size_t>(i)] = 1.0 / static_cast<double>(i + 3);
    }
    const TokenModel model{noise, std::make_shared<const EnumeratedPosterior>(space, p, noise)};
    const std::shared_ptr<const TokenSampler> sampler = make_token_sampler(name);
    const std::vector<double> times = token_times(0.98, 0.02, n_steps);
    return [=] {
        for (std::uint64_t i = 0; i < n; ++i) {
            std::vector<int> masked = {3, 3, 3};
            sample_tokens(*sampler, model, times, masked, 1, i);
            benchmark::DoNotOptimize(masked.data());
        }
    };
}

void token_contest(const std::string& name, int n_steps, double target) {
    constexpr std::uint64_t n = 2000;
    Contest contest;
    contest.name = "token_sampler/" + name;
    contest.what = name + ", 3 masked tokens, " + std::to_string(n_steps) + (n_steps == 1 ? " step" : " steps");
    contest.against = "our euler, 32 steps";
    contest.items = static_cast<double>(n);
    contest.unit = "sequences";
    contest.target = target;
    contest.ours = sequences(name, n_steps, n);
    contest.theirs = sequences("euler", 32, n);
    add(std::move(contest));
}

}  // namespace

void add_sampling() {
    for (const int dim : {2, 8, 32}) {
        score_contest(dim, "", "every row counts", {one_level}, 8);
        score_contest(dim, "/run", "the levels of a run", levels_of_a_run(), 2);
    }
    master_equation_contest(4, 4);
    for (const SamplerInfo& info : sampler_list())
        if (info.name != "ddim") sampler_contest(info.name);
    token_contest("tau_leaping", 32, 0.8);
    token_contest("tweedie", 32, 0.8);
    token_contest("theta_trapezoidal", 16, 0.8);
    token_contest("first_hitting", 1, 4.0);
    token_contest("uniformisation", 1, 1.0);
}

}  // namespace dynkin::benchmarks
