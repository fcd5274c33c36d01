// Densities on grids through the public API: FokkerPlanck, SplitStep and solve_density.
#include "benchmarks/baselines/explicit_euler.hpp"
#include "benchmarks/baselines/sparse_lu.hpp"
#include "benchmarks/contest.hpp"
#include "benchmarks/groups.hpp"
#include "benchmarks/models.hpp"
#include "models/maier_stein.hpp"
#include "solvers/core/initial_law.hpp"
#include "solvers/grid/density_solver.hpp"
#include "solvers/grid/initial_masses.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace dynkin::benchmarks {
namespace {

constexpr int cells = 512;
constexpr double step = 1e-2;

template <class Model>
GridProblem square(const Model& model, double reach) {
    const auto faces = uniform_faces(-reach, reach, cells);
    GridProblem problem{make_process(model), {{faces, faces}}, {}};
    problem.domain.resize(2);
    return problem;
}

/// Factored when it is first called, which is not timed: it takes seconds.
std::function<void()> sparse_lu(const FokkerPlanck& equation) {
    struct State {
        std::unique_ptr<SparseLuStep> stepper;
        Eigen::VectorXd p = Eigen::VectorXd::Constant(cells * cells, 1.0 / (cells * cells));
    };
    const auto state = std::make_shared<State>();
    return [state, equation] {
        if (!state->stepper) state->stepper = std::make_unique<SparseLuStep>(equation.rate_matrix(), step);
        state->stepper->step(state->p);
        benchmark::DoNotOptimize(state->p.data());
    };
}

std::function<void()> split_steps(const FokkerPlanck& equation, SplitMethod method, int repeats) {
    struct State {
        SplitStep stepper;
        GridField p;
        StepLedger ledger{};

        State(const SplitOperator& op, SplitMethod how) : stepper(op, 1, how), p(op.shape) {}
    };
    const auto state = std::make_shared<State>(equation.split_operator(), method);
    const std::vector<double> uniform(cells * cells, 1.0 / (cells * cells));
    state->p.load(uniform.data());
    return [state, repeats] {
        for (int k = 0; k < repeats; ++k) state->stepper.step(state->p, 0.0, step, state->ledger);
        benchmark::DoNotOptimize(state->p.storage().data());
    };
}

template <class Model>
void implicit_step(const char* name, const char* what, SplitMethod method, const Model& model, double reach,
                   double bound_cycles, const char* bound) {
    const FokkerPlanck equation(square(model, reach));
    Contest contest;
    contest.name = name;
    contest.what = what;
    contest.against = "Eigen SparseLU solve of backward Euler, factored once";
    contest.items = cells * cells;
    contest.unit = "cell-steps";
    contest.target = 150.0;
    contest.ours_repeats = 50;
    contest.ours = split_steps(equation, method, contest.ours_repeats);
    contest.theirs = sparse_lu(equation);
    contest.bound_cycles = bound_cycles;
    contest.bound_source = bound;
    add(std::move(contest));
}

// Double well from a Gaussian to t = 1.
constexpr int line_cells = 1024;
constexpr double until = 1.0;

GridProblem line() {
    GridProblem problem{make_process(DoubleWell{}), {{uniform_faces(-3.0, 3.0, line_cells)}}, {}};
    problem.domain.resize(1);
    return problem;
}

DensityResult solve_line(GridMethod method, double tolerance) {
    static const std::shared_ptr<const InitialLaw> law = gaussian_law({-1.0}, {0.2});
    DensitySpec spec{.problem = line(), .initial = *law};
    spec.outputs = {until};
    spec.method = method;
    spec.steps.tolerance = tolerance;
    return solve_density(spec);
}

/// The same rates as ours, so that the difference is that of the steps in time.
std::vector<double> euler_line(const Tridiagonal& rates) {
    const auto law = gaussian_law({-1.0}, {0.2});
    const GridProblem problem = line();
    std::vector<double> p = cell_masses(*law, problem.mesh, problem.domain, "benchmark", {"x"});
    explicit_euler(rates, until, p);
    return p;
}

Tridiagonal line_rates() {
    const CellRates rates = FokkerPlanck(line()).cell_rates(0, 0.0);
    const double *up = rates.up.row(0, 0), *down = rates.down.row(0, 0);
    Tridiagonal a;
    for (int i = 0; i < line_cells; ++i) {
        a.from_below.push_back(i > 0 ? up[i - 1] : 0.0);
        a.from_above.push_back(i + 1 < line_cells ? down[i + 1] : 0.0);
        a.itself.push_back(-(up[i] + down[i]));
    }
    return a;
}

double l1(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
    return sum;
}

void fokker_planck_1d() {
    constexpr double tolerance = 8e-5;  // of the control, which bounds the error; the error itself is printed
    const Tridiagonal rates = line_rates();
    const std::vector<double> exact = solve_line(GridMethod::krylov, 0.0).masses;
    const DensityResult ours = solve_line(GridMethod::sdirk2, tolerance);
    std::array<char, 160> errors{};
    std::snprintf(errors.data(), errors.size(), "L1 time error %.1e in %d steps; theirs %.1e", l1(ours.masses, exact),
                  static_cast<int>(ours.counts.n_steps), l1(euler_line(rates), exact));
    Contest contest;
    contest.name = "fokker_planck_1d";
    contest.what = "1-D Fokker-Planck to t = 1, 1024 cells, time error 1e-5";
    contest.against = "explicit Euler at its stability limit, hand-written";
    contest.unit = "solutions";
    contest.target = 15.0;
    contest.ours_repeats = 10;
    contest.ours = [] {
        for (int k = 0; k < 10; ++k) benchmark::DoNotOptimize(solve_line(GridMethod::sdirk2, tolerance).masses.data());
    };
    contest.theirs = [rates] { benchmark::DoNotOptimize(euler_line(rates).data()); };
    contest.bound_source = errors.data();
    add(std::move(contest));
}

}  // namespace

