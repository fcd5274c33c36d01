// Scores of laws that sit on points, and of densities on a grid.
#include "solvers/sampling/data_law.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/grid/density_solver.hpp"
#include "solvers/sampling/grid_score.hpp"
#include "solvers/sampling/noising_process.hpp"
#include "solvers/sampling/sampling_propagator.hpp"
#include "tests/unit/sampling/law.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace dynkin {
namespace {

using test::message_of;

std::vector<std::vector<double>> drawn_rows(std::size_t n, std::size_t dim) {
    std::vector<std::vector<double>> rows;
    for (std::size_t i = 0; i < n; ++i) {
        Draws draws({.seed = 9, .stream = Stream::initial_law}, i);
        rows.emplace_back();
        for (std::size_t j = 0; j < dim; ++j) rows.back().push_back(draws.normal() + (i % 3 == 0 ? 2.0 : 0.0));
    }
    return rows;
}

Block drawn_points(int dim, Index n, NoiseLevel level) {
    Block x(dim, n);
    for (Index q = 0; q < n; ++q) {
        Draws draws({.seed = 10, .stream = Stream::initial_law}, static_cast<std::uint64_t>(q));
        for (int j = 0; j < dim; ++j) x.row(j)[q] = level.alpha * draws.normal() + level.sigma * draws.normal();
    }
    return x;
}

// The same law as a mixture of atoms: another program for the same numbers.
DenoiserPtr atoms(const std::vector<std::vector<double>>& rows, const std::vector<double>& weights) {
    return mixture_denoiser(
        {.weights = weights, .means = rows, .sds = std::vector(rows.size(), std::vector(rows[0].size(), 0.0))});
}

double largest_difference(const Block& a, const Block& b) {
    double worst = 0.0;
    for (int j = 0; j < a.n_rows(); ++j)
        for (Index q = 0; q < a.size(); ++q) worst = std::max(worst, std::abs(a.row(j)[q] - b.row(j)[q]));
    return worst;
}

// Logits reach (|x - y| / sigma)^2 / 2, some 1e5 at the lowest level: their round-off, 1e-11, is that of the shares.
TEST(DataDenoiser, AgreesWithAtoms) {
    for (const std::size_t dim : {1u, 2u, 5u}) {
        const auto rows = drawn_rows(333, dim);
        std::vector<double> weights;
        for (std::size_t i = 0; i < rows.size(); ++i) weights.push_back(1.0 + static_cast<double>(i % 5));
        const DenoiserPtr data = data_denoiser(rows, weights), mixture = atoms(rows, weights);
        for (const NoiseLevel level : {NoiseLevel{1.0, 0.01}, NoiseLevel{0.7, 0.3}, NoiseLevel{0.1, 1.0}}) {
            const Block x = drawn_points(static_cast<int>(dim), 150, level);
            Block one(static_cast<int>(dim), 150), other = one;
            data->denoise(x.points(), level, one.rows());
            mixture->denoise(x.points(), level, other.rows());
            EXPECT_LT(largest_difference(one, other), 1e-9) << dim;

            std::vector<double> p(150), q(150);
            data->log_density(x.points(), level, p.data());
            mixture->log_density(x.points(), level, q.data());
            for (std::size_t i = 0; i < 150; ++i) EXPECT_NEAR(p[i], q[i], 1e-12 * (1.0 + std::abs(q[i])));
        }
    }
}

TEST(DataDenoiser, ResultsDoNotDependOnTheBlock) {
    const DenoiserPtr data = data_denoiser(drawn_rows(200, 2));
    for (const NoiseLevel level : {NoiseLevel{1.0, 0.02}, NoiseLevel{1.0, 0.5}}) {
        const Block x = drawn_points(2, 200, level);
        Block whole(2, 200), parts(2, 200);
        data->denoise(x.points(), level, whole.rows());
        for (Index q = 0; q < 200; q += 9)
            data->denoise(x.points().slice(q, std::min<Index>(9, 200 - q)), level,
                          {parts.rows().data + q, parts.stride()});
        EXPECT_EQ(largest_difference(whole, parts), 0.0);
    }
}

TEST(DataDenoiser, RefusesWhatIsNoData) {
    EXPECT_NE(message_of([] { data_denoiser({}); }).find("no data"), std::string::npos);
    EXPECT_NE(message_of([] {
                  data_denoiser({{1.0}, {2.0}}, {0.0, 0.0});
              }).find("all weights are zero"),
              std::string::npos);
    EXPECT_THROW(data_denoiser({{1.0}, {2.0, 3.0}}), ConfigError);
    EXPECT_THROW(data_denoiser({{1.0}, {std::nan("")}}), ConfigError);
    EXPECT_THROW(data_denoiser({{1.0}, {2.0}}, {1.0}), ConfigError);
    EXPECT_THROW(data_denoiser({{1.0}, {2.0}}, {1.0, -1.0}), ConfigError);
    EXPECT_NO_THROW(data_denoiser({{1.0}, {2.0}}, {1.0, 0.0}));
}

TEST(TiedEmbedding, IsTheExactDenoiser) {
    const auto embeddings = drawn_rows(50, 8);
    std::vector<double> prior;
    for (std::size_t j = 0; j < 50; ++j) prior.push_back(1.0 / static_cast<double>(j + 1));
    const TiedEmbedding tied(embeddings, prior);
    const DenoiserPtr exact = atoms(embeddings, prior);
    for (const NoiseLevel level : {NoiseLevel{1.0, 0.3}, NoiseLevel{0.6, 0.8}, NoiseLevel{1.0, 3.0}}) {
        const Block x = drawn_points(8, 100, level);
        Block one(8, 100), other(8, 100), p(50, 100), s(8, 100), t(8, 100);
        tied.denoise(x.points(), level, one.rows());
        exact->denoise(x.points(), level, other.rows());
        tied.posterior(x.points(), level, p.rows());
        tied.score(x.points(), level, s.rows());
        exact->score(x.points(), level, t.rows());

        EXPECT_LT(largest_difference(one, other), 1e-9);
        EXPECT_LT(largest_difference(s, t), 1e-9);
        for (Index q = 0; q < 100; ++q) {
            double sum = 0.0;
            for (int j = 0; j < 50; ++j) sum += p.row(j)[q];
            EXPECT_NEAR(sum, 1.0, 1e-13);
        }
        const TiedEmbedding without_prior(embeddings);  // mutant: log pi left out
        without_prior.denoise(x.points(), level, one.rows());
        EXPECT_GT(largest_difference(one, other), 1e-3);
    }
}

// Reverse diffusion in the space of embeddings gives back the law of the tokens. 4000 samples of five tokens: a total
// variation of sqrt(2 V / (pi n)) / 2 = 0.014 is noise; thrice that is allowed.
TEST(TiedEmbedding, ReverseDiffusionRecoversTheTokens) {
    const std::vector<std::vector<double>> embeddings{{1.0, 0.0}, {-1.0, 0.2}, {0.0, 1.3}, {0.4, -1.1}, {1.2, 1.2}};
    const std::vector<double> prior{0.4, 0.1, 0.2, 0.25, 0.05};
    const auto tied = std::make_shared<const TiedEmbedding>(embeddings, prior);
    const SchedulePtr schedule = make_schedule(Edm{.sigma_min = 0.02, .sigma_max = 40.0});
    const SamplerSetup setup{.schedule = schedule, .model = tied, .times = sampling_times(*schedule, {.n_steps = 16})};
    const Index n = 4000;
    Block x(2, n), p(5, n);
    noise_law(setup)->sample(x.rows(), n, 0, {.seed = 1, .stream = Stream::initial_law});

    run_steps(*make_sampler("heun", setup), 16, x);

    tied->posterior(x.points(), schedule->level(0.02), p.rows());
    double distance = 0.0;
    for (int j = 0; j < 5; ++j) {
        double share = 0.0;
        for (Index q = 0; q < n; ++q) share += p.row(j)[q] / static_cast<double>(n);
        distance += 0.5 * std::abs(share - prior[static_cast<std::size_t>(j)]);
    }
    EXPECT_LT(distance, 0.042);
}

// Weighted mean of |score on the grid - exact score| over the law, from our own solution of the noising process.
double grid_score_error(int n_cells, double score_factor) {
    const GaussianMixture law{.weights = {0.4, 0.6}, .means = {{-1.0}, {0.9}}, .sds = {{0.4}, {0.5}}};
    const SchedulePtr schedule = make_schedule(VpLinear{.beta_min = 0.5, .beta_max = 3.0, .t_min = 0.1});
    const auto start = initial_law(noised(law, schedule->level(0.1)));
    const Mesh mesh{{uniform_faces(-6.0, 6.0, n_cells)}};
    std::vector<GridSnapshot> snapshots;
    const std::vector<double> outputs{0.1, 0.3, 0.5};
    solve_density({.problem = {.process = make_noising_process(schedule, 1), .mesh = mesh, .domain = Domain(1)},
                   .initial = *start,
                   .t0 = 0.1,
                   .outputs = outputs,
                   .steps = {.tolerance = 1e-7},
                   .visit = [&](int k, const std::vector<double>& masses) {
                       snapshots.push_back({schedule->level(outputs[static_cast<std::size_t>(k)]), masses});
                   }});
    const DenoiserPtr grid = grid_denoiser(mesh, snapshots), exact = mixture_denoiser(law);
    double error = 0.0;
    for (const double t : outputs) {
        const NoiseLevel level = schedule->level(t);
        const Block x = test::quantiles(law, level, 200);
        Block one(1, 200), other(1, 200);
        grid->score(x.points(), level, one.rows());
        exact->score(x.points(), level, other.rows());
        for (Index q = 0; q < 200; ++q) error += std::abs(score_factor * one.row(0)[q] - other.row(0)[q]) / 600.0;
    }
    return error;
}

TEST(GridDenoiser, IsSecondOrderInTheCellWidth) {
    const double coarse = grid_score_error(150, 1.0), fine = grid_score_error(300, 1.0);

    EXPECT_NEAR(std::log2(coarse / fine), 2.0, 0.15);
    EXPECT_LT(fine, 3e-3);
    EXPECT_GT(grid_score_error(150, 0.5), 0.3);  // mutant
}

TEST(GridDenoiser, ReadsAPlaneAndRefusesWhatDoesNotFit) {
    const Mesh mesh{{graded_faces(-5.0, 5.0, 80, 0.0, 3.0), uniform_faces(-4.0, 6.0, 90)}};
    std::vector<double> masses;
    for (const double y : mesh.centres(1))
        for (std::size_t i = 0; i < 80; ++i) {
            const double x = mesh.centres(0)[i];
            masses.push_back(std::exp(-0.5 * x * x - (y - 1.0) * (y - 1.0) + 0.3 * x * y) * mesh.widths(0)[i]);
        }
    const DenoiserPtr grid = grid_denoiser(mesh, {{{1.0, 0.5}, masses}});
    Block x(2, 1), s(2, 1);
    x.row(0)[0] = 0.37;
    x.row(1)[0] = 1.81;

    grid->score(x.points(), {1.0, 0.5}, s.rows());

    // The gradient of a quadratic is linear: differences on a uniform or graded mesh and the interpolation are exact.
    EXPECT_NEAR(s.row(0)[0], -0.37 + 0.3 * 1.81, 1e-11);
    EXPECT_NEAR(s.row(1)[0], -2.0 * 0.81 + 0.3 * 0.37, 1e-11);
    EXPECT_THROW(grid->score(x.points(), {1.0, 0.6}, s.rows()), NumericsError);
    EXPECT_THROW(grid_denoiser(mesh, {}), ConfigError);
    EXPECT_THROW(grid_denoiser(mesh, {{{1.0, 0.5}, {1.0}}}), ConfigError);
    EXPECT_THROW(grid_denoiser(mesh, {{{1.0, 0.5}, std::vector<double>(7200, 0.0)}}), ConfigError);
    EXPECT_THROW(grid_denoiser(mesh, {{{1.0, 0.5}, masses}, {{1.0, 0.4}, masses}}), ConfigError);
}

}  // namespace
}  // namespace dynkin
