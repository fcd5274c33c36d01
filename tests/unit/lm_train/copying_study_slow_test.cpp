#include <gtest/gtest.h>

#include "models/lm/study/positions_study.hpp"
#include "solvers/core/errors.hpp"
#include "tests/unit/lm_train/positions_gates.hpp"
#include "tests/unit/lm_train/study_text.hpp"

namespace dynkin::lm {
namespace {

/// What is not as published, in words: copying over a distance of 2 L, which a window of L cannot see.
std::string failed_trends(const std::vector<PositionsRow>& rows, double rerope) {
    const PositionsRow &window = test::row_of(rows, "window-64"), &inverse = rows.back();
    const double rope = test::row_of(rows, "RoPE", window.length).copy_accuracy;
    std::string failed;
    if (rope > 0.3) failed += "RoPE copies; ";
    if (window.copy_accuracy > window.accuracy + 0.03) failed += "the window copies; ";
    if (rerope < window.copy_accuracy + 0.12) failed += "ReRoPE does not copy; ";
    if (inverse.copy_accuracy < rope + 0.2) failed += "InvLeaky does not copy; ";
    return failed;
}

// 12,800 characters, standard errors of 0.4 points.
TEST(CopyingStudy, TellsReRopeFromAWindow) {
    const std::string text = test::study_text();
    DYNKIN_SKIP_WITHOUT(text);

    const std::vector<PositionsRow> rows = positions_study(text, copying_study_options());

    EXPECT_EQ(failed_trends(rows, test::row_of(rows, "ReRoPE-w32 + log-n test").copy_accuracy), "");
    // Mutant: a window in the place of ReRoPE.
    EXPECT_EQ(failed_trends(rows, test::row_of(rows, "window-64").copy_accuracy), "ReRoPE does not copy; ");
}

}  // namespace
}  // namespace dynkin::lm
