// How time and memory of an ensemble grow: prints the cost table of README.md. One argument, the largest number of
// particles (default 1e8).
#include "benchmarks/models.hpp"
#include "solvers/core/test_functions.hpp"
#include "solvers/particle/ensemble.hpp"
#include "solvers/particle/sde_propagator.hpp"

#include <sys/resource.h>
#include <array>
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

}  // namespace

int main(int argc, char** argv) {
    const double largest = argc > 1 ? std::atof(argv[1]) : 1e8;
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
}
