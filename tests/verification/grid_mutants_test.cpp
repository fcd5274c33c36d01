// Wrong fluxes, walls, calculi and chains through the checks of B7, C1 - C9, D1 - D3, D14, D15 and S6.
#include "apps/verify/chains.hpp"
#include "apps/verify/equilibria.hpp"
#include "apps/verify/escape.hpp"
#include "apps/verify/judges.hpp"
#include "apps/verify/transport.hpp"
#include "apps/verify/walls.hpp"
#include "models/double_well.hpp"
#include "models/drifted_brownian.hpp"
#include "models/killed_brownian.hpp"
#include "models/maier_stein.hpp"
#include "models/ornstein_uhlenbeck.hpp"
#include "models/ring.hpp"
#include "models/rotation.hpp"
#include "tests/verification/judging.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

using namespace testing_cases;
using namespace verify;

std::shared_ptr<const Process> linear(double theta, double noise) {
    return make_process(
        checked(models::OrnsteinUhlenbeck{.theta = Matrix::scalar(theta), .noise = Matrix::scalar(noise)}));
}

TEST(GridMutants, KillingWithoutItsHalf) {
    expect_caught(judge_cameron_martin(make_process(models::KilledBrownian{.k = std::sqrt(2.0)}), {}),
                  {"order", "extrapolated", "particles"});
}

TEST(GridMutants, OrnsteinUhlenbeckOnePerCentOff) {
    expect_caught(judge_ornstein_uhlenbeck(linear(1.515, 0.8), {}), {"L1 distance", "eigenvalue 1"});
    expect_caught(judge_ornstein_uhlenbeck(linear(1.5, 0.816), {}), {"L1 distance", "variance by exact"});
}

/// Benes with a drift of twice the slope, tanh 2x: no transition density is claimed right for it.
struct SteepBenes {
    static constexpr std::string_view name = "steep_benes";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = tanh(2.0 * x[0]);
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        s(0, 0) = S(1.0);
    }
    void sample_transition(std::span<double> x, double, double dt, Draws& draws) const {
        x[0] += std::tanh(2.0 * x[0]) * dt + std::sqrt(dt) * draws.normal();
    }
    double transition_density(std::span<const double> x, std::span<const double> x0, double, double dt) const {
        const double z = (x[0] - x0[0] - std::tanh(2.0 * x0[0]) * dt) / std::sqrt(dt);
        return std::exp(-0.5 * z * z) / std::sqrt(6.283185307179586 * dt);
    }
};

TEST(GridMutants, BenesWithASteeperDrift) {
    expect_caught(judge_benes(make_process(SteepBenes{}), {}), {"closed form", "grid", "particles"});
}

TEST(GridMutants, RotationInTheOtherSense) {
    models::OrnsteinUhlenbeck model{.noise = Matrix::diagonal({0.5, 0.5}), .mean = {0.0, 0.0}};
    model.theta = Matrix(2, 2);
    model.theta(0, 0) = 0.5, model.theta(0, 1) = -2.0, model.theta(1, 0) = 2.0, model.theta(1, 1) = 1.0;
    expect_caught(judge_rotating(make_process(checked(model)), {}),
                  {"closed moments: <x y>", "particles: <x y>", "particles: circulation", "grid: circulation"});
}

TEST(WallMutants, WallsOnGhostCentresAreOfOrderOne) {
    VerifyReport absorbed, reflected;
    add_absorbed_survival(absorbed, "absorbed", 0.5);
    add_reflected_density(reflected, "reflected", 0.5);
    expect_caught(absorbed, {"order"});
    expect_caught(reflected, {"order"});
    EXPECT_NEAR(absorbed.rows[0].observed_order, 1.0, 0.1);
}

TEST(RingMutants, AnotherCalculusIsSeenByGridAndParticles) {
    const Calculus all[] = {Calculus::ito, Calculus::stratonovich, Calculus::haenggi_klimontovich};
    for (const Calculus claimed : all)
        for (const Calculus run : all) {
            if (claimed == run) continue;
            VerifyReport report;
            add_ring_rows(report, claimed, make_process(models::Ring{.eps = 0.5, .calculus = run}), {});
            expect_caught(report, {"grid", "particles"});
        }
}

TEST(TransportMutants, UpwindFluxesSmear) {
    VerifyReport report;
    add_turn_rows(report, "rotation", make_process(models::Rotation{}), 1.0, 0.004, AdvectiveFlux::upwind);
    expect_caught(report, {"L1 distance"});
}

TEST(TransportMutants, ARotationOnePerCentTooSlow) {
    VerifyReport report;
    add_turn_rows(report, "rotation", make_process(models::Rotation{.omega = 6.22}), 1.0, 0.004, AdvectiveFlux::weno5);
    expect_caught(report, {"L1 distance"});
}

