#include "models/lm/study/positions_study.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "solvers/core/errors.hpp"
#include "tests/unit/lm_train/positions_gates.hpp"
#include "tests/unit/lm_train/study_text.hpp"

namespace dynkin::lm {
namespace {

// A tenth of the training, half the length: the trends are the same, only weaker.
TEST(PositionsStudy, ShowsTheTrendsInSmall) {
    const std::string text = test::study_text();
    DYNKIN_SKIP_WITHOUT(text);
    PositionsStudyOptions options;
    options.decoder.length = 32;
    options.decoder.n_steps = 250;
    options.n_windows = 60;
    options.inverse_leaky = false;

    const std::vector<PositionsRow> rows = positions_study(text, options);

    // 1920 characters: two standard errors of a difference are 3 points at most, less for the same characters.
    EXPECT_EQ(test::failed_gates(rows, 0.05, 0.05), "");
    // Mutant: the rows of RoPE under the name of ReRoPE.
    std::vector<PositionsRow> swapped = rows;
    for (PositionsRow& row : swapped)
        if (row.name.starts_with("ReRoPE")) row.accuracy = test::row_of(rows, "RoPE", rows[1].length).accuracy;
    EXPECT_EQ(test::failed_gates(swapped, 0.05, 0.05), "ReRoPE does not carry on; ");
}

TEST(PositionsStudy, ScoresCopiesWhenRowsRepeat) {
    std::string text;
    for (std::uint64_t k = 0; text.size() < 30000; ++k) {
        Draws draws({4, Stream::initial_law, 0}, k);
        text += static_cast<char>('a' + static_cast<int>(8.0 * draws.uniform()));
    }
    PositionsStudyOptions options;
    options.decoder = {.width = 32, .n_layers = 2, .n_heads = 2, .length = 16, .n_steps = 10};
    options.expansion = 4;
    options.n_windows = 20;
    options.inverse_leaky = false;
    for (const PositionsRow& row : positions_study(text, options)) EXPECT_TRUE(std::isnan(row.copy_accuracy));
    options.repeating = 1.0;
    options.decoder.n_steps = 400;
    options.decoder.learning_rate = 5e-3;
    const std::vector<PositionsRow> rows = positions_study(text, options);

    // Letters drawn at random: 1/8 is chance, and all there is to learn is copying. 320 letters: 5 errors are 0.1.
    EXPECT_NEAR(rows[0].accuracy, 0.125, 0.1);
    EXPECT_GT(rows[0].copy_accuracy, 0.125 + 0.1);
}

TEST(PositionsStudy, StopsWhenAskedTo) {
    PositionsStudyOptions options;
    options.decoder.length = 8;
    std::string text(20000, 'a');
    for (std::size_t i = 0; i < text.size(); i += 3) text[i] = 'b';
    EXPECT_THROW(positions_study(text, options, [](const auto&, const TrainingReport&) { return false; }), Interrupted);
    EXPECT_THROW(positions_study("short", options), ConfigError);
}

}  // namespace
}  // namespace dynkin::lm
