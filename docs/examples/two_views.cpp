// Both views of a model of one's own, without a config: means of x and x^2 by particles and by a density.
#include "solvers/core/initial_law.hpp"
#include "solvers/core/test_functions.hpp"
#include "solvers/grid/density_solver.hpp"
#include "solvers/particle/ensemble.hpp"
#include "solvers/particle/sde_propagator.hpp"
#include "tilted_well.hpp"

#include <cstdio>

using namespace dynkin;

int main() {
    const auto process = make_process(checked(models::TiltedWell{.F = 0.3}));
    const auto start = gaussian_law({-1.0}, {0.1});
    const TestFunctions functions = {monomial({1}), monomial({2})};
    const TimeGrid times = make_time_grid(0.0, 2.0, 0.01, 3);  // steps of 0.01; outputs at 0, 1, 2

    const SdePropagator propagator({process, "sra1", times, {}, 1});
    EnsembleSpec particles{.propagator = propagator, .initial = *start};
    particles.outputs = times.outputs;
    particles.n_particles = 100'000;
    particles.seed = 1;
    particles.test_functions = functions;
    const EnsembleResult ensemble = run_ensemble(particles);

    const Domain sides = {{-3.0, 3.0, Boundary::reflecting, Boundary::reflecting}};
    DensitySpec grid{.problem = {process, Mesh{{uniform_faces(-3.0, 3.0, 300)}}, sides}, .initial = *start};
    grid.outputs = times.outputs;
    grid.functions = functions;
    const DensityResult density = solve_density(grid);

    for (std::size_t t = 0; t < times.outputs.size(); ++t)
        for (std::size_t k = 0; k < functions.size(); ++k)
            std::printf("t = %g  %-3s  particles %.4f +- %.4f  density %.4f\n", times.outputs[t],
                        functions[k]->name().c_str(), ensemble.rows[t].mean[k], ensemble.rows[t].standard_error[k],
                        density.rows[t].expectation[k]);
}
