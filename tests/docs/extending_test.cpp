// The examples of docs/extending.md do what the page says.
#include "docs/examples/tilted_well.hpp"
#include "models/model_entries.hpp"
#include "models/parameter_values.hpp"
#include "solvers/particle/scheme_base.hpp"

#include <gtest/gtest.h>

namespace dynkin {

SchemeEntry two_point_euler();

namespace {

TEST(ExtendingPage, AModelIsReadAndListedFromItsHeaderAlone) {
    const ModelEntry entry = detail::entry<models::TiltedWell>(0);

    const auto process = entry.make(ParameterValues().set("F", 0.5));

    EXPECT_EQ(entry.info.name, "tilted_well");
    ASSERT_EQ(entry.info.parameters.size(), 2u);
    EXPECT_EQ(entry.info.parameters[1].doc, "constant force");
    EXPECT_EQ(process->noise_kind(), measured_noise_kind(*process, {-2.0}, {2.0}, 0.0, 1.0));
}

std::string refusal(const ParameterValues& values) {
    try {
        detail::entry<models::TiltedWell>(0).make(values);
    } catch (const ConfigError& error) {
        return error.what();
    }
    return {};
}

TEST(ExtendingPage, WrongParametersOfTheModelAreRefused) {
    EXPECT_NE(refusal(ParameterValues().set("D", -1.0)).find("> 0"), std::string::npos);
    EXPECT_NE(refusal(ParameterValues().set("FF", 1.0)).find("did you mean 'F'?"), std::string::npos);
    EXPECT_EQ(refusal(ParameterValues().set("F", -1.0)), "");
}

TEST(ExtendingPage, TheSchemeLandsOnItsTwoPoints) {
    const auto process = make_process(models::TiltedWell{.D = 0.5, .F = 0.0});  // sigma = 1
    const SchemeEntry entry = two_point_euler();
    const auto scheme = entry.make(*process, entry.info);
    Block x(1, 2), dW(1, 2);
    x.row(0)[0] = x.row(0)[1] = 0.5;
    dW.row(0)[0] = 0.01;
    dW.row(0)[1] = -3.0;
    Scratch scratch;

    scheme->step(x.rows(), 2, {.h = 0.25}, dW.rows(), scratch);

    const double middle = 0.5 + 0.25 * 0.375;  // x + b h
    EXPECT_NEAR(x.row(0)[0], middle + 0.5, 1e-15);
    EXPECT_NEAR(x.row(0)[1], middle - 0.5, 1e-15);
    EXPECT_EQ(scheme->strong_order(), 0.0);
}

}  // namespace
}  // namespace dynkin
