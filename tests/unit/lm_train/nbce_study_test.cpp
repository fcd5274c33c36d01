#include "models/lm/study/nbce_study.hpp"

#include <gtest/gtest.h>

#include "solvers/core/errors.hpp"
#include "tests/unit/lm_train/study_text.hpp"

namespace dynkin::lm {
namespace {

/// Words drawn at random from 64 made-up ones: what comes next can be known from a context that holds the word.
std::string made_up_text() {
    std::string text;
    for (std::uint64_t k = 0; text.size() < 60000; ++k) {
        Draws draws({2, Stream::initial_law, 0}, k);
        const double word = 64.0 * draws.uniform();
        Draws letters({3, Stream::initial_law, 0}, static_cast<std::uint64_t>(word));
        for (int i = 0; i < 5; ++i) text += static_cast<char>('a' + static_cast<int>(6.0 * letters.uniform()));
        text += k % 5 == 4 ? '\n' : ' ';
    }
    return text;
}

TEST(NbceStudy, CountsWhatItSays) {
    NbceStudyOptions options;
    options.decoder = {.width = 32, .n_layers = 1, .n_heads = 2, .n_steps = 150};
    options.n_contexts = {1, 4};
    options.n_trials = 60;

    const std::vector<NbceRow> rows = nbce_study(made_up_text(), options);

    ASSERT_EQ(rows.size(), 2u);
    // One context: the mean with beta = 0 is the context itself, min_entropy has no choice and no jumps.
    EXPECT_EQ(rows[0].mean, rows[0].oracle);
    EXPECT_EQ(rows[0].right_context, 1.0);
    EXPECT_EQ(rows[0].jumps, 0.0);
    for (const NbceRow& row : rows)
        for (double part : {row.no_context, row.oracle, row.mean, row.mean_top_p, row.min_entropy, row.nbce,
                            row.right_context, row.jumps, row.jumps_without_eta}) {
            EXPECT_GE(part, 0.0);
            EXPECT_LE(part, 1.0);
        }
    EXPECT_GT(rows[1].no_context, 0.2);  // of 8 characters in chance 1/7
    EXPECT_LE(rows[1].jumps, rows[1].jumps_without_eta);
    EXPECT_LT(rows[1].right_context, 1.0);
}

TEST(NbceStudy, RefusesWhatDoesNotFit) {
    NbceStudyOptions options;
    options.context = 50;
    EXPECT_THROW(nbce_study(made_up_text(), options), ConfigError);
    options = {};
    options.answer = 0;
    EXPECT_THROW(nbce_study(made_up_text(), options), ConfigError);
    options = {};
    options.n_contexts = {0};
    EXPECT_THROW(nbce_study(made_up_text(), options), ConfigError);
}

}  // namespace
}  // namespace dynkin::lm
