#include <gtest/gtest.h>

#include "models/lm/study/nbce_study.hpp"
#include "tests/unit/lm_train/study_text.hpp"

namespace dynkin::lm {
namespace {

/// What is not as published, in words. 2400 characters: a standard error of one accuracy is 1 point, of a difference
/// between methods on the same characters less.
std::string failed_trends(const std::vector<NbceRow>& rows) {
    std::string failed;
    const NbceRow &first = rows.front(), &last = rows.back();
    if (first.oracle < first.no_context + 0.1) failed += "contexts do not help; ";
    if (last.mean > first.mean - 0.3) failed += "the mean does not collapse; ";
    if (last.mean_top_p < last.mean + 0.1) failed += "truncation does not repair it; ";
    for (const NbceRow& row : rows)
        if (row.n_contexts >= 4) {
            if (row.nbce < std::max(row.mean, row.mean_top_p) + 0.02) failed += "NBCE is not best; ";
            if (row.nbce < row.min_entropy - 0.02) failed += "truncation and eta cost accuracy; ";
            if (row.jumps > row.jumps_without_eta - 0.05) failed += "eta does not hold a context; ";
        }
    return failed;
}

TEST(NbceStudy, ShowsThePublishedTrends) {
    const std::string text = test::study_text();
    DYNKIN_SKIP_WITHOUT(text);

    const std::vector<NbceRow> rows = nbce_study(text, {});

    EXPECT_EQ(failed_trends(rows), "");
    // Mutant: NBCE that always takes the same context; its accuracy is that of any wrong context in n - 1 of n cases.
    std::vector<NbceRow> wrong = rows;
    for (NbceRow& row : wrong) row.nbce = (row.oracle + (row.n_contexts - 1) * row.no_context) / row.n_contexts;
    EXPECT_NE(failed_trends(wrong), "");
}

}  // namespace
}  // namespace dynkin::lm
