#include "models/lm/study/positions_study.hpp"

#include <algorithm>
#include <cmath>

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
            {named("window-", L), {.scheme = sliding_window, .window = L}}};
}

/// Scores the last L characters of each window of `length`.
PositionsRow score(const BatchedDecoder<float>& decoder, const std::vector<float>& parameters,
                   const std::vector<int>& text, const PositionsStudyOptions& options, std::int64_t length) {
    const std::int64_t L = options.decoder.length, longest = options.expansion * L;
    std::vector<std::int64_t> rows;
    for (std::int64_t i = length - L; i < length; ++i) rows.push_back(i);
    DecoderWorkspace<float> workspace;
    std::vector<float> logits;
    double right = 0, loss = 0;
    for (std::int64_t window = 0; window < options.n_windows; ++window) {
        const std::int64_t room = static_cast<std::int64_t>(text.size()) - longest - 1;
        const int* end = text.data() + room * window / std::max<std::int64_t>(1, options.n_windows - 1) + longest;
        const int* first = end - length;
        decoder.logits(parameters, std::span(first, static_cast<std::size_t>(length)), length, rows, workspace, logits);
        const std::int64_t V = decoder.spec().shape.vocabulary;
        for (std::int64_t i = 0; i < L; ++i) {
            float* row = logits.data() + i * V;
            const int target = first[length - L + i + 1];
            right += std::max_element(row, row + V) - row == target;
            loss += cross_entropy(row, V, target, 1.0f);
        }
    }
    const double n = static_cast<double>(options.n_windows * L);
    PositionsRow row;
    row.length = length;
    row.accuracy = right / n;
    row.standard_error = std::sqrt(row.accuracy * (1.0 - row.accuracy) / n);
    row.loss = loss / n;
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
        PositionsRow row =
            score(BatchedDecoder<float>(spec, Phase::inference), parameters, corpus.scored, options, length);
        row.name = name;
        row.training = training;
        rows.push_back(row);
    };
    const int V = corpus.vocabulary.size();
    const auto source = std::make_shared<NextTokenRows>(std::make_shared<TextWindows>(corpus.training, L + 1), L);
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
