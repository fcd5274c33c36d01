// A model of one's own, an ensemble of it, and the mean at t = 1.
#include "relaxation.hpp"
#include "solvers/core/initial_law.hpp"
#include "solvers/core/test_functions.hpp"
#include "solvers/ode/ode_propagator.hpp"
#include "solvers/particle/ensemble.hpp"
#include "solvers/particle/sde_propagator.hpp"

#include <cstdio>

using namespace dynkin;

double mean_at_one(const Propagator& propagator, std::uint64_t n_particles) {
    const auto law = point_law({1.0});
    EnsembleSpec spec{.propagator = propagator, .initial = *law};
    spec.outputs = {1.0};
    spec.n_particles = n_particles;
    spec.seed = 1;
    spec.test_functions = {monomial({1})};
    return run_ensemble(spec).rows.back().mean[0];
}

int main() {
    const TimeGrid grid = make_time_grid(0.0, 1.0, 0.01, 1);
    const SdePropagator noisy({make_process(Relaxation<true>{}), "sra1", grid, {}, 1});
    const auto flow = make_ode_propagator({make_process(Relaxation<false>{}), "dopri5", grid});
    std::printf("mean %.6f flow %.6f\n", mean_at_one(noisy, 100000), mean_at_one(*flow, 1));
}
