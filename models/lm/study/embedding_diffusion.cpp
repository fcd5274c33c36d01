#include "models/lm/study/embedding_diffusion.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>

#include "solvers/core/errors.hpp"
#include "solvers/noise/normals.hpp"
#include "solvers/particle/parallel.hpp"
#include "solvers/sampling/categorical.hpp"
#include "solvers/sampling/data_law.hpp"
#include "solvers/sampling/sampler.hpp"
#include "solvers/sampling/sampling_times.hpp"

namespace dynkin::lm {
namespace {

constexpr Index block_size = 512;

double root_mean_square(const std::vector<std::vector<double>>& rows) {
    double sum = 0.0, n = 0.0;
    for (const auto& row : rows)
        for (double x : row) {
            sum += x * x;
            n += 1.0;
        }
    return std::sqrt(sum / std::max(n, 1.0));
}

/// X = e_J + sigma xi, one stream of draws a particle.
void start(const std::vector<std::vector<double>>& embeddings, const Categorical& prior, double sigma,
           std::uint64_t seed, std::uint64_t first, Block& x) {
    for (Index i = 0; i < x.size(); ++i) {
        Draws draws({seed, Stream::initial_law, 0}, first + static_cast<std::uint64_t>(i));
        const auto& e = embeddings[static_cast<std::size_t>(draw(prior, draws.uniform()))];
        for (int j = 0; j < x.n_rows(); ++j) x.row(j)[i] = e[static_cast<std::size_t>(j)] + sigma * draws.normal();
    }
}

/// How often each token is the most probable one of the samples.
std::vector<double> sample(const std::vector<std::vector<double>>& embeddings, const Categorical& prior,
                           const TiedEmbedding& tied, const Sampler& sampler, const SamplerSetup& setup,
                           const EmbeddingDiffusionOptions& options) {
    const auto n_steps = static_cast<int>(setup.times.size()) - 1;
    const Index n_blocks = (options.n_samples + block_size - 1) / block_size;
    std::vector<std::vector<double>> counts(static_cast<std::size_t>(n_blocks));
    parallel_blocks(n_blocks, options.n_threads, [&](std::int64_t number, int) {
        const Index first = number * block_size, n = std::min<Index>(block_size, options.n_samples - first);
        const auto particle = static_cast<std::uint64_t>(first);
        Block x(tied.dim(), n), normals(std::max(1, sampler.normal_rows()), n), p(tied.n_tokens(), n);
        start(embeddings, prior, setup.schedule->sigma(setup.times.front()), options.seed, particle, x);
        SamplerMemory memory;
        for (int i = 0; i < n_steps; ++i) {
            fill_normals(options.seed, Stream::brownian, particle, n,
                         static_cast<std::uint64_t>(i) * static_cast<std::uint64_t>(sampler.normal_rows()),
                         sampler.normal_rows(), normals.rows());
            sampler.step(x.rows(), n, i, particle, normals.rows(), memory);
        }
        tied.posterior(x.points(), setup.schedule->level(setup.times.back()), p.rows());
        std::vector<double>& count = counts[static_cast<std::size_t>(number)];
        count.assign(static_cast<std::size_t>(tied.n_tokens()), 0.0);
        for (Index i = 0; i < n; ++i) {
            int best = 0;
            for (int k = 1; k < tied.n_tokens(); ++k)
                if (p.row(k)[i] > p.row(best)[i]) best = k;
            count[static_cast<std::size_t>(best)] += 1.0;
        }
    });
    std::vector<double> total(static_cast<std::size_t>(tied.n_tokens()), 0.0);
    for (const std::vector<double>& count : counts)
        for (std::size_t k = 0; k < total.size(); ++k) total[k] += count[k];
    return total;
}

}  // namespace

std::vector<EmbeddingDiffusionRow> embedding_diffusion(const std::vector<std::vector<double>>& embeddings,
                                                       const std::vector<double>& prior,
                                                       const EmbeddingDiffusionOptions& options) {
    if (options.n_samples < 1) throw ConfigError("embedding diffusion: n_samples must be positive");
    const auto tied = std::make_shared<const TiedEmbedding>(embeddings, prior);
    const Categorical law = Categorical::from_weights(prior);
    const double scale = root_mean_square(embeddings), n = static_cast<double>(options.n_samples);
    if (!(scale > 0.0)) throw ConfigError("embedding diffusion: all embeddings are 0");
    const SchedulePtr schedule =
        make_schedule(Edm{.sigma_min = options.sigma_min * scale, .sigma_max = options.sigma_max * scale});
    double floor = 0.0;  // E |count / n - p| = sqrt(2 p (1 - p) / (pi n)) for a normal count
    for (double p : law.probabilities()) floor += std::sqrt(2.0 * p * (1.0 - p) / (std::numbers::pi * n)) / 2.0;

    std::vector<EmbeddingDiffusionRow> rows;
    for (const std::string& name : options.samplers)
        for (int n_steps : options.n_steps) {
            const SamplerSetup setup{
                .schedule = schedule, .model = tied, .times = sampling_times(*schedule, {.n_steps = n_steps})};
            const auto sampler = make_sampler(name, setup);
            const std::vector<double> counts = sample(embeddings, law, *tied, *sampler, setup, options);
            EmbeddingDiffusionRow row{name, n_steps, 0.0, 0.0, floor};
            row.model_calls = n_steps * sampler->info().model_calls + sampler->info().extra_model_calls;
            for (std::size_t k = 0; k < counts.size(); ++k)
                row.total_variation += std::abs(counts[k] / n - law.probabilities()[k]) / 2.0;
            rows.push_back(row);
        }
    return rows;
}

std::vector<std::vector<double>> embedding_rows(const DecoderSpec& spec, std::span<const float> parameters) {
    const ParameterList list(spec.shape, spec.head);
    if (parameters.size() != list.size())
        throw ConfigError("embedding_rows: " + std::to_string(parameters.size()) + " parameters, expected " +
                          std::to_string(list.size()));
    std::vector<std::vector<double>> rows;
    const auto d = static_cast<std::size_t>(spec.shape.width);
    for (std::size_t k = 0; k < static_cast<std::size_t>(spec.shape.vocabulary); ++k) {
        const auto row = parameters.subspan(list.embedding() + k * d, d);
        rows.emplace_back(row.begin(), row.end());
    }
    return rows;
}

}  // namespace dynkin::lm
