// One number for everything a run gives: it must not depend on threads, blocks, vector level or compiler. ctest runs
// this file at every vector level, scripts/compare_compilers.sh with clang. The models use + - * / and sqrt only, so
// the recorded numbers do not depend on a C library either.
#include "models.hpp"
#include "solvers/core/test_functions.hpp"
#include "solvers/particle/ensemble.hpp"
#include "solvers/particle/sde_propagator.hpp"
#include "solvers/particle/stepper.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <string>

namespace dynkin {
namespace {

using namespace testing_models;

constexpr std::uint64_t n_particles = 10007;  // no multiple of a block or of a leaf

struct Case {
    const char* name;
    ParticleProblem problem;
    std::uint64_t recorded;
};

struct Settings {
    int n_threads = 1;
    Index block_size = 512;
};

class Hash {
public:
    void add(double value) { state_ = (state_ ^ std::bit_cast<std::uint64_t>(value)) * 1099511628211ull; }
    void add(const std::vector<double>& values) {
        for (const double value : values) add(value);
    }
    std::uint64_t value() const { return state_; }

private:
    std::uint64_t state_ = 14695981039346656037ull;
};

TestFunctions family(int dim) {
    std::vector<int> degree(static_cast<std::size_t>(dim), 0);
    TestFunctions functions;
    for (const int k : {1, 2, 3}) {
        degree[0] = k;
        functions.push_back(monomial(degree));
        functions.push_back(
            hermite(degree, std::vector<double>(degree.size(), 0.1), std::vector<double>(degree.size(), 1.5)));
    }
    functions.push_back(
        gaussian_bump(std::vector<double>(degree.size(), 0.2), std::vector<double>(degree.size(), 0.7)));
    return functions;
}

/// Means, covariances, histograms and final particles.
std::uint64_t bits_of(const ParticleProblem& problem, Settings settings, std::uint64_t n = n_particles) {
    if (problem.antithetic) ++n;  // pairs
    const SdePropagator propagator(problem);
    const int dim = problem.process->dim();
    const auto law = point_law(std::vector<double>(static_cast<std::size_t>(dim), 0.75));
    EnsembleSpec spec{.propagator = propagator, .initial = *law};
    spec.dim = dim;
    spec.outputs = problem.grid.outputs;
    spec.n_particles = n;
    spec.seed = problem.seed;
    spec.test_functions = family(dim);
    spec.n_threads = settings.n_threads;
    spec.block_size = settings.block_size;
    spec.faces.assign(static_cast<std::size_t>(dim), {-2.0, -1.0, 0.0, 0.5, 2.0});
    std::vector<double> particles(n * static_cast<std::uint64_t>(dim));
    const int last = static_cast<int>(spec.outputs.size()) - 1;
    spec.visit = [&](int output, const BlockState& state) {
        for (int j = 0; output == last && j < dim; ++j)
            std::copy_n(state.x.row(j), state.n,
                        particles.begin() +
                            static_cast<std::ptrdiff_t>(state.first_particle + n * static_cast<std::uint64_t>(j)));
    };
    Hash hash;
    for (const EnsembleRow& row : run_ensemble(spec).rows) {
        for (const auto& values : {row.mean, row.covariance, row.standard_error, row.histogram}) hash.add(values);
        for (const double value : {row.mass, row.survival, row.outside}) hash.add(value);
    }
    hash.add(particles);
    return hash.value();
}

/// Outputs at both ends and between two steps.
TimeGrid grid() {
    return make_time_grid(0.0, 1.0, 1.0 / 30.0, std::vector<double>{0.0, 0.51, 1.0});
}

std::vector<Case> cases() {
    const auto double_well = make_process(DoubleWell{});
    std::vector<Case> list = {
        {"euler_maruyama", {double_well, "euler_maruyama", grid(), {}, 21}, 8777318715230536254ull},
        {"euler_maruyama between walls",
         {double_well, "euler_maruyama", grid(), {{-1.0, 1.2, Boundary::reflecting, Boundary::reflecting}}, 22},
         18299239986362016587ull},
        {"euler_maruyama on a ring",
         {double_well, "euler_maruyama", grid(), {{-1.0, 1.2, Boundary::periodic, Boundary::periodic}}, 23},
         13229450563824726185ull},
        {"tamed_euler", {double_well, "tamed_euler", grid(), {}, 24}, 8418256564714688912ull},
        {"sra1", {double_well, "sra1", grid(), {}, 25}, 17457410818700746043ull},
        {"shark", {double_well, "shark", grid(), {}, 26}, 2498794419883629137ull},
        {"milstein", {make_process(Geometric<Calculus::ito>{}), "milstein", grid(), {}, 27}, 748792602548360874ull},
        {"sriw1", {make_process(Geometric<Calculus::ito>{}), "sriw1", grid(), {}, 28}, 3106609335076504628ull},
        {"stochastic_heun", {make_process(TwoNoises{}), "stochastic_heun", grid(), {}, 29}, 3439334376150442236ull},
        {"euler_maruyama in three dimensions",
         {make_process(LevyArea{}), "euler_maruyama", grid(), {}, 30},
         8107105209087122576ull},
        {"normals in single precision",
         {make_process(LevyArea{}), "euler_maruyama", grid(), {}, 31, NormalPrecision::single_precision},
         12477431296373019923ull},
        {"sra1 with normals in single precision",
         {double_well, "sra1", grid(), {}, 32, NormalPrecision::single_precision},
         16127710425754773098ull},
        {"antithetic pairs",
         {double_well, "sra1", grid(), {}, 33, NormalPrecision::double_precision, true},
         8395022783000346247ull},
        {"antithetic pairs in single precision",
         {double_well, "euler_maruyama", grid(), {}, 34, NormalPrecision::single_precision, true},
         12169329708960663969ull},
    };
    return list;
}

TEST(Bits, AreTheRecordedOnes) {
    for (const Case& each : cases()) EXPECT_EQ(bits_of(each.problem, {}), each.recorded) << each.name;
}

TEST(Bits, DoNotDependOnThreadsOrBlocks) {
    for (const Case& each : cases()) {
        const std::uint64_t reference = bits_of(each.problem, {});
        for (const Settings settings : {Settings{2, 512}, Settings{5, 256}, Settings{1, 128}, Settings{2, 384},
                                        Settings{1, 4096}, Settings{5, 0}})
            EXPECT_EQ(bits_of(each.problem, settings), reference)
                << each.name << ", threads " << settings.n_threads << ", block " << settings.block_size;
    }
}

/// States of the path after each output, from one worker, or from a new one for every output.
std::vector<double> path_of(const ParticleProblem& problem, bool cut) {
    const SdePropagator propagator(problem);
    const int dim = problem.process->dim();
    BlockState state;
    reset(state, dim, 384, 1024);
    for (int j = 0; j < dim; ++j) std::fill_n(state.x.row(j), state.n, 0.75);
    std::vector<double> seen;
    auto worker = propagator.worker();
    for (int output = 0; output < static_cast<int>(problem.grid.outputs.size()); ++output) {
        if (cut) worker = propagator.worker();
        const BlockState& at_output = worker->advance(state, output);
        for (const BlockState* each : {static_cast<const BlockState*>(&state), &at_output})
            for (int j = 0; j < dim; ++j) seen.insert(seen.end(), each->x.row(j), each->x.row(j) + each->n);
    }
    return seen;
}

TEST(Bits, AreTheSameForARunCutInTwo) {
    for (const Case& each : cases()) {
        const std::vector<double> whole = path_of(each.problem, false);
        EXPECT_EQ(path_of(each.problem, true), whole) << each.name;
        // The mutant: one that goes on from the wrong output.
        ParticleProblem shifted = each.problem;
        shifted.grid.outputs[1] += shifted.grid.dt();
        EXPECT_NE(path_of(shifted, true), whole) << each.name;
    }
}

// The mutants: another seed, one particle less. A hash that overlooked a change would be the same.
TEST(Bits, ChangeWithTheSeedAndTheNumberOfParticles) {
    ParticleProblem problem = cases()[0].problem;
    const std::uint64_t reference = bits_of(problem, {});

    EXPECT_NE(bits_of(problem, {}, n_particles - 1), reference);
    ++problem.seed;
    EXPECT_NE(bits_of(problem, {}), reference);
}

}  // namespace
}  // namespace dynkin
