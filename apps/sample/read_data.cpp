#include "apps/sample/read_parts.hpp"
#include "apps/sample/written_model.hpp"
#include "solvers/grid/density_solver.hpp"
#include "solvers/grid/initial_masses.hpp"
#include "solvers/sampling/data_law.hpp"
#include "solvers/sampling/grid_score.hpp"
#include "solvers/sampling/noising_process.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dynkin::reading {
namespace {

constexpr double mass_at_ends = 1e-5;  // of the noised law, in the outermost cells
constexpr std::size_t most_tokens = 128;
constexpr int n_snapshots = 160;  // of the grid's density over the noise levels

void read_mixture(const Section& section, DataLaw& data) {
    GaussianMixture mixture;
    mixture.weights = section.reals("weights", {}, RealRange::positive);
    mixture.means = section.real_matrix("means", mixture.weights.size());
    const std::size_t dim = mixture.means.front().size();
    if (section.has("covariances")) {
        if (section.has("sds")) section.fail("covariances", "sds are given too; expected one of them");
        mixture = located(section, "covariances", [&] {
            return mixture_of_covariances(mixture.weights, mixture.means,
                                          section.real_matrix("covariances", mixture.weights.size(), dim * dim));
        });
    } else {
        mixture.sds = section.real_matrix("sds", mixture.weights.size(), dim, RealRange::positive);
    }
    const double total = std::accumulate(mixture.weights.begin(), mixture.weights.end(), 0.0);
    for (double& w : mixture.weights) w /= total;
    const auto law = initial_law(mixture);
    data.mean = law->mean();
    for (std::size_t j = 0; j < dim; ++j) {
        std::vector<int> degree(dim, 0);
        degree[j] = 2;
        data.sd.push_back(std::sqrt(std::max(0.0, law->moment(degree) - data.mean[j] * data.mean[j])));
    }
    data.model = located(section, "weights", [&] { return mixture_denoiser(mixture); });
    data.variables = default_variables(static_cast<int>(dim));
    data.mixture = std::move(mixture);
}

/// Row numbers in random order.
std::vector<std::size_t> shuffled(std::size_t n, std::uint64_t seed) {
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = n; i-- > 1;) {
        Draws draws({seed, Stream::resampling, 0}, i);
        std::swap(order[i], order[static_cast<std::size_t>(draws.uniform() * static_cast<double>(i + 1))]);
    }
    return order;
}

void standardise(const Table& table, bool wanted, SampleRows& rows) {
    for (const std::vector<double>& column : table.columns) {
        const auto n = static_cast<double>(column.size());
        double mean = std::accumulate(column.begin(), column.end(), 0.0) / n, square = 0.0;
        for (const double y : column) square += (y - mean) * (y - mean) / n;
        rows.centre.push_back(wanted ? mean : 0.0);
        rows.unit.push_back(wanted && square > 0.0 ? std::sqrt(square) : 1.0);
    }
}

void read_rows(const Section& section, DataLaw& data, const std::filesystem::path& directory) {
    const Table table = read_table(section, directory);
    const auto n = static_cast<std::size_t>(table.n_rows()), dim = table.columns.size();
    SampleRows rows;
    standardise(table, section.boolean_or("standardise", true), rows);
    const double share = section.real_or("held_out", 0.3, RealRange::positive);
    if (!(share < 1.0)) section.fail("held_out", "expected a share of the rows, between 0 and 1");
    const auto seed = static_cast<std::uint64_t>(section.integer_or("split_seed", 0, 0));
    const auto n_held_out = static_cast<std::size_t>(std::floor(share * static_cast<double>(n)));
    if (n_held_out < 8 || n - n_held_out < 8)
        section.fail("held_out", std::to_string(n) + " rows leave " + std::to_string(n_held_out) +
                                     " to judge by; expected at least 8 on either side");
    const std::vector<std::size_t> order = shuffled(n, seed);
    rows.training.resize(static_cast<int>(dim), static_cast<Index>(n - n_held_out));
    rows.held_out.resize(static_cast<int>(dim), static_cast<Index>(n_held_out));
    std::vector<std::vector<double>> known(n - n_held_out, std::vector<double>(dim));
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < dim; ++j) {
            const double y = (table.columns[j][order[i]] - rows.centre[j]) / rows.unit[j];
            if (i < known.size()) {
                known[i][j] = y;
                rows.training.row(static_cast<int>(j))[i] = y;
            } else {
                rows.held_out.row(static_cast<int>(j))[i - known.size()] = y;
            }
        }
    data.model = located(section, "file", [&] { return data_denoiser(known); });
    data.variables = table.names;
    for (std::size_t j = 0; j < dim; ++j) {
        double mean = 0.0, square = 0.0;
        for (const auto& row : known) mean += row[j] / static_cast<double>(known.size());
        for (const auto& row : known) square += (row[j] - mean) * (row[j] - mean) / static_cast<double>(known.size());
        data.mean.push_back(mean);
        data.sd.push_back(std::sqrt(square));
    }
    data.rows = std::move(rows);
}

