// Exact samplers against the densities of the same models, by Kolmogorov's test. The densities are tested on their own.
#include "models/variates.hpp"
#include "transition_law.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace dynkin {
namespace {

using testing_laws::TransitionLaw;

/// sqrt(n) sup |F_n - F|. F is integrated from one sample to the next, so that it costs one panel a sample.
double kolmogorov_statistic(const TransitionLaw& law, std::vector<double> samples) {
    std::sort(samples.begin(), samples.end());
    const auto p = [&](double x) { return law.density(x); };
    const double n = static_cast<double>(samples.size());
    double u = law.to_u(samples[0]), F = law.integral(p, law.lower, u, 400), worst = F;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const double next = law.to_u(samples[i]);
        if (next > u) F += law.integral(p, u, next, 1);
        u = next;
        const double below = static_cast<double>(i) / n, above = static_cast<double>(i + 1) / n;
        worst = std::max({worst, std::abs(F - below), std::abs(F - above)});
    }
    return std::sqrt(n) * worst;
}

// P(statistic > 2.7) = 2 exp(-2 * 2.7^2) = 1e-6 for a right sampler.
constexpr double critical = 2.7;
constexpr Index n_samples = 20000;

class EverySampler : public ::testing::TestWithParam<TransitionLaw> {};
INSTANTIATE_TEST_SUITE_P(Models, EverySampler, ::testing::ValuesIn(testing_laws::laws()), testing_laws::label_of);

TEST_P(EverySampler, DrawsFromTheTransitionDensity) {
    const TransitionLaw& law = GetParam();
    ASSERT_TRUE(law.process->has_exact_transition());

    EXPECT_LT(kolmogorov_statistic(law, law.samples(n_samples, 11)), critical);
}

TEST_P(EverySampler, DependsOnTheParticleAlone) {
    const TransitionLaw& law = GetParam();
    const std::vector<double> all = law.samples(40, 3);

    Block tail(1, 15);
    for (Index q = 0; q < 15; ++q) tail.row(0)[q] = law.x0;
    law.process->sample_transition(tail.rows(), 15, 0.0, law.dt, 25, DrawSource{3, Stream::exact, 0});

    for (std::size_t q = 0; q < 15; ++q) EXPECT_EQ(tail.row(0)[q], all[25 + q]);
}

// Mutants: the samplers of processes slightly off.
TEST(Samplers, WrongOnesAreCaught) {
    for (TransitionLaw law : testing_laws::laws()) {
        const TransitionLaw sound = law;
        if (law.label == "ornstein_uhlenbeck")
            law.process = make_model("ornstein_uhlenbeck",
                                     ParameterValues().set("theta", 1.3).set("mean", 0.4).set("sigma", 0.8));
        else if (law.label == "cir_away_from_zero")  // degrees of freedom off by 10 % at the same scale
            law.process = make_model("cir", ParameterValues().set("kappa", 1.5).set("theta", 0.66).set("sigma", 0.5));
        else if (law.label == "cir_reaching_zero")
            law.process = make_model("cir", ParameterValues().set("kappa", 0.5).set("theta", 0.05).set("sigma", 1.0));
        else if (law.label == "benes")
            law.x0 = 0.6;
        else if (law.label == "bessel_3")
            law.process = make_model("bessel", ParameterValues().set("delta", 3.2));
        else
            continue;
        EXPECT_GT(kolmogorov_statistic(sound, law.samples(n_samples, 11)), critical) << law.label;
    }
}

/// Pearson's chi^2 of Poisson samples; cells with fewer than 10 expected are joined into the tails.
double poisson_chi_squared(double mean, double drawn_mean, int& degrees) {
    const int n = 50000;
    std::vector<double> observed(static_cast<std::size_t>(3.0 * mean + 40.0), 0.0), expected(observed.size(), 0.0);
    for (int i = 0; i < n; ++i) {
        Draws draws(DrawSource{17, Stream::exact, 0}, static_cast<std::uint64_t>(i));
        const double k = sample_poisson(drawn_mean, draws);
        observed[std::min(static_cast<std::size_t>(k), observed.size() - 1)] += 1.0;
    }
    double log_p = -mean;
    for (std::size_t k = 0; k < expected.size(); ++k) {
        expected[k] = n * std::exp(log_p);
        log_p += std::log(mean / static_cast<double>(k + 1));
    }
    double chi_squared = 0.0, tail_observed = 0.0, tail_expected = 0.0;
    degrees = 0;
    for (std::size_t k = 0; k < expected.size(); ++k) {
        if (expected[k] < 10.0) {
            tail_observed += observed[k];
            tail_expected += expected[k];
            continue;
        }
        chi_squared += (observed[k] - expected[k]) * (observed[k] - expected[k]) / expected[k];
        ++degrees;
    }
    return chi_squared +
           (tail_observed - tail_expected) * (tail_observed - tail_expected) / std::max(tail_expected, 1.0);
}

// chi^2 with nu degrees lies above nu + 5 sqrt(2 nu) + 25 with probability below 1e-6 (Laurent & Massart 2000).
TEST(Poisson, DrawsFromItsLawByBothMethods) {
    for (const double mean : {0.3, 3.0, 9.9, 10.1, 60.0, 800.0}) {
        int degrees = 0;
        const double sound = poisson_chi_squared(mean, mean, degrees);
        EXPECT_LT(sound, degrees + 5.0 * std::sqrt(2.0 * degrees) + 25.0) << mean;
        EXPECT_GT(poisson_chi_squared(mean, mean + 0.2 * std::sqrt(mean), degrees),
                  degrees + 5.0 * std::sqrt(2.0 * degrees) + 25.0)
            << mean;
    }
}

TEST(LogisticFlow, FollowsItsClosedSolution) {
    const auto process = make_model("logistic_flow", ParameterValues().set("r", 1.7).set("K", 3.0));
    Block x(1, 1), once(1, 1);
    x.row(0)[0] = once.row(0)[0] = 0.2;

    process->sample_transition(once.rows(), 1, 0.0, 1.0, 0, {});
    for (int step = 0; step < 4; ++step) process->sample_transition(x.rows(), 1, 0.25 * step, 0.25, 0, {});

    EXPECT_NEAR(x.row(0)[0], once.row(0)[0], 1e-14);
    EXPECT_NEAR(once.row(0)[0], 3.0 / (1.0 + 14.0 * std::exp(-1.7)), 1e-14);
}

}  // namespace
}  // namespace dynkin
