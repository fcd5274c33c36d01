#pragma once
// Particles, density and verdict of one problem, put together as a run does it, with every part open to a mutation.
#include "models/models.hpp"
#include "models/parameter_values.hpp"
#include "solvers/check/comparisons.hpp"
#include "solvers/core/test_functions.hpp"
#include "solvers/particle/sde_propagator.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace dynkin::test {

using ProcessPtr = std::shared_ptr<const Process>;

struct Case {
    ProcessPtr process{};  ///< of the grid, and of the particles unless a mutant moves them
    ProcessPtr mutant{};   ///< moves the particles
    std::shared_ptr<const InitialLaw> initial{};
    Domain domain{};           ///< of the grid, and of the particles unless:
    Domain particle_domain{};  ///< theirs
    std::string scheme = "sra1";
    double until = 1.0, dt = 0.01;
    int n_outputs = 3, n_cells = 100;
    double false_alarm_rate = 0.01;
    bool exact_moments = false;
    NormalPrecision normals = NormalPrecision::double_precision;
    bool antithetic = false;
    TestFunctions functions{};                  ///< default: default_test_functions of the domain
    const Process* judge_of_audit = nullptr;    ///< AuditSpec::judge
    const Process* judge_of_density = nullptr;  ///< DensitySpec::judge

    TestFunctions phi() const {
        if (!functions.empty()) return functions;
        return default_test_functions(domain, {}, process->has_killing() ? Mass::changing : Mass::conserved);
    }
    TimeGrid time() const { return make_time_grid(0.0, until, dt, n_outputs); }
};

inline DensityAudit density_of(const Case& c) {
    std::vector<std::vector<double>> faces;
    for (const AxisDomain& axis : c.domain) faces.push_back(uniform_faces(axis.lower, axis.upper, c.n_cells));
    DensitySpec spec{.problem = {c.process, Mesh{faces}, c.domain}, .initial = *c.initial};
    spec.outputs = c.time().outputs;
    spec.functions = c.phi();
    spec.judge = c.judge_of_density;
    return audit_density(spec);
}

struct Sampled {
    EnsembleResult particles;
    AuditResult audit;
};

inline Sampled sample(const Case& c, std::uint64_t n, std::uint64_t n_audited, std::uint64_t seed) {
    const ParticleProblem problem{c.mutant ? c.mutant : c.process, c.scheme, c.time(),
                                  c.particle_domain.empty() ? c.domain : c.particle_domain,
                                  seed, c.normals, c.antithetic};
    const SdePropagator propagator(problem);
    EnsembleSpec ensemble{.propagator = propagator, .initial = *c.initial};
    ensemble.dim = c.process->dim();
    ensemble.outputs = problem.grid.outputs;
    ensemble.n_particles = n;
    ensemble.seed = seed;
    ensemble.test_functions = c.phi();
    ensemble.n_threads = 1;
    const CoupledPaths paths(problem);
    AuditSpec audit{.paths = paths, .initial = *c.initial, .functions = c.phi(), .n_particles = n_audited};
    audit.n_threads = 1;
    audit.judge = c.judge_of_audit;
    return {run_ensemble(ensemble), audit_particles(audit)};
}

inline std::vector<Comparison> compare(const Case& c, const Sampled& s, const DensityAudit& density) {
    const TestFunctions phi = c.phi();
    std::vector<Comparison> all = pairing_comparisons(phi, s.particles, s.audit, density);
    const auto add = [&](std::vector<Comparison> some) {
        for (Comparison& comparison : some) all.push_back(std::move(comparison));
    };
    add(dynkin_comparisons(s.audit, phi, 0.0));
    add(weak_residual_comparisons(phi, density, 0.0));
    if (c.exact_moments) {
        const double lower = c.domain[0].lower, upper = c.domain[0].upper;
        const auto exact = exact_moments(*c.process, *c.initial, 0.0, c.time().outputs, {0.5 * lower}, {0.5 * upper});
        if (exact) add(exact_moment_comparisons(phi, *exact, &s.particles, &s.audit, &density));
    }
    return all;
}

inline VerdictOptions options_of(const Case& c, std::uint64_t n) {
    VerdictOptions options;
    options.false_alarm_rate = c.false_alarm_rate;
    options.dt = c.dt;
    options.n_particles = static_cast<double>(n);
    options.n_cells = c.n_cells;
    return options;
}

inline Verdict verdict_of(const Case& c, std::uint64_t n, std::uint64_t n_audited, std::uint64_t seed = 1) {
    return judge(compare(c, sample(c, n, n_audited, seed), density_of(c)), options_of(c, n));
}

/// Smallest adjusted p among the tests of a check; 1 when there are none.
inline double adjusted_p(const Verdict& verdict, const std::string& check) {
    double p = 1.0;
    for (const TestResult& test : verdict.tests)
        if (test.check == check) p = std::min(p, test.adjusted_p);
    return p;
}

inline Domain interval(double lower, double upper, Boundary sides) {
    return {{.lower = lower, .upper = upper, .at_lower = sides, .at_upper = sides}};
}

}  // namespace dynkin::test
