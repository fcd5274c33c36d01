#include "apps/lm/fill.hpp"

#include "apps/run/provenance.hpp"
#include "models/lm/train/masked_denoiser.hpp"
#include "models/lm/train/trained_checkpoint.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/particle/parallel.hpp"
#include "solvers/sampling/token_infill.hpp"
#include "solvers/store/run_writer.hpp"
#include "solvers/store/text_file.hpp"

#include <algorithm>
#include <chrono>

namespace dynkin::language {
namespace {

constexpr double first_time = 0.98;  // of samplers with rates, which are infinite at 1
constexpr std::uint64_t finishing_path = std::uint64_t{1} << 32;
constexpr double last_time = 1e-3;  // of uniformisation, whose rates are infinite at 0

lm::DecoderSpec denoiser_spec(const ModelFiles& files) {
    lm::DecoderSpec spec;
    spec.shape = files.checkpoint.shape();
    spec.head = spec.shape.tied_output ? lm::OutputHead::tied : lm::OutputHead::untied;
    spec.attention = lm::Attention::bidirectional;
    spec.positions = files.trained->positions;
    return spec;
}

std::vector<int> tokens_of(const FillOptions& o, const lm::Tokenizer& tokenizer, int mask) {
    if (o.mask.empty()) throw ConfigError("--mask: expected a text of one character or more");
    std::vector<int> tokens;
    const auto append = [&](const std::string& piece) {
        const std::vector<int> more = tokenizer.encode(piece, false, lm::SpecialTokens::as_text);
        tokens.insert(tokens.end(), more.begin(), more.end());
    };
    std::size_t from = 0;
    for (std::size_t at; (at = o.text.find(o.mask, from)) != std::string::npos; from = at + o.mask.size()) {
        append(o.text.substr(from, at - from));
        tokens.push_back(mask);
    }
    append(o.text.substr(from));
    if (std::find(tokens.begin(), tokens.end(), mask) == tokens.end())
        throw ConfigError("--text: nothing to fill; mark gaps by '" + o.mask + "', one for each token");
    return tokens;
}

std::string text_of(const std::vector<int>& tokens, const lm::Tokenizer& tokenizer) {
    std::string text;
    for (const int token : tokens) text += tokenizer.bytes_of(token);
    return text;
}

std::vector<double> times_of(const FillOptions& o, int n_masks) {
    const bool from_the_end = o.sampler == "first_hitting" || o.sampler == "tweedie" || o.sampler == "low_confidence";
    const int n_steps = o.n_steps > 0 ? o.n_steps : o.sampler == "first_hitting" ? 1 : n_masks;
    return token_times(from_the_end ? 1.0 : first_time, o.sampler == "uniformisation" ? last_time : 0.0, n_steps);
}

Settings settings_of(const FillOptions& o, int n_steps) {
    Settings s{{"command", "lm fill"}, {"model", o.model}, {"text", o.text}, {"mask", o.mask}, {"sampler", o.sampler}};
    s["steps"] = n_steps;
    s["block_length"] = o.block_length;
    if (o.sampler == "theta_trapezoidal") s["theta"] = o.sampling.theta;
    s["remasking"] = o.sampling.remasking;
    s["temperature"] = o.sampling.temperature;
    s["samples"] = o.n_samples;
    s["seed"] = o.seed;
    return s;
}

}  // namespace

FilledTexts fill_text(const FillOptions& o, const RunControl& control) {
    const auto sampler = make_token_sampler(o.sampler, o.sampling);
    if (!sampler->info().is_law)
        throw ConfigError("--sampler: '" + o.sampler + "' is a signed kernel; nothing can be drawn");
    const ModelFiles files = open_model(o.model, o.tokenizer);
    if (files.task() != Task::masked)
        throw ConfigError(o.model + ": gives the next token, not masked ones; train one with model.task = \"masked\"");
    const std::optional<int> mask = files.tokenizer.find(mask_name);
    const int last = static_cast<int>(files.checkpoint.shape().vocabulary) - 1;
    if (!mask || *mask != last)
        throw ConfigError(o.model + ": the last token of the model is not " + mask_name + " in the tokenizer");

    FilledTexts out;
    out.given = tokens_of(o, files.tokenizer, *mask);
    out.mask = *mask;
    out.seed = o.seed;
    const std::int64_t n = static_cast<std::int64_t>(out.given.size()), context = files.checkpoint.shape().context;
    if (n > context)
        throw ConfigError("--text: " + std::to_string(n) + " tokens, but the context has room for " +
                          std::to_string(context));
    const auto n_masks = static_cast<int>(std::count(out.given.begin(), out.given.end(), *mask));
    const std::vector<double> times = times_of(o, o.block_length > 0 ? std::min(n_masks, o.block_length) : n_masks);
    const TokenModel model{TokenNoise::absorbing(last + 1, TokenSchedule::Kind::linear),
                           std::make_shared<lm::MaskedDenoiser>(
                               denoiser_spec(files), lm::parameters_of(files.checkpoint), static_cast<int>(n))};
    out.settings = settings_of(o, static_cast<int>(times.size()) - 1);
    out.tokens.assign(o.n_samples, out.given);
    const auto start = std::chrono::steady_clock::now();
    const auto n_samples = static_cast<std::int64_t>(o.n_samples);
    out.n_finished.assign(o.n_samples, 0);
    const auto exact = make_token_sampler("first_hitting");
    parallel_blocks(n_samples, usable_threads(o.n_threads, n_samples), [&](std::int64_t k, int) {
        if (is_stopped(control)) throw Interrupted("lm fill: stopped");
        const auto sample = static_cast<std::size_t>(k);
        std::vector<int>& tokens = out.tokens[sample];
        fill_masks(*sampler, model, times, o.block_length, tokens, o.seed, static_cast<std::uint64_t>(k));
        out.n_finished[sample] = std::count(tokens.begin(), tokens.end(), *mask);
        if (out.n_finished[sample] > 0)  // paths beyond those of samples, so that no number is used twice
            fill_masks(*exact, model, {1.0, 0.0}, 0, tokens, o.seed, finishing_path + static_cast<std::uint64_t>(k));
    });
    out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    for (const auto& tokens : out.tokens) out.texts.push_back(text_of(tokens, files.tokenizer));
    return out;
}

std::string to_json(const FilledTexts& texts) {
    nlohmann::ordered_json out{{"given", texts.settings["text"]}, {"samples", nlohmann::ordered_json::array()}};
    for (std::size_t k = 0; k < texts.texts.size(); ++k)
        out["samples"].push_back(
            {{"text", texts.texts[k]}, {"tokens", texts.tokens[k]}, {"finished", texts.n_finished[k]}});
    out["settings"] = texts.settings;
    out["seconds"] = texts.seconds;
    return one_line(out);
}

void write_filled(const std::filesystem::path& directory, const FilledTexts& texts, const std::string& command_line) {
    const RunIdentity identity = identity_of(texts.settings, command_line);
    RunWriter file(directory / "run.h5");
    write_identity(file, "lm fill", texts.seed, identity);
    file.add_dimension("sample", static_cast<Index>(texts.tokens.size()));
    file.add_dimension("position", static_cast<Index>(texts.given.size()));
    std::vector<double> all;
    std::string plain;
    for (std::size_t k = 0; k < texts.tokens.size(); ++k) {
        all.insert(all.end(), texts.tokens[k].begin(), texts.tokens[k].end());
        plain += texts.texts[k] + "\n";
    }
    const std::vector<double> given(texts.given.begin(), texts.given.end());
    file.write(
        file.add_variable("given", {"position"}, {"1", "token before, the last one of the vocabulary is the mask"}),
        given);
    file.write(file.add_variable("token", {"sample", "position"}, {"1", "token after"}), all);
    file.attribute("/provenance", "end", utc_now());
    file.close();
    write_text_atomically(directory / "text.txt", plain);
    write_text_atomically(directory / "config.toml", identity.config_text);
}

}  // namespace dynkin::language
