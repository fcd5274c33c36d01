#include "apps/lm/generate.hpp"

#include "apps/lm/generate_parts.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/store/text_file.hpp"

#include <algorithm>
#include <chrono>

namespace dynkin::language {
namespace {

/// Refused before a model is read; the message is that of the composition itself.
void require_valid(const Composition& composition) {
    const std::vector<double> any{0.0, 0.0};
    compose_laws(any, any, composition);
}

std::optional<Composition> composition_of(const GenerateOptions& o) {
    const bool several = o.contexts.size() > 1;
    if (o.guidance && o.nbce) throw ConfigError("--guidance and --nbce: one of them; both are the same formula");
    if (o.guidance && several)
        throw ConfigError("--guidance takes one context or none; several are composed by --nbce");
    if (o.nbce && o.contexts.empty())
        throw ConfigError("--nbce composes contexts, but there is none; name one or more by --context FILE");
    if (o.negative_prompt && !o.guidance) throw ConfigError("--negative-prompt belongs to --guidance");
    std::optional<Composition> composition;
    if (o.guidance) composition = Composition{.pool = Pool::mean, .beta = *o.guidance};
    if (o.nbce || several)
        composition = Composition{.pool = pool_of(o.nbce.value_or("min_entropy")),
                                  .beta = o.beta.value_or(0.25),
                                  .top_p = o.nbce_top_p.value_or(0.95),
                                  .eta = o.eta.value_or(0.1)};
    if (composition) require_valid(*composition);
    if ((!composition || o.guidance) && (o.beta || o.eta || o.nbce_top_p))
        throw ConfigError("--beta, --eta and --nbce-top-p belong to --nbce; --guidance B has its own beta");
    return composition;
}

std::vector<std::string> read_contexts(const GenerateOptions& o) {
    std::vector<std::string> texts;
    for (const std::string& file : o.contexts) {
        std::string text = read_text(file);
        while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
        if (text.empty()) throw ConfigError("--context: '" + file + "' holds no text");
        texts.push_back(std::move(text));
    }
    return texts;
}

lm::Request request_of(const GenerateOptions& o, const lm::Tokenizer& tokenizer, bool composed) {
    const auto tokens = [&](const std::string& text) { return prompt_tokens(tokenizer, text); };
    lm::Request request;
    for (const std::string& context : read_contexts(o))
        request.contexts.push_back(tokens(context + o.separator + o.prompt));
    const bool without = request.contexts.empty();
    if (without) request.contexts.push_back(tokens(o.prompt));
    if (composed) request.unconditional = tokens(o.negative_prompt ? *o.negative_prompt : without ? "" : o.prompt);
    return request;
}

std::int64_t longest_prompt(const lm::Request& request) {
    std::size_t most = request.unconditional.size();
    for (const auto& prompt : request.contexts) most = std::max(most, prompt.size());
    return static_cast<std::int64_t>(most);
}

Settings settings_of(const GenerateOptions& o, const std::optional<Composition>& composition,
                     const lm::PositionSpec& positions) {
    Settings s{{"command", "lm generate"}, {"model", o.model}};
    if (!o.tokenizer.empty()) s["tokenizer"] = o.tokenizer;
    s["weights"] = lm::name_of(weights_of(o.weights));
    s["positions"] = text_of(positions);
    s["prompt"] = o.prompt;
    if (!o.contexts.empty()) s["contexts"] = o.contexts;
    if (!o.contexts.empty()) s["separator"] = o.separator;
    s["max_tokens"] = o.max_tokens;
    s["samples"] = o.n_samples;
    s["seed"] = o.seed;
    s["temperature"] = o.filters.temperature;
    s["top_k"] = o.filters.top_k;
    s["top_p"] = o.filters.top_p;
    s["min_p"] = o.filters.min_p;
    s["repetition_penalty"] = o.filters.repetition_penalty;
    if (o.n_particles > 0) s["particles"] = o.n_particles;
    if (!o.stops.empty()) s["stop"] = o.stops;
    if (!composition) return s;
    s["pool"] = o.nbce || o.contexts.size() > 1 ? o.nbce.value_or("min_entropy") : "mean";
    s["beta"] = composition->beta;
    s["eta"] = composition->eta;
    s["nbce_top_p"] = composition->top_p;
    if (o.negative_prompt) s["negative_prompt"] = *o.negative_prompt;
    return s;
}

}  // namespace

PreparedGeneration prepare(const GenerateOptions& o) {
    std::optional<Composition> composition = composition_of(o);
    lm::validate(o.filters);
    const lm::WeightFormat weights = weights_of(o.weights);
    ModelFiles files = open_model(o.model, o.tokenizer);
    if (files.task() == Task::masked)
        throw ConfigError(o.model + ": was trained to restore masked tokens; dynkin lm fill runs it");
    const ChosenPositions chosen = choose_positions(o.positions, files);
    lm::Request request = request_of(o, files.tokenizer, composition.has_value());
    const std::int64_t prompt = longest_prompt(request);
    required_length(chosen, prompt, o.contexts.empty() ? "--prompt" : "--context and --prompt");
    const std::int64_t length = chosen.max_length > 0 ? chosen.max_length : prompt + o.max_tokens;
    lm::Decoder decoder(
        files.checkpoint,
        {.positions = chosen.spec, .weights = weights, .max_length = length, .n_threads = threads_of(o.n_threads)});
    Settings settings = settings_of(o, composition, chosen.spec);
    return {composition, std::move(files), std::move(request), std::move(decoder), std::move(settings)};
}

GeneratedTexts generate_texts(const GenerateOptions& o, const RunControl& control, const ShowText& show) {
    PreparedGeneration prepared = prepare(o);
    lm::GenerationOptions options;
    options.max_tokens = o.max_tokens;
    options.filters = o.filters;
    options.composition = prepared.composition;
    options.seed = o.seed;
    options.stop_tokens = prepared.files.tokenizer.end_tokens();
    options.stop_strings = o.stops;
    options.tokenizer = &prepared.files.tokenizer;
    options.record = true;
    GeneratedTexts out;
    out.prompt = o.prompt;
    out.n_contexts = prepared.composition ? prepared.request.contexts.size() : 0;
    out.seed = o.seed;
    out.settings = prepared.settings;
    const std::vector<lm::Request> requests(o.n_samples, prepared.request);
    const auto start = std::chrono::steady_clock::now();
    out.texts = lm::generate(prepared.decoder, requests, options, [&](const lm::TokenEvent& event) {
        if (show && !event.text.empty()) show(event.request, event.text);
        return !is_stopped(control);
    });
    out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return out;
}

std::string to_json(const GeneratedTexts& texts) {
    nlohmann::ordered_json out{{"prompt", texts.prompt}, {"samples", nlohmann::ordered_json::array()}};
    std::size_t n_tokens = 0;
    for (const lm::Generated& text : texts.texts) {
        double log_probability = 0.0;
        std::vector<int> contexts;
        for (const lm::TokenRecord& record : text.records) {
            log_probability += record.log_probability;
            contexts.push_back(record.context);
        }
        out["samples"].push_back({{"text", text.text},
                                  {"tokens", text.tokens},
                                  {"log_probability", log_probability},
                                  {"reason", lm::name_of(text.reason)}});
        if (texts.n_contexts > 1) out["samples"].back()["contexts"] = contexts;
        n_tokens += text.tokens.size();
    }
    out["settings"] = texts.settings;
    out["tokens_per_second"] = texts.seconds > 0.0 ? static_cast<double>(n_tokens) / texts.seconds : 0.0;
    return one_line(out);
}

}  // namespace dynkin::language
