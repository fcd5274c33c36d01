#include "models/lm/study/nbce_study.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/lm/study/character_corpus.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/sampling/composition.hpp"

namespace dynkin::lm {
namespace {

using Logits = std::vector<double>;  // (rows, V)
constexpr double kept_mass = 0.95, cut_log_probability = -85.0, practical_beta = 0.25, practical_eta = 0.1;

/// One question: n contexts, the one it is about, prompt and answer.
struct Trial {
    std::vector<const int*> contexts;
    int right = 0;
    const int* prompt = nullptr;  // prompt + answer characters
};

Trial draw_trial(const std::vector<int>& text, const NbceStudyOptions& o, int n, int number) {
    Draws draws({o.decoder.seed, Stream::bridge, static_cast<std::uint64_t>(n)}, static_cast<std::uint64_t>(number));
    Trial trial;
    const auto room = static_cast<double>(static_cast<std::int64_t>(text.size()) - o.context);
    for (int k = 0; k < n; ++k)
        trial.contexts.push_back(text.data() + static_cast<std::int64_t>(room * draws.uniform()));
    trial.right = static_cast<int>(n * draws.uniform());
    const std::int64_t first = o.context - o.prompt - o.answer, earliest = std::min<std::int64_t>(2, first);
    const auto offset =
        earliest + static_cast<std::int64_t>(static_cast<double>(std::min<std::int64_t>(6, first - earliest + 1)) *
                                             draws.uniform());
    trial.prompt = trial.contexts[static_cast<std::size_t>(trial.right)] + offset;
    return trial;
}

class Reader {
public:
    Reader(const BatchedDecoder<float>& decoder, const std::vector<float>& parameters, const NbceStudyOptions& options,
           int separator)
        : decoder_(decoder), parameters_(parameters), o_(options), separator_(separator) {}

    /// Logits of the answer's characters: (n, answer, V) with the contexts, (answer, V) without any.
    Logits with_contexts(const Trial& trial) { return read(trial, trial.contexts, o_.context); }
    Logits without_context(const Trial& trial) { return read(trial, {nullptr}, 0); }

private:
    Logits read(const Trial& trial, const std::vector<const int*>& contexts, std::int64_t context) {
        const std::int64_t length = context + 1 + o_.prompt + o_.answer - 1;
        std::vector<int> tokens;
        std::vector<std::int64_t> rows;
        for (const int* from : contexts) {
            if (from) tokens.insert(tokens.end(), from, from + context);
            tokens.push_back(separator_);
            tokens.insert(tokens.end(), trial.prompt, trial.prompt + o_.prompt + o_.answer - 1);
            const auto end = static_cast<std::int64_t>(tokens.size());
            for (std::int64_t row = end - o_.answer; row < end; ++row) rows.push_back(row);
        }
        std::vector<float> logits;
        decoder_.logits(parameters_, tokens, length, rows, workspace_, logits);
        return {logits.begin(), logits.end()};
    }

