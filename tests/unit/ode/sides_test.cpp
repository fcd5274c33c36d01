// Sides of the domain, refusals, and the bits of an ensemble.
#include "follow.hpp"
#include "models.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/core/initial_law.hpp"
#include "solvers/particle/ensemble.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <limits>

namespace dynkin {
namespace {

using namespace testing_flows;

constexpr double infinity = std::numeric_limits<double>::infinity();
const AxisDomain open_axis{};
const std::vector<std::string> all_but_symplectic = {"rk4", "dopri5", "dopri5_dense", "rosenbrock4"};

TEST(OdeSides, PeriodicAxisWraps) {
    for (const std::string& scheme : all_but_symplectic) {
        OdeProblem problem{make_process(UniformFlow{{}, 1.7}), scheme,
                           make_time_grid(0.0, 3.0, 0.1, std::vector<double>{0.55, 3.0})};
        problem.domain = {{0.0, 1.0, Boundary::periodic, Boundary::periodic}, open_axis};
        const auto states = follow(problem, {{0.2, 0.5}, {2.85, -7.0}});
        EXPECT_NEAR(states[0].x.row(0)[0], std::fmod(0.2 + 1.7 * 0.55, 1.0), 1e-12) << scheme;
        EXPECT_NEAR(states[1].x.row(0)[0], std::fmod(0.2 + 1.7 * 3.0, 1.0), 1e-12) << scheme;
        EXPECT_NEAR(states[1].x.row(0)[1], std::fmod(0.85 + 1.7 * 3.0, 1.0), 1e-12) << scheme;
        EXPECT_EQ(states[1].x.row(1)[1], -7.0) << scheme;
    }
}

TEST(OdeSides, AbsorbingSideIsAnOutflow) {
    for (const std::string& scheme : all_but_symplectic) {
        OdeProblem problem{make_process(UniformFlow{}), scheme,
                           make_time_grid(0.0, 1.0, 0.1, std::vector<double>{0.0, 0.25, 0.5, 0.95})};
        problem.domain = {{0.0, 1.0, Boundary::absorbing, Boundary::absorbing}, open_axis};
        problem.largest_step = 0.1;
        // One leaves at 0.3, one at 0.85, one starts outside, one enters on the inflow side.
        const auto states = follow(problem, {{0.7, 1.0}, {0.15, 2.0}, {1.5, 3.0}, {0.0, 4.0}});

        const std::vector<std::vector<double>> alive = {{1, 1, 0, 0}, {1, 1, 1, 0}, {0, 0, 0, 0}, {1, 1, 1, 1}};
        for (std::size_t q = 0; q < 4; ++q)
            for (std::size_t k = 0; k < 4; ++k) {
                EXPECT_EQ(states[k].alive.row(0)[q], alive[q][k]) << scheme << " particle " << q << " output " << k;
                if (alive[q][k] == 0.0) {
                    EXPECT_EQ(states[k].x.row(0)[q], 1.0) << scheme;
                }
            }
        EXPECT_NEAR(states[1].x.row(0)[0], 0.95, 1e-12) << scheme;
    }
}

TEST(OdeSides, ReflectingSideIsRefusedWhereTheFlowCrossesIt) {
    OdeProblem problem{make_process(UniformFlow{}), "dopri5", make_time_grid(0.0, 1.0, 0.1, 1)};
    problem.domain = {{0.0, 1.0, Boundary::reflecting, Boundary::reflecting}, open_axis};
    const std::string message = message_of([&] { make_ode_propagator(problem); });
    EXPECT_EQ(message.find("uniform_flow with dopri5: the flow crosses the reflecting wall x = 1"), 0u) << message;
    EXPECT_THROW(make_ode_propagator(problem), ConfigError);

    problem.process = make_process(Logistic{});
    problem.domain = {{0.0, 1.0, Boundary::reflecting, Boundary::reflecting}};
    const auto states = follow(problem, {{0.3}, {-0.2}});
    EXPECT_NEAR(states[0].x.row(0)[0], Logistic{}.exact(0.3, 1.0), 1e-7);
    EXPECT_NEAR(states[0].x.row(0)[1], Logistic{}.exact(0.2, 1.0), 1e-7);  // folded back before it starts
}

/// Leaves through x = 1 in a slit that probing the wall misses.
struct Slit : NoNoise {
    static constexpr std::string_view name = "slit";
    static constexpr int dim = 2;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        const S s = (x[1] - 1.2345) / 1e-5;
        b[0] = 1.0 / (1.0 + s * s * s * s) - 1e-6;
        b[1] = S(0.0);
    }
};

TEST(OdeSides, ParticleThatFindsTheSlitIsReported) {
    for (const std::string& scheme : all_but_symplectic) {
        OdeProblem problem{make_process(Slit{}), scheme, make_time_grid(0.0, 1.0, 0.1, 1)};
        problem.domain = {{0.0, 1.0, Boundary::open, Boundary::reflecting}, open_axis};
        EXPECT_NO_THROW(follow(problem, {{0.5, 0.0}})) << scheme;
        const std::string message = message_of([&] { follow(problem, {{0.5, 0.0}, {0.5, 1.2345}}); });
        EXPECT_NE(message.find("particle 1 crosses the reflecting wall x = 1 at t = "), std::string::npos) << message;
    }
}

TEST(OdeSides, RefusalsSayWhatCanBeDone) {
    const TimeGrid grid = make_time_grid(0.0, 1.0, 0.1, 1);
    const auto refusal = [&](std::shared_ptr<const Process> process, const std::string& scheme) {
        return message_of([&] { make_ode_propagator({std::move(process), scheme, grid}); });
    };
    EXPECT_NE(refusal(make_process(Logistic{}), "dopri").find("did you mean 'dopri5'"), std::string::npos);
    EXPECT_EQ(refusal(make_process(Logistic{}), "symplectic"),
              "scheme 'symplectic' cannot integrate 'logistic': it needs positions and as many velocities, and the "
              "dimension 1 is odd; schemes that can: rk4, dopri5, dopri5_dense, rosenbrock4");
    EXPECT_NE(refusal(make_process(Rotation{}), "symplectic").find("the drift of x is not y"), std::string::npos);
    EXPECT_NE(refusal(make_process(Quartic{{}, 0.1}), "symplectic").find("the drift of y depends on a velocity"),
              std::string::npos);
    EXPECT_EQ(refusal(make_process(Quartic{}), "symplectic"), "nothing was thrown");

    OdeProblem loose{make_process(Logistic{}), "dopri5", grid};
    loose.rtol = 0.0;
    EXPECT_THROW(make_ode_propagator(loose), ConfigError);
}

struct Noisy {
    static constexpr std::string_view name = "noisy";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = -x[0];
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        s(0, 0) = S(1.0);
    }
};

