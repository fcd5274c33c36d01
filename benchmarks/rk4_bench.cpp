// Ensembles of ordinary differential equations: the classical Runge-Kutta method, and Dormand-Prince with step control.
#include "benchmarks/baselines/dopri5.hpp"
#include "benchmarks/baselines/rk4.hpp"
#include "benchmarks/contest.hpp"
#include "benchmarks/groups.hpp"
#include "solvers/core/initial_law.hpp"
#include "solvers/core/model.hpp"
#include "solvers/ode/ode_propagator.hpp"
#include "solvers/particle/ensemble.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

namespace dynkin::benchmarks {
namespace {

struct Duffing {
    static constexpr std::string_view name = "duffing";
    static constexpr int dim = 2, noise_dim = 0;
    static constexpr NoiseKind noise_kind = NoiseKind::none;
    static constexpr bool autonomous = false;
    template <class S>
    void drift(std::span<const S> x, S t, std::span<S> b) const {
        b[0] = x[1];
        b[1] = x[0] - x[0] * x[0] * x[0] - duffing_delta * x[1] + duffing_gamma * cos(duffing_omega * t);
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S>) const {}
};

constexpr Index n = 1 << 20, block = 1024;
constexpr int n_steps = 20;
constexpr double dt = 1e-2;

void ours(const Process& process, Block& y) {
    for (Index first = 0; first < n; first += block)
        for (int k = 0; k < n_steps; ++k) process.runge_kutta4({y.row(0) + first, y.stride()}, block, k * dt, dt);
}

struct VanDerPol {
    static constexpr std::string_view name = "van_der_pol";
    static constexpr int dim = 2, noise_dim = 0;
    static constexpr NoiseKind noise_kind = NoiseKind::none;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = x[1];
        b[1] = (1.0 - x[0] * x[0]) * x[1] - x[0];
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S>) const {}
};

// Both start at the same points and have the same tolerance, tableau and control.
void dopri5() {
    constexpr std::uint64_t n_particles = 4096;
    constexpr double until = 10.0, tolerance = 1e-7;
    const std::shared_ptr<const InitialLaw> law = uniform_law({-2.0, -2.0}, {2.0, 2.0});
    const std::shared_ptr<const Propagator> propagator =
        make_ode_propagator({.process = make_process(VanDerPol{}),
                             .scheme = "dopri5",
                             .grid = make_time_grid(0.0, until, 0.01, 1),
                             .domain = {},
                             .rtol = tolerance,
                             .atol = tolerance});
    const auto start = std::make_shared<std::vector<std::array<double, 2>>>();
    Block x(2, n_particles);
    law->sample(x.rows(), n_particles, 0, DrawSource{0, Stream::initial_law, 0});
    for (Index q = 0; q < x.size(); ++q) start->push_back({x.row(0)[q], x.row(1)[q]});
    Contest contest;
    contest.name = "dopri5/odeint";
    contest.what = "dopri5, van der Pol to t = 10, tolerance 1e-7";
    contest.against = "Odeint integrate_adaptive, particle by particle";
    contest.items = static_cast<double>(n_particles);
    contest.unit = "particles";
    contest.target = 5.0;
    contest.ours = [=] {
        EnsembleSpec spec{.propagator = *propagator, .initial = *law};
        spec.dim = 2;
        spec.outputs = {until};
        spec.n_particles = n_particles;
        spec.n_threads = 1;
        benchmark::DoNotOptimize(run_ensemble(spec).rows[0].mass);
    };
    contest.theirs = [=] {
        std::vector<std::array<double, 2>> particles = *start;
        odeint_dopri5(particles, until, tolerance);
        benchmark::DoNotOptimize(particles.data());
    };
    contest.bound_source = "not stated: trials differ from particle to particle";
    add(std::move(contest));
}

}  // namespace

void add_rk4() {
    dopri5();
    const std::shared_ptr<const Process> process = make_process(Duffing{});
    const auto a = std::make_shared<Block>(2, n);
    for (int j = 0; j < 2; ++j) std::fill_n(a->row(j), n, 0.1);
    const auto b = std::make_shared<std::vector<double>>(2 * n, 0.1);
    Contest contest;
    contest.name = "rk4/odeint";
    contest.what = "RK4, Duffing, 1e6 particles";
    contest.against = "Odeint on the whole vector";
    contest.items = static_cast<double>(n) * n_steps;
    contest.unit = "particle-steps";
    contest.target = 12.0;
    contest.ours = [=] {
        ours(*process, *a);
        benchmark::DoNotOptimize(a->row(0));
    };
    contest.theirs = [=] {
        odeint_rk4_whole_vector(*b, dt, n_steps);
        benchmark::DoNotOptimize(b->data());
    };
    // Four drifts of three multiplications, twelve multiply-adds of the stages, one vector of 8 a cycle.
    contest.bound_cycles = 24.0 / 8.0;
    contest.bound_source = "24 multiplications and multiply-adds a step, over the pipes that multiply";
    contest.bound_by_pipes = true;
    Contest blocks = contest;
    blocks.name = "rk4/odeint_block";
    blocks.against = "Odeint on hand-made blocks of 512 in L1";
    blocks.target = 3.5;
    blocks.theirs = [=] {
        odeint_rk4_blocks(*b, dt, n_steps);
        benchmark::DoNotOptimize(b->data());
    };
    add(std::move(contest));
    add(std::move(blocks));
}

}  // namespace dynkin::benchmarks