    const BatchedDecoder<float>& decoder_;
    const std::vector<float>& parameters_;
    const NbceStudyOptions& o_;
    int separator_;
    DecoderWorkspace<float> workspace_;
};

bool predicts(const std::vector<double>& scores, int target) {
    return std::max_element(scores.begin(), scores.end()) - scores.begin() == target;
}

/// The rows as log-probabilities, those outside the top-p set replaced.
std::vector<double> cut(std::span<const double> logits, std::size_t V, double replacement) {
    std::vector<double> out;
    for (std::size_t first = 0; first < logits.size(); first += V) {
        const Categorical law = Categorical::from_log_weights(logits.subspan(first, V));
        const std::vector<bool> kept = top_p_mask(law.probabilities(), kept_mass);
        for (std::size_t v = 0; v < V; ++v) out.push_back(kept[v] ? law.log_probabilities()[v] : replacement);
    }
    return out;
}

/// Counts over the characters of trials.
struct Counts {
    double no_context = 0, oracle = 0, mean = 0, mean_top_p = 0, min_entropy = 0, nbce = 0, right_context = 0;
    double jumps_without_eta = 0, jumps = 0, characters = 0, changes = 0;
    int last_without_eta = -1, last = -1;  // contexts of the character before
};

/// conditionals (n, V), unconditional (V).
void count_character(std::span<const double> conditionals, std::span<const double> unconditional, int right, int target,
                     Counts& counts) {
    const std::size_t V = unconditional.size(), n = conditionals.size() / V;
    const Composition bayes{.pool = Pool::mean, .beta = static_cast<double>(n) - 1.0};
    const Composition sharpest{.pool = Pool::min_entropy, .beta = practical_beta};
    Composition practice = sharpest;
    practice.top_p = kept_mass;
    const Composition without_eta = practice;
    practice.eta = practical_eta;

    const auto row = conditionals.subspan(static_cast<std::size_t>(right) * V, V);
    counts.no_context += predicts({unconditional.begin(), unconditional.end()}, target);
    counts.oracle += predicts({row.begin(), row.end()}, target);
    counts.mean += predicts(compose_laws(conditionals, unconditional, bayes).law.probabilities(), target);
    const std::vector<double> cut_rows = cut(conditionals, V, cut_log_probability);
    const std::vector<double> cut_row = cut(unconditional, V, -std::numeric_limits<double>::infinity());
    counts.mean_top_p += predicts(compose_laws(cut_rows, cut_row, bayes).law.log_probabilities(), target);

    const ComposedLaw sharp = compose_laws(conditionals, unconditional, sharpest);
    counts.min_entropy += predicts(sharp.law.probabilities(), target);
    counts.right_context += sharp.context == right;
    const ComposedLaw practical = compose_laws(conditionals, unconditional, practice, counts.last);
    counts.nbce += predicts(practical.law.probabilities(), target);
    const int free_choice = compose_laws(conditionals, unconditional, without_eta).context;
    if (counts.last >= 0) {
        counts.jumps += practical.context != counts.last;
        counts.jumps_without_eta += free_choice != counts.last_without_eta;
        counts.changes += 1;
    }
    counts.last = practical.context;
    counts.last_without_eta = free_choice;
    counts.characters += 1;
}

NbceRow as_row(int n, const Counts& c) {
    const double all = c.characters, changes = std::max(1.0, c.changes);
    return {n,
            c.no_context / all,
            c.oracle / all,
            c.mean / all,
            c.mean_top_p / all,
            c.min_entropy / all,
            c.nbce / all,
            c.right_context / all,
            c.jumps_without_eta / changes,
            c.jumps / changes};
}

void check(const NbceStudyOptions& o, std::size_t scored) {
    if (o.prompt < 1 || o.answer < 1 || o.context < o.prompt + o.answer)
        throw ConfigError("study of NBCE: a context must hold prompt and answer, of one character at least");
    if (o.context + o.prompt + o.answer > o.decoder.length)
        throw ConfigError("study of NBCE: context + prompt + answer exceed the length of " +
                          std::to_string(o.decoder.length));
    if (static_cast<std::int64_t>(scored) <= o.context) throw ConfigError("study of NBCE: the text is too short");
    if (o.n_trials < 1 || std::any_of(o.n_contexts.begin(), o.n_contexts.end(), [](int n) { return n < 1; }))
        throw ConfigError("study of NBCE: n_trials and numbers of contexts must be positive");
}

}  // namespace

std::vector<NbceRow> nbce_study(std::string_view text, const NbceStudyOptions& options, const StudyObserver& observer) {
    const CharacterCorpus corpus = character_corpus(text);
    check(options, corpus.scored.size());
    const auto V = static_cast<std::size_t>(corpus.vocabulary.size());
    const std::int64_t L = options.decoder.length;
    const DecoderSpec spec = options.decoder.spec(corpus.vocabulary.size(), {.scheme = PositionScheme::rope});
    const auto source =
        std::make_shared<NextTokenRows>(std::make_shared<TextWindows>(corpus.training, L + 1, options.repeating), L);
    const std::vector<float> parameters = train_decoder(spec, options.decoder, source, "decoder", observer);

    const BatchedDecoder<float> decoder(spec, Phase::inference);
    Reader reader(decoder, parameters, options, corpus.vocabulary.token('\n'));
    std::vector<NbceRow> rows;
    for (int n : options.n_contexts) {
        Counts counts;
        for (int number = 0; number < options.n_trials; ++number) {
            const Trial trial = draw_trial(corpus.scored, options, n, number);
            const Logits conditionals = reader.with_contexts(trial), unconditional = reader.without_context(trial);
            const auto answer = static_cast<std::size_t>(options.answer), contexts = static_cast<std::size_t>(n);
            counts.last = counts.last_without_eta = -1;
            std::vector<double> at(contexts * V);
            for (std::size_t c = 0; c < answer; ++c) {
                for (std::size_t k = 0; k < contexts; ++k)
                    std::copy_n(conditionals.data() + (k * answer + c) * V, V, at.data() + k * V);
                count_character(at, std::span(unconditional).subspan(c * V, V), trial.right,
                                trial.prompt[options.prompt + static_cast<std::int64_t>(c)], counts);
            }
        }
        rows.push_back(as_row(n, counts));
    }
    return rows;
}

}  // namespace dynkin::lm
