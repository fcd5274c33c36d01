// `dynkin sample` and `dynkin samplers`.
#include "apps/commands/commands.hpp"
#include "apps/commands/run_directory.hpp"
#include "apps/sample/comparison.hpp"
#include "apps/sample/sampling_run.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/sampling/token_sampler.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>

namespace dynkin::commands {
namespace {

std::vector<std::string> words_of(const std::string& list) {
    std::vector<std::string> words(1);
    for (const char c : list) {
        if (c == ',')
            words.emplace_back();
        else if (c != ' ')
            words.back() += c;
    }
    return words;
}

/// Names of both worlds, so that a typing error meets the nearest of all.
std::vector<std::string> checked_samplers(const std::string& list, bool tokens) {
    std::vector<std::string> known;
    if (tokens)
        for (const TokenSamplerInfo& info : token_sampler_list()) known.push_back(info.name);
    else
        for (const SamplerInfo& info : sampler_list()) known.push_back(info.name);
    std::vector<std::string> names = words_of(list);
    for (const std::string& name : names)
        if (std::find(known.begin(), known.end(), name) == known.end())
            throw ConfigError("--compare: " + unknown_name(tokens ? "token sampler" : "sampler", name, known));
    return names;
}

std::vector<int> efforts_of(const std::string& list, const char* option) {
    std::vector<int> numbers;
    for (const std::string& word : words_of(list)) {
        const bool digits =
            !word.empty() && word.size() < 8 && word.find_first_not_of("0123456789") == std::string::npos;
        const int number = digits ? std::stoi(word) : 0;
        if (number < 1 || (!numbers.empty() && number <= numbers.back()))
            throw ConfigError(std::string(option) + ": found '" + word + "' in '" + list +
                              "', expected rising integers >= 1, such as 8,16,32");
        numbers.push_back(number);
    }
    return numbers;
}

Config config_of(const SampleOptions& options) {
    if (!options.config.empty()) return Config::load(options.config, options.overrides);
    return Config::parse(reference_experiment(words_of(options.compare)), "<reference>", options.overrides);
}

int compare(const SampleOptions& options, std::ostream& out) {
    if (options.nfe.empty() == options.steps.empty())
        throw ConfigError("--compare needs --nfe or --steps, one of them: such as --nfe 8,16,32,64");
    const Effort effort = options.steps.empty() ? Effort::model_calls : Effort::steps;
    const std::vector<int> efforts =
        options.steps.empty() ? efforts_of(options.nfe, "--nfe") : efforts_of(options.steps, "--steps");
    Config config = config_of(options);
    const SamplingExperiment experiment = read_sampling(config, beside(options.config), {.for_comparison = true});
    const SamplerTable table =
        compare_samplers(experiment, checked_samplers(options.compare, experiment.tokens.has_value()), efforts, effort);
    if (!options.directory.empty()) {
        create(options.directory);
        write_table(std::filesystem::path(options.directory) / "comparison.h5", table, experiment.name, experiment.seed,
                    {options.command_line, config.resolved_toml(), config.hash()});
    }
    out << (options.json ? to_json(table) + "\n" : to_text(table));
    return ok;
}

std::string number(double value) {
    if (std::isinf(value)) return "exact";
    char text[32];
    std::snprintf(text, sizeof text, "%g", value);
    return text;
}

/// A line of either list.
struct Line {
    std::string name, title, kind, order, calls, source, remark;
};

std::vector<Line> all_samplers() {
    std::vector<Line> lines;
    for (const SamplerInfo& i : sampler_list()) {
        const std::string calls =
            i.name == "probability_flow"
                ? "adaptive"
                : number(i.model_calls) + (i.extra_model_calls > 0 ? " + " + number(i.extra_model_calls) : "");
        lines.push_back(
            {i.name, i.title, i.stochastic ? "numbers, noise" : "numbers", number(i.order), calls, i.source, i.remark});
    }
    for (const TokenSamplerInfo& i : token_sampler_list())
        if (i.is_law)
            lines.push_back({i.name, i.title, i.absorbing_only ? "tokens, absorbing noise" : "tokens", number(i.order),
                             i.model_calls > 0 ? std::to_string(i.model_calls) : "one a jump", i.source, i.remark});
    return lines;
}

}  // namespace

int sample(const SampleOptions& options, std::ostream& out) {
    if (!options.compare.empty()) return compare(options, out);
    if (options.config.empty()) throw ConfigError("sample: no experiment; expected a TOML file, - for standard input");
    if (!options.nfe.empty() || !options.steps.empty())
        throw ConfigError("--nfe and --steps belong to --compare; set sampler.model_calls or sampler.steps instead");
    Config config = Config::load(options.config, options.overrides);
    SamplingExperiment experiment = read_sampling(config, beside(options.config));
    if (options.n_threads > 0) experiment.n_threads = options.n_threads;
    const auto compute = [&](const std::filesystem::path& file, const RunIdentity& identity,
                             const RunControl& control) { return run_sampling(experiment, file, identity, control); };
    return run_in_directory(options, {experiment.name, plan_of(experiment), config.resolved_toml(), config.hash()},
                            compute, out);
}

int samplers(const std::string& name, bool json, bool markdown, std::ostream& out) {
    std::vector<std::string> names;
    std::vector<Line> some;
    for (const Line& line : all_samplers()) {
        names.push_back(line.name);
        if (name.empty() || line.name == name) some.push_back(line);
    }
    if (some.empty()) throw ConfigError(unknown_name("sampler", name, names));
    if (json) {
        auto list = nlohmann::ordered_json::array();
        for (const Line& l : some)
            list.push_back({{"name", l.name},
                            {"title", l.title},
                            {"kind", l.kind},
                            {"order", l.order},
                            {"model_calls", l.calls},
                            {"source", l.source},
                            {"remark", l.remark}});
        out << list.dump(2) << '\n';
        return ok;
    }
    if (markdown) out << "| sampler | of | order | model calls a step | source |\n|---|---|---|---|---|\n";
    for (const Line& l : some) {
        if (markdown)
            out << "| `" << l.name << "` " << l.title << " | " << l.kind << " | " << l.order << " | " << l.calls
                << " | " << l.source << (l.remark.empty() ? "" : ". " + l.remark) << " |\n";
        else
            out << l.name << ": " << l.title << "\n  " << l.kind << "; order " << l.order << "; model calls a step "
                << l.calls << "\n  " << l.source << '\n'
                << (l.remark.empty() ? "" : "  " + l.remark + "\n");
    }
    return ok;
}

}  // namespace dynkin::commands
