#include "evaluated.hpp"
#include "models/expression/expression_process.hpp"

namespace dynkin {
namespace {

using Texts = std::vector<std::vector<const char*>>;

ExpressionModel model_with(const Texts& sigma) {
    ExpressionModel model;
    const char* names[] = {"x", "y", "z"};
    const std::size_t dim = sigma.empty() ? 1 : sigma.size();
    for (std::size_t i = 0; i < dim; ++i) {
        model.variables.push_back({names[i]});
        model.drift.push_back({"0"});
    }
    for (const auto& row : sigma) {
        model.sigma.emplace_back();
        for (const char* text : row) model.sigma.back().push_back({text});
    }
    model.parameters = {{"D", 0.1}, {"zero", 0.0}};
    return model;
}

NoiseKind kind(const Texts& sigma) {
    return make_expression_process(model_with(sigma))->noise_kind();
}

TEST(ExpressionNoiseKind, None) {
    EXPECT_EQ(kind({}), NoiseKind::none);
    EXPECT_EQ(kind({{"0", "0*x"}}), NoiseKind::none);
    EXPECT_EQ(kind({{"zero*x"}}), NoiseKind::none);
    EXPECT_EQ(kind({{"x - x"}}), NoiseKind::none);
    EXPECT_EQ(make_expression_process(model_with({{"zero*x"}}))->noise_dim(), 0);
}

TEST(ExpressionNoiseKind, Additive) {
    EXPECT_EQ(kind({{"sqrt(2*D)"}}), NoiseKind::additive);
    EXPECT_EQ(kind({{"1 + 0.5*sin(t)"}}), NoiseKind::additive);
    EXPECT_EQ(kind({{"1", "2"}, {"t", "0"}}), NoiseKind::additive);
    EXPECT_EQ(kind({{"1 + x - x"}}), NoiseKind::diagonal) << "(1 + x) - x rounds, so it is not a constant";
}

TEST(ExpressionNoiseKind, Diagonal) {
    EXPECT_EQ(kind({{"0.3*x"}}), NoiseKind::diagonal);
    EXPECT_EQ(kind({{"x", "0"}, {"0", "sqrt(1 + y^2)"}}), NoiseKind::diagonal);
    EXPECT_EQ(kind({{"x", "zero"}, {"0*y", "t"}}), NoiseKind::diagonal);
}

TEST(ExpressionNoiseKind, Commutative) {
    EXPECT_EQ(kind({{"y"}, {"x"}}), NoiseKind::commutative) << "one noise commutes with itself";
    EXPECT_EQ(kind({{"x", "2*x"}}), NoiseKind::commutative);
    EXPECT_EQ(kind({{"x", "0"}, {"0", "x"}}), NoiseKind::general);
    EXPECT_EQ(kind({{"x", "3*x"}, {"y", "3*y"}}), NoiseKind::commutative);
    // sigma^1 = exp(x) d/dx, sigma^2 = 2 exp(x) (sin^2 y + cos^2 y) d/dx: only numbers tell.
    EXPECT_EQ(kind({{"exp(x)", "2*exp(x)*(sin(y)^2 + cos(y)^2)"}, {"0", "0"}}), NoiseKind::commutative);
}

TEST(ExpressionNoiseKind, General) {
    EXPECT_EQ(kind({{"1", "0"}, {"0", "x"}}), NoiseKind::general);               // the Heisenberg pair
    EXPECT_EQ(kind({{"1", "x"}}), NoiseKind::general);                           // [d/dx, x d/dx] = d/dx
    EXPECT_EQ(kind({{"1", "0"}, {"0", "1"}, {"y", "-x"}}), NoiseKind::general);  // Levy area
    EXPECT_EQ(kind({{"1", "0"}, {"0", "max(x, 2)"}}), NoiseKind::general);  // differs from commuting only for x > 2
}

TEST(ExpressionNoiseKind, IsMeasuredOnTheNaturalDomain) {
    ExpressionModel model = model_with({{"1", "0"}, {"0", "max(x, 2)"}});
    model.natural_domain = {{-1.0, 1.0, Boundary::reflecting, Boundary::reflecting}, {}};

    EXPECT_EQ(make_expression_process(model)->noise_kind(), NoiseKind::commutative);
}

}  // namespace
}  // namespace dynkin
