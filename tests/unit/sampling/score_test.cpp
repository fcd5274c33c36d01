// Scores against differences of log p, the three forms against each other, and what is refused.
#include "solvers/core/errors.hpp"
#include "solvers/sampling/noising_process.hpp"
#include "tests/unit/sampling/mixtures.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace dynkin {
namespace {

using test::message_of;
using test::three_bumps;
using test::two_in_the_plane;

// n points on a spiral around the origin, the same for every test.
Block spiral(int dim, Index n) {
    Block x(dim, n);
    for (int j = 0; j < dim; ++j)
        for (Index q = 0; q < n; ++q)
            x.row(j)[q] = 0.02 * static_cast<double>(q) * std::cos(0.7 * static_cast<double>(q) + 1.1 * j);
    return x;
}

// Largest difference between the score and the fourth-order difference of log p; a third of what is compared is of size
// 1 to 1e3, so both are divided by 1 + |s|. The difference formula leaves h^4 / 30 times the fifth derivative of log p.
double score_defect(const Denoiser& law, NoiseLevel level, double factor) {
    const Index n = 130;
    const Block x = spiral(law.dim(), n);
    Block s(law.dim(), n), shifted = x;
    law.score(x.points(), level, s.rows());
    std::vector<double> value(static_cast<std::size_t>(n));
    const double h = 2e-3 * level.sigma, offsets[] = {-2.0, -1.0, 1.0, 2.0}, weights[] = {1.0, -8.0, 8.0, -1.0};
    double worst = 0.0;
    for (int j = 0; j < law.dim(); ++j) {
        std::vector<double> slope(static_cast<std::size_t>(n), 0.0);
        for (int k = 0; k < 4; ++k) {
            for (Index q = 0; q < n; ++q) shifted.row(j)[q] = x.row(j)[q] + offsets[k] * h;
            law.log_density(shifted.points(), level, value.data());
            for (std::size_t q = 0; q < value.size(); ++q) slope[q] += weights[k] / (12.0 * h) * value[q];
        }
        for (Index q = 0; q < n; ++q) {
            shifted.row(j)[q] = x.row(j)[q];
            const double exact = slope[static_cast<std::size_t>(q)];
            worst = std::max(worst, std::abs(factor * s.row(j)[q] - exact) / (1.0 + std::abs(exact)));
        }
    }
    return worst;
}

TEST(MixtureDenoiser, ScoreIsTheGradientOfLogDensity) {
    for (const GaussianMixture& law : {three_bumps(), two_in_the_plane()})
        for (const NoiseLevel level : {NoiseLevel{1.0, 0.1}, NoiseLevel{0.8, 0.6}, NoiseLevel{0.05, 1.0}}) {
            const DenoiserPtr model = mixture_denoiser(law);

            EXPECT_LT(score_defect(*model, level, 1.0), 1e-8);
            EXPECT_GT(score_defect(*model, level, 0.5), 1e-1);  // mutant: a factor 1/2
        }
}

TEST(MixtureDenoiser, JacobianIsThatOfTheScore) {
    struct ByDifferences final : Denoiser {
        explicit ByDifferences(DenoiserPtr of) : Denoiser("by_differences", of->dim()), law(std::move(of)) {}
        void denoise(Points x, NoiseLevel level, Rows out) const override { law->denoise(x, level, out); }
        DenoiserPtr law;
    };
    const DenoiserPtr model = mixture_denoiser(two_in_the_plane());
    const NoiseLevel level{0.9, 0.4};
    const Block x = spiral(2, 70);
    Block exact(4, 70), differences(4, 70);

    model->score_jacobian(x.points(), level, exact.rows());
    ByDifferences(model).score_jacobian(x.points(), level, differences.rows());

    for (int r = 0; r < 4; ++r)
        for (Index q = 0; q < 70; ++q)
            EXPECT_NEAR(exact.row(r)[q], differences.row(r)[q], 1e-8 * (1.0 + std::abs(exact.row(r)[q])));
    EXPECT_EQ(exact.row(1)[33], exact.row(2)[33]);
}

TEST(MixtureDenoiser, ResultsDoNotDependOnTheBlock) {
    const DenoiserPtr model = mixture_denoiser(two_in_the_plane());
    const Block x = spiral(2, 200);
    Block whole(2, 200), part(2, 200);

    model->score(x.points(), {0.9, 0.4}, whole.rows());
    for (Index q = 0; q < 200; q += 7) {
        const Index m = std::min<Index>(7, 200 - q);
        model->score(x.points().slice(q, m), {0.9, 0.4}, {part.rows().data + q, part.stride()});
    }

    for (int j = 0; j < 2; ++j)
        for (Index q = 0; q < 200; ++q) EXPECT_EQ(whole.row(j)[q], part.row(j)[q]);
}

TEST(MixtureDenoiser, KnowsTheLimits) {
    const DenoiserPtr model = mixture_denoiser(three_bumps());
    const Block x = spiral(1, 20);
    Block clean(1, 20), blind(1, 20);

    model->denoise(x.points(), {1.0, 0.0}, clean.rows());
    model->denoise(x.points(), {1e-9, 1.0}, blind.rows());

    for (Index q = 0; q < 20; ++q) {
        EXPECT_NEAR(clean.row(0)[q], x.row(0)[q], 1e-15);
        EXPECT_NEAR(blind.row(0)[q], 0.3 * -1.2 + 0.5 * 0.4 + 0.2 * 1.5, 1e-8);
    }
}

TEST(Predictions, AreThreeFormsOfOne) {
    const GaussianMixture law = two_in_the_plane();
    const DenoiserPtr model = mixture_denoiser(law);
    const NoiseLevel level{0.7, 0.5};
    const Block x = spiral(2, 50);
    Block expected(2, 50);
    model->denoise(x.points(), level, expected.rows());
    for (const Prediction form : {Prediction::denoiser, Prediction::score, Prediction::epsilon}) {
        const DenoiserPtr user = user_denoiser("user", 2, form, [&](Points y, NoiseLevel at, Rows out) {
            model->score(y, at, out);
            convert(Prediction::score, form, y, at, out);
        });
        Block d(2, 50), s(2, 50);
        user->denoise(x.points(), level, d.rows());
        user->score(x.points(), level, s.rows());
        convert(Prediction::score, Prediction::denoiser, x.points(), level, s.rows());
        for (int j = 0; j < 2; ++j)
            for (Index q = 0; q < 50; ++q) {
                EXPECT_NEAR(d.row(j)[q], expected.row(j)[q], 1e-13);
                EXPECT_NEAR(s.row(j)[q], expected.row(j)[q], 1e-13);
            }
    }
}

TEST(Predictions, NotANumberNamesModelPlaceAndLevel) {
    const DenoiserPtr broken = user_denoiser("broken", 1, Prediction::score, [](Points x, NoiseLevel, Rows out) {
        for (Index q = 0; q < x.n; ++q) out.row(0)[q] = x.component(0)[q] > 0.5 ? std::nan("") : 0.0;
    });
    const Block x = spiral(1, 60);
    Block s(1, 60);

    const std::string message = message_of([&] { score_or_throw(*broken, x.points(), {0.5, 0.25}, 1000, s.rows()); });

    EXPECT_NE(message.find("broken: the score is"), std::string::npos) << message;
    EXPECT_NE(message.find("sigma = 0.25"), std::string::npos) << message;
    EXPECT_NE(message.find("particle 10"), std::string::npos) << message;
    EXPECT_THROW(user_denoiser("none", 1, Prediction::score, nullptr), ConfigError);
    EXPECT_THROW(prediction("epsilom"), ConfigError);
}

TEST(GaussianMixture, RefusesWhatIsNoLaw) {
    EXPECT_THROW(mixture_denoiser({}), ConfigError);
    EXPECT_THROW(mixture_denoiser({.weights = {0.0}, .means = {{0.0}}, .sds = {{1.0}}}), ConfigError);
    EXPECT_THROW(mixture_denoiser({.weights = {1.0}, .means = {{0.0, 1.0}}, .sds = {{1.0}}}), ConfigError);
    EXPECT_THROW(mixture_denoiser({.weights = {1.0}, .means = {{0.0}}, .sds = {{-1.0}}}), ConfigError);
    EXPECT_THROW(check({.weights = {1.0}, .means = {{0.0}}, .sds = {{0.0}}}), ConfigError);
    EXPECT_NO_THROW(mixture_denoiser({.weights = {1.0}, .means = {{0.0}}, .sds = {{0.0}}}));
}

TEST(GaussianMixture, QuantilesInvertTheCumulative) {
    const GaussianMixture law = three_bumps();
    for (const double u : {1e-6, 0.1, 0.3, 0.55, 0.999}) EXPECT_NEAR(cumulative(law, quantile(law, u)), u, 1e-13);
}

}  // namespace
}  // namespace dynkin
