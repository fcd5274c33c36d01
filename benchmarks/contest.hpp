#pragma once
// Two ways of doing the same work, timed in turn in one process, so that a drift of the machine cancels in the ratio.
#include <benchmark/benchmark.h>

#include <functional>
#include <string>

namespace dynkin::benchmarks {

enum class Clock {
    cpu,            ///< of the calling thread: what other processes take does not count
    wall,           ///< for several threads, on a machine that does nothing else
    cpu_per_thread  ///< of the process, over the threads that share the work evenly: finds what threads cost each other
};

/// One row of the table. `ours` and `theirs` do the same `items` units of work; the ratio is time theirs / time ours.
struct Contest {
    std::string name;     ///< "normals/std"
    std::string what;     ///< "normals, double"
    std::string against;  ///< "std::mt19937_64 + std::normal_distribution"
    double items = 1.0;
    std::string unit;  ///< of the items, for people: "normals"
    double target = 0.0;
    std::function<void()> ours, theirs;
    std::function<void()> before = [] {};  ///< before each of them, not timed
    int ours_repeats = 1;  ///< `ours` does the work this many times, so that both sides take about as long
    /// The bound of our side and where it comes from: core cycles per item (then `bound_ratio` is 0), or the largest
    /// ratio.
    double bound_cycles = 0.0, bound_ratio = 0.0;
    /// The cycles are those of a core that multiplies one vector of 512 bits a cycle; one of two needs half of them.
    bool bound_by_pipes = false;
    std::string bound_source{};
    Clock clock = Clock::cpu;
    int ours_threads = 1, theirs_threads = 1;  ///< for cpu_per_thread
    int rounds = 15;
};

/// Registers it with Google Benchmark. One iteration is one round: ours and theirs, first the one, then the other, in
/// alternating order. Counters: ours and theirs [items/s, median], ratio (median of the rounds' own ratios), ratio_low
/// and ratio_high (quartiles), target, bound [items/s], clock [Hz].
void add(Contest contest);

/// Multiplications of 8 doubles a core starts in a cycle, 1 or 2, measured once with independent ones.
double wide_products_per_cycle();

/// Core clock [Hz] now, from a chain of dependent additions.
double core_clock();

}  // namespace dynkin::benchmarks
