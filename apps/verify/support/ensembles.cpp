#include "apps/verify/support/ensembles.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/particle/ensemble.hpp"
#include "solvers/particle/sde_propagator.hpp"

namespace dynkin::verify {
namespace {

class PointwiseFunction final : public TestFunction {
public:
    PointwiseFunction(std::string name, int dimension, Observable phi)
        : TestFunction(std::move(name), dimension, false), phi_(std::move(phi)) {}
    void value(Points x, double* out) const override {
        std::vector<double> point(static_cast<std::size_t>(x.dim));
        for (Index q = 0; q < x.n; ++q) {
            for (int j = 0; j < x.dim; ++j) point[static_cast<std::size_t>(j)] = x.component(j)[q];
            out[q] = phi_(point.data());
        }
    }
    void derivatives(Points, double*, Rows, Rows) const override {
        throw NumericsError("test function '" + name() + "' is not smooth");
    }

private:
    Observable phi_;
};

}  // namespace

std::vector<Estimate> ensemble_means(const EnsembleMeans& what, const VerifyOptions& options) {
    const int dim = what.process->dim();
    ParticleProblem problem;
    problem.process = what.process;
    problem.scheme = what.scheme;
    problem.grid.until = what.T;
    problem.grid.n_steps = what.n_steps;
    problem.grid.outputs.push_back(what.T);
    problem.domain = what.domain;
    problem.seed = options.seed;
    const SdePropagator propagator(problem);
    const auto initial = point_law(what.x0);
    EnsembleSpec spec{.propagator = propagator, .initial = *initial, .dim = dim};
    spec.outputs = {what.T};
    spec.n_particles = what.n_particles;
    spec.seed = options.seed;
    spec.n_threads = options.n_threads;
    for (std::size_t k = 0; k < what.observables.size(); ++k)
        spec.test_functions.push_back(
            std::make_shared<PointwiseFunction>("phi" + std::to_string(k), dim, what.observables[k]));
    const EnsembleRow row = run_ensemble(spec).rows.front();
    std::vector<Estimate> means;
    for (std::size_t k = 0; k < what.observables.size(); ++k) means.push_back({row.mean[k], row.standard_error[k]});
    return means;
}

}  // namespace dynkin::verify
