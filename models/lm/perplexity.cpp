#include "models/lm/perplexity.hpp"

#include <algorithm>
#include <cmath>

#include "solvers/core/errors.hpp"

namespace dynkin::lm {
namespace {

/// log of the sum of e^l, l being logits.
double log_sum(std::span<const float> logits) {
    const double largest = *std::max_element(logits.begin(), logits.end());
    double sum = 0.0;
    for (const float l : logits) sum += std::exp(double(l) - largest);
    return largest + std::log(sum);
}

}  // namespace

TextScore score_text(Decoder& decoder, std::span<const int> tokens, std::int64_t first) {
    const auto n = static_cast<std::int64_t>(tokens.size());
    if (decoder.attention() == Attention::bidirectional)
        throw ConfigError("score_text: the decoder's attention is bidirectional and sees what it is to predict");
    if (first < 1 || first >= n)
        throw ConfigError("score_text: tokens from " + std::to_string(first) + " on of " + std::to_string(n) +
                          " are to be scored; the first one has nothing before it");
    const auto vocabulary = static_cast<std::size_t>(decoder.shape().vocabulary);
    const auto part = [&](std::int64_t from, std::int64_t to) {
        return tokens.subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from));
    };
    Sequence sequence = decoder.start();
    if (first > 1) {
        const Extension known{&sequence, part(0, first - 1)};
        decoder.extend(std::span(&known, 1));
    }
    TextScore score;
    constexpr std::int64_t block = 64;
    for (std::int64_t from = first - 1; from + 1 < n; from += block) {
        const std::int64_t to = std::min(from + block, n - 1);
        const Extension extension{&sequence, part(from, to)};
        const std::span<const float> logits = decoder.extend(std::span(&extension, 1), LogitsOf::all);
        for (std::int64_t t = from; t < to; ++t) {
            const auto row = logits.subspan(static_cast<std::size_t>(t - from) * vocabulary, vocabulary);
            const auto target = static_cast<std::size_t>(tokens[static_cast<std::size_t>(t + 1)]);
            if (target >= vocabulary)
                throw ConfigError("score_text: token " + std::to_string(tokens[static_cast<std::size_t>(t + 1)]) +
                                  " is outside the vocabulary of " + std::to_string(vocabulary));
            score.loss += log_sum(row) - double(row[target]);
            score.accuracy += *std::max_element(row.begin(), row.end()) == row[target] ? 1.0 : 0.0;
            ++score.n_tokens;
        }
    }
    score.loss /= static_cast<double>(score.n_tokens);
    score.accuracy /= static_cast<double>(score.n_tokens);
    return score;
}

}  // namespace dynkin::lm
