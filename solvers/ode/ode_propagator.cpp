#include "solvers/ode/ode_propagator.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/ode/message_number.hpp"
#include "solvers/ode/setup.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

SchemeInfo info(std::string name, std::string title, double order, double evaluations, std::string source,
                std::string remark) {
    SchemeInfo line;
    line.name = std::move(name);
    line.title = std::move(title);
    line.noise = {NoiseKind::none};
    line.strong_order = line.weak_order = order;
    line.normals_per_noise = 0;
    line.drift_evaluations = evaluations;
    line.sigma_evaluations = 0;
    line.source = std::move(source);
    line.remark = std::move(remark);
    return line;
}

std::string schemes_for(const OdeProblem& problem) {
    std::string names;
    for (const SchemeInfo& scheme : ode_scheme_list())
        if (scheme.name != "symplectic" || symplectic_obstacle(problem).empty())
            names += (names.empty() ? "" : ", ") + scheme.name;
    return names;
}

void check_scheme(const OdeProblem& problem) {
    std::vector<std::string> names;
    for (const SchemeInfo& scheme : ode_scheme_list()) names.push_back(scheme.name);
    if (std::find(names.begin(), names.end(), problem.scheme) == names.end())
        throw ConfigError(unknown_name("scheme", problem.scheme, names));
    const Process& process = *problem.process;
    if (process.noise_kind() != NoiseKind::none)
        throw ConfigError("scheme '" + problem.scheme + "' integrates equations without noise, and '" + process.name() +
                          "' has " + name_of(process.noise_kind()) +
                          " noise; the stochastic schemes can (euler_maruyama and the others of its list)");
    if (problem.scheme != "symplectic") return;
    if (const std::string why = symplectic_obstacle(problem); !why.empty())
        throw ConfigError("scheme 'symplectic' cannot integrate '" + process.name() + "': " + why +
                          "; schemes that can: " + schemes_for(problem));
}

void check_numbers(const OdeProblem& problem) {
    const auto positive = [](double value) { return std::isfinite(value) && value > 0.0; };
    if (!positive(problem.rtol) || !positive(problem.atol))
        throw ConfigError("rtol and atol must be positive, not " + message_number(problem.rtol) + " and " +
                          message_number(problem.atol));
    if (problem.rtol < 1e-14)
        throw ConfigError("rtol = " + message_number(problem.rtol) + " is below round-off; at least 1e-14");
    if (!(problem.largest_step > 0.0)) throw ConfigError("the largest step must be positive");
    if (problem.max_steps < 1) throw ConfigError("max_steps must be at least 1");
}

}  // namespace

void too_many_steps(const OdeSetup& setup, std::uint64_t particle, double t, double target, double h) {
    throw NumericsError(setup.description() + ": particle " + std::to_string(particle) + " took " +
                        std::to_string(setup.problem.max_steps) + " steps and got to t = " + message_number(t) +
                        " of " + message_number(target) + " (step " + message_number(h) + "); " +
                        (setup.problem.scheme == "rosenbrock4"
                             ? "loosen rtol and atol"
                             : "the equation is probably stiff: use rosenbrock4, or loosen rtol and atol"));
}

void vanishing_step(const OdeSetup& setup, std::uint64_t particle, double t, bool finite) {
    throw NumericsError((finite ? setup.description() + ": particle " + std::to_string(particle) +
                                      " needs a step below round-off"
                                : setup.description() + ": non-finite particle " + std::to_string(particle)) +
                        " at t = " + message_number(t) +
                        "; the solution may grow beyond all bounds there: end the run earlier, put an absorbing wall "
                        "before it, or loosen rtol and atol");
}

namespace {

class OdePropagator final : public Propagator {
public:
    explicit OdePropagator(OdeProblem problem) : setup_(std::make_shared<const OdeSetup>(std::move(problem))) {}

    std::unique_ptr<Worker> worker() const override {
        const OdeProblem& problem = setup_->problem;
        if (problem.scheme == "rk4") return fixed_step_worker(setup_, make_rk4(problem));
        if (problem.scheme == "symplectic") return fixed_step_worker(setup_, make_symplectic(problem));
        if (problem.scheme == "dopri5" && can_step_blocks(*setup_)) return block_dopri5_worker(setup_);
        if (problem.scheme == "dopri5") return adaptive_worker(setup_, make_dopri5(problem));
        if (problem.scheme == "dopri5_dense") return adaptive_worker(setup_, make_dopri5_dense(problem));
        return adaptive_worker(setup_, make_rosenbrock4(problem));
    }

    std::string description() const override { return setup_->description(); }

private:
    OdeSetupPtr setup_;
};

}  // namespace

const std::vector<SchemeInfo>& ode_scheme_list() {
    static const std::vector<SchemeInfo> list = {
        info("rk4", "Classical Runge-Kutta", 4, 4, "Kutta (1901); Hairer, Norsett & Wanner (1993), section II.1", ""),
        info("dopri5", "Dormand-Prince 5(4)", 5, 6,
             "Dormand & Prince (1980); Hairer, Norsett & Wanner (1993), sections II.4 and II.5",
             "step control for every particle"),
        info("dopri5_dense", "Dormand-Prince 5(4) with continuous extension", 5, 6,
             "Hairer, Norsett & Wanner (1993), section II.6",
             "step control for every particle; outputs between steps are of order 4"),
        info("rosenbrock4", "Rosenbrock 4(3), RODAS", 4, 6, "Hairer & Wanner (1996), section IV.7",
             "for stiff equations; uses the Jacobian; step control for every particle"),
        info("symplectic", "Symmetric composition SB3A of McLachlan", 4, 5, "McLachlan (1995), section 4",
             "needs x' = v, v' = f(x, t) with the positions first; no killing"),
    };
    return list;
}

std::shared_ptr<const Propagator> make_ode_propagator(const OdeProblem& problem) {
    if (problem.process == nullptr) throw ConfigError("an ordinary differential equation needs a process");
    OdeProblem checked = problem;
    check_domain(*checked.process, checked.domain);
    check_scheme(checked);
    check_numbers(checked);
    return std::make_shared<const OdePropagator>(std::move(checked));
}

}  // namespace dynkin
