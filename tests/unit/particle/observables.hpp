#pragma once
// Laws, observables and problems for the tests of particles.
#include "solvers/core/initial_law.hpp"
#include "solvers/core/test_function.hpp"
#include "solvers/particle/ensemble.hpp"
#include "solvers/particle/sde_propagator.hpp"

#include <cmath>
#include <functional>
#include <memory>
#include <string>

namespace dynkin {

/// An observable from a function of the state.
class Observable final : public TestFunction {
public:
    using Function = std::function<double(const double*)>;
    Observable(std::string name, int dim, Function f) : TestFunction(std::move(name), dim, false), f_(std::move(f)) {}
    void value(Points x, double* out) const override {
        double state[8];
        for (Index q = 0; q < x.n; ++q) {
            for (int j = 0; j < x.dim; ++j) state[j] = x.component(j)[q];
            out[q] = f_(state);
        }
    }
    void derivatives(Points, double*, Rows, Rows) const override {}

private:
    Function f_;
};

inline std::shared_ptr<const TestFunction> observable(int dim, Observable::Function f) {
    return std::make_shared<Observable>("f", dim, std::move(f));
}

/// x_component^power
inline std::shared_ptr<const TestFunction> power(int dim, int component, int exponent) {
    return observable(dim, [=](const double* x) { return std::pow(x[component], exponent); });
}

inline EnsembleResult simulate(const ParticleProblem& problem, const InitialLaw& law, std::uint64_t n,
                               TestFunctions observables) {
    const SdePropagator propagator(problem);
    EnsembleSpec spec{.propagator = propagator, .initial = law};
    spec.dim = problem.process->dim();
    spec.outputs = problem.grid.outputs;
    spec.n_particles = n;
    spec.seed = problem.seed;
    spec.test_functions = std::move(observables);
    return run_ensemble(spec);
}

}  // namespace dynkin
