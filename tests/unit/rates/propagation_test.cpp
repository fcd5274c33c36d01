#include "solvers/core/errors.hpp"
#include "solvers/rates/krylov.hpp"
#include "solvers/rates/poisson_weights.hpp"
#include "solvers/rates/propagate.hpp"
#include "solvers/rates/runge_kutta.hpp"
#include "solvers/rates/uniformisation.hpp"
#include "tests/unit/rates/chains.hpp"

#include <gtest/gtest.h>
#include <unsupported/Eigen/MatrixFunctions>

#include <algorithm>
#include <numeric>

namespace dynkin {
namespace {

using namespace test;
using enum KolmogorovEquation;

class Propagate : public testing::TestWithParam<PropagationMethod> {};
INSTANTIATE_TEST_SUITE_P(Rates, Propagate,
                         testing::Values(PropagationMethod::uniformisation, PropagationMethod::krylov,
                                         PropagationMethod::runge_kutta),
                         [](const auto& method) {
                             return method.param == PropagationMethod::krylov        ? "Krylov"
                                    : method.param == PropagationMethod::runge_kutta ? "RungeKutta"
                                                                                     : "Uniformisation";
                         });

double total(const std::vector<double>& v) {
    return std::accumulate(v.begin(), v.end(), 0.0);
}

double l1_distance(const std::vector<double>& a, const std::vector<double>& b) {
    return (vector(a) - vector(b)).lpNorm<1>();
}

TEST_P(Propagate, TwoStatesInClosedForm) {
    const double a = 3.0, b = 0.5, tau = 0.7;
    const SparseRateMatrix Q(2, {{0, 1, a}, {1, 0, b}});

    const std::vector<double> p = propagate_law(Q, {1.0, 0.0}, tau, GetParam());
    const std::vector<double> u = propagate_function(Q, {1.0, 0.0}, tau, GetParam());

    const double decay = std::exp(-(a + b) * tau);
    EXPECT_NEAR(p[0], (b + a * decay) / (a + b), 1e-12);
    EXPECT_NEAR(p[1], a * (1.0 - decay) / (a + b), 1e-12);
    EXPECT_NEAR(u[0], (b + a * decay) / (a + b), 1e-12);
    EXPECT_NEAR(u[1], b * (1.0 - decay) / (a + b), 1e-12);
    // Mutant: rates taken the other way round.
    const SparseRateMatrix swapped(2, {{1, 0, a}, {0, 1, b}});
    EXPECT_GT(std::abs(propagate_law(swapped, {1.0, 0.0}, tau, GetParam())[0] - p[0]), 0.1);
}

TEST_P(Propagate, DecayChainInClosedForm) {
    // Bateman (1910): 0 -> 1 -> lost.
    const double a = 2.0, b = 5.0, tau = 0.4;
    const SparseRateMatrix Q(2, {{0, 1, a}}, {0.0, b});

    const std::vector<double> p = propagate_law(Q, {1.0, 0.0}, tau, GetParam());

    EXPECT_NEAR(p[0], std::exp(-a * tau), 1e-12);
    EXPECT_NEAR(p[1], a / (b - a) * (std::exp(-a * tau) - std::exp(-b * tau)), 1e-12);
    // Mutant: nothing is lost.
    EXPECT_GT(std::abs(propagate_law(SparseRateMatrix(2, {{0, 1, a}}), {1.0, 0.0}, tau, GetParam())[1] - p[1]), 0.1);
}

TEST_P(Propagate, BirthsAndDeathsArePoisson) {
    // dN: births lambda, deaths mu N, from 0: Poisson of mean lambda / mu (1 - e^{-mu t}); 60 states cut 1e-30.
    const double lambda = 4.0, mu = 1.0, tau = 0.9;
    std::vector<RateEntry> rates;
    for (int i = 0; i + 1 < 60; ++i) {
        rates.push_back({i, i + 1, lambda});
        rates.push_back({i + 1, i, mu * (i + 1)});
    }
    std::vector<double> start(60, 0.0);
    start[0] = 1.0;

    const std::vector<double> p = propagate_law(SparseRateMatrix(60, rates), start, tau, GetParam());

    const double mean = lambda / mu * (1.0 - std::exp(-mu * tau));
    for (int k = 0; k < 60; ++k)
        EXPECT_NEAR(p[static_cast<std::size_t>(k)], std::exp(k * std::log(mean) - mean - std::lgamma(k + 1.0)), 2e-12);
}

TEST_P(Propagate, AgreesWithTheDenseExponential) {
    for (const bool sources : {false, true}) {
        const SparseRateMatrix Q = random_chain(35, 1.0, 2.0, sources, 11);
        const std::vector<double> v = random_values(35, -1.0, 1.0, 12);
        const double tau = 0.8;
        const Eigen::MatrixXd exact = (tau * dense(Q)).exp();

        const Eigen::VectorXd p = vector(propagate_law(Q, v, tau, GetParam()));
        const Eigen::VectorXd u = vector(propagate_function(Q, v, tau, GetParam()));

        // 1e-12 of the start's norm times growth e^{2 * 0.8} = 5, and round-off of the dense exponential.
        EXPECT_LT((p - exact.transpose() * vector(v)).lpNorm<1>(), 5e-12 * vector(v).lpNorm<1>());
        EXPECT_LT((u - exact * vector(v)).lpNorm<Eigen::Infinity>(), 5e-12);
        // Mutant: the forward equation in place of the backward one.
        EXPECT_GT((p - exact * vector(v)).lpNorm<Eigen::Infinity>(), 1e-3);
    }
}

TEST_P(Propagate, IsASemigroupAndTransposed) {
    const SparseRateMatrix Q = double_well(80, 0.2).matrix();
    std::vector<double> p(80, 0.0);
    p[30] = 1.0;
    const std::vector<double> u = random_values(80, -1.0, 1.0, 13);

    const std::vector<double> once = propagate_law(Q, p, 1.0, GetParam());
    const std::vector<double> twice = propagate_law(Q, propagate_law(Q, p, 0.37, GetParam()), 0.63, GetParam());
    const double forward_pairing = vector(once).dot(vector(u));
    const double backward_pairing = propagate_function(Q, u, 1.0, GetParam())[30];

    EXPECT_LT(l1_distance(once, twice), 3e-12 + 1e-13);
    EXPECT_NEAR(forward_pairing, backward_pairing, 2e-12 + 1e-13);
    // Mutant: time spans that do not add up by one part in a million.
    EXPECT_GT(l1_distance(once, propagate_law(Q, p, 1.000001, GetParam())), 1e-8);
}

TEST(Propagate, MethodsAgreeOnAStiffLine) {
    // q tau = 1e4.
    const SparseRateMatrix Q = double_well(600, 0.2).matrix();
    std::vector<double> p(600, 0.0);
    p[225] = 1.0;
    const double tau = 2.0;

    const Propagation exact = uniformised_exponential(Q, forward, p, tau, 1e-12);
    const Propagation fast = krylov_exponential(Q, forward, p, tau, 1e-11);

    EXPECT_LT(l1_distance(exact.values, fast.values), 1e-10);
    EXPECT_LE(fast.error, 1.2e-11);
    EXPECT_LT(fast.n_products, exact.n_products / 2);
    EXPECT_GE(*std::ranges::min_element(exact.values), 0.0);
    double negative = 0.0;
    for (const double x : fast.values) negative += std::min(x, 0.0);
    EXPECT_GE(negative, -1e-11);
    RecordProperty("krylov_products", static_cast<int>(fast.n_products));
    RecordProperty("uniformisation_products", static_cast<int>(exact.n_products));
    // Mutant: a loose Krylov tolerance is visible.
    EXPECT_GT(l1_distance(exact.values, krylov_exponential(Q, forward, p, tau, 1e-3).values), 1e-10);
}

TEST(Krylov, ErrorEstimateCoversTheError) {
    const SparseRateMatrix Q = double_well(300, 0.2).matrix();
    std::vector<double> p(300, 0.0);
    p[100] = 1.0;
    const std::vector<double> u = random_values(300, -1.0, 1.0, 14);
    const std::vector<double> law = propagate_law(Q, p, 0.5, PropagationMethod::uniformisation, 1e-14);
    const std::vector<double> function = propagate_function(Q, u, 0.5, PropagationMethod::uniformisation, 1e-14);

    for (const double tolerance : {1e-4, 1e-7, 1e-10}) {
        const Propagation f = krylov_exponential(Q, forward, p, 0.5, tolerance);
        const Propagation b = krylov_exponential(Q, backward, u, 0.5, tolerance);
        EXPECT_LE(l1_distance(f.values, law), tolerance);
        EXPECT_LE((vector(b.values) - vector(function)).lpNorm<Eigen::Infinity>(), tolerance);
        EXPECT_LE(f.error, 1.2 * tolerance);
    }
}

TEST(Uniformisation, MassAndSignAtAMillionJumps) {
    const double rate = 1e6;
    const SparseRateMatrix Q(3, {{0, 1, rate}, {1, 2, 0.4 * rate}, {2, 0, 0.3 * rate}, {1, 0, 0.1 * rate}});

    const Propagation law = uniformised_exponential(Q, forward, {1.0, 0.0, 0.0}, 1.0, 1e-12);

    // Stationary: the current around the cycle is p1 .4 = p2 .3 and p0 = .5 p1. A relative error of 1e-16 a product
    // adds up to 1e-10 at worst.
    const double p1 = 1.0 / (0.5 + 1.0 + 4.0 / 3.0);
    EXPECT_NEAR(law.values[0], 0.5 * p1, 1e-10);
    EXPECT_NEAR(law.values[1], p1, 1e-10);
    EXPECT_NEAR(total(law.values), 1.0, 1e-10);
    EXPECT_LE(law.error, 1e-12);
    // With loss the powers never come to rest: all the million products are made.
    const double loss = 0.7;
    const SparseRateMatrix lossy(2, {{0, 1, rate}, {1, 0, rate}}, {loss, loss});
    const Propagation left = uniformised_exponential(lossy, forward, {1.0, 0.0}, 1.0, 1e-12);
    EXPECT_GT(left.n_products, 1'000'000);
    EXPECT_NEAR(left.values[0], 0.5 * std::exp(-loss), 1e-10);
    EXPECT_NEAR(left.values[1], 0.5 * std::exp(-loss), 1e-10);
    // Mutant: a loss wrong by one part in a million.
    EXPECT_GT(std::abs(total(left.values) - std::exp(-loss * 1.000001)), 1e-7);
}

TEST(Uniformisation, KeepsEmptyStatesAtZeroAndNeverGoesBelow) {
    const SparseRateMatrix Q = double_well(200, 0.05).matrix();
    std::vector<double> p(200, 0.0);
    p[0] = 1.0;

    for (const double tau : {1e-6, 1e-4, 1e-2, 0.3}) {
        const std::vector<double> law = propagate_law(Q, p, tau);
        EXPECT_GE(*std::ranges::min_element(law), 0.0);
        EXPECT_NEAR(total(law), 1.0, 1e-13);
    }
}

TEST(Uniformisation, StopsEarlyOnlyWithinItsBound) {
    // Fast mixing inside two pairs, rare jumps between them: powers look stationary long before they are.
    const double fast = 1e3, rare = 1e-2;
    const SparseRateMatrix Q(4, {{0, 1, fast}, {1, 0, fast}, {2, 3, fast}, {3, 2, fast}, {1, 2, rare}, {2, 1, rare}});
    const double tau = 50.0;

    const Propagation law = uniformised_exponential(Q, forward, {1.0, 0.0, 0.0, 0.0}, tau, 1e-10);

    const Eigen::MatrixXd exact = (tau * dense(Q)).exp();
    EXPECT_LT((vector(law.values) - exact.row(0).transpose()).lpNorm<1>(), 2e-10);
    EXPECT_LE(law.error, 1e-10);
    // Mutant: powers stopped when one product changes less than 1e-5 take the first pair for the whole chain.
    std::vector<double> power{1.0, 0.0, 0.0, 0.0}, change(4);
    do {
        Q.apply_adjoint(power.data(), change.data());
        for (std::size_t i = 0; i < 4; ++i) power[i] += change[i] / (1.01 * Q.largest_exit_rate());
    } while (equation_norm(forward, change.data(), 4) > 1e-5 * Q.largest_exit_rate());
    EXPECT_GT(l1_distance(power, law.values), 0.1);
}

TEST(PoissonWeights, MatchTheProbabilities) {
    for (const double mean : {0.0, 1e-12, 0.3, 7.0, 250.5, 1e6}) {
        const PoissonWeights w = poisson_weights(mean, 1e-13);
        double sum = 0.0, first_moment = 0.0, distance = 0.0;
        for (Index k = w.first; k <= w.last(); ++k) {
            const double weight = w.weights[static_cast<std::size_t>(k - w.first)], count = static_cast<double>(k);
            sum += weight;
            first_moment += weight * count;
            if (mean > 0.0 && mean < 1e3)
                distance += std::abs(weight - std::exp(count * std::log(mean) - mean - std::lgamma(count + 1.0)));
        }
        EXPECT_NEAR(sum, 1.0, 1e-14);
        EXPECT_NEAR(first_moment, mean, 1e-12 * (1.0 + mean));
        EXPECT_LT(distance, 3e-13);  // and of lgamma at 250
        EXPECT_LE(w.error, 1e-13);
    }
    // Mutant: a loose window misses the probabilities by what it says.
    EXPECT_GT(poisson_weights(250.5, 1e-3).error, 1e-5);
    EXPECT_THROW(poisson_weights(-1.0, 1e-3), ConfigError);
}

// A chain that is not symmetric; fixed steps are forced by a tolerance so loose that the first step is the whole time.
double one_step_error(double tau) {
    const SparseRateMatrix Q(3, {{0, 1, 1.0}, {1, 2, 0.7}, {2, 0, 0.4}, {1, 0, 0.3}});
    const std::vector<double> p{0.7, 0.1, 0.2};
    const auto exact = uniformised_exponential(Q, forward, p, tau, 1e-15).values;
    return l1_distance(runge_kutta_exponential(Q, forward, p, tau, 0.999).values, exact);
}

TEST(RungeKutta, OneStepIsOfOrderFive) {
    EXPECT_NEAR(std::log2(one_step_error(0.09) / one_step_error(0.045)), 6.0, 0.2);
}

TEST(RungeKutta, ErrorEstimateCoversTheError) {
    const SparseRateMatrix Q(3, {{0, 1, 1.0}, {1, 2, 0.7}, {2, 0, 0.4}, {1, 0, 0.3}});
    const std::vector<double> p{0.7, 0.1, 0.2};
    const auto exact = uniformised_exponential(Q, forward, p, 9.0, 1e-15).values;
    for (const double tolerance : {1e-3, 1e-6, 1e-9, 1e-12}) {
        const Propagation made = runge_kutta_exponential(Q, forward, p, 9.0, tolerance);
        EXPECT_LE(l1_distance(made.values, exact), made.error + 1e-15) << tolerance;
        EXPECT_LE(made.error, tolerance + 1e-13) << tolerance;
    }
    EXPECT_LT(runge_kutta_exponential(Q, forward, p, 9.0, 1e-3).n_products,
              runge_kutta_exponential(Q, forward, p, 9.0, 1e-12).n_products / 4);
    EXPECT_EQ(propagation_method("runge_kutta"), PropagationMethod::runge_kutta);
    EXPECT_THROW(propagate_law(Q, p, 1e9, PropagationMethod::runge_kutta), NumericsError);
}

TEST(Propagate, SourcesGrowExactly) {
    const SparseRateMatrix Q(2, {{0, 1, 1.0}, {1, 0, 1.0}}, {-3.0, -3.0});
    for (const auto method :
         {PropagationMethod::uniformisation, PropagationMethod::krylov, PropagationMethod::runge_kutta}) {
        const std::vector<double> p = propagate_law(Q, {0.2, 0.8}, 2.0, method);
        EXPECT_NEAR(total(p) / std::exp(6.0), 1.0, 2e-12);
    }
}

TEST(Propagate, RefusesBadInput) {
    const SparseRateMatrix Q(2, {{0, 1, 1.0}});
    for (const auto method :
         {PropagationMethod::uniformisation, PropagationMethod::krylov, PropagationMethod::runge_kutta}) {
        EXPECT_THROW(propagate_law(Q, {1.0}, 1.0, method), ConfigError);
        EXPECT_THROW(propagate_law(Q, {1.0, NAN}, 1.0, method), ConfigError);
        EXPECT_THROW(propagate_law(Q, {1.0, 0.0}, -1.0, method), ConfigError);
        EXPECT_THROW(propagate_law(Q, {1.0, 0.0}, 1.0, method, 0.0), ConfigError);
        EXPECT_EQ(propagate_law(Q, {0.25, 0.75}, 0.0, method), (std::vector<double>{0.25, 0.75}));
    }
    EXPECT_THROW(propagation_method("krilov"), ConfigError);
    EXPECT_THROW(propagate_law(Q, {1.0, 0.0}, 1e12), NumericsError);
    const SparseRateMatrix source(1, {}, {-1.0});
    EXPECT_THROW(propagate_law(source, {1.0}, 1000.0), NumericsError);
}

}  // namespace
}  // namespace dynkin
