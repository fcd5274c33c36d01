#include "models/lm/pair_merging.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>

namespace {

using dynkin::lm::merge_pairs;
using dynkin::lm::PairMerge;

// Token t stands for 2^t symbols: two equal neighbours become the next one. Ties are the rule here.
PairMerge doubled(int left, int right) {
    return left == right && left < 20 ? PairMerge{double(left), left + 1} : PairMerge{};
}

/// By the definition: the best pair, the leftmost of equals, until there is none. Returns how many pairs it looked at.
template <class MergeOf>
std::int64_t merge_slowly(std::vector<int>& tokens, const MergeOf& merge_of) {
    std::int64_t n_looked_at = 0;
    for (;;) {
        PairMerge best;
        std::size_t place = 0;
        for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
            ++n_looked_at;
            const PairMerge merge = merge_of(tokens[i], tokens[i + 1]);
            if (merge.token < 0 || (best.token >= 0 && merge.priority >= best.priority)) continue;
            best = merge;
            place = i;
        }
        if (best.token < 0) return n_looked_at;
        tokens[place] = best.token;
        tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(place) + 1);
    }
}

// Every merge removes a token and makes two new pairs, so n symbols have at most 3 n pairs in all.
TEST(PairMerging, LooksAtThreePairsForASymbol) {
    constexpr std::int64_t n = 1000;
    std::int64_t n_looked_at = 0;
    std::vector<int> tokens(n, 0), slow = tokens;

    merge_pairs(tokens, [&](int left, int right) {
        ++n_looked_at;
        return doubled(left, right);
    });

    EXPECT_LE(n_looked_at, 3 * n);
    EXPECT_GT(merge_slowly(slow, doubled), 100 * n);  // the same bound finds the quadratic way out
    EXPECT_EQ(tokens, slow);
    EXPECT_EQ(tokens, (std::vector<int>{9, 8, 7, 6, 5, 3}));  // 1000 in binary
}

TEST(PairMerging, FollowsTheDefinition) {
    EXPECT_TRUE(rc::check([] {
        const auto symbols = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 3));
        const auto rules = *rc::gen::container<std::map<std::pair<int, int>, std::pair<int, int>>>(
            rc::gen::pair(rc::gen::inRange(0, 6), rc::gen::inRange(0, 6)),
            rc::gen::pair(rc::gen::inRange(0, 4), rc::gen::inRange(3, 6)));
        const auto merge_of = [&](int left, int right) -> PairMerge {
            const auto found = rules.find({left, right});
            return found == rules.end() ? PairMerge{} : PairMerge{double(found->second.first), found->second.second};
        };
        std::vector<int> fast = symbols, slow = symbols;
        merge_pairs(fast, merge_of);
        merge_slowly(slow, merge_of);
        RC_ASSERT(fast == slow);
    }));
}

TEST(PairMerging, LeavesNothingAndOneAlone) {
    std::vector<int> none, one{4};
    merge_pairs(none, doubled);
    merge_pairs(one, doubled);
    EXPECT_TRUE(none.empty());
    EXPECT_EQ(one, std::vector<int>{4});
}

}  // namespace
