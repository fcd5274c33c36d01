#include "solvers/grid/density_solver.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/core/test_functions.hpp"
#include "solvers/grid/density_functionals.hpp"
#include "solvers/grid/initial_masses.hpp"
#include "solvers/grid/rate_list.hpp"
#include "solvers/grid/time_quadrature.hpp"
#include "solvers/rates/propagate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <thread>

namespace dynkin {

namespace {

constexpr double exponential_tolerance = 1e-12;
const std::vector<std::string> method_names = {"sdirk2", "backward_euler", "krylov", "uniformisation"};

void check_outputs(const DensitySpec& spec, const std::string& who) {
    if (spec.outputs.empty()) throw ConfigError(who + " on the grid: at least one output time is expected");
    double before = spec.t0;
    for (std::size_t i = 0; i < spec.outputs.size(); ++i) {
        const double t = spec.outputs[i];
        if (!std::isfinite(t) || (i == 0 ? t < before : !(t > before)))
            throw ConfigError(who + " on the grid: output times must increase from t0 = " + std::to_string(spec.t0) +
                              "; number " + std::to_string(i) + " is " + std::to_string(t));
        before = t;
    }
    for (const auto& phi : spec.functions)
        if (phi->dim() != spec.problem.process->dim())
            throw ConfigError(who + " on the grid: test function " + phi->name() + " has " +
                              std::to_string(phi->dim()) + " variables, the model " +
                              std::to_string(spec.problem.process->dim()));
}

// Coefficients may vanish at single times: golden fractions of the span hit none of them by design.
std::vector<double> probe_times(const DensitySpec& spec) {
    if (spec.problem.process->autonomous()) return {spec.t0};
    const double span = spec.outputs.back() - spec.t0;
    return {spec.t0, spec.t0 + 0.236068 * span, spec.t0 + 0.618034 * span, spec.outputs.back()};
}

int threads(int wanted) {
    return wanted > 0 ? wanted : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

/// What is recorded on the way, whatever moves the masses.
class Recorder {
public:
    Recorder(const DensitySpec& spec, const FokkerPlanck& op, const GridField& start,
             GeneratorTable::Outflows outflows = {})
        : spec_(spec),
          means_(cell_means(spec.functions, spec.problem.mesh)),
          initial_(spec.functions.size()),
          dense_(static_cast<std::size_t>(spec.problem.mesh.n_total())) {
        Domain box = spec.problem.domain;
        for (std::size_t j = 0; j < box.size(); ++j) {
            box[j].lower = spec.problem.mesh.lower(static_cast<int>(j));
            box[j].upper = spec.problem.mesh.upper(static_cast<int>(j));
        }
        TestFunctions smooth;
        slot_.assign(spec.functions.size(), -1);
        for (std::size_t k = 0; k < spec.functions.size(); ++k) {
            initial_[k] = means_.pair(k, start);
            if (!spec.functions[k]->smooth() || !respects_periodicity(*spec.functions[k], box)) continue;
            slot_[k] = static_cast<int>(smooth.size());
            smooth.push_back(spec.functions[k]);
        }
        if (smooth.empty()) return;
        generator_.emplace(op, spec.judge ? *spec.judge : *spec.problem.process, std::move(smooth),
                           std::move(outflows));
        integral_.start(spec.t0, generator_->rates(spec.t0, start));
    }

    bool integrates() const { return generator_.has_value(); }

    void step(double t, const GridField& masses) {
        if (spec_.stop != nullptr && spec_.stop->load(std::memory_order_relaxed))
            throw Interrupted(spec_.problem.process->name() + " on the grid: stopped at t = " + std::to_string(t));
        if (generator_) integral_.add(t, generator_->rates(t, masses));
        if (spec_.progress) spec_.progress(t);
    }

    void output(double t, const GridField& masses, const StepLedger& ledger, DensityResult& result) {
        constexpr double nan = std::numeric_limits<double>::quiet_NaN();
        integral_.close();
        const std::size_t K = spec_.functions.size(), d = spec_.problem.mesh.faces.size();
        DensityRow row;
        row.time = t;
        row.mass = masses.sum();
        row.smallest = masses.smallest();
        row.killed = ledger.killed;
        row.absorbed_lower.assign(ledger.absorbed_lower.begin(), ledger.absorbed_lower.begin() + static_cast<Index>(d));
        row.absorbed_upper.assign(ledger.absorbed_upper.begin(), ledger.absorbed_upper.begin() + static_cast<Index>(d));
        row.residual.assign(K, nan);
        row.quadrature.assign(K, nan);
        const std::vector<double> bound = integral_.bound();
        for (std::size_t k = 0; k < K; ++k) {
            row.expectation.push_back(means_.pair(k, masses));
            if (slot_[k] < 0) continue;
            const auto s = static_cast<std::size_t>(slot_[k]);
            row.residual[k] = row.expectation[k] - initial_[k] - integral_.integral()[s];
            row.quadrature[k] = bound[s];
        }
        masses.store(dense_.data());
        if (spec_.visit) spec_.visit(static_cast<int>(result.rows.size()), dense_);
        result.rows.push_back(std::move(row));
        result.masses = dense_;
    }

private:
    const DensitySpec& spec_;
    CellTable means_;
    std::vector<double> initial_;  // (K) <phi, p_0>
    std::vector<int> slot_;        // (K) place among the functions with a residual, -1: none
    std::optional<GeneratorTable> generator_;
    TimeQuadrature integral_;
    std::vector<double> dense_;
};

void run_steps(const DensitySpec& spec, const FokkerPlanck& op, GridField& masses, DensityResult& result) {
    const SplitMethod method =
        spec.method == GridMethod::sdirk2 ? SplitMethod::strang_sdirk2 : SplitMethod::lie_backward_euler;
    SplitStep stepper(op.split_operator(), threads(spec.n_threads), method);
    GeneratorTable::Outflows outflows;
    if (stepper.advection() != nullptr)
        outflows = [&](double t, const GridField& m) { return stepper.advection()->outflows(t, m, stepper.team()); };
    Recorder recorder(spec, op, masses, outflows);
    StepControl control(stepper, spec.steps, spec.t0, spec.problem.process->name());
    double now = spec.t0;
    for (const double t : spec.outputs) {
        if (t > now)
            control.advance(masses, now, t, result.ledger,
                            [&](double at, double, const GridField& m) { recorder.step(at, m); });
        now = t;
        recorder.output(t, masses, result.ledger, result);
    }
    result.counts = control.counts();
}

// Ends of the pieces a window is cut into for the time integral of the residual, as shares of it. The first window is
// cut geometrically, since a law may start as a point.
std::vector<double> pieces_of_window(bool first, bool integrates) {
    if (!integrates) return {1.0};
    std::vector<double> ends;
    if (first) {
        for (int k = 14; k >= 0; --k) ends.push_back(std::ldexp(1.0, -k));
    } else {
        for (int k = 1; k <= 4; ++k) ends.push_back(0.25 * k);
    }
    std::vector<double> halved;
    double from = 0.0;
    for (const double to : ends) {
        halved.push_back(0.5 * (from + to));
        halved.push_back(to);
        from = to;
    }
    return halved;
}

void run_exponentials(const DensitySpec& spec, const FokkerPlanck& op, GridField& masses, DensityResult& result) {
    const Process& process = *spec.problem.process;
    if (!process.autonomous())
        throw ConfigError(process.name() + " on the grid: method '" + name_of(spec.method) +
                          "' needs coefficients that do not depend on time; use 'sdirk2'");
    const auto n = static_cast<std::size_t>(spec.problem.mesh.n_total());
    const int d = spec.problem.mesh.dim();
    const auto method =
        spec.method == GridMethod::krylov ? PropagationMethod::krylov : PropagationMethod::uniformisation;
    Recorder recorder(spec, op, masses);
    // One more state per wall keeps what it has absorbed.
    const SparseRateMatrix Q = rate_list(op, spec.t0).with_wall_states();
    std::vector<double> p(static_cast<std::size_t>(Q.size()), 0.0);
    masses.store(p.data());
    const double total = masses.sum();

    double now = spec.t0, reached = spec.t0;
    for (const double t : spec.outputs) {
        if (t > now)
            for (const double share : pieces_of_window(now == spec.t0, recorder.integrates())) {
                const double end = share == 1.0 ? t : now + share * (t - now);
                p = propagate_law(Q, p, end - reached, method, exponential_tolerance);
                const double h = end - reached;
                result.counts.smallest_step = result.counts.n_steps == 0 ? h : std::min(result.counts.smallest_step, h);
                result.counts.largest_step = std::max(result.counts.largest_step, h);
                result.counts.time_error += exponential_tolerance;
                ++result.counts.n_steps;
                reached = end;
                masses.load(p.data());
                recorder.step(end, masses);
            }
        now = t;
        for (int a = 0; a < d; ++a) {
            const auto c = static_cast<std::size_t>(a);
            result.ledger.absorbed_lower[c] = p[n + 2 * c];
            result.ledger.absorbed_upper[c] = p[n + 2 * c + 1];
        }
        result.ledger.killed = 0.0;
        if (process.has_killing()) result.ledger.killed = total - masses.sum() - result.ledger.removed();
        recorder.output(t, masses, result.ledger, result);
    }
}

}  // namespace

const char* name_of(GridMethod method) {
    return method_names[static_cast<std::size_t>(method)].c_str();
}

GridMethod grid_method(const std::string& name) {
    for (std::size_t i = 0; i < method_names.size(); ++i)
        if (method_names[i] == name) return static_cast<GridMethod>(i);
    throw ConfigError(unknown_name("grid method", name, method_names));
}

DensityResult solve_density(const DensitySpec& spec) {
    if (spec.problem.process == nullptr) throw ConfigError("density on a grid: no process is given");
    const Process& process = *spec.problem.process;
    check_outputs(spec, process.name());
    const FokkerPlanck op(spec.problem, probe_times(spec));
    const std::vector<double> start =
        cell_masses(spec.initial, spec.problem.mesh, spec.problem.domain, process.name(), process.variables());
    GridField masses(spec.problem.mesh.n_cells());
    masses.load(start.data());

    DensityResult result;
    if (steps_in_time(spec.method))
        run_steps(spec, op, masses, result);
    else
        run_exponentials(spec, op, masses, result);
    return result;
}

}  // namespace dynkin