TEST(OdeSides, NoiseIsRefused) {
    const std::string message = message_of([] {
        make_ode_propagator({make_process(Noisy{}), "rk4", make_time_grid(0.0, 1.0, 0.1, 1)});
    });
    EXPECT_EQ(message.find("scheme 'rk4' integrates equations without noise, and 'noisy' has additive noise"), 0u)
        << message;
}

/// Hash of all final states, weights and log densities of an ensemble.
std::uint64_t bits_of(const OdeProblem& problem, int threads, Index block) {
    const int dim = problem.process->dim();
    const auto law = gaussian_law(std::vector<double>(static_cast<std::size_t>(dim), 0.3),
                                  std::vector<double>(static_cast<std::size_t>(dim), 0.2));
    const auto propagator = make_ode_propagator(problem);
    EnsembleSpec spec{.propagator = *propagator, .initial = *law};
    spec.dim = dim;
    spec.outputs = problem.grid.outputs;
    spec.n_particles = 1301;
    spec.seed = 4;
    spec.n_threads = threads;
    spec.block_size = block;
    const int last = static_cast<int>(spec.outputs.size()) - 1;
    std::vector<std::uint64_t> bits(1301);
    spec.visit = [&](int output, const BlockState& state) {
        if (output != last && problem.grid.outputs[static_cast<std::size_t>(output)] != 0.5) return;
        for (Index q = 0; q < state.n; ++q) {
            std::uint64_t& hash = bits[state.first_particle + static_cast<std::uint64_t>(q)];
            const auto add = [&](double value) {
                hash = (hash ^ std::bit_cast<std::uint64_t>(value)) * 1099511628211ull;
            };
            for (int j = 0; j < dim; ++j) add(state.x.row(j)[q]);
            add(state.weight.row(0)[q]);
            add(state.alive.row(0)[q]);
            add(state.log_density.row(0)[q]);
        }
    };
    run_ensemble(spec);
    std::uint64_t all = 0;
    for (const std::uint64_t one : bits) all = (all ^ one) * 1099511628211ull;
    return all;
}

void expect_same_bits(OdeProblem problem) {
    problem.log_density = true;
    problem.rtol = problem.atol = 1e-6;
    problem.grid = make_time_grid(0.0, 1.0, 1.0 / 7.0, std::vector<double>{0.5, 1.0});
    const std::uint64_t reference = bits_of(problem, 1, 512);
    for (const Index block : {128, 384, 1024}) EXPECT_EQ(bits_of(problem, 1, block), reference) << problem.scheme;
    EXPECT_EQ(bits_of(problem, 3, 256), reference) << problem.scheme;
    problem.grid = make_time_grid(0.0, 1.0, 1.0 / 7.0, 41);
    EXPECT_EQ(bits_of(problem, 2, 256), reference) << problem.scheme;
    problem.grid = make_time_grid(0.0, 1.0, 1.0 / 6.0, std::vector<double>{0.5, 1.0});
    EXPECT_NE(bits_of(problem, 1, 512), reference) << problem.scheme;
}

TEST(OdeEnsemble, SameBitsForAnyBlocksThreadsAndOutputs) {
    for (const std::string& scheme : all_but_symplectic) {
        expect_same_bits(
            {make_process(Leaking{}), scheme, {}, {{-0.1, 0.5, Boundary::reflecting, Boundary::absorbing}}});
        expect_same_bits({make_process(Swirl{}),
                          scheme,
                          {},
                          {{0.0, 1.0, Boundary::periodic, Boundary::periodic},
                           {0.0, 0.7, Boundary::absorbing, Boundary::absorbing}}});
    }
    expect_same_bits({make_process(ForcedQuartic{}),
                      "symplectic",
                      {},
                      {{-infinity, 0.9, Boundary::open, Boundary::absorbing}, open_axis}});
}

}  // namespace
}  // namespace dynkin
