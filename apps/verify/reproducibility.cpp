#include "apps/verify/reproducibility.hpp"

#include "apps/verify/case_functions.hpp"
#include "apps/verify/support/problems.hpp"
#include "models/double_well.hpp"
#include "solvers/core/test_functions.hpp"
#include "solvers/particle/sde_propagator.hpp"

#include <bit>
#include <cmath>
#include <cstdio>

namespace dynkin::verify {
namespace {

constexpr std::uint64_t n_pairs = std::uint64_t{1} << 17;

/// W at theta h, between two steps, and at the end of the step, as the library saves them.
PairSource saved_pairs(const std::string& scheme, double theta, double h, const VerifyOptions& options) {
    return [=](std::vector<double>& W_t, std::vector<double>& W_h) {
        ParticleProblem problem;
        problem.process = make_process(Brownian{});
        problem.scheme = scheme;
        problem.grid.until = h;
        problem.grid.outputs = {theta * h, h};
        problem.seed = options.seed;
        const SdePropagator propagator(problem);
        const auto start = point_law({0.0});
        EnsembleSpec spec{.propagator = propagator, .initial = *start};
        spec.outputs = problem.grid.outputs;
        spec.n_particles = n_pairs;
        spec.seed = options.seed;
        spec.n_threads = options.n_threads;
        spec.visit = [&](int output, const BlockState& state) {
            std::vector<double>& W = output == 0 ? W_t : W_h;
            for (Index q = 0; q < state.n; ++q)
                W[static_cast<std::size_t>(state.first_particle) + static_cast<std::size_t>(q)] = state.x.row(0)[q];
        };
        run_ensemble(spec);
    };
}

struct EnsembleShape {
    int n_threads = 1;
    Index block_size = 512;
    std::vector<double> outputs{1.0, 2.0};
};

/// A double well with 4000 particles, not a multiple of any block; the row at t = 2.
EnsembleRow double_well_row(const EnsembleShape& shape, std::uint64_t seed) {
    ParticleProblem problem;
    problem.process = make_process(models::DoubleWell{.D = 0.2});
    problem.scheme = "sra1";
    problem.grid.until = 2.0;
    problem.grid.n_steps = 40;
    problem.grid.outputs = shape.outputs;
    problem.seed = seed;
    const SdePropagator propagator(problem);
    const auto start = gaussian_law({-1.0}, {0.3});
    EnsembleSpec spec{.propagator = propagator, .initial = *start};
    spec.outputs = shape.outputs;
    spec.n_particles = 4000;
    spec.seed = seed;
    spec.test_functions = {monomial({1}), monomial({2}), gaussian_bump({0.5}, {0.4})};
    std::vector<double> faces;
    for (int i = 0; i <= 60; ++i) faces.push_back(-3.0 + 0.1 * i);
    spec.faces = {faces};
    spec.n_threads = shape.n_threads;
    spec.block_size = shape.block_size;
    return run_ensemble(spec).rows.back();
}

double count_different(const std::vector<double>& a, const std::vector<double>& b) {
    if (a.size() != b.size()) return static_cast<double>(std::max(a.size(), b.size()));
    double n = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i)
        n += std::bit_cast<std::uint64_t>(a[i]) != std::bit_cast<std::uint64_t>(b[i]) ? 1.0 : 0.0;
    return n;
}

}  // namespace

void add_off_grid_rows(VerifyReport& report, const std::string& label, double theta, double h,
                       const PairSource& pairs) {
    std::vector<double> W_t(n_pairs), W_h(n_pairs);
    pairs(W_t, W_h);
    const auto n = static_cast<double>(n_pairs);
    double tt = 0.0, th = 0.0, tt2 = 0.0, th2 = 0.0;
    for (std::size_t i = 0; i < n_pairs; ++i) {
        const double a = W_t[i] * W_t[i], b = W_t[i] * W_h[i];
        tt += a / n, th += b / n, tt2 += a * a / n, th2 += b * b / n;
    }
    char at[64];
    std::snprintf(at, sizeof at, ", t = %.2g h", theta);
    // The means are known to be zero.
    report.rows.push_back(judged(label + ": Var W(t) / h" + at, theta, {tt / h, std::sqrt((tt2 - tt * tt) / n) / h}));
    report.rows.push_back(
        judged(label + ": Cov(W(t), W(h)) / h" + at, theta, {th / h, std::sqrt((th2 - th * th) / n) / h}));
}

VerifyRow same_bits_row(const std::string& quantity, const EnsembleRow& a, const EnsembleRow& b) {
    const double n = count_different(a.mean, b.mean) + count_different(a.covariance, b.covariance) +
                     count_different(a.standard_error, b.standard_error) + count_different(a.histogram, b.histogram);
    return judged(quantity, 0.0, n, 0.0);
}

VerifyReport case_s5(const VerifyOptions& options) {
    VerifyReport report;
    for (const char* scheme : {"euler_maruyama", "sra1"})
        for (const double theta : {0.5, 0.3})
            add_off_grid_rows(report, scheme, theta, 0.2, saved_pairs(scheme, theta, 0.2, options));
    report.notes.push_back("linear interpolation between both ends of the step would give theta^2 for the variance");
    return report;
}

VerifyReport case_s7(const VerifyOptions& options) {
    VerifyReport report;
    const EnsembleRow one = double_well_row({}, options.seed);
    const auto add = [&](const std::string& what, const EnsembleShape& shape) {
        report.rows.push_back(same_bits_row("numbers that differ: " + what, one, double_well_row(shape, options.seed)));
    };
    add("2 threads", {.n_threads = 2});
    add("5 threads", {.n_threads = 5});
    add("blocks of 128", {.n_threads = 2, .block_size = 128});
    add("blocks of 1024", {.block_size = 1024});
    add("blocks as the library chooses", {.n_threads = 2, .block_size = 0});
    add("outputs between the steps", {.n_threads = 2, .outputs = {0.013, 0.5, 1.0, 1.2345, 1.99, 2.0}});
    report.notes.push_back("means, covariances, standard errors and histogram of 4000 particles after 40 steps");
    return report;
}

}  // namespace dynkin::verify
