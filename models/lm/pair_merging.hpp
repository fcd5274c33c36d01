#pragma once
// Byte-pair encoding of one piece of text (Sennrich, Haddow & Birch 2016): the best pair of neighbours is merged until
// none can be. A priority queue of pairs makes it O(n log n) where trying every pair again after every merge is O(n^2).
#include <cstdint>
#include <queue>
#include <vector>

namespace dynkin::lm {

/// What becomes of two neighbours. Lower priorities are merged first; of equal ones the leftmost.
struct PairMerge {
    double priority = 0;
    int token = -1;  // -1: they are not merged
};

/// Replaces `tokens` (at most 2^31 - 1) by what merging leaves. `merge_of(left, right)` gives a PairMerge.
template <class MergeOf>
void merge_pairs(std::vector<int>& tokens, const MergeOf& merge_of) {
    struct Candidate {
        double priority;
        std::int32_t position;  // of the left one
        int left, right, token;

        bool operator<(const Candidate& other) const {  // the greatest is taken first
            return priority != other.priority ? priority > other.priority : position > other.position;
        }
    };
    const auto n = static_cast<std::int32_t>(tokens.size());
    std::vector<std::int32_t> previous(tokens.size()), next(tokens.size());
    std::vector<Candidate> candidates;
    const auto candidate = [&](std::int32_t left, std::int32_t right) -> Candidate {
        const PairMerge merge = merge_of(tokens[left], tokens[right]);
        return {merge.priority, left, tokens[left], tokens[right], merge.token};
    };
    for (std::int32_t i = 0; i < n; ++i) {
        previous[i] = i - 1;
        next[i] = i + 1;
        if (i + 1 == n) continue;
        if (const Candidate c = candidate(i, i + 1); c.token >= 0) candidates.push_back(c);
    }
    std::priority_queue<Candidate> queue({}, std::move(candidates));
    while (!queue.empty()) {
        const Candidate best = queue.top();
        queue.pop();
        // Stale when one of the two has been merged with somebody else since.
        const std::int32_t left = best.position, right = next[left];
        if (tokens[left] != best.left || right >= n || tokens[right] != best.right) continue;
        tokens[left] = best.token;
        tokens[right] = -1;
        next[left] = next[right];
        if (next[left] < n) previous[next[left]] = left;
        if (const std::int32_t before = previous[left]; before >= 0) {
            if (const Candidate c = candidate(before, left); c.token >= 0) queue.push(c);
        }
        if (const std::int32_t after = next[left]; after < n) {
            if (const Candidate c = candidate(left, after); c.token >= 0) queue.push(c);
        }
    }
    std::erase(tokens, -1);
}

}  // namespace dynkin::lm
