// Families of test functions over an ensemble in memory.
#include "benchmarks/baselines/test_functions.hpp"
#include "benchmarks/contest.hpp"
#include "benchmarks/groups.hpp"
#include "solvers/core/fused_test_functions.hpp"
#include "solvers/core/test_functions.hpp"
#include "solvers/noise/normals.hpp"

#include <memory>
#include <vector>

namespace dynkin::benchmarks {

void add_statistics() {
    constexpr Index n = 100000;
    constexpr int repeats = 40, degrees = 16;
    const auto x = std::make_shared<Block>(1, n);
    fill_normals(1, Stream::initial_law, 0, n, 0, 1, x->rows());
    const auto plain = std::make_shared<std::vector<double>>(x->row(0), x->row(0) + n);
    TestFunctions family;
    for (int degree = 1; degree <= degrees; ++degree) family.push_back(hermite({degree}, {0.0}, {1.0}));
    const auto fused = std::make_shared<FusedTestFunctions>(std::move(family));

    Contest contest;
    contest.name = "hermite16";
    contest.what = "means of 16 Hermite functions";
    contest.against = "one std::function and one pass each";
    contest.items = static_cast<double>(n);
    contest.unit = "particles";
    contest.target = 80.0;
    // Ours runs 40 times, so that both sides take about as long.
    contest.ours_repeats = repeats;
    contest.ours = [=] {
        double sums[degrees];
        for (int k = 0; k < repeats; ++k) {
            fused->sums(x->points(), sums);
            benchmark::DoNotOptimize(sums);
        }
    };
    contest.theirs = [functions = hermite_functions(degrees), plain] {
        benchmark::DoNotOptimize(means(functions, *plain)[0]);
    };
    contest.bound_cycles = 4.0;
    contest.bound_source = "two multiplications a degree, over the pipes that multiply";
    contest.bound_by_pipes = true;
    add(std::move(contest));
}

}  // namespace dynkin::benchmarks
