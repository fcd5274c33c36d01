#include "solvers/check/held_out.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/core/fused_test_functions.hpp"
#include "solvers/core/random.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dynkin {
namespace {

constexpr Index least_rows = 8;
// Draws of one purpose each: numbers of the step in Stream::resampling.
constexpr std::uint64_t for_directions = 0, for_noise = 1, first_permutation = 2;

/// All rows of the data set, the training ones first.
Block pooled(const HeldOutSpec& spec) {
    const Index n1 = spec.training.n, n2 = spec.held_out.n;
    Block all(spec.training.dim, n1 + n2);
    for (int j = 0; j < spec.training.dim; ++j) {
        std::copy_n(spec.training.component(j), n1, all.row(j));
        std::copy_n(spec.held_out.component(j), n2, all.row(j) + n1);
    }
    return all;
}

/// A sequence of draws for each point, `first` on.
void add_noise(Block& x, double alpha, double sigma, const DrawSource& source, std::uint64_t first) {
    for (Index q = 0; q < x.size(); ++q) {
        Draws draws(source, first + static_cast<std::uint64_t>(q));
        for (int j = 0; j < x.n_rows(); ++j) x.row(j)[q] = alpha * x.row(j)[q] + sigma * draws.normal();
    }
}

void divide(Block& x, const std::vector<double>& unit) {
    for (int j = 0; j < x.n_rows(); ++j)
        for (Index q = 0; q < x.size(); ++q) x.row(j)[q] /= unit[static_cast<std::size_t>(j)];
}

std::vector<double> sd_of_axes(const Block& x) {
    std::vector<double> sd;
    const auto n = static_cast<double>(x.size());
    for (int j = 0; j < x.n_rows(); ++j) {
        double mean = 0.0, square = 0.0;
        for (Index q = 0; q < x.size(); ++q) mean += x.row(j)[q] / n;
        for (Index q = 0; q < x.size(); ++q) square += (x.row(j)[q] - mean) * (x.row(j)[q] - mean) / n;
        sd.push_back(square > 0.0 ? std::sqrt(square) : 1.0);
    }
    return sd;
}

Block first_points(Points x, Index n) {
    Block out(x.dim, n);
    for (int j = 0; j < x.dim; ++j) std::copy_n(x.component(j), n, out.row(j));
    return out;
}

Comparison moments(const HeldOutSpec& spec, const Block& noised) {
    const auto K = static_cast<int>(spec.functions.size());
    const Index n1 = spec.training.n, n2 = spec.held_out.n;
    const auto n = static_cast<double>(n1 + n2);
    const FusedTestFunctions functions(spec.functions);
    Block phi(K, noised.size()), made(K, spec.generated.n);
    functions.values(noised.points(), phi.rows());
    functions.values(spec.generated, made.rows());

    Comparison c;
    c.check = "held_out_moments";
    c.time = spec.time;
    c.n_samples = n;
    const double factor =
        1.0 / static_cast<double>(n1) + 1.0 / static_cast<double>(n2) + 1.0 / static_cast<double>(spec.generated.n);
    std::vector<double> mean;
    for (int k = 0; k < K; ++k) {
        const double* row = phi.row(k);
        mean.push_back(std::accumulate(row, row + noised.size(), 0.0) / n);
        c.functions.push_back(spec.functions[static_cast<std::size_t>(k)]->name());
        c.left.push_back(std::accumulate(made.row(k), made.row(k) + spec.generated.n, 0.0) /
                         static_cast<double>(spec.generated.n));
        c.right.push_back(std::accumulate(row + n1, row + n1 + n2, 0.0) / static_cast<double>(n2));
    }
    for (int k = 0; k < K; ++k) {
        double third = 0.0;
        for (int l = 0; l < K; ++l) {
            double sum = 0.0;
            for (Index q = 0; q < noised.size(); ++q) {
                const double d = phi.row(k)[q] - mean[static_cast<std::size_t>(k)];
                sum += d * (phi.row(l)[q] - mean[static_cast<std::size_t>(l)]);
                if (l == k) third += d * d * d;
            }
            c.covariance.push_back(sum / (n - 1.0) * factor);
            if (l == k) c.scale.push_back(std::sqrt(sum / (n - 1.0)));
        }
        const double sd = c.scale.back();
        // What a mean over the smaller half is carried by.
        c.effective_counts.push_back(effective_count(1.0 / factor, sd > 0.0 ? third / n / (sd * sd * sd) : 0.0));
    }
    return c;
}

/// The distance for one random split of all rows, were the generator right.
double under_null(const HeldOutSpec& spec, const Block& rows, const std::vector<double>& unit, Index m,
                  const std::vector<std::vector<double>>& directions, std::uint64_t number) {
    const DrawSource source{spec.seed, Stream::resampling, first_permutation + number};
    const auto n = static_cast<std::uint64_t>(rows.size());
    std::vector<Index> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), Index{0});
    for (std::size_t i = order.size(); i-- > 1;)
        std::swap(order[i], order[static_cast<std::size_t>(Draws(source, i).uniform() * static_cast<double>(i + 1))]);
    const auto n1 = static_cast<double>(spec.training.n);
    Block made(rows.n_rows(), m), kept(rows.n_rows(), m);
    for (Index q = 0; q < m; ++q) {
        const auto which = static_cast<std::size_t>(Draws(source, n + static_cast<std::uint64_t>(q)).uniform() * n1);
        const Index drawn = order[which], back = order[static_cast<std::size_t>(spec.training.n + q)];
        for (int j = 0; j < rows.n_rows(); ++j) {
            made.row(j)[q] = rows.row(j)[drawn];
            kept.row(j)[q] = rows.row(j)[back];
        }
    }
    add_noise(made, spec.alpha, spec.sigma, source, 2 * n);
    add_noise(kept, spec.alpha, spec.sigma, source, 3 * n);
    divide(made, unit);
    divide(kept, unit);
    return sliced_wasserstein(made.points(), kept.points(), directions);
}