TEST(EscapeMutants, DiffusivityHalfAPerCentOff) {
    for (const WellNumbers& well : well_numbers()) {
        const auto process = make_process(models::DoubleWell{.D = 1.005 * well.D});
        VerifyReport passages, rates;
        add_well_passages(passages, well, process);
        add_well_rates(rates, well, process);
        expect_caught(passages, {"-1 -> 0: extrapolated", "-1 -> 1: extrapolated", "order"});
        expect_caught(rates, {"rate 1: extrapolated", "order"});
    }
}

TEST(EscapeMutants, AFieldThatIsNoGradient) {
    const MaierSteinNumbers numbers{0.1, 0.04353943, 2.2, {30, 44, 66, 100}};
    expect_caught(judge_maier_stein(make_process(models::MaierStein{.alpha = 1.1, .mu = 1.0, .D = 0.1}), numbers),
                  {"relaxation rate: extrapolated", "stationary law"});
}

/// Upwind drift beside a central D p: an honest scheme of first order, with another equilibrium.
CellRates upwind_rates(const GridProblem& problem, double D) {
    GridField up(problem.mesh.n_cells()), down = up, out_lower = up, out_upper = up;
    const std::vector<double> x = problem.mesh.centres(0), h = problem.mesh.widths(0);
    const auto drift_at = [&](double at) {
        double b = 0.0;
        problem.process->drift(Points{&at, 1, 1, 1}, 0.0, Rows{&b, 1});
        return b;
    };
    for (std::size_t i = 0; i + 1 < x.size(); ++i) {
        const double b = drift_at(problem.mesh.faces[0][i + 1]), spread = D / (x[i + 1] - x[i]);
        up.row(0, 0)[i] = (spread + std::max(b, 0.0)) / h[i];
        down.row(0, 0)[i + 1] = (spread + std::max(-b, 0.0)) / h[i + 1];
    }
    const double at_wall = drift_at(problem.mesh.lower(0));
    out_lower.row(0, 0)[0] = (2.0 * D / h[0] + std::max(-at_wall, 0.0)) / h[0];
    return {up, down, out_lower, out_upper};
}

TEST(EquilibriumMutants, UpwindIsNotNodallyExact) {
    GridProblem problem =
        box_problem(make_process(models::DriftedBrownian{.mu = {-10.0}, .noise = {std::sqrt(2.0)}}), 0.0, 10.0, 10);
    problem.domain[0].at_lower = Boundary::absorbing;
    expect_caught(nodal_row("upwind", upwind_rates(problem, 1.0), problem.mesh.centres(0), 10.0, 1.0, 10.0, 1e-13));
}

TEST(EquilibriumMutants, UpwindHasAnotherEquilibrium) {
    const double D = 0.3;
    const GridProblem problem = box_problem(linear(1.0, std::sqrt(2.0 * D)), -4.0, 4.0, 200);
    std::vector<double> p;
    for (const double x : problem.mesh.centres(0))
        p.push_back(std::exp(-0.5 * x * x / D) * 0.04 / std::sqrt(6.2831853 * D));
    const SplitOperator right = FokkerPlanck(problem).split_operator();
    SplitOperator upwind = right;
    upwind.assemble = [&](int, double, AxisRates& rates) {
        const CellRates r = upwind_rates(problem, D);
        GridField none(problem.mesh.n_cells());
        rates.assign(r.up, r.down, none, none);
    };
    for (const double h : {1e-3, 0.1, 100.0}) {
        expect_passes(preserved_row("fitted", right, p, h));
        expect_caught(preserved_row("upwind", upwind, p, h));
    }
}

/// A chain whose transpose is that of another one.
class BrokenAdjoint final : public RateMatrix {
public:
    explicit BrokenAdjoint(const GridProblem& problem) : Q_(FokkerPlanck(problem).rate_matrix()) {}
    Index size() const override { return Q_.size(); }
    void apply(const double* u, double* out) const override { Q_.apply(u, out); }
    void apply_adjoint(const double* p, double* out) const override {
        Q_.apply_adjoint(p, out);
        out[3] *= 1.0 + 1e-9;
    }
    double largest_exit_rate() const override { return Q_.largest_exit_rate(); }
    const std::vector<double>& loss() const { return Q_.loss(); }

private:
    SparseRateMatrix Q_;
};

TEST(ChainMutants, AnAdjointOnePartInABillionOff) {
    const BrokenAdjoint Q(box_problem(make_process(models::DoubleWell{.D = 0.2}), -3.0, 3.0, 60));
    VerifyReport report;
    add_chain_rows(report, "broken", Q, Q.loss(), 0.5);
    expect_caught(report, {"<Q^T p, u> - <p, Q u>"});
}

TEST(ChainMutants, ALossThatIsNotTheOneStated) {
    const SparseRateMatrix Q(3, {{0, 1, 1.0}, {1, 2, 2.0}, {2, 0, 0.5}}, {0.0, 0.1, 0.0});
    VerifyReport report;
    add_chain_rows(report, "leaky", Q, {0.0, 0.0, 0.0}, 0.5);
    expect_caught(report, {"column sums"});
}

}  // namespace
}  // namespace dynkin
