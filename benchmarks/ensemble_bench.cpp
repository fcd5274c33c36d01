// Ensembles through the public API: SdePropagator and run_ensemble.
#include "benchmarks/baselines/euler_maruyama.hpp"
#include "benchmarks/contest.hpp"
#include "benchmarks/groups.hpp"
#include "benchmarks/models.hpp"
#include "models/expression/expression_process.hpp"
#include "models/models.hpp"
#include "models/parameter_values.hpp"
#include "solvers/particle/ensemble.hpp"
#include "solvers/particle/sde_propagator.hpp"

#include <memory>
#include <string>
#include <vector>

namespace dynkin::benchmarks {
namespace {

constexpr std::uint64_t n_particles = 1000000;
constexpr int n_steps = 50;
constexpr double dt = 1e-3, diffusivity = 0.2;
constexpr double count = static_cast<double>(n_particles) * n_steps;

/// The whole run, from the initial law to the statistics at its end.
std::function<void()> ensemble(std::shared_ptr<const Process> process, const std::string& scheme, int n_threads = 1,
                               int steps = n_steps, NormalPrecision normals = NormalPrecision::double_precision,
                               bool antithetic = false) {
    const auto propagator = std::make_shared<SdePropagator>(ParticleProblem{
        std::move(process), scheme, make_time_grid(0.0, steps * dt, dt, 1), {}, 1, normals, antithetic});
    const std::shared_ptr<const InitialLaw> law = point_law({-1.0});
    return [=] {
        EnsembleSpec spec{.propagator = *propagator, .initial = *law};
        spec.outputs = propagator->problem().grid.outputs;
        spec.n_particles = n_particles;
        spec.n_threads = n_threads;
        benchmark::DoNotOptimize(run_ensemble(spec).rows[0].mass);
    };
}

std::function<void()> ensemble(const std::string& scheme, int n_threads, int steps = n_steps) {
    return ensemble(make_process(DoubleWell{diffusivity}), scheme, n_threads, steps);
}

/// The same model as text.
std::shared_ptr<const Process> expressions() {
    ExpressionModel model;
    model.variables = {{"x"}};
    model.drift = {{"x - x^3"}};
    model.sigma = {{{"sqrt(2*D)"}}};
    model.parameters = {{"D", diffusivity}};
    return make_expression_process(model);
}

std::function<void()> baseline(void (*run)(std::vector<double>&, double, double, int)) {
    const auto x = std::make_shared<std::vector<double>>(n_particles, -1.0);
    return [=] {
        run(*x, diffusivity, dt, n_steps);
        benchmark::DoNotOptimize(x->data());
    };
}

Contest contest(const char* name, const char* what, const char* against, double target) {
    Contest c;
    c.name = name;
    c.what = what;
    c.against = against;
    c.items = count;
    c.unit = "particle-steps";
    c.target = target;
    c.bound_by_pipes = true;
    return c;
}

}  // namespace

void add_ensembles() {
    constexpr double normal = 59.0 / 16.0;  // cycles, see noise_bench.cpp
    // Drift: two operations, a load, a store; update: two multiplications and two additions, three loads, a store; a
    // store of 512 bits takes two cycles. 8 per vector of 8 particles.
    constexpr double step = 1.0;

    Contest std_cpp =
        contest("euler_maruyama/std", "Euler-Maruyama, double well, 1e6 particles", "scalar std C++", 10.0);
    std_cpp.ours = ensemble("euler_maruyama", 1);
    std_cpp.theirs = baseline(std_double_well);
    std_cpp.bound_cycles = normal + step;
    std_cpp.bound_source = "one normal, and 8 cycles of loads and stores per 8 particles";
    std_cpp.rounds = 7;
    Contest odeint = std_cpp;
    odeint.name = "euler_maruyama/odeint";
    odeint.against = "Odeint stochastic_euler on the whole vector, ziggurat";
    odeint.target = 5.0;
    odeint.theirs = baseline(odeint_whole_vector);
    Contest block = odeint;
    block.name = "euler_maruyama/odeint_block";
    block.against = "the same on hand-made blocks of 512 in L1";
    block.theirs = baseline(odeint_blocks);
    Contest fast = odeint;
    fast.name = "euler_maruyama/odeint/single";
    fast.what += ", normals = \"single\"";
    fast.ours = ensemble(make_process(DoubleWell{diffusivity}), "euler_maruyama", 1, n_steps,
                         NormalPrecision::single_precision);
    fast.bound_cycles = 69.0 / 32.0 + step;
    Contest fast_block = block;
    fast_block.name = "euler_maruyama/odeint_block/single";
    fast_block.what = fast.what;
    fast_block.ours = fast.ours;
    fast_block.bound_cycles = fast.bound_cycles;
    Contest pairs = contest("antithetic", "Euler-Maruyama, antithetic pairs", "our Euler-Maruyama", 1.1);
    pairs.ours = ensemble(make_process(DoubleWell{diffusivity}), "euler_maruyama", 1, n_steps,
                          NormalPrecision::double_precision, true);
    pairs.theirs = ensemble("euler_maruyama", 1);
    pairs.bound_cycles = 0.5 * normal + 1.25 * step;
    pairs.bound_source = "half a normal and its mirror image, and the step";
    add(std::move(std_cpp));
    add(std::move(odeint));
    add(std::move(block));
    add(std::move(fast));
    add(std::move(fast_block));
    add(std::move(pairs));

    Contest text = contest("expressions", "Euler-Maruyama, double well from expressions", "the built-in model", 0.8);
    text.ours = ensemble(expressions(), "euler_maruyama");
    text.theirs = ensemble(make_model("double_well", ParameterValues{}), "euler_maruyama");
    text.bound_cycles = normal + step;
    text.bound_source = "as for the built-in model";
    add(std::move(text));

    Contest sra1 = contest("sra1", "SRA1, double well", "our Euler-Maruyama", 0.45);
    sra1.ours = ensemble("sra1", 1);
    sra1.theirs = ensemble("euler_maruyama", 1);
    sra1.bound_cycles = 2 * normal + 2.5 * step;
    sra1.bound_source = "two normals, two drifts, two updates and the time integral";
    add(std::move(sra1));

    Contest two = contest("two_threads", "Euler-Maruyama, two threads", "one thread", 1.9);
    two.items = count * 2;
    two.ours = ensemble("euler_maruyama", 2, 2 * n_steps);
    two.theirs = ensemble("euler_maruyama", 1, 2 * n_steps);
    two.bound_ratio = 2.0;
    two.bound_source = "two cores";
    two.clock = Clock::wall;
    Contest two_cpu = two;
    two_cpu.name = "two_threads/cpu";
    two_cpu.what += ", CPU time a thread";
    two_cpu.clock = Clock::cpu_per_thread;
    two_cpu.ours_threads = 2;
    add(std::move(two));
    add(std::move(two_cpu));
}

}  // namespace dynkin::benchmarks
