#include "models/lm/study/positions_study.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/lm/study/character_corpus.hpp"
#include "models/lm/train/row_kernels.hpp"
#include "solvers/core/errors.hpp"

namespace dynkin::lm {
namespace {

struct Variant {
    std::string name;
    PositionSpec positions;
};

/// The schemes that a model trained with plain RoPE can be run with.
std::vector<Variant> variants(const PositionsStudyOptions& options) {
    using enum PositionScheme;
    const std::int64_t L = options.decoder.length, quarter = std::max<std::int64_t>(1, L / 4), half = 2 * quarter;
    const auto k = static_cast<double>(options.expansion);
    const auto scaled = [L](PositionSpec spec) {
        spec.scale = AttentionScale::log_n_test;
        spec.training_length = L;
        return spec;
    };
    const auto named = [](const char* name, std::int64_t w) { return name + std::to_string(w); };
    return {{"RoPE", {.scheme = rope}},
            {"RoPE + log-n test", scaled({.scheme = rope})},
            {"PI", {.scheme = interpolation, .factor = k}},
            {"NTK-fixed + log-n test", scaled({.scheme = ntk_fixed, .factor = k})},
            {"NTK-mixed + log-n test", scaled({.scheme = ntk_mixed, .factor = k})},
            {named("ReRoPE-w", quarter), {.scheme = rerope, .window = quarter}},
            {named("ReRoPE-w", half) + " + log-n test", scaled({.scheme = rerope, .window = half})},
            {named("Leaky-w", quarter) + "-k16 + log-n test",
             scaled({.scheme = leaky_rerope, .window = quarter, .factor = 16})},
            {named("ReRoPE-w", L - 1) + " + log-n test", scaled({.scheme = rerope, .window = L - 1})},
            {named("window-", L), {.scheme = sliding_window, .window = L}}};
}

/// Right predictions and losses of the last L characters of windows.
struct Score {
    double right = 0, loss = 0, n = 0;
};

class Scorer {
public:
    Scorer(const DecoderSpec& spec, const std::vector<float>& parameters, const std::vector<int>& text,
           const PositionsStudyOptions& options)
        : decoder_(spec, Phase::inference), parameters_(parameters), text_(text), options_(options) {}

    /// Windows of `length`, all with the same end for every length; text as it is, or (period > 0) its `period`
    /// characters there again and again.
    Score score(std::int64_t length, std::int64_t period) {
        const std::int64_t L = options_.decoder.length, longest = options_.expansion * L;
        const std::int64_t room = static_cast<std::int64_t>(text_.size()) - longest - 1;
        std::vector<std::int64_t> rows;
        for (std::int64_t i = length - L; i < length; ++i) rows.push_back(i);
        std::vector<int> window(static_cast<std::size_t>(length + 1));
        Score total;
        for (std::int64_t number = 0; number < options_.n_windows; ++number) {
            const std::int64_t start = room * number / std::max<std::int64_t>(1, options_.n_windows - 1);
            const int* first = text_.data() + start + longest - length;
            for (std::int64_t i = 0; i <= length; ++i)
                window[static_cast<std::size_t>(i)] =
                    period > 0 ? text_[static_cast<std::size_t>(start + i % period)] : first[i];
            add(window, rows, total);
        }
        return total;
    }

private:
    void add(const std::vector<int>& window, const std::vector<std::int64_t>& rows, Score& total) {
        const std::int64_t length = static_cast<std::int64_t>(window.size()) - 1, V = decoder_.spec().shape.vocabulary;
        decoder_.logits(parameters_, std::span(window).first(window.size() - 1), length, rows, workspace_, logits_);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            float* row = logits_.data() + static_cast<std::int64_t>(i) * V;
            const int target = window[static_cast<std::size_t>(rows[i]) + 1];
            total.right += std::max_element(row, row + V) - row == target;
            total.loss += cross_entropy(row, V, target, 1.0f);
            total.n += 1;
        }
    }

    BatchedDecoder<float> decoder_;
    const std::vector<float>& parameters_;
    const std::vector<int>& text_;
    const PositionsStudyOptions& options_;
    DecoderWorkspace<float> workspace_;
    std::vector<float> logits_;
};

PositionsRow row_of(Scorer scorer, const PositionsStudyOptions& options, std::int64_t length) {
    const std::int64_t L = options.decoder.length;
    const Score natural = scorer.score(length, 0);
    PositionsRow row;
    row.length = length;
    row.accuracy = natural.right / natural.n;
    row.standard_error = std::sqrt(row.accuracy * (1.0 - row.accuracy) / natural.n);
    row.loss = natural.loss / natural.n;
    row.copy_accuracy = std::numeric_limits<double>::quiet_NaN();
    if (options.repeating > 0) {
        const Score copied = scorer.score(length, length == L ? L / 2 : 2 * L);
        row.copy_accuracy = copied.right / copied.n;
    }
    return row;
}

}  // namespace

std::vector<PositionsRow> positions_study(std::string_view text, const PositionsStudyOptions& options,
                                          const StudyObserver& observer) {
    if (options.decoder.length < 4 || options.expansion < 1 || options.n_windows < 1)
        throw ConfigError("study of positions: a length >= 4 and expansion, n_windows >= 1 are needed");
    const CharacterCorpus corpus = character_corpus(text);
    const std::int64_t L = options.decoder.length, longest = options.expansion * L;
    if (static_cast<std::int64_t>(corpus.scored.size()) <= longest)
        throw ConfigError("study of positions: the last tenth of the text is shorter than expansion * L");

    std::vector<PositionsRow> rows;
    const auto add = [&](const std::string& name, const std::string& training, const DecoderSpec& spec,
                         const std::vector<float>& parameters, std::int64_t length) {
        PositionsRow row = row_of(Scorer(spec, parameters, corpus.scored, options), options, length);
        row.name = name;
        row.training = training;
        rows.push_back(row);
    };
    const int V = corpus.vocabulary.size();
    const auto source =
        std::make_shared<NextTokenRows>(std::make_shared<TextWindows>(corpus.training, L + 1, options.repeating), L);
    const PositionSpec rope{.scheme = PositionScheme::rope};
    const DecoderSpec plain = options.decoder.spec(V, rope);
    const std::vector<float> parameters = train_decoder(plain, options.decoder, source, "rope", observer);
    add("RoPE", "rope", plain, parameters, L);
    for (const Variant& variant : variants(options))
        add(variant.name, "rope", options.decoder.spec(V, variant.positions), parameters, longest);
    if (!options.inverse_leaky) return rows;

    const PositionSpec inverse{.scheme = PositionScheme::inv_leaky,
                               .window = std::max<std::int64_t>(1, L / 4),
                               .expansion = static_cast<double>(options.expansion)};
    const DecoderSpec spec = options.decoder.spec(V, inverse);
    const std::vector<float> other = train_decoder(spec, options.decoder, source, "inv_leaky", observer);
    const std::string name = "InvLeaky-w" + std::to_string(inverse.window);
    add(name, "inv_leaky", spec, other, L);
    add(name, "inv_leaky", spec, other, longest);
    return rows;
}

}  // namespace dynkin::lm
