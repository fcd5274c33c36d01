// Reading, checking and describing parameters.
#include "models/double_well.hpp"
#include "models/models.hpp"
#include "models/ornstein_uhlenbeck.hpp"
#include "models/parameter_values.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace dynkin {
namespace {

using Table = std::vector<std::vector<double>>;
using List = std::vector<double>;

std::string message_of(const std::string& model, const ParameterValues& values) {
    try {
        make_model(model, values);
    } catch (const ConfigError& error) {
        return error.what();
    }
    return {};
}

TEST(MakeModel, ReadsValuesAndKeepsDefaults) {
    const auto process = make_model("ornstein_uhlenbeck", ParameterValues().set("theta", 2.0).set("mean", 1.0));
    Block x(1, 1), b(1, 1), s(1, 1);
    x.row(0)[0] = 3.0;

    process->drift(x.points(), 0.0, b.rows());
    process->sigma(x.points(), 0.0, s.rows());

    EXPECT_DOUBLE_EQ(b.row(0)[0], -4.0);
    EXPECT_DOUBLE_EQ(s.row(0)[0], 1.0);
}

TEST(MakeModel, WidensNumbersToTheLargestDimension) {
    const auto process = make_model("ornstein_uhlenbeck", ParameterValues().set("mean", List{0.0, 1.0, 2.0}));

    EXPECT_EQ(process->dim(), 3);
    EXPECT_EQ(process->noise_dim(), 3);
    EXPECT_EQ(process->variables(), (std::vector<std::string>{"x", "y", "z"}));
}

TEST(MakeModel, NamesWhatIsUnknownWithTheNearest) {
    EXPECT_NE(message_of("duble_well", {}).find("unknown model 'duble_well'; did you mean 'double_well'?"),
              std::string::npos);
    const std::string message = message_of("ornstein_uhlenbeck", ParameterValues().set("theat", 1.0));
    EXPECT_NE(message.find("theat: "), std::string::npos) << message;
    EXPECT_NE(message.find("did you mean 'theta'?"), std::string::npos) << message;
}

TEST(MakeModel, RefusesValuesOutOfRange) {
    const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
    EXPECT_EQ(message_of("double_well", ParameterValues().set("D", -0.1)), "D: must be > 0, not -0.1");
    EXPECT_EQ(message_of("double_well", ParameterValues().set("D", 0.0)), "D: must be > 0, not 0");
    EXPECT_EQ(message_of("double_well", ParameterValues().set("D", nan)), "D: must be > 0, not nan");
    EXPECT_EQ(message_of("geometric_brownian", ParameterValues().set("mu", inf)),
              "mu: must be any finite number, not inf");
    EXPECT_EQ(message_of("ring", ParameterValues().set("eps", 1.0)), "eps: must be in (-1, 1), not 1");
    EXPECT_EQ(message_of("bessel", ParameterValues().set("delta", 0.5)), "delta: must be >= 1, not 0.5");
    EXPECT_EQ(message_of("ornstein_uhlenbeck", ParameterValues().set("sigma", -1.0)), "sigma: must be >= 0, not -1");
    EXPECT_EQ(message_of("ornstein_uhlenbeck", ParameterValues().set("sigma", 0.0)),
              "sigma: must be > 0 in some component, not 0");
    EXPECT_NE(
        message_of("ring", ParameterValues().set_word("calculus", "stratonovic")).find("did you mean 'stratonovich'?"),
        std::string::npos);
}

TEST(MakeModel, RefusesSizesThatDoNotFit) {
    EXPECT_EQ(message_of("ornstein_uhlenbeck", ParameterValues().set("theta", Table{{1.0, 2.0}})),
              "theta: must be square, not 1 x 2");
    EXPECT_EQ(message_of("ornstein_uhlenbeck",
                         ParameterValues().set("theta", List{1.0, 2.0}).set("mean", List{0.0, 0.0, 0.0})),
              "theta: is 2 x 2; the other parameters have dimension 3");
    EXPECT_EQ(message_of("ornstein_uhlenbeck",
                         ParameterValues().set("theta", List{1.0, 2.0, 3.0}).set("sigma", Table{{1.0}, {2.0}})),
              "sigma: is 2 x 1; the other parameters have dimension 3");
    EXPECT_EQ(message_of("ornstein_uhlenbeck", ParameterValues().set("sigma", Table{{1.0, 0.0}, {2.0}})),
              "sigma: row 2 has 1 entries, the first has 2");
    EXPECT_EQ(message_of("ornstein_uhlenbeck", ParameterValues().set("mean", List(40, 0.0))),
              "mean: at most 32 components and noises");
    EXPECT_EQ(
        message_of("drifted_brownian", ParameterValues().set("mu", List{1.0, 2.0}).set("sigma", List{1.0, 1.0, 1.0})),
        "sigma: has 3 entries, mu has 2");
    EXPECT_EQ(message_of("drifted_brownian", ParameterValues().set("mu", List{})), "mu: must not be empty");
}

// Every number of every model: its default can be written out, and NaN or a value outside its range cannot.
TEST(MakeModel, EveryNumberOfEveryModelIsChecked) {
    for (const ModelInfo& info : model_list())
        for (const ParameterInfo& parameter : info.parameters) {
            SCOPED_TRACE(info.name + "." + parameter.name);
            EXPECT_FALSE(parameter.doc.empty());
            EXPECT_FALSE(parameter.range.empty());
            if (parameter.type != "number") continue;
            EXPECT_EQ(message_of(info.name, ParameterValues().set(parameter.name, std::stod(parameter.default_value))),
                      "");
            EXPECT_NE(message_of(info.name, ParameterValues().set(parameter.name, std::nan(""))), "");
            if (parameter.range == "> 0" || parameter.range == ">= 0") {
                EXPECT_EQ(message_of(info.name, ParameterValues().set(parameter.name, -1.0)),
                          parameter.name + ": must be " + parameter.range + ", not -1");
            }
        }
}

TEST(Checked, RefusesMembersSetInCode) {
    EXPECT_NO_THROW(checked(models::DoubleWell{.D = 0.3}));
    try {
        checked(models::DoubleWell{.D = 0.0});
        FAIL() << "accepted";
    } catch (const ConfigError& error) {
        EXPECT_STREQ(error.what(), "double_well: D: must be > 0, not 0");
    }
}

struct Counted {
    int n = 4;
    template <class V>
    void parameters(const V& visit) {
        visit("n", n, Between(1.0, 8.0), "how many");
    }
};

TEST(Parameters, IntegersAreReadAndDescribed) {
    Counted counted;
    std::vector<ParameterInfo> list;
    counted.parameters(DescribeParameters(list));
    const ParameterValues seven = ParameterValues().set("n", 7.0), half = ParameterValues().set("n", 2.5),
                          nine = ParameterValues().set("n", 9.0);

    counted.parameters(ReadParameters(seven));

    EXPECT_EQ(counted.n, 7);
    EXPECT_EQ(list[0].type + " " + list[0].default_value + " " + list[0].range, "integer 4 in [1, 8]");
    EXPECT_THROW(counted.parameters(ReadParameters(half)), ConfigError);
    EXPECT_THROW(counted.parameters(ReadParameters(nine)), ConfigError);
}

TEST(Parameters, WrongTypesAreNamed) {
    EXPECT_EQ(message_of("double_well", ParameterValues().set_word("D", "small")), "D: must be a number");
    EXPECT_EQ(message_of("ring", ParameterValues().set("calculus", 1.0)), "calculus: must be a word");
}

}  // namespace
}  // namespace dynkin
