#include "apps/config/config.hpp"
#include "message_of.hpp"

namespace dynkin {
namespace {

using testing::message_of;

const char* const experiment = R"([model]
name = "double_well"
drift = ["x"]
parameters = { D = 0.1 }
[initial]
mean = [-1.0, 2.0]
[particles]
dt = 0.01
seed = 1
[[test_functions]]
degree = [2]
[[test_functions]]
degree = [3]
)";

Config with(const std::vector<std::string>& overrides) {
    return Config::parse(experiment, "run.toml", overrides);
}

std::string refusal(const std::string& argument) {
    return message_of([&] { with({argument}); });
}

TEST(Overrides, BareNamesFindTheirOnlyKey) {
    const Config config = with({"D=0.2", "seed = 7", "dt=1e-3"});
    const Section root = config.root();

    EXPECT_EQ(root.section("model").section("parameters").real("D"), 0.2);
    EXPECT_EQ(root.section("particles").integer("seed"), 7);
    EXPECT_EQ(root.section("particles").real("dt"), 1e-3);
}

TEST(Overrides, PathsReachTablesElementsAndNewKeys) {
    const Config config = with({"model.parameters.D=0.3", "test_functions.1.degree=[4]", "initial.mean.0=5",
                                "particles.threads=2", "check.rate=0.05"});
    const Section root = config.root();

    EXPECT_EQ(root.section("model").section("parameters").real("D"), 0.3);
    EXPECT_EQ(root.sections("test_functions")[1].integers("degree"), (std::vector<std::int64_t>{4}));
    EXPECT_EQ(root.section("initial").reals("mean"), (std::vector<double>{5, 2}));
    EXPECT_EQ(root.section("particles").integer("threads"), 2);
    EXPECT_EQ(root.section("check").real("rate"), 0.05);
}

TEST(Overrides, ValuesAreTomlOrBareWords) {
    const Config config = with({"model.drift=[\"-x\", 'y']", "model.name=ornstein_uhlenbeck",
                                "particles.scheme=x - x^3", "particles.flag=true", "particles.seed=1_000"});
    const Section root = config.root();

    EXPECT_EQ(root.section("model").texts("drift"), (std::vector<std::string>{"-x", "y"}));
    EXPECT_EQ(root.section("model").text("name"), "ornstein_uhlenbeck");
    EXPECT_EQ(root.section("particles").text("scheme"), "x - x^3");
    EXPECT_TRUE(root.section("particles").boolean("flag"));
    EXPECT_EQ(root.section("particles").integer("seed"), 1000);
}

TEST(Overrides, TheLastOneWins) {
    EXPECT_EQ(with({"D=1", "D=2"}).root().section("model").section("parameters").real("D"), 2.0);
}

TEST(Overrides, AreLocatedByTheirArgument) {
    const Config config = with({"dt=-1", "model.theat=2", "model.drift=[\"x\", \"y\"]", "name = ou"});
    const Section model = config.root().section("model");
    const std::vector<LocatedText> drift = model.located_texts("drift");

    EXPECT_EQ(message_of([&] { config.root().section("particles").positive_real("dt"); }),
              "-s dt=-1: particles.dt: found the integer -1, expected a finite number > 0");
    EXPECT_EQ(to_string(drift[1].where), "-s model.drift=[\"x\", \"y\"], column 20");
    EXPECT_EQ(to_string(model.located_text("name").where), "-s name = ou, column 8");
    model.section("parameters").real("D");
    model.has("theta");
    EXPECT_EQ(
        message_of([&] { config.require_all_read(); }),
        "-s model.theat=2: unknown key 'model.theat'; did you mean 'theta'? known: drift, name, parameters, theta");
}

TEST(Overrides, UnknownAndAmbiguousNamesAreRefused) {
    EXPECT_EQ(refusal("sed=3"),
              "-s sed=3: unknown key 'sed'; did you mean 'seed'? A key the file does not have needs its "
              "full path, as in particles.seed=1");
    EXPECT_EQ(refusal("degree=[1]"),
              "-s degree=[1]: 'degree' is ambiguous; give one of the full paths "
              "test_functions.0.degree, test_functions.1.degree");
}

TEST(Overrides, MalformedOnesAreRefused) {
    EXPECT_EQ(refusal("D"), "-s D: expected key=value");
    EXPECT_EQ(refusal("=3"), "-s =3: expected key=value");
    EXPECT_EQ(refusal("D="), "-s D=: no value, expected key=value");
    EXPECT_EQ(refusal("D= "), "-s D= : no value, expected key=value");
    EXPECT_EQ(refusal("model..D=1"), "-s model..D=1: the key has an empty part");
    EXPECT_EQ(refusal("model=ou"), "-s model=ou: 'model' is a table; name a key in it");
    EXPECT_EQ(refusal("model.parameters=1"), "-s model.parameters=1: 'model.parameters' is a table; name a key in it");
    EXPECT_EQ(refusal("initial.mean.2=1"),
              "-s initial.mean.2=1: 'initial.mean' is an array of 2; '2' is no index of it (they count from 0)");
    EXPECT_EQ(refusal("model.name.x=1"),
              "-s model.name.x=1: 'model.name' is the text 'double_well' and has no key 'x'");
    EXPECT_EQ(refusal("drift=[\"x\"").substr(0, 26), "-s drift=[\"x\", column 11: ");
}

// A line break in a value must not smuggle in further keys.
TEST(Overrides, AValueIsOneValue) {
    const Config config = with({"name=1\nseed = 9"});

    EXPECT_EQ(config.root().section("model").text("name"), "1\nseed = 9");
    EXPECT_EQ(config.root().section("particles").integer("seed"), 1);
}

}  // namespace
}  // namespace dynkin
