#include "apps/lm/position_options.hpp"
#include "apps/lm/settings.hpp"
#include "apps/lm/training_experiment.hpp"
#include "apps/run/read_parts.hpp"
#include "models/lm/byte_pair_training.hpp"
#include "models/lm/tokenizer_json.hpp"
#include "solvers/store/sha256.hpp"
#include "solvers/store/text_file.hpp"

#include <cstdio>

namespace dynkin::language {
namespace {

using reading::located;
constexpr std::int64_t most = 1'000'000'000;

/// A relative name starts at the config's directory, or else where the command runs.
std::filesystem::path found_beside(const std::filesystem::path& directory, const std::string& name) {
    const std::filesystem::path beside = directory / name;
    return std::filesystem::exists(beside) ? beside : std::filesystem::path(name);
}

struct ReadText {
    lm::Tokenizer tokenizer;
    std::vector<int> training, held_out;
    std::string hash;
};

ReadText read_the_text(const Section& section, Task task, const std::filesystem::path& directory) {
    const std::string text = read_text(found_beside(directory, section.text("file")));
    const std::string name = section.text_or("tokenizer", "characters");
    const std::vector<std::string> special =
        task == Task::masked ? std::vector<std::string>{mask_name} : std::vector<std::string>{};
    lm::Tokenizer tokenizer = located(section, "tokenizer", [&] {
        if (name == "characters") return lm::character_tokenizer(text, special);
        if (name == "bytes") return lm::byte_tokenizer(special);
        if (name == "bpe") {
            const auto vocabulary = static_cast<int>(section.integer_or("vocabulary", 512, 258, 1 << 20));
            return lm::train_byte_pairs(text, {.vocabulary = vocabulary, .special = special});
        }
        return lm::read_tokenizer(found_beside(directory, name));
    });
    if (task == Task::masked && tokenizer.find(mask_name) != tokenizer.vocabulary() - 1)
        section.fail("tokenizer", std::string("the last token must be ") + mask_name +
                                      " to train on masked tokens; \"characters\", \"bytes\" and \"bpe\" add it");
    std::vector<int> tokens = tokenizer.encode(text, false, lm::SpecialTokens::as_text);
    const double share = section.real_or("held_out", 0.1, RealRange::non_negative);
    if (share >= 1.0) section.fail("held_out", "expected a part of the text, below 1");
    const auto n_training = static_cast<std::ptrdiff_t>(tokens.size()) -
                            static_cast<std::ptrdiff_t>(static_cast<double>(tokens.size()) * share);
    return {tokenizer,
            {tokens.begin(), tokens.begin() + n_training},
            {tokens.begin() + n_training, tokens.end()},
            sha256_hex(text)};
}

lm::PositionSpec read_positions(const Section& model, std::int64_t length) {
    const Section section = model.section_or_empty("positions");
    lm::PositionSpec spec;
    spec.scheme = located(section, "scheme", [&] { return lm::position_scheme_of(section.text_or("scheme", "rope")); });
    spec.window = section.integer_or("window", 0, 0, most);
    spec.factor = section.real_or("factor", 0.0, RealRange::non_negative);
    spec.expansion = section.real_or("expansion", 0.0, RealRange::non_negative);
    spec.base_factor = section.real_or("base_factor", 1.0, RealRange::positive);
    spec.scale = located(section, "scale", [&] { return lm::attention_scale_of(section.text_or("scale", "none")); });
    const bool scaled = spec.scale != lm::AttentionScale::none;
    spec.training_length = section.integer_or("training_length", scaled ? length : 0, 0, most);
    return spec;
}

lm::DecoderSpec read_decoder(const Section& section, Task task, std::int64_t vocabulary, std::int64_t length) {
    lm::DecoderSpec spec;
    lm::DecoderShape& s = spec.shape;
    s.vocabulary = vocabulary;
    s.width = section.integer_or("width", 64, 2, most);
    s.n_layers = section.integer_or("layers", 2, 1, most);
    s.n_heads = section.integer_or("heads", 2, 1, most);
    s.n_kv_heads = section.integer_or("kv_heads", s.n_heads, 1, most);
    if (s.width % s.n_heads != 0 && !section.has("head_width"))
        section.fail("heads", "width = " + std::to_string(s.width) + " is no multiple of " + std::to_string(s.n_heads));
    s.head_width = section.integer_or("head_width", s.width / s.n_heads, 1, most);
    s.hidden = section.integer_or("hidden", s.width * 11 / 4, 1, most);
    s.context = section.integer_or("context", length, 1, most);
    s.rotary_base = section.real_or("rotary_base", 10000.0, RealRange::positive);
    s.rotary_pairing = lm::RotaryPairing::halves;
    if (s.context < length)
        section.fail("context",
                     std::to_string(s.context) + " is less than training.length = " + std::to_string(length));
    spec.head = located(section, "head", [&] { return lm::output_head_of(section.text_or("head", "tied_shuffle")); });
    s.tied_output = spec.head == lm::OutputHead::tied;
    spec.attention = task == Task::masked ? lm::Attention::bidirectional : lm::Attention::causal;
    spec.positions = read_positions(section, length);
    located(section, "positions", [&] {
        lm::validate(s, "the decoder");
        const lm::RotaryPositions checked(spec.positions, s);
        return 0;
    });
    return spec;
}

lm::TrainingOptions read_options(const Section& section) {
    lm::TrainingOptions o;
    o.n_steps = section.integer_or("steps", 600, 1, most);
    o.rows_per_step = section.integer_or("rows", 32, 1, most);
    o.rows_per_block = section.integer_or("rows_per_block", 8, 1, most);
    o.seed = static_cast<std::uint64_t>(section.integer_or("seed", 1, 0));
    o.n_threads = static_cast<int>(section.integer_or("threads", 0, 0, 4096));
    o.learning_rate.peak = section.real_or("learning_rate", 2e-3, RealRange::positive);
    o.learning_rate.warm_up = section.integer_or("warm_up", 50, 1, most);
    o.learning_rate.last = section.real_or("last_rate", 0.1, RealRange::positive);
    o.adam_w.decay = section.real_or("decay", 0.05, RealRange::non_negative);
    o.adam_w.clip_norm = section.real_or("clip_norm", 1.0, RealRange::positive);
    o.adam_w.beta1 = section.real_or("beta1", 0.9, RealRange::non_negative);
    o.adam_w.beta2 = section.real_or("beta2", 0.95, RealRange::non_negative);
    located(section, "learning_rate", [&] {
        lm::validate(o.adam_w, o.learning_rate);
        return 0;
    });
    return o;
}

std::shared_ptr<const lm::BatchSource> source_of(const TrainingExperiment& e, std::vector<int> tokens,
                                                 double repeating) {
    const std::int64_t longest = e.task == Task::masked ? e.length : e.length + 1;
    auto windows = std::make_shared<lm::TextWindows>(std::move(tokens), longest, repeating);
    if (e.task == Task::next_token) return std::make_shared<lm::NextTokenRows>(windows, e.length);
    const TokenNoise noise = TokenNoise::absorbing(e.tokenizer.vocabulary(), TokenSchedule::Kind::linear);
    return std::make_shared<lm::MaskedRows>(windows, e.length, noise);
}

}  // namespace

bool is_training(const Config& config) {
    return config.root().has("text");
}

TrainingExperiment read_training(Config& config, const std::filesystem::path& directory) {
    const Section root = config.root();
    const std::string name = reading::read_name(config);
    const Section text_section = root.section("text"), model = root.section_or_empty("model"),
                  training = root.section_or_empty("training");
    const Task task = task_of(model.one_of_or("task", "next_token", {"next_token", "masked"}));
    ReadText text = read_the_text(text_section, task, directory);
    TrainingExperiment e{.name = name, .tokenizer = text.tokenizer, .task = task, .spec = {}, .options = {}};
    e.length = training.integer_or("length", 64, 2, most);
    e.spec = read_decoder(model, task, e.tokenizer.vocabulary(), e.length);
    e.options = read_options(training);
    e.checkpoint_every = training.integer_or("checkpoint_every", 0, 0, most);
    e.evaluate_every =
        training.integer_or("evaluate_every", std::max<std::int64_t>(1, e.options.n_steps / 20), 0, most);
    const double repeating = text_section.real_or("repeating", 0.0, RealRange::non_negative);
    e.n_training_tokens = static_cast<std::int64_t>(text.training.size());
    e.n_held_out_tokens = static_cast<std::int64_t>(text.held_out.size());
    e.training = located(text_section, "file", [&] { return source_of(e, std::move(text.training), repeating); });
    if (e.n_held_out_tokens > 0 && e.evaluate_every > 0)
        e.held_out =
            located(text_section, "held_out", [&] { return source_of(e, std::move(text.held_out), repeating); });
    e.description = "text = " + text.hash +
                    "\ntokenizer = " + sha256_hex(lm::tokenizer_files(e.tokenizer).tokenizer_json) +
                    "\ntask = " + name_of(task) + "\ntraining_tokens = " + std::to_string(e.n_training_tokens) +
                    "\nlength = " + std::to_string(e.length) + "\nrepeating = " + number_text(repeating) + "\n" +
                    lm::describe(e.spec, e.options);
    config.require_all_read();
    for (const char* key : {"title", "name", "training.threads", "training.checkpoint_every"})
        config.exclude_from_hash(key);
    return e;
}

std::string plan_of(const TrainingExperiment& e) {
    char text[600];
    std::snprintf(text, sizeof text,
                  "%s: %s, %lld tokens to train on, %lld held out, vocabulary %d\n"
                  "  decoder: %lld parameters, width %lld, %lld layers, %lld heads, head %s, positions %s\n"
                  "  training: %lld steps of %lld rows of %lld tokens, seed %llu\n",
                  e.name.c_str(), name_of(e.task).c_str(), static_cast<long long>(e.n_training_tokens),
                  static_cast<long long>(e.n_held_out_tokens), e.tokenizer.vocabulary(),
                  static_cast<long long>(e.n_parameters()), static_cast<long long>(e.spec.shape.width),
                  static_cast<long long>(e.spec.shape.n_layers), static_cast<long long>(e.spec.shape.n_heads),
                  lm::name_of(e.spec.head).c_str(), text_of(e.spec.positions).c_str(),
                  static_cast<long long>(e.options.n_steps), static_cast<long long>(e.options.rows_per_step),
                  static_cast<long long>(e.length), static_cast<unsigned long long>(e.options.seed));
    return text;
}

}  // namespace dynkin::language
