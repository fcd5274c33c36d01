// Closed transition densities: total mass, semigroup property, Fokker-Planck equation in weak form.
#include "solvers/core/test_functions.hpp"
#include "transition_law.hpp"

#include <gtest/gtest.h>

namespace dynkin {
namespace {

using testing_laws::TransitionLaw;

class EveryDensity : public ::testing::TestWithParam<TransitionLaw> {};
INSTANTIATE_TEST_SUITE_P(Models, EveryDensity, ::testing::ValuesIn(testing_laws::laws()), testing_laws::label_of);

TEST(Densities, EveryOneDimensionalDensityOfTheListIsTested) {
    for (const ModelInfo& info : model_list()) {
        if (!info.transition_density) continue;
        bool found = false;
        for (const TransitionLaw& law : testing_laws::laws()) found = found || law.process->name() == info.name;
        EXPECT_TRUE(found) << info.name;
    }
}

// What lies outside [lower, upper] is below 1e-10; 600 panels of order 10 leave less.
TEST_P(EveryDensity, HasMassOne) {
    const TransitionLaw& law = GetParam();

    EXPECT_NEAR(law.integral([&](double x) { return law.density(x); }), 1.0, 1e-9);
}

// int p(y, s | x0) p(x, t | y) dy = p(x, s + t | x0), relative to the largest value.
TEST_P(EveryDensity, ComposesWithItself) {
    const TransitionLaw& law = GetParam();
    const double s = 0.4 * law.dt, t = 0.6 * law.dt;
    for (const double factor : {0.7, 1.0, 1.4}) {
        const double x = factor * (law.x0 == 0.0 ? 1.0 : law.x0);
        const double direct = law.density(x);
        const double composed =
            law.integral([&](double y) { return law.density(y, law.x0, s) * law.density(x, y, t); });
        EXPECT_NEAR(composed, direct, 1e-8 * (1.0 + direct)) << "x = " << x;
    }
}

/// d/dt <phi, p> - <L phi, p> with the generator of `process`; phi a cosine.
double weak_residual(const TransitionLaw& law, const Process& process) {
    const TestFunctionPtr phi = fourier({1}, {0.3}, {5.0}, FourierPhase::cosine);
    const auto expectation = [&](double time) {
        return law.integral([&](double x) {
            double value = 0.0;
            phi->value(Points{&x, 1, 1, 1}, &value);
            return value * law.density(x, law.x0, time);
        });
    };
    const double d = 0.02 * law.dt;
    const double rate = (8.0 * (expectation(law.dt + d) - expectation(law.dt - d)) -
                         (expectation(law.dt + 2.0 * d) - expectation(law.dt - 2.0 * d))) /
                        (12.0 * d);
    return rate - law.integral([&](double x) {
        double value = 0.0;
        apply_generator(process, *phi, Points{&x, 1, 1, 1}, 0.0, &value);
        return value * law.density(x);
    });
}

// The difference in time has an error of (0.02)^4 / 30 = 5e-9 times the fifth derivative in units of dt, which is of
// order one, over dt; integrals are good to 1e-9, divided by 0.02 dt.
TEST_P(EveryDensity, SolvesTheFokkerPlanckEquation) {
    const TransitionLaw& law = GetParam();

    EXPECT_NEAR(weak_residual(law, *law.process), 0.0, 2e-7 / law.dt);
}

TEST(Densities, ADriftWrongByTwoPercentDoesNotSolveIt) {
    const TransitionLaw law = testing_laws::laws()[0];
    const auto wrong =
        make_model("ornstein_uhlenbeck", ParameterValues().set("theta", 1.3 * 1.02).set("mean", 0.4).set("sigma", 0.7));

    EXPECT_GT(std::abs(weak_residual(law, *wrong)), 1e-3);
}

}  // namespace
}  // namespace dynkin
