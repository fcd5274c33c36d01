// Filters on a law of tokens keep what they must and never leave nothing; draws are functions of u.
#include "solvers/core/errors.hpp"
#include "solvers/core/random.hpp"
#include "solvers/sampling/categorical.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace dynkin {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Categorical law(const std::vector<double>& weights) {
    return Categorical::from_weights(weights);
}

void expect_probabilities(const Categorical& found, const std::vector<double>& expected) {
    ASSERT_EQ(found.size(), static_cast<int>(expected.size()));
    for (std::size_t k = 0; k < expected.size(); ++k) {
        EXPECT_NEAR(found.probabilities()[k], expected[k], 1e-15) << "token " << k;
        EXPECT_NEAR(std::exp(found.log_probabilities()[k]), expected[k], 1e-15) << "token " << k;
    }
}

TEST(Categorical, NormalisesWeightsAndLogWeights) {
    expect_probabilities(law({1.0, 3.0, 0.0}), {0.25, 0.75, 0.0});
    expect_probabilities(law({1e300, 3e300, 0.0}), {0.25, 0.75, 0.0});
    const std::vector<double> logs{-1e4, -1e4 + std::log(3.0), -infinity};
    const Categorical from_logs = Categorical::from_log_weights(logs);
    // 1e4 has a round-off of 2e-12, and so has its exponential.
    EXPECT_NEAR(from_logs.probabilities()[1], 0.75, 2e-12);
    EXPECT_EQ(from_logs.probabilities()[2], 0.0);
    EXPECT_NEAR(law({2.0, 2.0, 0.0}).entropy(), std::log(2.0), 1e-15);
}

TEST(Categorical, RefusesWhatIsNoLaw) {
    const double nan = std::nan("");
    EXPECT_THROW(law({}), ConfigError);
    EXPECT_THROW(law({0.0, 0.0}), ConfigError);
    EXPECT_THROW(law({1.0, -1e-300}), ConfigError);
    EXPECT_THROW(law({1.0, nan}), ConfigError);
    EXPECT_THROW(law({1.0, infinity}), ConfigError);
    EXPECT_THROW(Categorical::from_log_weights(std::vector<double>{-infinity}), ConfigError);
    EXPECT_THROW(Categorical::from_log_weights(std::vector<double>{0.0, nan}), ConfigError);
    EXPECT_THROW(Categorical::from_log_weights(std::vector<double>{0.0, infinity}), ConfigError);
    EXPECT_THROW(with_temperature(law({1.0}), -1.0), ConfigError);
    EXPECT_THROW(top_k(law({1.0}), 0), ConfigError);
    EXPECT_THROW(top_p(law({1.0}), 0.0), ConfigError);
    EXPECT_THROW(top_p(law({1.0}), 1.5), ConfigError);
    EXPECT_THROW(min_p(law({1.0}), nan), ConfigError);
    EXPECT_THROW(draw(law({1.0}), 1.0), ConfigError);
}

TEST(Filters, ClosedForms) {
    const Categorical p = law({0.1, 0.4, 0.2, 0.3});
    expect_probabilities(with_temperature(p, 0.5), {1 / 30.0, 16 / 30.0, 4 / 30.0, 9 / 30.0});
    expect_probabilities(with_temperature(law({1.0, 2.0, 2.0}), 0.0), {0.0, 0.5, 0.5});
    expect_probabilities(top_k(p, 2), {0.0, 4 / 7.0, 0.0, 3 / 7.0});
    expect_probabilities(top_k(law({1.0, 1.0, 1.0}), 2), {0.5, 0.5, 0.0});
    expect_probabilities(top_p(p, 0.6), {0.0, 4 / 7.0, 0.0, 3 / 7.0});
    expect_probabilities(top_p(p, 0.71), {0.0, 4 / 9.0, 2 / 9.0, 3 / 9.0});
    expect_probabilities(min_p(p, 0.6), {0.0, 4 / 7.0, 0.0, 3 / 7.0});
    expect_probabilities(top_k(p, 100), p.probabilities());
    expect_probabilities(top_p(p, 1.0), p.probabilities());
    expect_probabilities(min_p(p, 0.0), p.probabilities());
}

TEST(Filters, NeverLeaveNothing) {
    for (const std::vector<double>& weights :
         {std::vector<double>{1.0}, {1e-300, 1e-300}, {0.0, 0.0, 5.0}, {1.0, 1e-18}})
        for (const Categorical& q : {top_k(law(weights), 1), top_p(law(weights), 1e-300), min_p(law(weights), 1.0),
                                     with_temperature(law(weights), 0.0), with_temperature(law(weights), 1e-300),
                                     with_temperature(law(weights), 1e300)}) {
            EXPECT_NEAR(std::accumulate(q.probabilities().begin(), q.probabilities().end(), 0.0), 1.0, 1e-15);
            for (std::size_t k = 0; k < weights.size(); ++k)
                EXPECT_TRUE(weights[k] > 0.0 || q.probabilities()[k] == 0.0);
        }
}

TEST(Draw, InverseCdfAtItsSteps) {
    const Categorical p = law({0.0, 0.25, 0.0, 0.5, 0.25, 0.0});

    EXPECT_EQ(draw(p, 0.0), 1);
    EXPECT_EQ(draw(p, std::nextafter(0.25, 0.0)), 1);
    EXPECT_EQ(draw(p, 0.25), 3);
    EXPECT_EQ(draw(p, std::nextafter(0.75, 0.0)), 3);
    EXPECT_EQ(draw(p, 0.75), 4);
    EXPECT_EQ(draw(p, std::nextafter(1.0, 0.0)), 4);
}

TEST(Draw, EquallySpacedNumbersGiveTheProbabilities) {
    const Categorical p = law({0.1, 0.0, 0.6, 0.3});
    const int n = 10007;
    std::vector<int> counts(4, 0);
    for (int j = 0; j < n; ++j) ++counts[static_cast<std::size_t>(draw(p, (j + 0.5) / n))];
    // A step of the inverse CDF moves a count by one at most, at each of the two ends of its interval.
    for (std::size_t k = 0; k < 4; ++k) EXPECT_NEAR(counts[k], n * p.probabilities()[k], 2.0);
}

// Counterexample kept in sight: Gumbel's trick in single precision cuts the tail, inverse CDF in double does not.
TEST(Draw, GumbelInSinglePrecisionNeverDrawsTheTail) {
    const auto gumbel = [](float u) { return -std::log(-std::log(u)); };
    const float smallest = 0x1p-24f, largest = 1.0f - 0x1p-24f;  // all of 24 bits that keep the logarithms finite
    EXPECT_NEAR(gumbel(largest), 16.6, 0.1);

    const double rare = std::exp(-20.0);
    const Categorical p = law({1.0, rare});

    EXPECT_LT(gumbel(largest) - 20.0f, gumbel(smallest)) << "the best luck of the rare token is not enough";
    EXPECT_EQ(draw(p, 1.0 - 0.4 * rare), 1) << "2e-9 of the numbers draw it";
    EXPECT_EQ(draw(p, 1.0 - 1.6 * rare), 0);
}

}  // namespace
}  // namespace dynkin