struct Solution {
    Mesh mesh;
    DenoiserPtr model;
    std::vector<double> first, last;  // masses at t_min and t_max
};

/// The noised density at many levels, from the Fokker-Planck equation of the noising process.
Solution noised_on_grid(const Mesh& mesh, const InitialLaw& law, const SchedulePtr& schedule) {
    std::vector<double> outputs = sampling_times(*schedule, {.spacing = TimeSpacing::log_snr, .n_steps = n_snapshots});
    std::reverse(outputs.begin(), outputs.end());
    std::vector<GridSnapshot> snapshots;
    Solution solution{.mesh = mesh, .model = {}, .first = {}, .last = {}};
    const Domain domain(static_cast<std::size_t>(mesh.dim()));
    solve_density({.problem = {.process = make_noising_process(schedule, mesh.dim()), .mesh = mesh, .domain = domain},
                   .initial = law,
                   .t0 = outputs.front(),
                   .outputs = outputs,
                   .steps = {.tolerance = mesh.dim() == 1 ? 1e-7 : 1e-5},
                   .visit = [&](int k, const std::vector<double>& masses) {
                       snapshots.push_back({schedule->level(outputs[static_cast<std::size_t>(k)]), masses});
                   }});
    solution.first = snapshots.front().masses;
    solution.last = snapshots.back().masses;
    solution.model = grid_denoiser(mesh, std::move(snapshots));
    return solution;
}

double mass_in_outer_cells(const Mesh& mesh, const std::vector<double>& masses) {
    const auto nx = static_cast<std::size_t>(mesh.n_cells(0));
    double sum = 0.0;
    for (std::size_t i = 0; i < masses.size(); ++i) {
        const std::size_t ix = i % nx, iy = i / nx, ny = masses.size() / nx;
        if (ix == 0 || ix + 1 == nx || (mesh.dim() > 1 && (iy == 0 || iy + 1 == ny))) sum += masses[i];
    }
    return sum;
}

void read_density(const Section& section, const SchedulePtr& schedule, DataLaw& data) {
    const std::vector<double> lower = section.reals("lower"), upper = section.reals("upper", lower.size());
    if (lower.size() > 2) section.fail("lower", "densities live in one or two dimensions here");
    const std::vector<std::int64_t> cells = section.integers("cells", lower.size(), 8, 100'000);
    data.variables = default_variables(static_cast<int>(lower.size()));
    const auto density = expression_function(section.located_text("density"), data.variables, {});
    const auto law = located(section, "density", [&] { return density_law(lower, upper, density); });
    const auto mesh_of = [&](std::int64_t part) {
        Mesh mesh;
        for (std::size_t j = 0; j < lower.size(); ++j)
            mesh.faces.push_back(uniform_faces(lower[j], upper[j], static_cast<int>(cells[j] / part)));
        return mesh;
    };
    Solution fine = located(section, "density", [&] { return noised_on_grid(mesh_of(1), *law, schedule); });
    const Solution coarse = located(section, "density", [&] { return noised_on_grid(mesh_of(2), *law, schedule); });
    if (const double mass = mass_in_outer_cells(fine.mesh, fine.last); mass > mass_at_ends)
        section.fail("lower", "the outermost cells hold " + std::to_string(mass) +
                                  " of the noised law at the schedule's end; move lower and upper outwards");
    data.mean = law->mean();
    for (std::size_t j = 0; j < lower.size(); ++j) {
        std::vector<int> degree(lower.size(), 0);
        degree[j] = 2;
        data.sd.push_back(std::sqrt(std::max(0.0, law->moment(degree) - data.mean[j] * data.mean[j])));
    }
    data.model = fine.model;
    data.grid = GridLaw{fine.mesh, fine.first, coarse.model, coarse.first, coarse.mesh};
}

void read_embedding(const Section& section, DataLaw& data) {
    const std::vector<std::vector<double>> rows = section.real_matrix("embeddings");
    if (rows.size() > most_tokens)
        section.fail("embeddings", std::to_string(rows.size()) + " tokens; the verdict looks at each of " +
                                       std::to_string(most_tokens) + " at most");
    std::vector<double> prior =
        section.reals_or("prior", std::vector<double>(rows.size(), 1.0), rows.size(), RealRange::non_negative);
    const auto embedding =
        located(section, "prior", [&] { return std::make_shared<const TiedEmbedding>(rows, prior); });
    const double total = std::accumulate(prior.begin(), prior.end(), 0.0);
    for (double& p : prior) p /= total;
    const std::size_t dim = rows.front().size();
    for (std::size_t j = 0; j < dim; ++j) {
        double mean = 0.0, square = 0.0;
        for (std::size_t i = 0; i < rows.size(); ++i) mean += prior[i] * rows[i][j];
        for (std::size_t i = 0; i < rows.size(); ++i) square += prior[i] * (rows[i][j] - mean) * (rows[i][j] - mean);
        data.mean.push_back(mean);
        data.sd.push_back(std::sqrt(square));
    }
    data.model = embedding;
    data.variables = default_variables(static_cast<int>(dim));
    data.tokens = EmbeddedTokens{embedding, std::move(prior)};
}

}  // namespace

