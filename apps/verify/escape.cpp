// D1, D2, D3, D6: times of passage and relaxation rates.
#include "apps/verify/escape.hpp"

#include "apps/verify/case_functions.hpp"
#include "apps/verify/judges.hpp"
#include "apps/verify/support/level.hpp"
#include "models/double_well.hpp"
#include "models/drifted_brownian.hpp"
#include "models/maier_stein.hpp"
#include "solvers/grid/first_passage_grid.hpp"
#include "solvers/grid/initial_masses.hpp"
#include "solvers/particle/first_passage.hpp"
#include "solvers/rates/hitting.hpp"
#include "solvers/rates/spectrum.hpp"
#include "solvers/rates/stationary.hpp"

#include <cmath>
#include <cstdio>

namespace dynkin::verify {
namespace {

std::string with(const std::string& what, double D) {
    char text[160];
    std::snprintf(text, sizeof text, "D = %g, %s", D, what.c_str());
    return text;
}

double passage_from_minus_one(const std::shared_ptr<const Process>& process, double target, int n) {
    const GridProblem problem = box_problem(process, -3.0, 3.0, n);
    const FokkerPlanck op(problem);
    const auto start = point_law({-1.0});
    const auto p0 = cell_masses(*start, problem.mesh, problem.domain, "double well", {"x"});
    return at_face(first_passage_on_grid(op, AxisLevel(1, 0, target), p0, 0.0, {}, 1e-3).mean, problem.mesh, -1.0);
}

FirstPassageResult particles_to(const std::shared_ptr<const Process>& process, double from, double target, double until,
                                std::int64_t n_steps, Domain domain, const VerifyOptions& options) {
    ParticleProblem problem;
    problem.process = process;
    problem.grid.until = until;
    problem.grid.n_steps = n_steps;
    problem.grid.outputs.push_back(until);
    problem.domain = std::move(domain);
    problem.seed = options.seed;
    const auto start = point_law({from});
    const AxisLevel set(1, 0, target);
    FirstPassageSpec spec{.problem = problem, .initial = *start, .set = set};
    spec.n_particles = std::uint64_t{1} << 13;
    spec.n_threads = options.n_threads;
    return run_first_passage(spec);
}

}  // namespace

const std::array<WellNumbers, 3>& well_numbers() {
    static const std::array<WellNumbers, 3> wells = {{
        {0.2, 7.93402154, 19.0938969968, {0.134777983747, 1.31258082185, 2.5319335634}, 1e-9},
        {0.1, 30.8213024727, 66.2686263649, {0.0335452873, 0.9273721026, 1.68026377}, 1e-8},
        {0.05, 361.903759501, 729.670691942, {0.00277614, 0.8222471, 1.3141553}, 2e-6},
    }};
    return wells;
}

void add_well_passages(VerifyReport& report, const WellNumbers& well, const std::shared_ptr<const Process>& process) {
    const std::vector<int> cells = {96, 192, 384, 768};
    add_convergence(
        report, with("grid: mean passage -1 -> 0", well.D), well.to_top,
        [&](int n) { return passage_from_minus_one(process, 0.0, n); }, cells, 1e-8 * well.to_top);
    add_convergence(
        report, with("grid: mean passage -1 -> 1", well.D), well.to_other,
        [&](int n) { return passage_from_minus_one(process, 1.0, n); }, cells, 1e-8 * well.to_other);
}

void add_well_rates(VerifyReport& report, const WellNumbers& well, const std::shared_ptr<const Process>& process) {
    const std::vector<int> cells = {96, 192, 384, 768};
    std::vector<std::vector<std::complex<double>>> found;
    for (const int n : cells)
        found.push_back(leading_rates(FokkerPlanck(box_problem(process, -3.0, 3.0, n)).rate_matrix(), 4));
    for (std::size_t k = 0; k < 3; ++k)
        add_convergence(
            report, with("grid: relaxation rate " + std::to_string(k + 1), well.D), well.rates[k],
            [&](int n) {
                std::size_t at = 0;
                while (cells[at] != n) ++at;
                return found[at][k + 1].real();
            },
            cells, well.precision * well.rates[k]);
}

VerifyReport case_d1(const VerifyOptions& options) {
    VerifyReport report;
    for (const WellNumbers& well : well_numbers())
        add_well_passages(report, well, make_process(models::DoubleWell{.D = well.D}));
    const WellNumbers& well = well_numbers()[0];
    const auto process = make_process(models::DoubleWell{.D = well.D});
    const double until = 100.0;
    const FirstPassageResult coarse = particles_to(process, -1.0, 0.0, until, 2500, {}, options);
    const FirstPassageResult fine = particles_to(process, -1.0, 0.0, until, 5000, {}, options);
    // Bias: weak order one, the difference; the tail beyond t = 100, P(tau > 100) E tau < 1e-4.
    report.rows.push_back(judged(with("particles: mean passage -1 -> 0", well.D), well.to_top,
                                 {fine.mean, fine.mean_standard_error}, std::abs(fine.mean - coarse.mean) + 1e-4));
    return report;
}

VerifyReport case_d2(const VerifyOptions&) {
    VerifyReport report;
    for (const WellNumbers& well : well_numbers())
        add_well_rates(report, well, make_process(models::DoubleWell{.D = well.D}));
    return report;
}

VerifyReport judge_maier_stein(const ProcessPtr& process, const MaierSteinNumbers& numbers) {
    VerifyReport report;
    const double D = numbers.D, L = numbers.L;
    // The reference has eight decimals or six digits.
    add_convergence(
        report, with("grid: slowest relaxation rate", D), numbers.rate,
        [&](int n) { return leading_rates(FokkerPlanck(box_problem(process, -L, L, n)).rate_matrix(), 2)[1].real(); },
        numbers.cells, 1e-7 * numbers.rate + 5e-9);
    // exp(-U / D) at the centres is the stationary law of the rates, to round-off of the elimination.
    const GridProblem problem = box_problem(process, -L, L, 40);
    const std::vector<double> p = stationary_law(FokkerPlanck(problem).rate_matrix()), c = problem.mesh.centres(0);
    std::vector<double> exact;
    double total = 0.0;
    for (const double y : c)
        for (const double x : c) {
            const double U = 0.25 * x * x * x * x - 0.5 * x * x + 0.5 * y * y * (1.0 + x * x);
            exact.push_back(std::exp(-U / D));
            total += exact.back();
        }
    for (double& e : exact) e /= total;
    report.rows.push_back(
        judged(with("grid: L1 distance of the stationary law from exp(-U/D)", D), 0.0, l1_distance(p, exact), 1e-12));
    return report;
}

VerifyReport case_d3(const VerifyOptions&) {
    VerifyReport all;
    // Wells are narrower for small D: finer meshes of smaller boxes.
    for (const MaierSteinNumbers& numbers : {MaierSteinNumbers{0.2, 0.17236219, 2.7, {44, 66, 98, 148}},
                                             MaierSteinNumbers{0.1, 0.04353943, 2.2, {30, 44, 66, 100}},
                                             MaierSteinNumbers{0.05, 0.00371984, 2.0, {40, 60, 90, 136}}}) {
        const VerifyReport one = judge_maier_stein(make_process(models::GradientMaierStein{.D = numbers.D}), numbers);
        all.rows.insert(all.rows.end(), one.rows.begin(), one.rows.end());
    }
    return all;
}

VerifyReport judge_exit(const ProcessPtr& process, const VerifyOptions& options) {
    VerifyReport report;
    const double L = 1.2, s = 0.7, mean = L * L / (s * s), variance = 2.0 * std::pow(L / s, 4) / 3.0;
    const auto moments = [&](int n) {
        return exit_moments(FokkerPlanck(box_problem(process, -L, L, n, Boundary::absorbing)).rate_matrix());
    };
    const auto at_centre = [](const std::vector<double>& v) { return 0.5 * (v[v.size() / 2 - 1] + v[v.size() / 2]); };
    const std::vector<int> cells = {20, 40, 80, 160};
    // Quadratic in x: the rates, wall included, have no error for it.
    report.rows.push_back(judged("grid: mean exit time from 0, 20 cells", mean, at_centre(moments(20).mean), 1e-12));
    add_convergence(
        report, "grid: variance of the exit time from 0", variance,
        [&](int n) {
            const HittingMoments m = moments(n);
            const double first = at_centre(m.mean);
            return at_centre(m.second) - first * first;
        },
        cells);
    // Through the wall at -L or into the set x >= L. P(tau > 60) < 1e-20.
    const FirstPassageResult r =
        particles_to(process, 0.0, L, 60.0, 3000, {AxisDomain{.lower = -L, .at_lower = Boundary::absorbing}}, options);
    report.rows.push_back(judged("particles: mean exit time from 0", mean, {r.mean, r.mean_standard_error}));
    return report;
}

VerifyReport case_d6(const VerifyOptions& options) {
    return judge_exit(make_process(models::DriftedBrownian{.mu = {0.0}, .noise = {0.7}}), options);
}

}  // namespace dynkin::verify
