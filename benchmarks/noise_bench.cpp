// Standard normals against the two generators a C++ user reaches for.
#include "benchmarks/baselines/normals.hpp"
#include "benchmarks/contest.hpp"
#include "benchmarks/groups.hpp"
#include "solvers/noise/normals.hpp"

#include <memory>
#include <vector>

namespace dynkin::benchmarks {
namespace {

constexpr Index block = 512;
constexpr int pairs = 4000;
constexpr double count = 2.0 * block * pairs;

// Ten rounds of Philox: 55 vector operations for 16 normals; Box-Muller: 48, a division and a square root of 10 and
// 18 cycles on one of four pipes of 256 bits. 206 + 28 pipe cycles / 4 = 59 cycles.
constexpr double bound_cycles = 59.0 / 16.0;
constexpr const char* bound_source =
    "103 operations of 512 bits, division and square root per 16 normals, over four pipes";

// In single precision the same Philox, 55 operations, is for 32 normals, and one Box-Muller transform on 16 lanes, 47
// operations and a division and square root of 10 and 12 cycles, makes them; 24 to unpack, widen and scale:
// (252 + 22 pipe cycles) / 4 = 69 cycles.
constexpr double single_bound_cycles = 69.0 / 32.0;
constexpr const char* single_bound_source = "126 operations of 512 bits, division and square root per 32 normals, over four pipes";

void against(const char* name, const char* whom, double target, void (*baseline)(double*, std::size_t)) {
    const auto ours = std::make_shared<Block>(2, block);
    const auto theirs = std::make_shared<std::vector<double>>(static_cast<std::size_t>(2 * block));
    Contest contest;
    contest.name = name;
    contest.what = "normals, double";
    contest.against = whom;
    contest.items = count;
    contest.unit = "normals";
    contest.target = target;
    contest.ours = [ours] {
        for (std::uint64_t pair = 0; pair < pairs; ++pair)
            fill_normals(1, Stream::brownian, 0, block, 2 * pair, 2, ours->rows());
        benchmark::DoNotOptimize(ours->row(0)[0]);
    };
    contest.theirs = [theirs, baseline] {
        for (int k = 0; k < pairs; ++k) baseline(theirs->data(), theirs->size());
        benchmark::DoNotOptimize((*theirs)[0]);
    };
    contest.bound_cycles = bound_cycles;
    contest.bound_source = bound_source;
    contest.bound_by_pipes = true;
    add(std::move(contest));
}

}  // namespace

namespace {

void single_against_double() {
    const auto single = std::make_shared<Block>(4, block);
    const auto full = std::make_shared<Block>(4, block);
    Contest contest;
    contest.name = "normals/single";
    contest.what = "normals, single precision";
    contest.against = "our normals in double";
    contest.items = count;
    contest.unit = "normals";
    contest.target = 1.3;
    contest.ours = [single] {
        for (std::uint64_t four = 0; four < pairs / 2; ++four)
            fill_single_normals(1, Stream::brownian, 0, block, 4 * four, 4, single->rows());
        benchmark::DoNotOptimize(single->row(0)[0]);
    };
    contest.theirs = [full] {
        for (std::uint64_t four = 0; four < pairs / 2; ++four)
            fill_normals(1, Stream::brownian, 0, block, 4 * four, 4, full->rows());
        benchmark::DoNotOptimize(full->row(0)[0]);
    };
    contest.bound_cycles = single_bound_cycles;
    contest.bound_source = single_bound_source;
    contest.bound_by_pipes = true;
    add(std::move(contest));
}

}  // namespace

void add_noise() {
    single_against_double();
    against("normals/std", "std::mt19937_64 + std::normal_distribution", 7.0, std_normals);
    against("normals/boost", "boost::random::normal_distribution (ziggurat)", 2.5, boost_normals);
}

}  // namespace dynkin::benchmarks
