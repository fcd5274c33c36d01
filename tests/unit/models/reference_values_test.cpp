// Numbers known in closed form or to many digits.
#include "models/double_well.hpp"
#include "models/linear_gaussian.hpp"
#include "models/underdamped_langevin.hpp"
#include "transition_law.hpp"

#include <gtest/gtest.h>

namespace dynkin {
namespace {

using testing_laws::TransitionLaw;

TransitionLaw law_called(const std::string& label) {
    for (TransitionLaw& law : testing_laws::laws())
        if (law.label == label) return law;
    ADD_FAILURE() << label;
    return {};
}

TEST(OrnsteinUhlenbeck, HasItsGaussianDensity) {
    const TransitionLaw law = law_called("ornstein_uhlenbeck");
    const double mean = 0.4 + (-0.8 - 0.4) * std::exp(-1.3 * 0.6);
    const double variance = 0.49 * (1.0 - std::exp(-2.0 * 1.3 * 0.6)) / 2.6;
    for (const double x : {-1.0, 0.1, 1.3})
        EXPECT_NEAR(law.density(x),
                    std::exp(-0.5 * (x - mean) * (x - mean) / variance) / std::sqrt(2.0 * std::acos(-1.0) * variance),
                    1e-13);
}

TEST(Benes, HasItsTabulatedDensity) {
    EXPECT_NEAR(law_called("benes").density(1.0), 0.29221302364, 5e-12);
}

// kappa = 0.5, theta = 0.04, sigma = 1, x0 = 0.04, t = 1: the density is x^(-0.96) at the origin.
TEST(Cir, HasItsMomentsAndProbabilitiesWithTheOriginInReach) {
    const TransitionLaw law = law_called("cir_reaching_zero");
    const auto p = [&](double x) { return law.density(x); };
    const double mean = law.integral([&](double x) { return x * p(x); });
    const double square = law.integral([&](double x) { return x * x * p(x); });

    EXPECT_NEAR(mean, 0.04, 1e-9);
    EXPECT_NEAR(square - mean * mean, 0.0252848223531, 1e-9);
    EXPECT_NEAR(law.integral(p, 0.0, law.to_u(0.01), 400), 0.830072568, 1e-9);
    EXPECT_NEAR(law.integral(p, 0.0, law.to_u(0.1), 400), 0.913457018, 1e-9);
}

TEST(Bessel, HasTheInverseMomentOfThreeDimensions) {
    const TransitionLaw law = law_called("bessel_3");

    EXPECT_NEAR(law.integral([&](double x) { return law.density(x) / x; }), 0.682689492137, 1e-10);
}

// The sampler's own estimate of the moments: z-test at 5 standard errors, 6e-7 each. Var X^2 is taken from the sample.
TEST(Cir, SamplesHaveTheMomentsOfTheLaw) {
    const TransitionLaw law = law_called("cir_reaching_zero");
    const std::vector<double> x = law.samples(200000, 5);
    const double n = static_cast<double>(x.size());
    double sum = 0.0, sum2 = 0.0, sum4 = 0.0, below = 0.0;
    for (const double v : x) {
        sum += v;
        sum2 += v * v;
        sum4 += v * v * v * v;
        below += v < 0.01 ? 1.0 : 0.0;
    }
    const double p = 0.830072568, second = 0.0252848223531 + 0.04 * 0.04;

    EXPECT_NEAR(sum / n, 0.04, 5.0 * std::sqrt(0.0252848223531 / n));
    EXPECT_NEAR(sum2 / n, second, 5.0 * std::sqrt((sum4 / n - second * second) / n));
    EXPECT_NEAR(below / n, p, 5.0 * std::sqrt(p * (1.0 - p) / n));
    EXPECT_GT(std::abs(below / n - 0.913457018), 5.0 * std::sqrt(p * (1.0 - p) / n));  // what a wrong law would give
}

// The zero-coupon bond by its killing rate: the path by 100 exact steps, 20000 paths.
TEST(CirBond, MassIsThePriceOfTheBond) {
    const auto process = make_model("cir_bond", ParameterValues());
    ASSERT_TRUE(process->has_killing());
    const Index n = 20000;
    const int n_steps = 100;
    const double T = 5.0, h = T / n_steps, exact = 0.82165641627;
    Block x(1, n), before(1, n), after(1, n);
    std::vector<double> integral(static_cast<std::size_t>(n), 0.0);
    std::fill_n(x.row(0), n, 0.05);

    for (int step = 0; step < n_steps; ++step) {
        process->killing_rate(x.points(), 0.0, before.rows());
        process->sample_transition(x.rows(), n, step * h, h, 0, {23, Stream::exact, static_cast<std::uint64_t>(step)});
        process->killing_rate(x.points(), 0.0, after.rows());
        for (Index q = 0; q < n; ++q)
            integral[static_cast<std::size_t>(q)] += 0.5 * h * (before.row(0)[q] + after.row(0)[q]);
    }
    double sum = 0.0, sum2 = 0.0;
    for (const double I : integral) {
        sum += std::exp(-I);
        sum2 += std::exp(-2.0 * I);
    }
    const double mean = sum / static_cast<double>(n);
    const double standard_error = std::sqrt((sum2 / static_cast<double>(n) - mean * mean) / static_cast<double>(n));

    // Between its ends a path's integral differs from the trapezoid by a variance sigma^2 r h^3 / 12 a step: a bias of
    // the exponential of 1e-5 over all of them; the mean curve adds kappa^2 h^2 T / 12 times r, below 1e-5 as well.
    EXPECT_NEAR(mean, exact, 5.0 * standard_error + 1e-4);
    EXPECT_LT(5.0 * standard_error, 0.02);  // a killing rate of X / 2 would give 0.90
}

TEST(UnderdampedLangevin, HasTheForceOfItsPotential) {
    const auto process = make_model(
        "underdamped_langevin",
        ParameterValues().set("gamma", 0.3).set("T", 2.0).set("potential", std::vector<double>{7.0, -1.0, 0.5, 0.25}));
    Block x(2, 1), b(2, 1), s(2, 1);
    x.row(0)[0] = 1.5;
    x.row(1)[0] = -2.0;

    process->drift(x.points(), 0.0, b.rows());
    process->sigma(x.points(), 0.0, s.rows());

    EXPECT_DOUBLE_EQ(b.row(0)[0], -2.0);
    EXPECT_NEAR(b.row(1)[0], -(-1.0 + 1.5 + 0.75 * 1.5 * 1.5) + 0.6, 1e-14);
    EXPECT_EQ(s.row(0)[0], 0.0);
    EXPECT_NEAR(s.row(1)[0], std::sqrt(2.0 * 0.3 * 2.0), 1e-15);
    EXPECT_EQ(process->variables(), (std::vector<std::string>{"x", "v"}));
}

/// div(b p) - D lap p of a stationary density, by central differences; p is scaled to 1 at the point.
double stationary_defect(const Process& process, const std::function<double(double, double)>& log_p, double x,
                         double y) {
    const double h = 1e-3;
    Block at(2, 5), b(2, 5), s(4, 5);
    const double dx[5] = {0.0, h, -h, 0.0, 0.0}, dy[5] = {0.0, 0.0, 0.0, h, -h};
    double p[5];
    for (int q = 0; q < 5; ++q) {
        at.row(0)[q] = x + dx[q];
        at.row(1)[q] = y + dy[q];
        p[q] = std::exp(log_p(x + dx[q], y + dy[q]) - log_p(x, y));
    }
    process.drift(at.points(), 0.0, b.rows());
    process.sigma(at.points(), 0.0, s.rows());
    const int m = process.noise_dim();
    const double D_x = m == 2 ? 0.5 * s.row(0)[0] * s.row(0)[0] : 0.0;
    const double D_y = 0.5 * s.row(2 * m - 1)[0] * s.row(2 * m - 1)[0];
    const double divergence =
        (b.row(0)[1] * p[1] - b.row(0)[2] * p[2] + b.row(1)[3] * p[3] - b.row(1)[4] * p[4]) / (2.0 * h);
    return divergence - (D_x * (p[1] - 2.0 * p[0] + p[2]) + D_y * (p[3] - 2.0 * p[0] + p[4])) / (h * h);
}

// Stationary densities that the headers state. Differences with h = 1e-3 leave h^2 = 1e-6 times a fourth derivative of
// p, of order (|b| / D)^4 D <= 1e3 at these points.
TEST(StationaryDensities, AreThoseTheModelsState) {
    const auto gradient = make_model("gradient_maier_stein", ParameterValues().set("D", 0.5));
    const auto oscillator = make_model("rayleigh_van_der_pol", ParameterValues().set("eta", 1.0).set("D", 0.5));
    const auto langevin = make_model("underdamped_langevin", ParameterValues().set("T", 0.5));
    const auto U = [](double x, double y) { return -(x * x * x * x / 4 - x * x / 2 + y * y * (1 + x * x) / 2) / 0.5; };
    const auto H = [](double x, double v) {
        const double energy = 0.5 * (x * x + v * v);
        return (energy - energy * energy) / 0.5;
    };
    const auto boltzmann = [](double x, double v) { return -(v * v / 2 + x * x * x * x / 4 - x * x / 2) / 0.5; };
    for (const double x : {-0.9, 0.2, 0.7})
        for (const double y : {-0.4, 0.5}) {
            EXPECT_NEAR(stationary_defect(*gradient, U, x, y), 0.0, 1e-4);
            EXPECT_NEAR(stationary_defect(*oscillator, H, x, y), 0.0, 1e-4);
            EXPECT_NEAR(stationary_defect(*langevin, boltzmann, x, y), 0.0, 1e-4);
        }
    const auto wrong = make_model("rayleigh_van_der_pol", ParameterValues().set("eta", 1.02).set("D", 0.5));
    EXPECT_GT(std::abs(stationary_defect(*wrong, H, 0.7, 0.5)), 1e-3);
}

TEST(WrightFisher, EndsAbsorbWithoutMutation) {
    const auto plain = make_model("wright_fisher", ParameterValues());
    const auto mutating = make_model("wright_fisher", ParameterValues().set("u", 0.1));

    EXPECT_EQ(plain->natural_domain()[0].at_lower, Boundary::absorbing);
    EXPECT_EQ(plain->natural_domain()[0].at_upper, Boundary::absorbing);
    EXPECT_EQ(mutating->natural_domain()[0].at_lower, Boundary::open);
    EXPECT_EQ(mutating->natural_domain()[0].at_upper, Boundary::absorbing);
    EXPECT_EQ(mutating->natural_domain()[0].upper, 1.0);
}

// LeVeque's flow: no divergence, nothing through the sides, back in place at T.
TEST(ReversingSwirl, KeepsVolumeAndStaysInside) {
    const auto process = make_model("reversing_swirl", ParameterValues());
    Block x(2, 4), b(2, 4), J(4, 4);
    const double xs[4] = {0.0, 1.0, 0.3, 0.62}, ys[4] = {0.4, 0.7, 0.21, 0.9};
    for (int q = 0; q < 4; ++q) {
        x.row(0)[q] = xs[q];
        x.row(1)[q] = ys[q];
    }
    std::vector<double> div(4);

    process->drift(x.points(), 0.4, b.rows());
    process->drift_jacobian(x.points(), 0.4, J.rows());
    divergence(2, 4, J.rows(), div.data());

    for (const double d : div) EXPECT_NEAR(d, 0.0, 1e-14);
    EXPECT_NEAR(b.row(0)[0], 0.0, 1e-15);
    EXPECT_NEAR(b.row(0)[1], 0.0, 1e-15);
    EXPECT_NEAR(b.row(0)[2] / (std::pow(std::sin(0.3 * std::acos(-1.0)), 2) * std::sin(0.42 * std::acos(-1.0))),
                std::cos(std::acos(-1.0) * 0.4 / 1.5), 1e-14);
}

}  // namespace
}  // namespace dynkin
