// The command line of the language models. CLI11 stays in this file and in cli.cpp.
#include "apps/commands/cli_lm.hpp"

#include "apps/commands/interruption.hpp"
#include "apps/commands/lm_commands.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace dynkin::commands {

struct LmCommandLine::Options {
    std::function<int()>& verb;
    bool& json;
    LmOutput output;

    language::GenerateOptions generate{};
    bool greedy = false;
    language::PerplexityOptions perplexity{};
    std::string lengths{};
    language::FillOptions fill{};
    language::StudyOptions study{};
    LmTrainOptions train{};
    std::string max_wall{};

    /// Run when the verb has been chosen.
    void choose(const std::function<int()>& body) {
        verb = [this, body] {
            output.json = json;
            return body();
        };
    }

    void add_generate(CLI::App& lm);
    void add_perplexity(CLI::App& lm);
    void add_train(CLI::App& lm);
    void add_fill(CLI::App& lm);
    void add_studies(CLI::App& lm);
};

namespace {

CLI::Option* add_list(CLI::App& verb, const char* name, std::vector<std::string>& values, const char* help) {
    return verb.add_option(name, values, help)->take_all()->allow_extra_args(false);
}

void add_output(CLI::App& verb, LmOutput& output, bool& json, const char* directory) {
    verb.add_option("-o,--output", output.directory, directory);
    verb.add_flag("--json", json, "print one JSON object");
    verb.add_flag("-q,--quiet", output.quiet, "no progress");
}

void add_threads(CLI::App& verb, int& n_threads) {
    verb.add_option("--threads", n_threads, "threads; results do not depend on it")->check(CLI::Range(1, 4096));
}

template <class Options>
void add_model(CLI::App& verb, Options& options) {
    verb.add_option("--model", options.model, "directory with config.json, or a file of llama2.c")->required();
    verb.add_option("--tokenizer", options.tokenizer, "tokenizer.json or tokenizer.bin; default: in the directory");
}

void add_positions(CLI::App& verb, language::PositionOptions& p) {
    verb.add_option("--positions", p.scheme,
                    "rope, interpolation, ntk_fixed, ntk_mixed, leaky_rerope, rerope, inv_leaky, sliding_window");
    verb.add_option("--window", p.window, "w of leaky_rerope, rerope, inv_leaky, sliding_window");
    verb.add_option("--factor", p.factor, "k of interpolation, ntk_fixed, ntk_mixed, leaky_rerope");
    verb.add_option("--expansion", p.expansion, "of inv_leaky: how many times longer the context is than in training");
    verb.add_option("--base-factor", p.base_factor, "times the base of the frequencies");
    verb.add_option("--scale", p.scale, "of scores: none, log_n, log_n_test");
    verb.add_option("--training-length", p.training_length, "L of the scale; default: the context of the model");
    verb.add_option("--max-length", p.max_length, "tokens of a sequence, whatever the positions")
        ->check(CLI::Range(1, 1 << 30));
}

void add_composition(CLI::App& verb, language::GenerateOptions& o) {
    add_list(verb, "--context", o.contexts, "file put in front of the prompt; several are composed");
    verb.add_option("--separator", o.separator, "between context and prompt; default a new line");
    verb.add_option("--nbce", o.nbce, "compose contexts: min_entropy (default for several), mean, max");
    verb.add_option("--beta", o.beta, "of the composition; 0.25");
    verb.add_option("--eta", o.eta, "taken off the entropy of the context used last; 0.1");
    verb.add_option("--nbce-top-p", o.nbce_top_p, "truncation of every law before; 0.95");
    verb.add_option("--guidance", o.guidance, "classifier-free guidance or context-aware decoding of weight B");
    verb.add_option("--particles", o.n_particles, "compose whole sequences: so many texts with weights")
        ->check(CLI::Range(1, 1 << 20));
    verb.add_option("--negative-prompt", o.negative_prompt, "what guidance leads away from");
}

void add_filters(CLI::App& verb, lm::TokenFilters& f, bool& greedy) {
    verb.add_option("--temperature", f.temperature, "0: the most probable token");
    verb.add_option("--top-k", f.top_k, "the k most probable tokens; 0: all");
    verb.add_option("--top-p", f.top_p, "the fewest tokens of this probability together");
    verb.add_option("--min-p", f.min_p, "tokens of this part of the largest probability");
    verb.add_option("--repetition-penalty", f.repetition_penalty, "> 1: tokens drawn before become less likely");
    verb.add_option("--repetition-window", f.repetition_window, "the last tokens that count; 0: all");
    verb.add_flag("--greedy", greedy, "temperature 0");
}

}  // namespace

