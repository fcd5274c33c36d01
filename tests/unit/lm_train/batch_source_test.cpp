#include "models/lm/train/batch_source.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "solvers/core/errors.hpp"

namespace dynkin::lm {
namespace {

Draws draws_of(std::uint64_t row) {
    return Draws({9, Stream::resampling, 3}, row);
}

TEST(TextWindows, BeginAnywhereAlike) {
    std::vector<int> text(20);
    std::iota(text.begin(), text.end(), 0);
    const TextWindows windows(text, 5);
    std::vector<double> counts(16, 0.0);
    std::vector<int> row(5);
    const int n = 16000;
    for (int r = 0; r < n; ++r) {
        Draws draws = draws_of(static_cast<std::uint64_t>(r));
        windows.draw(draws, row);
        for (int i = 0; i < 5; ++i) ASSERT_EQ(row[std::size_t(i)], row[0] + i);
        counts[static_cast<std::size_t>(row[0])] += 1.0;
    }
    // 16 counts of mean 1000, the last window included: |z| <= 5.
    for (double count : counts) EXPECT_NEAR(count, 1000.0, 5.0 * std::sqrt(1000.0));
}

TEST(TextWindows, RepeatThemselvesAsOftenAsAsked) {
    std::vector<int> text(1000);
    std::iota(text.begin(), text.end(), 0);
    const TextWindows windows(text, 32, 0.25);
    std::vector<int> row(32);
    int repeating = 0;
    const int n = 4000;
    for (int r = 0; r < n; ++r) {
        Draws draws = draws_of(static_cast<std::uint64_t>(r));
        windows.draw(draws, row);
        const auto period = std::find(row.begin() + 1, row.end(), row[0]) - row.begin();
        if (period == 32) continue;
        ++repeating;
        EXPECT_GE(period, 4);
        EXPECT_LE(period, 16);
        for (std::size_t i = 0; i + static_cast<std::size_t>(period) < 32; ++i)
            ASSERT_EQ(row[i], row[i + static_cast<std::size_t>(period)]);
    }
    EXPECT_NEAR(repeating, 1000.0, 5.0 * std::sqrt(750.0));
}

TEST(BatchSource, RowsAreFunctionsOfTheirDraws) {
    std::vector<int> text(100);
    std::iota(text.begin(), text.end(), 0);
    const auto windows = std::make_shared<TextWindows>(text, 9);
    const NextTokenRows next(windows, 8);
    std::vector<int> tokens(8), targets(8), other(8);
    std::vector<double> weights(8);
    Draws one = draws_of(5), same = draws_of(5), another = draws_of(6);
    next.draw(one, tokens, targets, weights);
    for (std::size_t i = 0; i < 8; ++i) {
        EXPECT_EQ(targets[i], tokens[i] + 1);
        EXPECT_EQ(weights[i], 1.0 / 8.0);
    }
    next.draw(same, other, targets, weights);
    EXPECT_EQ(other, tokens);
    next.draw(another, other, targets, weights);
    EXPECT_NE(other, tokens);
}

TEST(MaskedRows, MaskAsManyAsTheirTimeOrNumberSays) {
    const auto windows = std::make_shared<TextWindows>(std::vector<int>{0, 1, 2, 0, 1, 2, 0, 1, 2}, 8);
    const TokenNoise noise = TokenNoise::absorbing(4, TokenSchedule::Kind::linear);
    for (const MaskedDraws kind : {MaskedDraws::time, MaskedDraws::count}) {
        const MaskedRows rows(windows, 8, noise, kind);
        std::vector<int> tokens(8), targets(8);
        std::vector<double> weights(8), masked(8, 0.0), total(8, 0.0);
        const int n = 20000;
        for (int r = 0; r < n; ++r) {
            Draws draws = draws_of(static_cast<std::uint64_t>(r));
            rows.draw(draws, tokens, targets, weights);
            const auto m = std::count(tokens.begin(), tokens.end(), 3);
            for (std::size_t i = 0; i < 8; ++i) {
                ASSERT_EQ(weights[i] > 0.0, tokens[i] == 3);
                ASSERT_TRUE(tokens[i] == 3 || tokens[i] == targets[i]);
                if (kind == MaskedDraws::count && tokens[i] == 3) {
                    ASSERT_EQ(weights[i], 1.0 / static_cast<double>(m));
                }
                masked[i] += tokens[i] == 3;
                total[i] += weights[i];
            }
        }
        // By time a position is masked half of the time, by number (1 + 8) / 2 / 8 of it; its mean weight is 1 / 8 in
        // both: int 1 / (8 t) P(masked) dt, and a mean over m of (m / 8) (1 / m).
        const double part = kind == MaskedDraws::time ? 0.5 : 4.5 / 8.0;
        for (std::size_t i = 0; i < 8; ++i) {
            EXPECT_NEAR(masked[i] / n, part, 5.0 * std::sqrt(0.25 / n));
            // By number the variance of a weight is below its mean square, (1 / 8)^2 sum 1 / m = 0.042. By time it is
            // int 1 / (64 t) dt, a logarithm of the least t: about 10 / 64.
            EXPECT_NEAR(total[i] / n, 1.0 / 8.0, 5.0 * std::sqrt((kind == MaskedDraws::time ? 0.16 : 0.042) / n));
        }
    }
}

TEST(BatchSource, RefusesWhatDoesNotFit) {
    EXPECT_THROW(TextWindows({1, 2, 3}, 4), ConfigError);
    EXPECT_THROW(TextWindows({1, 2, 3}, 3, 1.5), ConfigError);
    EXPECT_THROW(EnumeratedSequences({2, 2}, {1.0, 0.0, 0.0}), ConfigError);
    EXPECT_THROW(EnumeratedSequences({2, 1}, {1.0, -1.0}), ConfigError);
    const auto windows = std::make_shared<TextWindows>(std::vector<int>{1, 2, 3}, 3);
    EXPECT_THROW(NextTokenRows(windows, 0), ConfigError);
    const NextTokenRows longer(windows, 3);
    std::vector<int> tokens(3), targets(3);
    std::vector<double> weights(3);
    Draws draws = draws_of(0);
    EXPECT_THROW(longer.draw(draws, tokens, targets, weights), ConfigError);
}

}  // namespace
}  // namespace dynkin::lm