DataLaw read_data(const Section& section, const SchedulePtr& schedule, const std::filesystem::path& directory) {
    const std::string kind = section.one_of("kind", {"mixture", "samples", "density", "embedding", "tokens"});
    if (kind == "tokens") section.fail("kind", "tokens have [noise], not [schedule]");
    DataLaw data;
    if (kind == "mixture") read_mixture(section, data);
    if (kind == "samples") read_rows(section, data, directory);
    if (kind == "density") read_density(section, schedule, data);
    if (kind == "embedding") read_embedding(section, data);
    return data;
}

void read_score(const Section& root, ContinuousExperiment& experiment) {
    const auto section = root.find_section("score");
    if (!section) return;
    if (root.has("guidance")) section->fail("values", "a model written down is not composed; leave out [guidance]");
    const std::string form = section->one_of_or("predicts", "score", {"denoiser", "score", "epsilon"});
    experiment.problem.setup.model =
        expression_denoiser(section->located_texts("values", experiment.data.variables.size()), prediction(form),
                            experiment.data.variables, experiment.data.model, read_constants(*section));
}

void read_guidance(const Section& root, ContinuousExperiment& experiment, const std::filesystem::path& directory) {
    const auto section = root.find_section("guidance");
    if (!section) return;
    GuidanceSettings settings;
    settings.composition.beta = section->real("beta");
    settings.composition.pool = pool_of(section->one_of_or("pool", "mean", {"mean", "max"}));
    settings.feynman_kac = section->boolean_or("feynman_kac", false);
    SamplerSetup& setup = experiment.problem.setup;
    std::vector<DenoiserPtr> conditionals;
    for (const Section& condition : section->sections("conditions")) {
        experiment.conditions.push_back(read_data(condition, setup.schedule, directory));
        if (experiment.conditions.back().model->dim() != experiment.dim())
            condition.fail("kind", "dimension " + std::to_string(experiment.conditions.back().model->dim()) +
                                       ", the data have " + std::to_string(experiment.dim()));
        conditionals.push_back(experiment.conditions.back().model);
    }
    if (conditionals.empty()) section->fail("conditions", "expected one [[guidance.conditions]] or more");
    if (experiment.start == SamplingStart::exact)
        root.section("sampler").fail("start", "the law at the start is that of the data, not of the composition");
    setup.model = located(*section, "pool",
                          [&] { return guided_score(conditionals, experiment.data.model, settings.composition); });
    if (settings.feynman_kac) {
        settings.resample_below = section->real_or("resample_below", 0.5, RealRange::non_negative);
        settings.n_replicas = static_cast<int>(section->integer_or("replicas", 24, 8, 1000));
        if (settings.composition.pool != Pool::mean)
            section->fail("feynman_kac", "the weights are known for pool 'mean', a product of powers");
        const std::string& name = experiment.problem.sampler;
        const std::vector<std::string> single = {"ddpm", "ddim", "euler_maruyama", "heun", "dpm2"};
        if (std::find(single.begin(), single.end(), name) == single.end())
            section->fail("feynman_kac",
                          "sampler '" + name +
                              "' remembers earlier steps or has none of its own, so its particles cannot "
                              "be drawn anew; expected ddpm, ddim, euler_maruyama, heun or dpm2");
        const auto terms = guidance_terms(conditionals, experiment.data.model, settings.composition.beta);
        experiment.problem.killing = make_composed_process(setup.schedule, terms, 1.0);
    }
    experiment.guidance = settings;
}

}  // namespace dynkin::reading
