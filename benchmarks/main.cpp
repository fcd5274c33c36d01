#include "benchmarks/groups.hpp"
#include "solvers/core/dispatch.hpp"

#include <benchmark/benchmark.h>

int main(int argc, char** argv) {
    using namespace dynkin;
    benchmarks::add_noise();
    benchmarks::add_ensembles();
    benchmarks::add_rk4();
    benchmarks::add_grids();
    benchmarks::add_statistics();
    benchmarks::add_sampling();
    benchmarks::add_store();
    benchmarks::add_language_models();
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::AddCustomContext("vector_level", name_of(vector_level()));
    benchmark::AddCustomContext("compiler", DYNKIN_COMPILER);
    benchmark::AddCustomContext("flags", DYNKIN_FLAGS);
    benchmark::RunSpecifiedBenchmarks();
}
