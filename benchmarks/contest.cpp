#include "benchmarks/contest.hpp"

#include "solvers/core/dispatch.hpp"

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <vector>

namespace dynkin::benchmarks {
namespace {

double now(Clock clock) {
    timespec t{};
    const clockid_t id = clock == Clock::cpu    ? CLOCK_THREAD_CPUTIME_ID
                         : clock == Clock::wall ? CLOCK_MONOTONIC
                                                : CLOCK_PROCESS_CPUTIME_ID;
    clock_gettime(id, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double seconds(const Contest& contest, const std::function<void()>& work) {
    contest.before();
    const double start = now(contest.clock);
    work();
    return now(contest.clock) - start;
}

double quantile(std::vector<double> values, double q) {
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1) + 0.5)];
}

void run(benchmark::State& state, const Contest& contest) {
    seconds(contest, contest.ours);  // first touch of memory, threads, files
    seconds(contest, contest.theirs);
    std::vector<double> ours, theirs, ratios, clocks;
    bool ours_first = true;
    for (auto _ : state) {
        double a = 0.0, b = 0.0;
        if (ours_first) a = seconds(contest, contest.ours);
        b = seconds(contest, contest.theirs);
        if (!ours_first) a = seconds(contest, contest.ours);
        ours_first = !ours_first;
        a /= contest.ours_repeats;
        if (contest.clock == Clock::cpu_per_thread) {
            a /= contest.ours_threads;
            b /= contest.theirs_threads;
        }
        state.SetIterationTime(a);
        ours.push_back(a);
        theirs.push_back(b);
        ratios.push_back(b / a);
        clocks.push_back(core_clock());
    }
    const double ours_rate = contest.items / quantile(ours, 0.5), theirs_rate = contest.items / quantile(theirs, 0.5);
    const double clock = quantile(clocks, 0.5);
    double bound = 0.0;
    if (contest.bound_cycles > 0.0)
        bound = clock / contest.bound_cycles * (contest.bound_by_pipes ? wide_products_per_cycle() : 1.0);
    if (contest.bound_ratio > 0.0) bound = theirs_rate * contest.bound_ratio;
    state.counters = {{"ours", ours_rate},
                      {"theirs", theirs_rate},
                      {"ratio", quantile(ratios, 0.5)},
                      {"ratio_low", quantile(ratios, 0.25)},
                      {"ratio_high", quantile(ratios, 0.75)},
                      {"target", contest.target},
                      {"bound", bound},
                      {"clock", clock}};
    state.SetLabel(contest.what + " | " + contest.against + " | " + contest.unit + " | " + contest.bound_source);
}

}  // namespace

double wide_products_per_cycle() {
    static const double measured = [] {
        if (vector_level() == VectorLevel::baseline) return 1.0;
        constexpr int turns = 200000;
        const bool wide = vector_level() == VectorLevel::v4;
        double most = 0.0;
        for (int round = 0; round < 5; ++round) {
            const double start = now(Clock::cpu);
            for (int i = 0; i < turns; ++i) {
                if (wide)
                    asm volatile("vmulpd %%zmm0,%%zmm1,%%zmm1\n vmulpd %%zmm0,%%zmm2,%%zmm2\n"
                                 "vmulpd %%zmm0,%%zmm3,%%zmm3\n vmulpd %%zmm0,%%zmm4,%%zmm4\n"
                                 "vmulpd %%zmm0,%%zmm5,%%zmm5\n vmulpd %%zmm0,%%zmm6,%%zmm6\n"
                                 "vmulpd %%zmm0,%%zmm7,%%zmm7\n vmulpd %%zmm0,%%zmm8,%%zmm8\n" ::
                                     : "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8");
                else
                    asm volatile("vmulpd %%ymm0,%%ymm1,%%ymm1\n vmulpd %%ymm0,%%ymm2,%%ymm2\n"
                                 "vmulpd %%ymm0,%%ymm3,%%ymm3\n vmulpd %%ymm0,%%ymm4,%%ymm4\n"
                                 "vmulpd %%ymm0,%%ymm5,%%ymm5\n vmulpd %%ymm0,%%ymm6,%%ymm6\n"
                                 "vmulpd %%ymm0,%%ymm7,%%ymm7\n vmulpd %%ymm0,%%ymm8,%%ymm8\n" ::
                                     : "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8");
            }
            const double products = (wide ? 8.0 : 4.0) * turns / (now(Clock::cpu) - start);
            most = std::max(most, products / core_clock());
        }
        return most > 1.5 ? 2.0 : 1.0;
    }();
    return measured;
}

double core_clock() {
    constexpr int turns = 100000;
    std::uint64_t x = 1;
    const double start = now(Clock::cpu);
    for (int i = 0; i < turns; ++i)
        asm volatile("add $1,%0\n add $1,%0\n add $1,%0\n add $1,%0\n add $1,%0\n add $1,%0\n add $1,%0\n add $1,%0\n"
                     : "+r"(x));
    return 8.0 * turns / (now(Clock::cpu) - start);
}

void add(Contest contest) {
    const int rounds = contest.rounds;
    const std::string name = contest.name;
    benchmark::RegisterBenchmark(name.c_str(),
                                 [contest = std::move(contest)](benchmark::State& state) { run(state, contest); })
        ->Iterations(rounds)
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
}

}  // namespace dynkin::benchmarks