Comparison distance(const HeldOutSpec& spec, const Block& rows, const Block& noised) {
    const Index m = std::min(spec.held_out.n, spec.generated.n);
    const std::vector<double> unit = sd_of_axes(noised);
    const auto directions = random_directions(rows.n_rows(), spec.n_directions, spec.seed);
    Block made = first_points(spec.generated, m), kept = first_points(noised.points().slice(spec.training.n, m), m);
    divide(made, unit);
    divide(kept, unit);
    const double observed = sliced_wasserstein(made.points(), kept.points(), directions);
    double sum = 0.0, squares = 0.0, above = 1.0;
    for (int b = 0; b < spec.n_permutations; ++b) {
        const double d = under_null(spec, rows, unit, m, directions, static_cast<std::uint64_t>(b));
        sum += d;
        squares += d * d;
        if (d >= observed) above += 1.0;
    }
    const double n = spec.n_permutations, mean = sum / n;
    Comparison c;
    c.check = "held_out_sliced_wasserstein";
    c.time = spec.time;
    c.functions = {"sliced W1 / sd"};
    c.left = {observed};
    c.right = {mean};
    c.covariance = {std::max(1e-300, squares / n - mean * mean)};
    c.scale = {0.0};
    c.calibrated_p = above / (n + 1.0);
    return c;
}

}  // namespace

std::vector<std::vector<double>> random_directions(int dim, int n, std::uint64_t seed) {
    if (dim == 1) return {{1.0}};
    std::vector<std::vector<double>> directions;
    for (int i = 0; i < n; ++i) {
        Draws draws({seed, Stream::resampling, for_directions}, static_cast<std::uint64_t>(i));
        std::vector<double> e;
        double square = 0.0;
        for (int j = 0; j < dim; ++j) {
            e.push_back(draws.normal());
            square += e.back() * e.back();
        }
        for (double& entry : e) entry /= std::sqrt(square);
        directions.push_back(std::move(e));
    }
    return directions;
}

double sliced_wasserstein(Points a, Points b, const std::vector<std::vector<double>>& directions) {
    if (a.n != b.n || a.dim != b.dim || a.n < 1 || directions.empty())
        throw ConfigError("sliced Wasserstein distance: samples of " + std::to_string(a.n) + " and " +
                          std::to_string(b.n) + " points, expected the same number, and a direction");
    const auto n = static_cast<std::size_t>(a.n);
    std::vector<double> u(n), v(n);
    double sum = 0.0;
    for (const std::vector<double>& e : directions) {
        std::fill(u.begin(), u.end(), 0.0);
        std::fill(v.begin(), v.end(), 0.0);
        for (int j = 0; j < a.dim; ++j)
            for (std::size_t q = 0; q < n; ++q) {
                u[q] += e[static_cast<std::size_t>(j)] * a.component(j)[q];
                v[q] += e[static_cast<std::size_t>(j)] * b.component(j)[q];
            }
        std::sort(u.begin(), u.end());
        std::sort(v.begin(), v.end());
        for (std::size_t q = 0; q < n; ++q) sum += std::abs(u[q] - v[q]);
    }
    return sum / static_cast<double>(n * directions.size());
}

std::vector<Comparison> held_out_comparisons(const HeldOutSpec& spec) {
    if (spec.training.n < least_rows || spec.held_out.n < least_rows || spec.generated.n < least_rows)
        throw ConfigError("held-out rows: " + std::to_string(spec.training.n) + " rows to learn from, " +
                          std::to_string(spec.held_out.n) + " kept back and " + std::to_string(spec.generated.n) +
                          " generated, expected at least " + std::to_string(least_rows) + " of each");
    if (spec.training.dim != spec.held_out.dim || spec.training.dim != spec.generated.dim)
        throw ConfigError("held-out rows: dimensions differ");
    const Block rows = pooled(spec);
    Block noised = rows;
    add_noise(noised, spec.alpha, spec.sigma, {spec.seed, Stream::resampling, for_noise}, 0);
    return {moments(spec, noised), distance(spec, rows, noised)};
}

}  // namespace dynkin
