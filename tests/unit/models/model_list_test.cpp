// The list of models as users see it.
#include "models/models.hpp"
#include "models/parameter_values.hpp"

#include <gtest/gtest.h>

#include <set>

namespace dynkin {
namespace {

TEST(ModelList, HoldsTheBuiltInModelsInTheOrderOfTheDocs) {
    std::vector<std::string> names;
    for (const ModelInfo& info : model_list()) names.push_back(info.name);

    EXPECT_EQ(names, (std::vector<std::string>{"drifted_brownian",
                                               "ornstein_uhlenbeck",
                                               "geometric_brownian",
                                               "cir",
                                               "cir_bond",
                                               "benes",
                                               "bessel",
                                               "wright_fisher",
                                               "double_well",
                                               "ring",
                                               "killed_brownian",
                                               "gradient_maier_stein",
                                               "maier_stein",
                                               "underdamped_langevin",
                                               "rayleigh_van_der_pol",
                                               "brownian_gyrator",
                                               "levy_area",
                                               "stochastic_lorenz",
                                               "multiplicative_lorenz",
                                               "logistic_flow",
                                               "rotation",
                                               "reversing_swirl",
                                               "lotka_volterra"}));
}

TEST(ModelList, EntriesAgreeWithTheProcessesTheyMake) {
    for (const ModelInfo& info : model_list()) {
        SCOPED_TRACE(info.name);
        const auto process = make_model(info.name, ParameterValues());

        EXPECT_EQ(process->name(), info.name);
        EXPECT_EQ(process->dim(), info.dim);
        EXPECT_EQ(process->noise_dim(), info.noise_dim);
        EXPECT_EQ(process->noise_kind(), info.noise);
        EXPECT_EQ(process->has_exact_transition(), info.exact_transition);
        EXPECT_EQ(process->has_transition_density(), info.transition_density);
        EXPECT_EQ(static_cast<int>(process->natural_domain().size()), info.dim);
        const std::vector<std::string>& variables = process->variables();
        EXPECT_EQ(std::set<std::string>(variables.begin(), variables.end()).size(), static_cast<std::size_t>(info.dim));
        EXPECT_FALSE(info.title.empty() || info.equation.empty() || info.source.empty());
    }
}

TEST(ModelList, KillingIsThereWhereTheNameSaysSo) {
    for (const ModelInfo& info : model_list())
        EXPECT_EQ(make_model(info.name, ParameterValues())->has_killing(),
                  info.name == "cir_bond" || info.name == "killed_brownian")
            << info.name;
}

}  // namespace
}  // namespace dynkin
