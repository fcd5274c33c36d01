// The operator: fluxes, equilibria, what a rate matrix has to be, and what is refused.
#include "solvers/core/errors.hpp"
#include "solvers/grid/face_rates.hpp"
#include "solvers/rates/propagate.hpp"
#include "tests/unit/grid/processes.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

namespace dynkin {
namespace {

using test::message_of;
using test::problem_1d;
using test::sides;

std::vector<double> random_vector(Index n, unsigned seed) {
    std::mt19937 engine(seed);
    std::uniform_real_distribution<double> draw(0.0, 1.0);
    std::vector<double> v(static_cast<std::size_t>(n));
    for (double& e : v) e = draw(engine);
    return v;
}
double dot(const std::vector<double>& a, const std::vector<double>& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}
double l1(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
    return sum;
}

// Case D14 at cell centres, with its absorbing wall at 0. The flux is the same through every face, the wall included.
TEST(ScharfetterGummel, IsNodallyExactForConstantCoefficients) {
    const double u = 10.0, length = 10.0;
    const GridProblem problem =
        problem_1d(test::Drifted{.u = -u}, 0.0, length, 10, Boundary::absorbing, Boundary::open);
    const FokkerPlanck op(problem);
    const CellRates r = op.cell_rates(0, 0.0);
    const auto p = [&](double x) { return std::expm1(-u * x) / std::expm1(-u * length); };
    const double J = u / std::expm1(-u * length);  // b p - D p'
    const std::vector<double> x = problem.mesh.centres(0);
    const double *up = r.up.row(0, 0), *down = r.down.row(0, 0);

    double worst = std::abs(-r.out_lower.row(0, 0)[0] * p(x[0]) / J - 1.0), worst_upwind = 0.0;
    for (std::size_t i = 0; i + 1 < x.size(); ++i) {
        worst = std::max(worst, std::abs((up[i] * p(x[i]) - down[i + 1] * p(x[i + 1])) / J - 1.0));
        const double upwind = -u * p(x[i + 1]) - (p(x[i + 1]) - p(x[i]));
        worst_upwind = std::max(worst_upwind, std::abs(upwind / J - 1.0));
    }

    EXPECT_LT(worst, 1e-14);
    EXPECT_GT(worst_upwind, 1e-4);  // mutant
}

TEST(ScharfetterGummel, TurnsUpwindWhereDVanishes) {
    FaceSample face;
    face.length = 0.1;
    face.b = {2.0, 2.0, 2.0};
    const FacePull none = scharfetter_gummel(face);
    EXPECT_DOUBLE_EQ(none.up, 0.2);
    EXPECT_EQ(none.down, 0.0);

    // From D > 0 into D = 0: what is there leaves by its noise, what is beyond never returns against the wind.
    face.D_below = 0.3;
    face.D = {0.2, 0.1, 0.0};
    const FacePull edge = scharfetter_gummel(face);
    EXPECT_DOUBLE_EQ(edge.up, 0.5);
    EXPECT_EQ(edge.down, 0.0);

    // The fitted rates reach the same limit without overflow.
    face.D = {1e-9, 1e-9, 1e-9};
    face.D_below = face.D_above = 1e-9;
    const FacePull fitted = scharfetter_gummel(face);
    EXPECT_NEAR(fitted.up, 0.2, 1e-8);
    EXPECT_EQ(fitted.down, 0.0);
}

// exp(-U / D) at the centres times the cell widths.
GridField equilibrium(const Mesh& mesh, double D, const std::function<double(double, double)>& U) {
    GridField m(mesh.n_cells());
    const std::vector<double> x = mesh.centres(0), hx = mesh.widths(0);
    const std::vector<double> y = mesh.dim() > 1 ? mesh.centres(1) : std::vector<double>{0.0};
    const std::vector<double> hy = mesh.dim() > 1 ? mesh.widths(1) : std::vector<double>{1.0};
    for (std::size_t j = 0; j < y.size(); ++j)
        for (std::size_t i = 0; i < x.size(); ++i)
            m.row(static_cast<int>(j), 0)[i] = hx[i] * hy[j] * std::exp(-U(x[i], y[j]) / D);
    const double total = m.sum();
    for (double& v : m.storage()) v /= total;
    return m;
}

double drift_from(const GridField& start, const SplitOperator& op, double h) {
    SplitStep stepper(op, 1);
    GridField p = start;
    StepLedger ledger;
    for (int s = 0; s < 100; ++s) stepper.step(p, s * h, h, ledger);
    return l1_distance(p, start);
}

void assemble_upwind(const GridProblem& problem, double D, AxisRates& rates) {
    GridField up(problem.mesh.n_cells()), down = up, none = up;
    const std::vector<double> x = problem.mesh.centres(0), h = problem.mesh.widths(0);
    for (std::size_t i = 0; i + 1 < x.size(); ++i) {
        double b = 0.0;
        problem.process->drift({&problem.mesh.faces[0][i + 1], 1, 1, 1}, 0.0, {&b, 1});
        const double spread = D / (x[i + 1] - x[i]);
        up.row(0, 0)[i] = (spread + std::max(b, 0.0)) / h[i];
        down.row(0, 0)[i + 1] = (spread + std::max(-b, 0.0)) / h[i + 1];
    }
    rates.assign(up, down, none, none);
}

// Case D15. Upwind drift beside a central D p is the mutant: an honest scheme, with another equilibrium.
TEST(FokkerPlanckOperator, PreservesGradientEquilibriaForAllTimes) {
    const double D = 0.3;
    const auto quartic = [](double x, double) { return x * x * x * x / 4.0 - x * x / 2.0; };
    const auto maier_stein = [&](double x, double y) { return quartic(x, 0.0) + y * y * (1.0 + x * x) / 2.0; };
    struct Case {
        GridProblem problem;
        std::function<double(double, double)> U;
    };
    const std::vector<Case> cases = {
        {problem_1d(test::Well{.D = D, .linear = true}, -4.0, 4.0, 200), [](double x, double) { return x * x / 2.0; }},
        {{make_process(test::Well{.D = D}), Mesh{{graded_faces(-2.5, 2.5, 150, 0.4, 5.0)}}, Domain(1)}, quartic},
        {{make_process(test::GradientMaierStein{.D = D}),
          Mesh{{uniform_faces(-2.5, 2.5, 48), uniform_faces(-2.5, 2.5, 40)}}, Domain(2)},
         maier_stein}};
    for (const Case& c : cases) {
        const GridField start = equilibrium(c.problem.mesh, D, c.U);
        SplitOperator op = FokkerPlanck(c.problem).split_operator(), upwind = op;
        upwind.assemble = [&](int, double, AxisRates& rates) { assemble_upwind(c.problem, D, rates); };
        for (const double h : {1e-3, 0.1, 100.0}) {
            EXPECT_LT(drift_from(start, op, h), 1e-13) << c.problem.process->name() << " " << h;
            if (c.problem.mesh.dim() == 1) {
                EXPECT_GT(drift_from(start, upwind, h), 1e-4) << h;
            }
        }
    }
}

GridProblem maier_stein(Boundary x, Boundary y) {
    Domain domain(2);
    domain[0].at_lower = domain[0].at_upper = x;
    domain[1].at_lower = domain[1].at_upper = y;
    return {make_process(test::GradientMaierStein{}),
            Mesh{{uniform_faces(-2.0, 2.0, 17), graded_faces(-2.0, 2.0, 14, 0.0, 3.0)}}, domain};
}

// Case S6.
TEST(RateMatrixOfTheOperator, IsAGeneratorWithItsExactTranspose) {
    for (const Boundary side : {Boundary::reflecting, Boundary::periodic}) {
        const FokkerPlanck op(maier_stein(side, Boundary::reflecting));
        const SparseRateMatrix Q = op.rate_matrix(0.0);
        const Index n = Q.size();
        const auto p = random_vector(n, 1), u = random_vector(n, 2);
        std::vector<double> Qu(u.size()), Qtp(p.size()), ones(u.size(), 1.0), Q1(u.size());

        Q.apply(u.data(), Qu.data());
        Q.apply_adjoint(p.data(), Qtp.data());
        Q.apply(ones.data(), Q1.data());

        const double size = Q.largest_exit_rate() * static_cast<double>(n);
        EXPECT_LT(std::abs(dot(Qtp, ones)), 1e-15 * size);
        EXPECT_LT(std::abs(dot(Qtp, u) - dot(p, Qu)), 1e-15 * size);
        for (const double v : Q1) EXPECT_EQ(v, 0.0);
        for (Index i = 0; i < n; ++i)
            for (const double rate : Q.out_of(i).rates) EXPECT_GT(rate, 0.0);

        const auto after = [&](const std::vector<double>& start, double tau) { return propagate_law(Q, start, tau); };
        EXPECT_LT(l1(after(after(p, 0.03), 0.05), after(p, 0.08)), 1e-10 * std::accumulate(p.begin(), p.end(), 0.0));
    }
}

TEST(RateMatrixOfTheOperator, IsWhatTheStepsUse) {
    for (const Boundary side : {Boundary::reflecting, Boundary::absorbing, Boundary::periodic}) {
        const GridProblem problem = maier_stein(Boundary::reflecting, side);
        const FokkerPlanck op(problem);
        const SparseRateMatrix Q = op.rate_matrix(0.0);
        SplitStep stepper(op.split_operator(), 1);
        const auto p = random_vector(Q.size(), 3);
        GridField masses(problem.mesh.n_cells()), change = masses;
        masses.load(p.data());
        std::vector<double> from_steps(p.size()), from_matrix(p.size()), transposed(p.size());

        stepper.generator(masses, 0.0, change);
        change.store(from_steps.data());
        Q.apply_adjoint(p.data(), from_matrix.data());
        Q.apply(p.data(), transposed.data());

        const double size = Q.largest_exit_rate() * static_cast<double>(Q.size());
        EXPECT_LT(l1(from_steps, from_matrix), 1e-15 * size);
        EXPECT_GT(l1(from_steps, transposed), 1e-4 * size);  // mutant: backward for forward
    }
}

TEST(FokkerPlanckOperator, RefusesWhatItCannotSolve) {
    const Mesh square{{uniform_faces(-1.0, 1.0, 8), uniform_faces(-1.0, 1.0, 8)}};
    const std::string cross = message_of([&] { FokkerPlanck({make_process(test::Correlated{}), square, Domain(2)}); });
    for (const char* part : {"correlated", "x and y", "cross terms", "drop [grid]"})
        EXPECT_NE(cross.find(part), std::string::npos) << cross;

    GridProblem half_ring = problem_1d(test::Well{}, -2.0, 2.0, 20, Boundary::periodic, Boundary::reflecting);
    EXPECT_NE(message_of([&] { FokkerPlanck{half_ring}; }).find("periodic on one side"), std::string::npos);

    GridProblem torn = problem_1d(test::Well{}, -2.0, 2.0, 20, Boundary::absorbing, Boundary::absorbing);
    torn.domain[0].lower = -3.0;
    EXPECT_NE(message_of([&] { FokkerPlanck{torn}; }).find("-3"), std::string::npos);

    EXPECT_THROW(FokkerPlanck({make_process(test::Well{}), square, Domain(2)}), ConfigError);
    EXPECT_THROW(FokkerPlanck({nullptr, square, Domain(2)}), ConfigError);

    GridProblem undefined = problem_1d(test::LogNoise{}, -1.0, 1.0, 20);
    const std::string where = message_of([&] { FokkerPlanck{undefined}; });
    EXPECT_NE(where.find("sigma is not finite at x = -0.95"), std::string::npos) << where;

    const FokkerPlanck langevin({make_process(test::Langevin{}), square, Domain(2)});
    EXPECT_FALSE(langevin.diffusive(0));
    EXPECT_TRUE(langevin.diffusive(1));
    EXPECT_NE(message_of([&] { langevin.rate_matrix(0.0); }).find("x has no noise"), std::string::npos);
}

}  // namespace
}  // namespace dynkin