void add_grids() {
    fokker_planck_1d();
    // L2 moves 64 bytes a cycle in and 32 out; a batch of 512 rows of 16 cells, 64 KB, and its copy lie there. A sweep of
    // two stages fetches the field, writes it and its elimination, reads both and writes one, reads that and writes the
    // field: 4 reads and 4 writes of 8 bytes a cell. A sweep of one stage makes 2 and 2.
    constexpr double access = 8.0 / 64.0 + 8.0 / 32.0;
    // Second order takes three sweeps of two stages, backward Euler one of one stage along each axis.
    constexpr double second = 3.0 * 4.0 * access, first = 2.0 * 2.0 * access;
    const auto euler = SplitMethod::lie_backward_euler, strang = SplitMethod::strang_sdirk2;
    implicit_step("implicit_step_2d/euler", "2-D implicit step 512^2, backward Euler along each axis, two double wells",
                  euler, Wells<2>{}, 2.0, first, "a read and a write of the field in L2 a pass, two passes an axis");
    implicit_step("implicit_step_2d/independent", "the same of second order (three sweeps of two stages)", strang,
                  Wells<2>{}, 2.0, second, "four reads and writes of the field in L2 a sweep");
    // Each line has factors of its own, three numbers a cell, from L3 for each solution, at 32 bytes a cycle.
    constexpr double factors = 3.0 * 8.0 / 32.0;
    implicit_step("implicit_step_2d/coupled/euler", "backward Euler, Maier-Stein (factors differ from line to line)",
                  euler, models::MaierStein{}, 1.5, first + 2.0 * factors,
                  "the same, and three factors a cell and solution from L3");
    implicit_step("implicit_step_2d/coupled", "second order, Maier-Stein", strang, models::MaierStein{}, 1.5,
                  second + 6.0 * factors, "the same, and three factors a cell and solution from L3");
}

}  // namespace dynkin::benchmarks
