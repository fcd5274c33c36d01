#include "apps/config/config.hpp"
#include "message_of.hpp"

namespace dynkin {
namespace {

using testing::message_of;

Config config_of(const std::string& text) {
    return Config::parse(text, "run.toml");
}

std::string syntax(const std::string& text) {
    return message_of([&] { config_of(text); });
}

TEST(ConfigErrors, SyntaxHasLineAndColumn) {
    EXPECT_EQ(syntax("a = 1\na = 2\n"),
              "run.toml:2:5: Error while parsing key-value pair: cannot redefine existing integer 'a'");
    EXPECT_EQ(syntax("[model]\ndrift = x\n").substr(0, 14), "run.toml:2:9: ");
    EXPECT_EQ(syntax("\n\na = [1, 2").substr(0, 15), "run.toml:3:10: ");
    EXPECT_EQ(syntax("a = \"\xff\"").substr(0, 9), "run.toml:");
}

TEST(ConfigErrors, WrongTypesSayWhatWasFound) {
    const Config config = config_of("[a]\nx = \"abc\"\ny = true\nz = [1.0, \"b\"]\nd = 2024-01-01\nt = {}\ne = []\n");
    const Section a = config.root().section("a");

    EXPECT_EQ(message_of([&] { a.real("x"); }), "run.toml:2:5: a.x: found the text 'abc', expected a finite number");
    EXPECT_EQ(message_of([&] { a.integer("y"); }), "run.toml:3:5: a.y: found true, expected an integer");
    EXPECT_EQ(message_of([&] { a.reals("z"); }), "run.toml:4:11: a.z.1: found the text 'b', expected a finite number");
    EXPECT_EQ(message_of([&] { a.boolean("x"); }), "run.toml:2:5: a.x: found the text 'abc', expected true or false");
    EXPECT_EQ(message_of([&] { a.text("d"); }),
              "run.toml:5:5: a.d: found the date 2024-01-01, expected a text in quotes");
    EXPECT_EQ(message_of([&] { a.text("t"); }), "run.toml:6:5: a.t: found a table, expected a text in quotes");
    EXPECT_EQ(message_of([&] { a.reals("e"); }),
              "run.toml:7:5: a.e: found an empty array, expected an array of numbers");
    EXPECT_EQ(message_of([&] { a.reals("y", 2); }), "run.toml:3:5: a.y: found true, expected an array of 2 numbers");
    EXPECT_EQ(message_of([&] { a.section("x"); }), "run.toml:2:5: a.x: found the text 'abc', expected a section [a.x]");
    EXPECT_EQ(message_of([&] { a.sections("z"); }),
              "run.toml:4:6: a.z.0: found the number 1.0, expected a section [[a.z]]");
}

TEST(ConfigErrors, WrongNumbersSayWhatIsAllowed) {
    const Config config = config_of("h = -0.5\nn = 1.5\nk = 0\nf = nan\ng = inf\nb = 1e300\nz = 0\n");
    const Section root = config.root();

    EXPECT_EQ(message_of([&] { root.positive_real("h"); }),
              "run.toml:1:5: h: found the number -0.5, expected a finite number > 0");
    EXPECT_EQ(message_of([&] { root.positive_real("z"); }),
              "run.toml:7:5: z: found the integer 0, expected a finite number > 0");
    EXPECT_EQ(message_of([&] { root.real("h", RealRange::non_negative); }),
              "run.toml:1:5: h: found the number -0.5, expected a finite number >= 0");
    EXPECT_EQ(message_of([&] { root.integer("n"); }), "run.toml:2:5: n: found the number 1.5, expected an integer");
    EXPECT_EQ(message_of([&] { root.integer("k", 1); }),
              "run.toml:3:5: k: found the integer 0, expected an integer >= 1");
    EXPECT_EQ(message_of([&] { root.integer("k", 1, 3); }),
              "run.toml:3:5: k: found the integer 0, expected an integer >= 1 and <= 3");
    EXPECT_EQ(message_of([&] { root.real("f"); }), "run.toml:4:5: f: found the number nan, expected a finite number");
    EXPECT_EQ(message_of([&] { root.real("f", RealRange::with_infinity); }),
              "run.toml:4:5: f: found the number nan, expected a number");
    EXPECT_EQ(message_of([&] { root.real("g"); }), "run.toml:5:5: g: found the number inf, expected a finite number");
    EXPECT_EQ(message_of([&] { root.integer("b"); }), "run.toml:6:5: b: found the number 1e+300, expected an integer");
}

TEST(ConfigErrors, WrongSizes) {
    const Config config = config_of("mean = [1, 2, 3]\nsigma = [[\"a\", \"b\"], [\"c\"]]\n");
    const Section root = config.root();

    EXPECT_EQ(message_of([&] { root.reals("mean", 2); }),
              "run.toml:1:8: mean: found an array of 3, expected an array of 2 numbers");
    EXPECT_EQ(message_of([&] { root.text_matrix("sigma"); }),
              "run.toml:2:22: sigma.1: found an array of 1, expected an array of 2 texts");
    EXPECT_EQ(message_of([&] { root.text_matrix("sigma", 3); }),
              "run.toml:2:9: sigma: found an array of 2, expected an array of 3 rows, each an array of texts");
    EXPECT_EQ(message_of([&] { root.text_matrix("sigma", 2, 1); }),
              "run.toml:2:10: sigma.0: found an array of 2, expected an array of 1 texts");
}

TEST(ConfigErrors, MissingKeysPointAtTheirSection) {
    const Config config = config_of("# first\n[model]\nname = \"ou\"\n\n  [initial.law]\nx = 1\n[[f]]\n[[f]]\n");
    const Section root = config.root();

    EXPECT_EQ(message_of([&] { root.section("model").texts("drift"); }),
              "run.toml:2:1: model.drift: missing, expected an array of texts");
    EXPECT_EQ(message_of([&] { root.section("initial").section("law").real("sd"); }),
              "run.toml:5:3: initial.law.sd: missing, expected a finite number");
    EXPECT_EQ(message_of([&] { root.section("time"); }), "run.toml:1:1: time: missing, expected a section [time]");
    EXPECT_EQ(message_of([&] { root.sections("f")[1].text("kind"); }),
              "run.toml:8:1: f.1.kind: missing, expected a text in quotes");
    EXPECT_EQ(message_of([&] { root.section_or_empty("check").real("rate"); }),
              "run.toml:1:1: check.rate: missing, expected a finite number");
}

TEST(ConfigErrors, UnknownWordsSuggestTheNearest) {
    const Config config = config_of("scheme = \"sra2\"\nkind = 3\n");
    const Section root = config.root();

    EXPECT_EQ(message_of([&] {
                  root.one_of("scheme", {"heun", "sra1"});
              }),
              "run.toml:1:10: scheme: found the text 'sra2', expected one of 'heun', 'sra1'; did you mean 'sra1'?");
    EXPECT_EQ(message_of([&] { root.one_of("kind", {"point"}); }),
              "run.toml:2:8: kind: found the integer 3, expected one of 'point'");
}

TEST(ConfigErrors, UnknownKeysSuggestTheNearestAskedFor) {
    const Config config = config_of("[model]\nname = \"ou\"\n  theat = 2\n[grid]\ncells = [3]\n");
    const Section model = config.root().section("model");
    model.text("name");
    model.real_or("theta", 1.0);

    EXPECT_EQ(message_of([&] { config.require_all_read(); }),
              "run.toml:3:3: unknown key 'model.theat'; did you mean 'theta'? known: name, theta");
}

TEST(ConfigErrors, UnknownSectionsAndElementsAreFound) {
    const Config section = config_of("[model]\n[modle]\nx = 1\n");
    section.root().section("model");
    const Config element = config_of("[[f]]\nkind = 1\n[[f]]\nknd = 2\n");
    for (const Section& function : element.root().sections("f")) function.has("kind");
    const Config far = config_of("zzzzzz = 1\n");
    far.root().has("model");

    EXPECT_EQ(message_of([&] { section.require_all_read(); }),
              "run.toml:2:2: unknown key 'modle'; did you mean 'model'? known: model");
    EXPECT_EQ(message_of([&] { element.require_all_read(); }),
              "run.toml:4:1: unknown key 'f.1.knd'; did you mean 'kind'? known: kind");
    EXPECT_EQ(message_of([&] { far.require_all_read(); }), "run.toml:1:1: unknown key 'zzzzzz'; known: model");
}

TEST(ConfigErrors, CallersReportTheirOwnFindingsWithALocation) {
    const Config config = config_of("[grid]\nlower = [1.0]\n");
    const Section grid = config.root().section("grid");

    EXPECT_EQ(message_of([&] { grid.fail("lower", "1 is above upper"); }),
              "run.toml:2:9: grid.lower: 1 is above upper");
    EXPECT_EQ(message_of([&] { grid.fail("upper", "needed"); }), "run.toml:1:1: grid.upper: needed");
}

}  // namespace
}  // namespace dynkin
