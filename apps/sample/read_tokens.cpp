#include "apps/sample/read_parts.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin::reading {
namespace {

constexpr Index most_states = 4096;  // laws on all sequences are kept

/// Sequences with words 0 ... V - 1 in a space that may have a mask on top.
struct Alphabet {
    SequenceSpace clean, space;
};

std::vector<int> sequence_of(const Section& section, const std::vector<double>& row, int n_tokens) {
    std::vector<int> x;
    for (const double token : row) {
        if (token != std::floor(token) || token < 0.0 || token >= n_tokens)
            section.fail("sequences", "found the token " + std::to_string(token) + ", expected 0 ... " +
                                          std::to_string(n_tokens - 1));
        x.push_back(static_cast<int>(token));
    }
    return x;
}

/// `weights` of all V^D sequences in the order of their numbers, or `sequences` with weights of their own.
std::vector<double> read_law(const Section& section, const Alphabet& alphabet) {
    const auto D = static_cast<std::size_t>(alphabet.clean.n_positions);
    std::vector<double> law(static_cast<std::size_t>(alphabet.space.n_states()), 0.0);
    std::vector<std::vector<int>> sequences;
    if (section.has("sequences")) {
        for (const auto& row : section.real_matrix("sequences", {}, D))
            sequences.push_back(sequence_of(section, row, alphabet.clean.n_tokens));
    } else {
        for (Index i = 0; i < alphabet.clean.n_states(); ++i) {
            sequences.emplace_back(D);
            alphabet.clean.sequence(i, sequences.back());
        }
    }
    const std::vector<double> equal(sequences.size(), 1.0);
    const std::vector<double> weights = section.has("sequences")
                                            ? section.reals_or("weights", equal, equal.size(), RealRange::non_negative)
                                            : section.reals("weights", equal.size(), RealRange::non_negative);
    for (std::size_t i = 0; i < weights.size(); ++i)
        law[static_cast<std::size_t>(alphabet.space.number(sequences[i]))] += weights[i];
    return located(section, "weights", [&] { return Categorical::from_weights(law).probabilities(); });
}

TokenNoise read_noise(const Section& section, int n_tokens, const TokenSchedule& schedule) {
    const std::string kind = section.one_of("kind", {"uniform", "absorbing", "chain"});
    return located(section, "kind", [&]() -> TokenNoise {
        if (kind == "uniform") return TokenNoise::uniform(n_tokens, schedule);
        if (kind == "absorbing") return TokenNoise::absorbing(n_tokens + 1, schedule);
        const auto V = static_cast<std::size_t>(n_tokens);
        const auto matrix = section.real_matrix("rates", V, V, RealRange::non_negative);
        std::vector<RateEntry> rates;
        for (std::size_t a = 0; a < V; ++a)
            for (std::size_t b = 0; b < V; ++b)
                if (a != b && matrix[a][b] > 0.0)
                    rates.push_back({static_cast<Index>(a), static_cast<Index>(b), matrix[a][b]});
        return TokenNoise::chain(SparseRateMatrix(n_tokens, rates), schedule);
    });
}

void read_times(const Section& noise, const Section* sampler, TokenExperiment& e) {
    const double end = e.model.noise.schedule().end();
    const bool masks = e.model.noise.is_absorbing();
    const double from = noise.real_or("from",
                                      std::isinf(end) ? 3.0
                                      : masks         ? 0.98
                                                      : 0.95,
                                      RealRange::positive),
                 until = noise.real_or("until", 0.02, RealRange::non_negative);
    if (from > end) noise.fail("from", "the clock ends at " + std::to_string(end));
    if (!(until < from)) noise.fail("until", "expected less than from = " + std::to_string(from));
    if (from == end && !(masks && (e.sampler == "tweedie" || e.sampler == "first_hitting")))
        noise.fail("from", "rates are infinite where the clock ends; start before " + std::to_string(end) +
                               ", or use tweedie or first_hitting with absorbing noise");
    const int n_steps = sampler == nullptr ? 2 : static_cast<int>(sampler->integer_or("steps", 64, 1, 100'000));
    e.times = token_times(from, until, n_steps);
}

/// A step that reveals several tokens takes them for independent, and may make what cannot be.
void require_possible(const Section& data, const Alphabet& alphabet, const TokenExperiment& e) {
    if (!e.model.noise.is_absorbing() || e.sampler == "first_hitting" || e.sampler == "uniformisation") return;
    std::vector<int> x(static_cast<std::size_t>(alphabet.clean.n_positions));
    for (Index i = 0; i < alphabet.clean.n_states(); ++i) {
        alphabet.clean.sequence(i, x);
        if (e.clean[static_cast<std::size_t>(alphabet.space.number(x))] > 0.0) continue;
        std::string name;
        for (const int token : x) name += (name.empty() ? "" : " ") + std::to_string(token);
        data.fail("weights", "the sequence '" + name + "' has weight 0; '" + e.sampler +
                                 "' may reveal it, several tokens at once, and has no posterior there: give it a small "
                                 "weight, or take first_hitting or uniformisation");
    }
}

void read_sampler(const Section& section, TokenExperiment& e) {
    std::vector<std::string> known;
    for (const TokenSamplerInfo& info : token_sampler_list())
        if (info.is_law) known.push_back(info.name);
    e.sampler = section.one_of("name", known);
    if (e.sampler == "theta_trapezoidal") {
        e.options.theta = section.real_or("theta", 0.4, RealRange::positive);
        if (e.options.theta >= 1.0) section.fail("theta", "expected a number in (0, 1)");
    }
    if (e.sampler == "euler" || e.sampler == "tau_leaping" || e.sampler == "theta_trapezoidal")
        e.options.remasking = section.real_or("remasking", 0.0, RealRange::non_negative);
    if (e.sampler == "low_confidence")
        e.options.temperature = section.real_or("temperature", 1.0, RealRange::non_negative);
    for (const TokenSamplerInfo& info : token_sampler_list())
        if (info.name == e.sampler && info.absorbing_only && !e.model.noise.is_absorbing())
            section.fail("name", "'" + e.sampler + "' is for absorbing noise");
}

/// The posterior of the composed laws, and the law it is meant for: prod p_k^((1 + beta) / n) / p_0^beta.
void read_guidance(const Section& root, const Alphabet& alphabet, TokenExperiment& e) {
    const auto section = root.find_section("guidance");
    if (!section) return;
    Composition composition;
    composition.beta = section->real("beta");
    composition.pool = pool_of(section->one_of_or("pool", "mean", {"mean", "max", "min_entropy"}));
    composition.top_p = section->real_or("top_p", 1.0, RealRange::positive);
    composition.temperature = section->real_or("temperature", 1.0, RealRange::positive);
    const auto part = [&](const std::vector<double>& law) {
        return std::make_shared<const EnumeratedPosterior>(e.space, law, e.model.noise);
    };
    std::vector<std::shared_ptr<const TokenPosterior>> conditionals;
    std::vector<double> logs;
    const auto log_of = [](double p) { return std::log(p); };
    for (const Section& condition : section->sections("conditions")) {
        const std::vector<double> law = read_law(condition, alphabet);
        conditionals.push_back(part(law));
        std::transform(law.begin(), law.end(), std::back_inserter(logs), log_of);
    }
    if (conditionals.empty()) section->fail("conditions", "expected one [[guidance.conditions]] or more");
    std::vector<double> unconditional;
    std::transform(e.clean.begin(), e.clean.end(), std::back_inserter(unconditional), log_of);
    Composition whole = composition;  // of whole sequences, without what acts on single tokens
    whole.top_p = 1.0;
    located(*section, "beta", [&] {
        e.wanted = compose_laws(logs, unconditional, whole).law.probabilities();
        e.model.posterior = std::make_shared<const ComposedPosterior>(conditionals, part(e.clean), composition);
        return 0;
    });
}

}  // namespace

TokenExperiment read_tokens(const Section& root, const Section* sampler) {
    const Section data = root.section("data"), noise = root.section("noise");
    data.one_of("kind", {"tokens"});
    const auto V = static_cast<int>(data.integer("tokens", 2, 1000)),
               D = static_cast<int>(data.integer("positions", 1, 32));
    const TokenSchedule schedule =
        TokenSchedule::named(noise.one_of_or("clock", "linear", {"exponential", "linear", "cosine"}));
    TokenExperiment e{.space = {},
                      .clean = {},
                      .wanted = {},
                      .model = {read_noise(noise, V, schedule), nullptr},
                      .sampler = {},
                      .options = {},
                      .times = {}};
    e.space = {e.model.noise.n_tokens(), D};
    if (std::pow(e.space.n_tokens, D) > static_cast<double>(most_states))
        data.fail("positions", std::to_string(e.space.n_tokens) + "^" + std::to_string(D) +
                                   " sequences; laws on more than " + std::to_string(most_states) +
                                   " are not written out");
    const Alphabet alphabet{{V, D}, e.space};
    e.clean = read_law(data, alphabet);
    e.wanted = e.clean;
    e.model.posterior = std::make_shared<const EnumeratedPosterior>(e.space, e.clean, e.model.noise);
    if (sampler != nullptr) {
        read_sampler(*sampler, e);
        require_possible(data, alphabet, e);
    }
    read_times(noise, sampler, e);
    read_guidance(root, alphabet, e);
    return e;
}

}  // namespace dynkin::reading
