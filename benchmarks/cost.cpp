// How time and memory grow: prints the cost tables of README.md. Two arguments: the largest number of particles
// (default 1e8) and of cells (default 1e7).
#include "benchmarks/models.hpp"
#include "solvers/core/test_functions.hpp"
#include "solvers/grid/density_solver.hpp"
#include "solvers/particle/ensemble.hpp"
#include "solvers/particle/sde_propagator.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

namespace {

using namespace dynkin;

double cpu_seconds() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double peak_megabytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

/// CPU seconds of one thread for the whole run.
double run(std::shared_ptr<const Process> process, std::uint64_t n, int steps, TestFunctions functions) {
    const int dim = process->dim();
    const SdePropagator propagator(
        ParticleProblem{std::move(process), "euler_maruyama", make_time_grid(0.0, steps * 1e-3, 1e-3, 1), {}, 1});
    const auto law = point_law(std::vector<double>(static_cast<std::size_t>(dim), -1.0));
    EnsembleSpec spec{.propagator = propagator, .initial = *law};
    spec.dim = dim;
    spec.outputs = propagator.problem().grid.outputs;
    spec.n_particles = n;
    spec.n_threads = 1;
    spec.test_functions = std::move(functions);
    const double start = cpu_seconds();
    run_ensemble(spec);
    return cpu_seconds() - start;
}

TestFunctions hermites(int n) {
    TestFunctions functions;
    for (int degree = 1; degree <= n; ++degree) functions.push_back(hermite({degree}, {0.0}, {1.0}));
    return functions;
}

template <int D>
void print_dimension() {
    constexpr std::uint64_t n = 100000;
    constexpr int steps = 50;
    const double seconds = run(make_process(benchmarks::Wells<D>{}), n, steps, {});
    std::printf("| %d | %.2f |\n", D, 1e9 * seconds / (static_cast<double>(n) * steps));
}

template <int D>
GridProblem wells_on_grid(int cells) {
    GridProblem problem{make_process(benchmarks::Wells<D>{}), {}, {}};
    problem.mesh.faces.assign(D, uniform_faces(-2.0, 2.0, cells));
    problem.domain.resize(D);
    return problem;
}

/// In a process of its own, whose peak memory is that of the grid.
template <class Work>
void in_child(const Work& work) {
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        work();
        std::fflush(stdout);
        _exit(0);
    }
    waitpid(child, nullptr, 0);
}

template <int D>
void print_cells(double n) {
    const int per_axis = static_cast<int>(std::lround(std::pow(n, 1.0 / D)));
    const double total = std::pow(per_axis, D);
    const double before = peak_megabytes();
    double start = cpu_seconds();
    const FokkerPlanck equation(wells_on_grid<D>(per_axis));
    SplitStep stepper(equation.split_operator(), 1);
    GridField masses = stepper.op().shape;
    masses.load(std::vector<double>(static_cast<std::size_t>(total), 1.0 / total).data());
    StepLedger ledger;
    stepper.step(masses, 0.0, 1e-2, ledger);
    const double first = cpu_seconds() - start;
    const int steps = static_cast<int>(std::clamp(2e7 / total, 3.0, 2e4));
    start = cpu_seconds();
    for (int k = 0; k < steps; ++k) stepper.step(masses, 0.0, 1e-2, ledger);
    std::printf("| %d | %d | %.3g | %.3g | %.1f | %.0f |\n", D, per_axis, first, (cpu_seconds() - start) / steps,
                1e9 * (cpu_seconds() - start) / steps / total, peak_megabytes() - before);
}

/// Twenty steps of a density whose weak residual is followed for every function.
double density_seconds(int n_functions) {
    const auto law = gaussian_law({0.0, 0.0}, {0.3, 0.3});
    DensitySpec spec{.problem = wells_on_grid<2>(256), .initial = *law};
    spec.outputs = {0.2};
    spec.steps.fixed_dt = 1e-2;
    for (int degree = 1; degree <= n_functions; ++degree)
        spec.functions.push_back(hermite({degree, 1}, {0.0, 0.0}, {1.0, 1.0}));
    const double start = cpu_seconds();
    solve_density(spec);
    return cpu_seconds() - start;
}

void print_grids(double largest) {
    std::printf(
        "\n| dimension | cells an axis | set-up and first step, CPU s | a step, CPU s | ns a cell-step | memory, MB |\n"
        "|---|---|---|---|---|---|\n");
    for (double n = 1e2; n <= largest; n *= 10.0) in_child([n] { print_cells<1>(n); });
    for (double n = 1e2; n <= largest; n *= 10.0) in_child([n] { print_cells<2>(n); });
    for (double n = 1e3; n <= largest; n *= 10.0) in_child([n] { print_cells<3>(n); });

    std::printf("\n| test functions | 256^2 cells, value and weak residual, ns a cell and step |\n|---|---|\n");
    const double none = density_seconds(0);
    std::printf("| 0 (set-up and steps) | %.2f |\n", 1e9 * none / (20.0 * 256 * 256));
    for (const int k : {1, 4, 16})
        std::printf("| %d | %.2f |\n", k, 1e9 * (density_seconds(k) - none) / (20.0 * 256 * 256));
}

}  // namespace

int main(int argc, char** argv) {
    const double largest = argc > 1 ? std::atof(argv[1]) : 1e8;
    const double largest_grid = argc > 2 ? std::atof(argv[2]) : 1e7;
    std::printf(
        "| particles (10 steps, 4 functions) | CPU s | ns a particle-step | peak memory, MB |\n|---|---|---|---|\n");
    for (double n = 1e3; n <= largest; n *= 10.0) {
        const double seconds =
            run(make_process(benchmarks::DoubleWell{}), static_cast<std::uint64_t>(n), 10, hermites(4));
        std::printf("| %.0e | %.3g | %.2f | %.1f |\n", n, seconds, 1e8 * seconds / n, peak_megabytes());
    }
    std::printf("\n| test functions | values, mean and covariance, ns a particle and output |\n|---|---|\n");
    constexpr std::uint64_t n = 200000;
    const double none = run(make_process(benchmarks::DoubleWell{}), n, 10, {});
    for (const int k : {1, 4, 16, 64}) {
        const double seconds = run(make_process(benchmarks::DoubleWell{}), n, 10, hermites(k)) - none;
        std::printf("| %d | %.2f |\n", k, 1e9 * seconds / static_cast<double>(n));
    }
    std::printf("\n| dimension | ns a particle-step |\n|---|---|\n");
    print_dimension<1>();
    print_dimension<2>();
    print_dimension<3>();
    print_dimension<8>();
    print_grids(largest_grid);
}
