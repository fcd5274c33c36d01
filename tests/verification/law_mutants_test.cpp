// Wrong processes, samplers and detections through the checks of A9, B, C, D and S5, S7.
#include "apps/verify/finance.hpp"
#include "apps/verify/gyrator.hpp"
#include "apps/verify/judges.hpp"
#include "apps/verify/passages.hpp"
#include "apps/verify/reproducibility.hpp"
#include "models/bessel.hpp"
#include "models/brownian_gyrator.hpp"
#include "models/cir.hpp"
#include "models/cir_bond.hpp"
#include "models/drifted_brownian.hpp"
#include "models/geometric_brownian.hpp"
#include "models/underdamped_langevin.hpp"
#include "models/wright_fisher.hpp"
#include "solvers/noise/normals.hpp"
#include "tests/verification/judging.hpp"

#include <cmath>

namespace dynkin {
namespace {

using namespace testing_cases;
using namespace verify;

/// The area without its factor 1/2.
struct TwiceTheArea {
    static constexpr std::string_view name = "twice_the_area";
    static constexpr int dim = 3, noise_dim = 2;
    static constexpr NoiseKind noise_kind = NoiseKind::general;
    template <class S>
    void drift(std::span<const S>, S, std::span<S> b) const {
        b[0] = b[1] = b[2] = S(0.0);
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> s) const {
        s(0, 0) = s(1, 1) = S(1.0);
        s(2, 0) = -x[1];
        s(2, 1) = S(x[0]);
    }
};

TEST(LawMutants, LevyAreaWithoutItsHalf) {
    expect_caught(judge_levy_area(make_process(TwiceTheArea{}), {}), {"E cos", "Var A_1", "P(|A_1|"});
}

TEST(LawMutants, CirWithAnotherRateOrVolatility) {
    expect_caught(judge_cir(make_process(models::Cir{.kappa = 0.55, .theta = 0.04, .volatility = 1.0}), {}),
                  {"variance"});
    expect_caught(judge_cir(make_process(models::Cir{.kappa = 0.5, .theta = 0.04, .volatility = 0.97}), {}),
                  {"P(X_1 < .01)"});
}

TEST(LawMutants, BesselOfAnotherDimension) {
    expect_caught(judge_bessel(make_process(models::Bessel{.delta = 2.95}), {}),
                  {"transition density", "E 1/R_1, one", "E R_1^2, four"});
}

TEST(LawMutants, WrightFisherWithTooMuchDrift) {
    expect_caught(judge_wright_fisher(make_process(models::WrightFisher{.drift_strength = 1.02}), {}),
                  {"closed moments", "E T_absorb from 1/2: extrapolated"});
}

TEST(LawMutants, BondWithAnotherMean) {
    expect_caught(
        judge_bond(make_process(models::CirBond{.rate = {.kappa = 0.1, .theta = 0.13, .volatility = 0.5}}), {}),
        {"particles"});
}

TEST(LawMutants, EulerHasNotTheLevelVariancesOfMilstein) {
    const auto process = make_process(models::GeometricBrownian{.mu = 0.05, .volatility = 0.2});
    expect_caught(judged_order("level variance", 2.0, level_variances(process, "euler_maruyama", {}).fit()));
}

TEST(PassageMutants, GridTimesAloneMissCrossings) {
    expect_caught(maximum_row("grid times, h = .01", maximum_at_grid_times(100, 1 << 16, {})));
    expect_caught(maximum_row("grid times, h = 1/4", maximum_at_grid_times(4, 1 << 14, {})));
}

TEST(PassageMutants, InverseGaussianOfAnotherDrift) {
    expect_caught(judge_inverse_gaussian(make_process(models::DriftedBrownian{.mu = {1.05}, .noise = {1.0}}), {}),
                  {"E tau"});
}

TEST(PassageMutants, ExitWithAnotherNoise) {
    expect_caught(judge_exit(make_process(models::DriftedBrownian{.mu = {0.0}, .noise = {0.75}}), {}),
                  {"grid: mean", "grid: variance", "particles: mean"});
}

TEST(StationaryMutants, GyratorAtEqualTemperaturesProducesNoEntropy) {
    VerifyReport report;
    add_gyrator_rows(report, "mutant", *make_process(models::BrownianGyrator{.u = 0.5, .T1 = 1.5, .T2 = 1.5}));
    expect_caught(report, {"<x1 x1>", "entropy production"});
}

TEST(StationaryMutants, LangevinTwoPerCentTooHot) {
    const auto process = make_process(models::UnderdampedLangevin{.gamma = 1.0, .T = 0.5 * 1.04});
    expect_caught(judge_langevin(process, 0.5, 0.893464969574, {}), {"<v^2>"});
}

TEST(SavedValueMutants, LinearInterpolationHasTooLittleVariance) {
    const double h = 0.2, theta = 0.5;
    const PairSource interpolated = [&](std::vector<double>& W_t, std::vector<double>& W_h) {
        fill_normals(5, Stream::brownian, 0, static_cast<Index>(W_h.size()), 0, 1,
                     Rows{W_h.data(), static_cast<Index>(W_h.size())}, std::sqrt(h));
        for (std::size_t i = 0; i < W_h.size(); ++i) W_t[i] = theta * W_h[i];
    };
    VerifyReport report;
    add_off_grid_rows(report, "interpolated", theta, h, interpolated);
    expect_caught(report, {"Var W(t)"});
}

TEST(SameBitsMutants, OneUlpIsSeen) {
    EnsembleRow a;
    a.mean = {1.0, 2.0};
    a.covariance = {1.0, 0.5, 0.5, 1.0};
    EnsembleRow b = a;
    expect_passes(same_bits_row("equal", a, b));
    b.covariance[3] = std::nextafter(1.0, 2.0);
    expect_caught(same_bits_row("one ulp", a, b));
}

}  // namespace
}  // namespace dynkin
