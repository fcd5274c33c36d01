#include "apps/lm/generate_parts.hpp"
#include "apps/run/provenance.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/store/run_writer.hpp"
#include "solvers/store/text_file.hpp"

#include <algorithm>
#include <limits>

namespace dynkin::language {
namespace {

void require_sequences(const GenerateOptions& o, const std::optional<Composition>& composition) {
    const auto refuse = [](const std::string& what) { throw ConfigError("--particles: " + what); };
    if (!composition) refuse("weights belong to a composition; give contexts, or --guidance");
    const lm::TokenFilters& f = o.filters;
    if (f.temperature != 1.0 || f.top_k != 0 || f.top_p != 1.0 || f.min_p != 0.0 || f.repetition_penalty != 1.0)
        refuse(
            "filters of tokens are no composition of sequences; leave temperature, top-k, top-p, min-p and "
            "repetition penalty out");
    if (o.n_samples != 1 || !o.stops.empty()) refuse("neither -n nor --stop; the particles are the samples");
}

std::string text_of(const lm::Tokenizer& tokenizer, const std::vector<int>& tokens) {
    lm::StreamDecoder stream(tokenizer, lm::TextPosition::continuation);
    std::string text;
    for (const int token : tokens) text += stream.push(token);
    return text + stream.finish();
}

}  // namespace

WeightedGeneration generate_weighted_texts(const GenerateOptions& o) {
    PreparedGeneration prepared = prepare(o);
    require_sequences(o, prepared.composition);
    lm::WeightedGenerationOptions options;
    options.composition = *prepared.composition;
    options.n_particles = static_cast<std::size_t>(o.n_particles);
    options.n_tokens = o.max_tokens;
    options.stop_tokens = prepared.files.tokenizer.end_tokens();
    options.seed = o.seed;
    WeightedGeneration out;
    out.prompt = o.prompt;
    out.particles = lm::generate_weighted(prepared.decoder, prepared.request, options);
    for (const auto& tokens : out.particles.tokens) out.texts.push_back(text_of(prepared.files.tokenizer, tokens));
    out.seed = o.seed;
    out.settings = prepared.settings;
    return out;
}

std::string to_json(const WeightedGeneration& texts) {
    nlohmann::ordered_json out{{"prompt", texts.prompt}, {"particles", nlohmann::ordered_json::array()}};
    for (std::size_t p = 0; p < texts.texts.size(); ++p)
        out["particles"].push_back(
            {{"text", texts.texts[p]}, {"tokens", texts.particles.tokens[p]}, {"weight", texts.particles.weights[p]}});
    out["effective_sizes"] = texts.particles.effective_sizes;
    out["resamplings"] = texts.particles.n_resamplings;
    out["log_mass"] = texts.particles.log_mass;
    out["settings"] = texts.settings;
    return one_line(out);
}

void write_texts(const std::filesystem::path& directory, const WeightedGeneration& texts,
                 const std::string& command_line) {
    const RunIdentity identity = identity_of(texts.settings, command_line);
    const lm::WeightedTexts& w = texts.particles;
    const std::size_t n = w.tokens.size(), steps = std::max<std::size_t>(1, w.effective_sizes.size());
    std::vector<double> tokens(n * steps, std::numeric_limits<double>::quiet_NaN()), sizes = w.effective_sizes;
    sizes.resize(steps, std::numeric_limits<double>::quiet_NaN());
    std::string plain;
    for (std::size_t p = 0; p < n; ++p) {
        std::copy(w.tokens[p].begin(), w.tokens[p].end(), tokens.begin() + static_cast<std::ptrdiff_t>(p * steps));
        plain += number_text(w.weights[p]) + " " + texts.prompt + texts.texts[p] + "\n";
    }
    RunWriter file(directory / "run.h5");
    write_identity(file, "lm generate", texts.seed, identity);
    file.add_dimension("particle", static_cast<Index>(n));
    file.add_dimension("position", static_cast<Index>(steps));
    file.write(file.add_variable("token", {"particle", "position"}, {"1", "token"}), tokens);
    file.write(file.add_variable("weight", {"particle"}, {"1", "weight of the text; their sum is 1"}), w.weights);
    file.write(file.add_variable("effective_size", {"position"}, {"1", "effective part of the particles"}), sizes);
    file.attribute("/", "log_mass", w.log_mass);
    file.attribute("/provenance", "end", utc_now());
    file.close();
    write_text_atomically(directory / "text.txt", plain);
    write_text_atomically(directory / "config.toml", identity.config_text);
}

}  // namespace dynkin::language
