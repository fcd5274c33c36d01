#include "apps/config/config.hpp"
#include "solvers/core/errors.hpp"

#include <gtest/gtest.h>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>

namespace dynkin {
namespace {

using Words = std::vector<std::string>;

const char* const experiment = R"toml(# A double well.
[model]
variables  = ["x"]
drift      = ["x - x^3"]
sigma      = [["sqrt(2*D)"]]
parameters = { D = 0.1, alpha = 2 }
[time]
until   = 2
outputs = 11
[particles]
n = 1_000_000
dt = 1e-2
seed = 1
[[test_functions]]
kind = "monomial"
degree = [2]
[[test_functions]]
kind = "bump"
)toml";

/// Reads all of `experiment` the way an application would, defaults included.
void read_experiment(const Config& config) {
    const Section root = config.root();
    const Section model = root.section("model");
    model.located_texts("variables");
    model.located_texts("drift", 1);
    model.located_text_matrix("sigma", 1);
    model.one_of_or("interpretation", "ito", {"ito", "stratonovich"});
    const Section parameters = model.section_or_empty("parameters");
    for (const std::string& key : parameters.keys()) parameters.real(key);
    const Section time = root.section("time");
    time.positive_real("until");
    time.integer_or("outputs", 2, 1);
    const Section particles = root.section("particles");
    particles.integer("n", 1);
    particles.positive_real("dt");
    particles.integer_or("seed", 0);
    particles.integer_or("threads", 0, 0);
    root.section_or_empty("check").real_or("false_alarm_rate", 0.01, RealRange::positive);
    for (const Section& function : root.sections("test_functions")) {
        function.one_of("kind", {"monomial", "bump"});
        if (function.has("degree")) function.integers("degree", {}, 0);
        function.reals_or("centre", {0.0, 0.5});
        function.texts_or("labels", {"a \"b\"", "c\\"});
        function.boolean_or("smooth", true);
    }
}

std::string hash_of(const std::string& text, const Words& overrides = {}) {
    Config config = Config::parse(text, "run.toml", overrides);
    config.exclude_from_hash("particles.threads");
    read_experiment(config);
    config.require_all_read();
    return config.hash();
}

TEST(Config, ReadsEveryType) {
    const Config config = Config::parse(R"(
        a = 1.5
        b = 3
        n = 1_000_000
        m = 1e6
        flag = false
        word = "sra1"
        box = [-1, 2.5]
        degrees = [0, 2]
        names = ["x", 'y']
        means = [[0, 1], [2, 3]]
        sigma = [["a", "0"], ["0", "b"]]
        far = -inf
    )",
                                        "run.toml");
    const Section root = config.root();

    EXPECT_EQ(root.real("a"), 1.5);
    EXPECT_EQ(root.real("b"), 3.0);
    EXPECT_EQ(root.integer("n"), 1000000);
    EXPECT_EQ(root.integer("m"), 1000000);
    EXPECT_FALSE(root.boolean("flag"));
    EXPECT_EQ(root.one_of("word", {"heun", "sra1"}), "sra1");
    EXPECT_EQ(root.reals("box", 2), (std::vector<double>{-1, 2.5}));
    EXPECT_EQ(root.integers("degrees"), (std::vector<std::int64_t>{0, 2}));
    EXPECT_EQ(root.texts("names"), (Words{"x", "y"}));
    EXPECT_EQ(root.real_matrix("means", 2, 2)[1][0], 2.0);
    EXPECT_EQ(root.text_matrix("sigma", 2, 2)[1], (Words{"0", "b"}));
    EXPECT_EQ(root.real("far", RealRange::with_infinity), -std::numeric_limits<double>::infinity());
    EXPECT_NO_THROW(config.require_all_read());
}

TEST(Config, KeepsTheOrderOfTheFile) {
    const Config config = Config::parse("[model]\nparameters = { theta = 1, mu = 2, alpha = 3 }", "run.toml");

    EXPECT_EQ(config.root().section("model").section("parameters").keys(), (Words{"theta", "mu", "alpha"}));
}

TEST(Config, TellsKindsApart) {
    const Config config = Config::parse("outputs = [0.0, 1.0]\nn = 1\nday = 2024-01-01\n[t]\n[[f]]\n[[f]]", "run.toml");
    const Section root = config.root();

    EXPECT_EQ(root.kind_of("outputs"), ConfigKind::array);
    EXPECT_EQ(root.kind_of("n"), ConfigKind::integer);
    EXPECT_EQ(root.kind_of("day"), ConfigKind::date);
    EXPECT_EQ(root.kind_of("t"), ConfigKind::table);
    EXPECT_EQ(root.kind_of("f"), ConfigKind::array_of_tables);
    EXPECT_EQ(root.kind_of("none"), ConfigKind::absent);
    EXPECT_EQ(root.sections("f").size(), 2u);
    EXPECT_TRUE(root.sections("g").empty());
    EXPECT_FALSE(root.find_section("g").has_value());
}

