#include "models/lm/byte_pair_training.hpp"

#include "models/lm/byte_alphabet.hpp"
#include "models/lm/split_patterns.hpp"
#include "models/lm/tokenizer_writing.hpp"
#include "solvers/core/errors.hpp"

#include <algorithm>
#include <map>
#include <queue>
#include <set>
#include <unordered_map>

namespace dynkin::lm {
namespace {

/// Bytes in the order of their letters: token -> byte.
std::vector<unsigned char> bytes_by_letter() {
    std::vector<unsigned char> bytes(256);
    for (std::size_t b = 0; b < 256; ++b) bytes[b] = static_cast<unsigned char>(b);
    std::sort(bytes.begin(), bytes.end(),
              [](unsigned char a, unsigned char b) { return letter_of_byte(a) < letter_of_byte(b); });
    return bytes;
}

using Pair = std::pair<int, int>;

struct Word {
    std::vector<int> tokens;
    std::int64_t count = 0;
};

struct PairUse {
    std::int64_t count = 0;
    std::vector<std::size_t> words;  // where it has been seen; some may have lost it since
};

/// The words of a text and how often every pair of neighbours is in them, kept up to date while pairs are merged.
class PairCounts {
public:
    explicit PairCounts(std::string_view text) {
        std::map<std::string_view, std::int64_t> counts;  // in order, so that nothing depends on a hash
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t n = match_length(SplitPattern::gpt2, text, at);
            ++counts[text.substr(at, n)];
            at += n;
        }
        std::vector<int> token_of_byte(256);
        const auto bytes = bytes_by_letter();
        for (std::size_t token = 0; token < 256; ++token) token_of_byte[bytes[token]] = static_cast<int>(token);
        for (const auto& [piece, count] : counts) {
            Word word{{}, count};
            for (const char byte : piece) word.tokens.push_back(token_of_byte[static_cast<unsigned char>(byte)]);
            words_.push_back(std::move(word));
            count_pairs(words_.size() - 1, +1, all);
        }
        for (const auto& [pair, use] : uses_) queue_.push({use.count, pair});
        risen_.clear();
    }

    /// The pair seen most often, or (-1, -1) when none is seen as often as that.
    Pair best(std::int64_t least_count) {
        while (!queue_.empty()) {
            const Candidate top = queue_.top();
            const std::int64_t count = uses_.at(top.pair).count;
            if (count == top.count) return count >= least_count && count > 0 ? top.pair : Pair{-1, -1};
            queue_.pop();  // its count has fallen since; as often as it is seen now it stands further back
            if (count > 0) queue_.push({count, top.pair});
        }
        return {-1, -1};
    }

    void merge(const Pair& pair, int token) {
        const std::vector<std::size_t> words = uses_.at(pair).words;
        for (const std::size_t i : words) {
            std::vector<int>& tokens = words_[i].tokens;
            if (!contains(tokens, pair)) continue;
            count_pairs(i, -1, none);
            std::size_t n = 0;
            for (std::size_t at = 0; at < tokens.size(); ++n) {
                const bool both = at + 1 < tokens.size() && tokens[at] == pair.first && tokens[at + 1] == pair.second;
                tokens[n] = both ? token : tokens[at];
                at += both ? 2 : 1;
            }
            tokens.resize(n);
            count_pairs(i, +1, token);
        }
        for (const Pair& changed : risen_) queue_.push({uses_.at(changed).count, changed});
        risen_.clear();
    }

private:
    struct Candidate {
        std::int64_t count;
        Pair pair;

        bool operator<(const Candidate& other) const {  // the greatest is taken first
            return count != other.count ? count < other.count : pair > other.pair;
        }
    };

    static bool contains(const std::vector<int>& tokens, const Pair& pair) {
        for (std::size_t at = 0; at + 1 < tokens.size(); ++at) {
            if (tokens[at] == pair.first && tokens[at + 1] == pair.second) return true;
        }
        return false;
    }

    // Pairs with the token `made` are new in the word, and the only ones that can be seen more often than before.
    void count_pairs(std::size_t i, int sign, int made) {
        const Word& word = words_[i];
        for (std::size_t at = 0; at + 1 < word.tokens.size(); ++at) {
            const Pair pair{word.tokens[at], word.tokens[at + 1]};
            PairUse& use = uses_[pair];
            use.count += sign * word.count;
            if (made != all && pair.first != made && pair.second != made) continue;
            if (use.words.empty() || use.words.back() != i) use.words.push_back(i);
            risen_.insert(pair);
        }
    }

    static constexpr int none = -1, all = -2;

    std::vector<Word> words_;
    std::map<Pair, PairUse> uses_;
    std::set<Pair> risen_;  // may be seen more often than the queue knows
    std::priority_queue<Candidate> queue_;
};

}  // namespace

std::vector<LearnedMerge> learn_merges(std::string_view text, std::size_t n_tokens, std::int64_t least_count) {
    PairCounts counts(text);
    std::vector<std::string> bytes;
    std::unordered_map<std::string, int> token_of;
    for (const unsigned char byte : bytes_by_letter()) {
        bytes.emplace_back(1, static_cast<char>(byte));
        token_of.emplace(bytes.back(), static_cast<int>(bytes.size()) - 1);
    }
    std::vector<LearnedMerge> merges;
    while (bytes.size() < n_tokens) {
        const auto [left, right] = counts.best(least_count);
        if (left < 0) break;
        const std::string both = bytes[static_cast<std::size_t>(left)] + bytes[static_cast<std::size_t>(right)];
        const auto [found, is_new] = token_of.emplace(both, static_cast<int>(bytes.size()));
        if (is_new) bytes.push_back(both);
        counts.merge({left, right}, found->second);
        merges.push_back({left, right, found->second});
    }
    return merges;
}

Tokenizer train_byte_pairs(std::string_view text, const BytePairTraining& training) {
    const std::int64_t n_tokens = std::int64_t{training.vocabulary} - std::ssize(training.special);
    if (n_tokens < 256) {
        throw ConfigError("a vocabulary of " + std::to_string(training.vocabulary) + " has no room for 256 bytes and " +
                          std::to_string(training.special.size()) + " special tokens");
    }
    std::vector<std::string> names;
    for (const unsigned char byte : bytes_by_letter())
        names.push_back(spelled(std::string(1, static_cast<char>(byte))));
    std::vector<std::pair<std::string, std::string>> merges;
    for (const LearnedMerge& merge : learn_merges(text, static_cast<std::size_t>(n_tokens), training.least_count)) {
        merges.emplace_back(names[static_cast<std::size_t>(merge.left)], names[static_cast<std::size_t>(merge.right)]);
        if (merge.token == std::ssize(names)) names.push_back(merges.back().first + merges.back().second);
    }
    return byte_level_tokenizer(names, merges, true, training.special);
}

}  // namespace dynkin::lm
