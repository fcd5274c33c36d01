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

LmCommandLine::LmCommandLine(CLI::App& app, std::function<int()>& verb, bool& json, const std::string& command_line)
    : options_(new Options{verb, json, {}}) {
    Options& o = *options_;
    o.output.command_line = o.train.command_line = command_line;
    CLI::App& lm = *app.add_subcommand("lm", "language models: generate, perplexity, train, fill, study");
    lm.require_subcommand(1);

    CLI::App& generate = *lm.add_subcommand("generate", "continue a prompt, from one context or several at once");
    add_model(generate, o.generate);
    generate.add_option("--prompt", o.generate.prompt, "the text to continue; - for standard input");
    generate.add_option("--max-tokens", o.generate.max_tokens, "256")->check(CLI::Range(0, 1 << 30));
    generate.add_option("-n,--samples", o.generate.n_samples, "texts")->check(CLI::Range(1, 1 << 20));
    generate.add_option("--seed", o.generate.seed, "of the draws");
    add_list(generate, "--stop", o.generate.stops, "ends the text before it; may be repeated");
    generate.add_option("--weights", o.generate.weights, "as_stored, fp32, bf16, int8");
    add_filters(generate, o.generate.filters, o.greedy);
    add_composition(generate, o.generate);
    add_positions(generate, o.generate.positions);
    add_threads(generate, o.generate.n_threads);
    add_output(generate, o.output, json, "directory for run.h5, text.txt, config.toml");
    generate.callback([&o] {
        o.choose([&o] {
            if (o.greedy) o.generate.filters.temperature = 0.0;
            return lm_generate(o.generate, o.output, std::cout);
        });
    });

    CLI::App& perplexity = *lm.add_subcommand("perplexity", "loss of the same segments behind more and more context");
    add_model(perplexity, o.perplexity);
    perplexity.add_option("--text", o.perplexity.text, "file")->required();
    perplexity.add_option("--context-lengths", o.lengths, "tokens seen, with commas, such as 64,128,256");
    perplexity.add_option("--segment", o.perplexity.segment, "tokens scored; default 64")
        ->check(CLI::Range(1, 1 << 20));
    perplexity.add_option("--windows", o.perplexity.n_windows, "places of the text; 16")->check(CLI::Range(1, 1 << 20));
    perplexity.add_option("--weights", o.perplexity.weights, "as_stored, fp32, bf16, int8");
    add_positions(perplexity, o.perplexity.positions);
    add_threads(perplexity, o.perplexity.n_threads);
    add_output(perplexity, o.output, json, "directory of the store; default runs/perplexity-<hash>");
    perplexity.callback([&o] {
        o.choose([&o] {
            if (!o.lengths.empty()) o.perplexity.lengths = integers_of(o.lengths, "--context-lengths");
            return lm_perplexity(o.perplexity, o.output, std::cout);
        });
    });

    CLI::App& train = *lm.add_subcommand("train", "train a small model; leaves it as a directory for --model");
    train.add_option("config", o.train.config, "TOML file, - for standard input")->required();
    train.add_option("-s,--set", o.train.overrides, "key=value, overrides the config; may be repeated")
        ->take_all()
        ->allow_extra_args(false);
    train.add_option("-o,--output", o.train.directory, "directory; default runs/<name>-<hash>");
    train.add_flag("--resume", o.train.resume, "go on from the last checkpoint, to the same bits");
    train.add_flag("--fresh", o.train.fresh, "begin anew where a training was stopped");
    add_threads(train, o.train.n_threads);
    train.add_option("--max-wall", o.max_wall, "stop after this time, e.g. 1h30m");
    train.add_flag("--dry-run", o.train.dry_run, "check the config, say what would run");
    train.add_flag("--json", json, "print one JSON object");
    train.add_flag("-q,--quiet", o.train.quiet, "no progress");
    train.callback([&o] {
        o.choose([&o] {
            o.train.json = o.json;
            if (!o.max_wall.empty()) o.train.max_wall = duration_from(o.max_wall);
            return lm_train(o.train, std::cout);
        });
    });

    CLI::App& fill = *lm.add_subcommand("fill", "token diffusion: fill the gaps of a text");
    add_model(fill, o.fill);
    fill.add_option("--text", o.fill.text, "the text with its gaps; - for standard input")->required();
    fill.add_option("--mask", o.fill.mask, "marks one token to be filled; _");
    fill.add_option("--sampler", o.fill.sampler,
                    "first_hitting (exact), tweedie, low_confidence, ...: dynkin samplers");
    fill.add_option("--steps", o.fill.n_steps, "of the sampler, for each block; default as many as masks")
        ->check(CLI::Range(1, 1 << 20));
    fill.add_option("--block-length", o.fill.block_length, "masks filled together, from the left; 0: all");
    fill.add_option("--temperature", o.fill.sampling.temperature, "of low_confidence");
    fill.add_option("--remasking", o.fill.sampling.remasking, "of euler, tau_leaping, theta_trapezoidal");
    fill.add_option("--theta", o.fill.sampling.theta, "of theta_trapezoidal");
    fill.add_option("-n,--samples", o.fill.n_samples, "texts")->check(CLI::Range(1, 1 << 20));
    fill.add_option("--seed", o.fill.seed, "of the draws");
    add_threads(fill, o.fill.n_threads);
    add_output(fill, o.output, json, "directory for run.h5, text.txt, config.toml");
    fill.callback([&o] { o.choose([&o] { return lm_fill(o.fill, o.output, std::cout); }); });

    CLI::App& study = *lm.add_subcommand("study", "published trends on a laptop, with their gates");
    study.require_subcommand(1);
    const auto add_study = [&](const char* name, const char* help, const char* scored) {
        CLI::App& one = *study.add_subcommand(name, help);
        one.add_option("--seed", o.study.seed, "of training and draws");
        if (scored != nullptr) {
            one.add_option("--text", o.study.text, "file, some 100 kB of prose or more")->required();
            one.add_option("--steps", o.study.n_steps, "of training")->check(CLI::Range(1, 1 << 30));
            one.add_option(scored, o.study.n_scored, "scored")->check(CLI::Range(1, 1 << 20));
            add_threads(one, o.study.n_threads);
        }
        add_output(one, o.output, json, "directory of the store; default runs/study-<name>-<hash>");
        one.callback([&o, name = std::string(name)] {
            o.choose([&o, name] { return lm_study(name, o.study, o.output, std::cout); });
        });
        return &one;
    };
    add_study("positions", "position schemes at 8 times the length of training", "--windows")
        ->add_flag("--copying", o.study.copying, "a larger model that copies: tells ReRoPE from a window; minutes");
    add_study("shared-embedding", "loss of a tied decoder before training against its formulas", nullptr);
    add_study("nbce", "decoding from many contexts, one of which matters", "--trials");
}

LmCommandLine::~LmCommandLine() = default;

}  // namespace dynkin::commands
