#include "models/lm/train/batch_source.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "solvers/core/errors.hpp"
#include "solvers/sampling/categorical.hpp"

namespace dynkin::lm {

TextWindows::TextWindows(std::vector<int> text, std::int64_t longest, double repeating)
    : text_(std::move(text)), repeating_(repeating) {
    if (longest < 1 || static_cast<std::int64_t>(text_.size()) < longest)
        throw ConfigError("text windows: a text of " + std::to_string(text_.size()) + " tokens has no window of " +
                          std::to_string(longest));
    if (!(repeating >= 0.0 && repeating <= 1.0)) throw ConfigError("text windows: `repeating` must be within [0, 1]");
}

void TextWindows::draw(Draws& draws, std::span<int> tokens) const {
    const std::size_t n = tokens.size();
    if (n > text_.size()) throw ConfigError("text windows: no window of " + std::to_string(n) + " tokens");
    const auto start = static_cast<std::size_t>(draws.uniform() * static_cast<double>(text_.size() - n + 1));
    std::size_t period = n;
    if (repeating_ > 0.0 && draws.uniform() < repeating_) {
        const std::size_t least = std::max<std::size_t>(1, n / 8), most = std::max(least, n / 2);
        period = least + static_cast<std::size_t>(draws.uniform() * static_cast<double>(most - least + 1));
    }
    for (std::size_t i = 0; i < n; ++i) tokens[i] = text_[start + i % period];
}

EnumeratedSequences::EnumeratedSequences(const SequenceSpace& space, std::vector<double> p0)
    : space_(space), p0_(std::move(p0)) {
    if (static_cast<Index>(p0_.size()) != space.n_states())
        throw ConfigError("enumerated sequences: " + std::to_string(p0_.size()) + " probabilities, expected " +
                          std::to_string(space.n_states()));
    for (double p : p0_) {
        if (!(p >= 0.0) || !std::isfinite(p)) throw ConfigError("enumerated sequences: a probability below 0");
        total_ += p;
    }
    if (!(total_ > 0.0)) throw ConfigError("enumerated sequences: all probabilities are 0");
}

void EnumeratedSequences::draw(Draws& draws, std::span<int> tokens) const {
    if (static_cast<int>(tokens.size()) != space_.n_positions)
        throw ConfigError("enumerated sequences: a row of " + std::to_string(tokens.size()) + " tokens, expected " +
                          std::to_string(space_.n_positions));
    space_.sequence(draw_weights(p0_, total_, draws.uniform()), tokens);
}

NextTokenRows::NextTokenRows(std::shared_ptr<const SequenceSource> sequences, std::int64_t length)
    : sequences_(std::move(sequences)), length_(length) {
    if (length < 1) throw ConfigError("next tokens: rows need a positive length");
}

void NextTokenRows::draw(Draws& draws, std::span<int> tokens, std::span<int> targets, std::span<double> weights) const {
    std::vector<int> sequence(tokens.size() + 1);
    sequences_->draw(draws, sequence);
    std::copy(sequence.begin(), sequence.end() - 1, tokens.begin());
    std::copy(sequence.begin() + 1, sequence.end(), targets.begin());
    std::fill(weights.begin(), weights.end(), 1.0 / static_cast<double>(length_));
}

MaskedRows::MaskedRows(std::shared_ptr<const SequenceSource> sequences, std::int64_t length, const TokenNoise& noise,
                       MaskedDraws kind)
    : sequences_(std::move(sequences)), length_(length), noise_(noise), kind_(kind) {
    if (length < 1) throw ConfigError("masked rows: rows need a positive length");
    if (!noise.is_absorbing()) throw ConfigError("masked rows: the noise must be absorbing");
    if (kind == MaskedDraws::time && !std::isfinite(noise.schedule().end()))
        throw ConfigError("masked rows: draws by time need a schedule that ends (linear, cosine)");
}

void MaskedRows::draw(Draws& draws, std::span<int> tokens, std::span<int> targets, std::span<double> weights) const {
    sequences_->draw(draws, targets);
    std::copy(targets.begin(), targets.end(), tokens.begin());
    std::fill(weights.begin(), weights.end(), 0.0);
    if (kind_ == MaskedDraws::time)
        mask_by_time(draws, tokens, weights);
    else
        mask_by_count(draws, tokens, weights);
}

void MaskedRows::mask_by_time(Draws& draws, std::span<int> tokens, std::span<double> weights) const {
    const TokenSchedule& schedule = noise_.schedule();
    const double t = draws.uniform() * schedule.end(), alpha = schedule.alpha(t);
    const double weight = schedule.rate(t) * alpha / (1.0 - alpha) * schedule.end() / static_cast<double>(length_);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (draws.uniform() < alpha) continue;
        tokens[i] = noise_.mask();
        weights[i] = weight;
    }
}

void MaskedRows::mask_by_count(Draws& draws, std::span<int> tokens, std::span<double> weights) const {
    const auto D = static_cast<double>(tokens.size());
    const double masks = 1.0 + std::floor(D * draws.uniform());
    double left = masks, positions = D;  // each position in turn with probability left / positions
    for (std::size_t i = 0; i < tokens.size(); ++i, positions -= 1.0) {
        if (draws.uniform() * positions >= left) continue;
        tokens[i] = noise_.mask();
        weights[i] = 1.0 / masks;
        left -= 1.0;
    }
}

}  // namespace dynkin::lm