void LmCommandLine::Options::add_generate(CLI::App& lm) {
    CLI::App& app = *lm.add_subcommand("generate", "continue a prompt, from one context or several at once");
    add_model(app, generate);
    app.add_option("--prompt", generate.prompt, "the text to continue; - for standard input");
    app.add_option("--max-tokens", generate.max_tokens, "256")->check(CLI::Range(0, 1 << 30));
    app.add_option("-n,--samples", generate.n_samples, "texts")->check(CLI::Range(1, 1 << 20));
    app.add_option("--seed", generate.seed, "of the draws")->check(CLI::NonNegativeNumber);
    add_list(app, "--stop", generate.stops, "ends the text before it; may be repeated");
    app.add_option("--weights", generate.weights, "as_stored, fp32, bf16, int8");
    add_filters(app, generate.filters, greedy);
    add_composition(app, generate);
    add_positions(app, generate.positions);
    add_threads(app, generate.n_threads);
    add_output(app, output, json, "directory for run.h5, text.txt, config.toml");
    app.callback([this] {
        choose([this] {
            if (greedy) generate.filters.temperature = 0.0;
            return lm_generate(generate, output, std::cout);
        });
    });
}

void LmCommandLine::Options::add_perplexity(CLI::App& lm) {
    CLI::App& app = *lm.add_subcommand("perplexity", "loss of the same segments behind more and more context");
    add_model(app, perplexity);
    app.add_option("--text", perplexity.text, "file")->required();
    app.add_option("--context-lengths", lengths, "tokens seen, with commas, such as 64,128,256");
    app.add_option("--segment", perplexity.segment, "tokens scored; default 64")->check(CLI::Range(1, 1 << 20));
    app.add_option("--windows", perplexity.n_windows, "places of the text; 16")->check(CLI::Range(1, 1 << 20));
    app.add_option("--weights", perplexity.weights, "as_stored, fp32, bf16, int8");
    add_positions(app, perplexity.positions);
    add_threads(app, perplexity.n_threads);
    add_output(app, output, json, "directory of the store; default runs/perplexity-<hash>");
    app.callback([this] {
        choose([this] {
            if (!lengths.empty()) perplexity.lengths = integers_of(lengths, "--context-lengths");
            return lm_perplexity(perplexity, output, std::cout);
        });
    });
}

void LmCommandLine::Options::add_train(CLI::App& lm) {
    CLI::App& app = *lm.add_subcommand("train", "train a small model; leaves it as a directory for --model");
    app.add_option("config", train.config, "TOML file, - for standard input")->required();
    app.add_option("-s,--set", train.overrides, "key=value, overrides the config; may be repeated")
        ->take_all()
        ->allow_extra_args(false);
    app.add_option("-o,--output", train.directory, "directory; default runs/<name>-<hash>");
    app.add_flag("--resume", train.resume, "go on from the last checkpoint, to the same bits");
    app.add_flag("--fresh", train.fresh, "begin anew where a training was stopped");
    add_threads(app, train.n_threads);
    app.add_option("--max-wall", max_wall, "stop after this time, e.g. 1h30m");
    app.add_flag("--dry-run", train.dry_run, "check the config, say what would run");
    app.add_flag("--json", json, "print one JSON object");
    app.add_flag("-q,--quiet", train.quiet, "no progress");
    app.callback([this] {
        choose([this] {
            train.json = json;
            if (!max_wall.empty()) train.max_wall = duration_from(max_wall);
            return lm_train(train, std::cout);
        });
    });
}

