// Every reference case but the long ones, and the frame around them.
#include "solvers/core/errors.hpp"
#include "tests/verification/judging.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <set>

namespace dynkin {
namespace {

using namespace testing_cases;

std::vector<std::string> fast_cases() {
    std::vector<std::string> ids;
    for (const VerifyCase& one : verify_cases())
        if (std::find(slow_cases().begin(), slow_cases().end(), one.id) == slow_cases().end()) ids.push_back(one.id);
    return ids;
}

class FastCase : public testing::TestWithParam<std::string> {};

TEST_P(FastCase, Passes) {
    expect_case_passes(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Verify, FastCase, testing::ValuesIn(fast_cases()),
                         [](const auto& suite) { return suite.param; });

TEST(VerifyCases, IdsAreUniqueAndSlowOnesExist) {
    std::set<std::string> ids;
    for (const VerifyCase& one : verify_cases()) {
        EXPECT_TRUE(ids.insert(one.id).second) << one.id;
        EXPECT_FALSE(one.title.empty());
    }
    for (const std::string& id : slow_cases()) EXPECT_EQ(ids.count(id), 1u) << id;
}

TEST(VerifyCases, AnUnknownIdNamesTheNearest) {
    try {
        find_verify_case("D11");
        FAIL();
    } catch (const ConfigError& error) {
        EXPECT_NE(std::string(error.what()).find("did you mean"), std::string::npos) << error.what();
    }
}

TEST(VerifyCases, AnErrorInsideIsAFailingReport) {
    const VerifyCase broken{"X1", "broken",
                            [](const VerifyOptions&) -> VerifyReport { throw NumericsError("no step"); }};

    const VerifyReport report = run_verify_case(broken, {});

    EXPECT_FALSE(report.pass());
    ASSERT_EQ(report.notes.size(), 1u);
    EXPECT_EQ(report.notes[0], "no step");
}

TEST(VerifyReports, AreValidJsonWithNullForWhatIsNotANumber) {
    VerifyReport report{.id = "X1", .title = "quotes \" and\nlines"};
    report.rows.push_back({.quantity = "q", .expected = 1.0, .obtained = std::nan(""), .pass = false});

    const auto one = nlohmann::json::parse(to_json(report));
    const auto all = nlohmann::json::parse(to_json(std::vector<VerifyReport>{report, report}));

    EXPECT_EQ(one["id"], "X1");
    EXPECT_EQ(one["pass"], false);
    EXPECT_TRUE(one["rows"][0]["obtained"].is_null());
    EXPECT_TRUE(one["rows"][0]["observed_order"].is_null());
    EXPECT_EQ(one["rows"][0]["expected"], 1.0);
    EXPECT_EQ(all["cases"].size(), 2u);
    EXPECT_EQ(all["pass"], false);
}

TEST(VerifyReports, TextShowsEveryNumberAndTheOutcome) {
    VerifyReport report{.id = "X1", .title = "title"};
    report.rows.push_back({.quantity = "q", .expected = 1.25, .obtained = 1.5, .error = 0.25, .allowed = 0.125});
    report.notes.push_back("left out");

    const std::string text = to_text(report);

    for (const char* part : {"X1", "title", "FAIL", "1.25", "1.5", "2.50e-01", "1.25e-01", "left out"})
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST(VerifyReports, WithoutRowsDoNotPass) {
    EXPECT_FALSE(VerifyReport{}.pass());
}

}  // namespace
}  // namespace dynkin
