#include <gtest/gtest.h>

#include "models/lm/study/positions_study.hpp"
#include "solvers/core/errors.hpp"
#include "tests/unit/lm_train/positions_gates.hpp"
#include "tests/unit/lm_train/study_text.hpp"

namespace dynkin::lm {
namespace {

// The published trends at the size of the study's defaults: 12,800 characters, standard errors of 0.4 points.
TEST(PositionsStudy, MeetsItsGates) {
    const std::string text = test::study_text();
    DYNKIN_SKIP_WITHOUT(text);

    const std::vector<PositionsRow> rows = positions_study(text, {});

    EXPECT_EQ(test::failed_gates(rows, 0.12, 0.03), "");
    EXPECT_GT(rows.front().accuracy, 0.42);
    // inv_leaky: run as RoPE at no price, far above what RoPE's own training gives there.
    const PositionsRow& inverse = rows.back();
    EXPECT_EQ(inverse.training, "inv_leaky");
    EXPECT_GT(inverse.accuracy, test::row_of(rows, "RoPE", inverse.length).accuracy + 0.08);
    // A model of characters gains nothing from far text, so a window is as good; only copying tells them apart.
    EXPECT_NEAR(test::row_of(rows, "window-64").accuracy, rows.front().accuracy, 0.02);
}

}  // namespace
}  // namespace dynkin::lm