void LmCommandLine::Options::add_fill(CLI::App& lm) {
    CLI::App& app = *lm.add_subcommand("fill", "token diffusion: fill the gaps of a text");
    add_model(app, fill);
    app.add_option("--text", fill.text, "the text with its gaps; - for standard input")->required();
    app.add_option("--mask", fill.mask, "marks one token to be filled; _");
    app.add_option("--sampler", fill.sampler, "first_hitting (exact), tweedie, low_confidence, ...: dynkin samplers");
    app.add_option("--steps", fill.n_steps, "of the sampler, for each block; default as many as masks")
        ->check(CLI::Range(1, 1 << 20));
    app.add_option("--block-length", fill.block_length, "masks filled together, from the left; 0: all");
    app.add_option("--temperature", fill.sampling.temperature, "of low_confidence");
    app.add_option("--remasking", fill.sampling.remasking, "of euler, tau_leaping, theta_trapezoidal");
    app.add_option("--theta", fill.sampling.theta, "of theta_trapezoidal");
    app.add_option("-n,--samples", fill.n_samples, "texts")->check(CLI::Range(1, 1 << 20));
    app.add_option("--seed", fill.seed, "of the draws")->check(CLI::NonNegativeNumber);
    add_threads(app, fill.n_threads);
    add_output(app, output, json, "directory for run.h5, text.txt, config.toml");
    app.callback([this] { choose([this] { return lm_fill(fill, output, std::cout); }); });
}

void LmCommandLine::Options::add_studies(CLI::App& lm) {
    CLI::App& app = *lm.add_subcommand("study", "published trends on a laptop, with their gates");
    app.require_subcommand(1);
    const auto add_study = [&](const char* name, const char* help, const char* scored) {
        CLI::App& one = *app.add_subcommand(name, help);
        one.add_option("--seed", study.seed, "of training and draws")->check(CLI::NonNegativeNumber);
        if (scored != nullptr) {
            one.add_option("--text", study.text, "file, some 100 kB of prose or more")->required();
            one.add_option("--steps", study.n_steps, "of training")->check(CLI::Range(1, 1 << 30));
            one.add_option(scored, study.n_scored, "scored")->check(CLI::Range(1, 1 << 20));
            add_threads(one, study.n_threads);
        }
        add_output(one, output, json, "directory of the store; default runs/study-<name>-<hash>");
        one.callback([this, name = std::string(name)] {
            choose([this, name] { return lm_study(name, study, output, std::cout); });
        });
        return &one;
    };
    add_study("positions", "position schemes at 8 times the length of training", "--windows")
        ->add_flag("--copying", study.copying, "a larger model that copies: tells ReRoPE from a window; minutes");
    add_study("shared-embedding", "loss of a tied decoder before training against its formulas", nullptr);
    add_study("nbce", "decoding from many contexts, one of which matters", "--trials");
}

LmCommandLine::LmCommandLine(CLI::App& app, std::function<int()>& verb, bool& json, const std::string& command_line)
    : options_(new Options{verb, json, {}}) {
    options_->output.command_line = options_->train.command_line = command_line;
    CLI::App& lm = *app.add_subcommand("lm", "language models: generate, perplexity, train, fill, study");
    lm.require_subcommand(1);
    options_->add_generate(lm);
    options_->add_perplexity(lm);
    options_->add_train(lm);
    options_->add_fill(lm);
    options_->add_studies(lm);
}

LmCommandLine::~LmCommandLine() = default;

}  // namespace dynkin::commands