TEST(Config, LocatesTextInsideItsQuotes) {
    const Config config = Config::parse("a = \"x\"\nb = ['é', \"y\"]\nc = \"\"\"\nlong\"\"\"\nd = '''z'''", "run.toml");
    const Section root = config.root();

    EXPECT_EQ(to_string(root.located_text("a").where), "run.toml:1:6");
    EXPECT_EQ(to_string(root.located_texts("b")[1].where), "run.toml:2:12");
    EXPECT_EQ(to_string(root.located_text("c").where), "run.toml:4:1");
    EXPECT_EQ(root.located_text("c").text, "long");
    EXPECT_EQ(to_string(root.located_text("d").where), "run.toml:5:8");
}

TEST(Config, ConstantExpressionsOnlyOnRequest) {
    Config config = Config::parse("D = \"1/4\"\n", "run.toml");
    EXPECT_THROW(config.root().real("D"), ConfigError);

    std::string seen;
    config.set_constant_evaluator([&](const std::string& expression, const SourceLocation& where) {
        seen = expression + " at " + to_string(where);
        return 0.25;
    });

    EXPECT_EQ(config.root().real("D"), 0.25);
    EXPECT_EQ(seen, "1/4 at run.toml:1:6");
    const Config plain = Config::parse("D = 0.25", "run.toml");
    plain.root().real("D");
    EXPECT_EQ(config.hash(), plain.hash());
    EXPECT_NE(config.resolved_toml().find("D = \"1/4\""), std::string::npos);
}

TEST(ResolvedConfig, ShowsEveryDefaultAndReadsBackToTheSameHash) {
    const Config config = Config::parse(experiment, "run.toml");
    read_experiment(config);

    const std::string resolved = config.resolved_toml();
    const Config again = Config::parse(resolved, "config.toml");
    read_experiment(again);

    EXPECT_NE(resolved.find("[check]\nfalse_alarm_rate = 0.01  # default\n"), std::string::npos) << resolved;
    EXPECT_NE(resolved.find("interpretation = \"ito\"  # default\n"), std::string::npos) << resolved;
    EXPECT_NE(resolved.find("labels = [\"a \\\"b\\\"\", \"c\\\\\"]  # default\n"), std::string::npos) << resolved;
    EXPECT_NO_THROW(again.require_all_read());
    EXPECT_EQ(again.hash(), config.hash());
    EXPECT_EQ(Config::parse(again.resolved_toml(), "config.toml").resolved_toml(),
              Config::parse(resolved, "config.toml").resolved_toml());
}

TEST(ResolvedConfig, KeepsTheLastBitOfEveryNumber) {
    const double awkward = 0.1 + 0.2, tiny = 5e-324, large = 1.7976931348623157e308;
    const Config config = Config::parse("", "run.toml");
    config.root().reals_or("values", {awkward, tiny, large, 1.0, -0.0, 1e22});

    const Config again = Config::parse(config.resolved_toml(), "config.toml");

    const std::vector<double> back = again.root().reals("values");
    EXPECT_EQ(back, (std::vector<double>{awkward, tiny, large, 1.0, -0.0, 1e22}));
    EXPECT_TRUE(std::signbit(back[4]));
}

TEST(ConfigHash, DependsOnTheRunAlone) {
    const std::string original = hash_of(experiment);
    const std::string shuffled = R"toml(
        time = { outputs = 11.0, until = 2.0 }
        particles.seed = 1
        particles.dt = 0.01
        particles.n = 1e6
        particles.threads = 7
        [check]
        false_alarm_rate = 1e-2
        [[test_functions]]
        degree = [2]  # order and comments do not matter
        kind = 'monomial'
        [[test_functions]]
        kind = "bump"
        smooth = true
        [model]
        interpretation = "ito"
        parameters.alpha = 2.0
        parameters.D = 1e-1
        sigma = [ [ "sqrt(2*D)" ] ]
        drift = [ "x - x^3", ]
        variables = ["x"]
    )toml";

    EXPECT_EQ(hash_of(shuffled), original);
    EXPECT_EQ(original.size(), 64u);
    EXPECT_EQ(hash_of(experiment, {"particles.threads=2"}), original);
    EXPECT_NE(hash_of(experiment, {"D=0.2"}), original);
    EXPECT_NE(hash_of(experiment, {"seed=2"}), original);
    EXPECT_NE(hash_of(experiment, {"check.false_alarm_rate=0.02"}), original);
    EXPECT_NE(hash_of(experiment, {"test_functions.1.kind=monomial"}), original);
}

TEST(Config, ReadsAFile) {
    const std::string path = ::testing::TempDir() + "dynkin_config_test.toml";
    std::ofstream(path) << "seed = 4\n";

    const std::int64_t seed = Config::load(path, {"seed=5"}).root().integer("seed");

    EXPECT_EQ(seed, 5);
    std::remove(path.c_str());
    EXPECT_THROW(Config::load(path), IoError);
}

}  // namespace
}  // namespace dynkin
