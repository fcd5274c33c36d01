// The command line. CLI11 stays in this file and in cli_lm.cpp.
#include "apps/commands/cli.hpp"

#include "apps/commands/cli_lm.hpp"
#include "apps/commands/commands.hpp"
#include "apps/commands/interruption.hpp"
#include "apps/run/provenance.hpp"
#include "solvers/core/errors.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <iostream>

namespace dynkin::commands {
namespace {

std::string joined(int argc, char** argv) {
    std::string line;
    for (int i = 0; i < argc; ++i) {
        const std::string word = argv[i];
        const bool plain = !word.empty() && word.find_first_of(" \t\"'$&|;<>()*?[]{}\\`") == std::string::npos;
        line += (i > 0 ? " " : "") + (plain ? word : "'" + word + "'");
    }
    return line;
}

/// The error as text, or as one object when the user reads JSON.
int failed(const std::exception& error, int code, const char* kind, bool json) {
    if (json)
        std::cout << nlohmann::ordered_json{{"error", error.what()}, {"kind", kind}, {"exit_code", code}}.dump()
                  << '\n';
    std::cerr << "dynkin: " << error.what() << '\n';
    return code;
}

/// CLI11 would only say that a subcommand is required.
bool is_unknown_command(const CLI::App& app, int argc, char** argv) {
    const CLI::App* at = &app;
    std::string kind = "command";
    for (int i = 1; i < argc && argv[i][0] != '-'; ++i) {
        std::vector<std::string> names;
        const CLI::App* next = nullptr;
        for (const CLI::App* command : at->get_subcommands([](const CLI::App*) { return true; })) {
            names.push_back(command->get_name());
            if (names.back() == argv[i]) next = command;
        }
        if (names.empty()) return false;
        if (next == nullptr) {
            std::cerr << "dynkin: " << unknown_name(kind, argv[i], names) << '\n';
            return true;
        }
        at = next;
        kind = "command of '" + next->get_name() + "'";
    }
    return false;
}

int guarded(const std::function<int()>& verb, bool json) {
    try {
        const int code = verb();
        std::cout.flush();
        if (!std::cout) throw IoError("standard output cannot be written");
        return code;
    } catch (const ConfigError& error) {
        return failed(error, bad_input, "config", json);
    } catch (const NumericsError& error) {
        return failed(error, numerics, "numerics", json);
    } catch (const Interrupted& error) {
        return failed(error, stopped, "interrupted", json);
    } catch (const IoError& error) {
        return failed(error, io, "io", json);
    } catch (const std::bad_alloc&) {
        return failed(std::runtime_error("out of memory: fewer cells, particles to store or test functions are needed"),
                      numerics, "memory", json);
    }
}

/// What run and sample share; returns the option of the config.
CLI::Option* add_run_options(CLI::App& verb, RunOptions& options, std::string& max_wall, bool& json) {
    CLI::Option* config = verb.add_option("config", options.config, "TOML file, - for standard input");
    verb.add_option("-s,--set", options.overrides, "key=value, overrides the config; may be repeated")
        ->take_all()
        ->allow_extra_args(false);
    verb.add_option("-o,--output", options.directory, "directory of the run; default runs/<name>-<hash>");
    verb.add_option("--threads", options.n_threads, "threads; results do not depend on it")->check(CLI::Range(1, 4096));
    verb.add_option("--max-wall", max_wall, "stop after this time, e.g. 1h30m");
    verb.add_flag("--dry-run", options.dry_run, "check the config, say what would run");
    verb.add_flag("--json", json, "print one JSON object");
    verb.add_flag("-q,--quiet", options.quiet, "no progress");
    verb.add_flag("--full-table", options.full_table, "print every row of the verdict");
    return config;
}

}  // namespace

int dispatch(int argc, char** argv) {
    CLI::App app{"Dynkin: stochastic dynamics as particles and as a density, judged by test functions"};
    app.set_version_flag("--version", "dynkin " + version());
    app.require_subcommand(1);
    std::function<int()> verb;
    bool json = false;

    RunOptions options;
    options.command_line = joined(argc, argv);
    std::string max_wall;
    CLI::App* run_verb =
        app.add_subcommand("run", "run an experiment; leaves run.h5, verdict.json, config.toml, log.txt");
    add_run_options(*run_verb, options, max_wall, json)->required();
    run_verb->callback([&] {
        verb = [&] {
            options.json = json;
            if (!max_wall.empty()) options.max_wall = duration_from(max_wall);
            return run(options, std::cout);
        };
    });

    SampleOptions sample_options;
    sample_options.command_line = options.command_line;
    CLI::App* sample_verb =
        app.add_subcommand("sample", "generate samples by reversing noise; files as for run. Or compare samplers");
    add_run_options(*sample_verb, sample_options, max_wall, json);
    sample_verb->add_option("--compare", sample_options.compare,
                            "samplers, with commas: error of their laws against --nfe or --steps");
    sample_verb->add_option("--nfe", sample_options.nfe, "numbers of model calls, with commas");
    sample_verb->add_option("--steps", sample_options.steps, "numbers of steps, with commas");
    sample_verb->callback([&] {
        verb = [&] {
            sample_options.json = json;
            if (!max_wall.empty()) sample_options.max_wall = duration_from(max_wall);
            return sample(sample_options, std::cout);
        };
    });

    CLI::App* validate_verb = app.add_subcommand("validate", "check an experiment without running it");
    validate_verb->add_option("config", options.config, "TOML file, - for standard input")->required();
    validate_verb->add_option("-s,--set", options.overrides, "key=value")->take_all()->allow_extra_args(false);
    validate_verb->add_flag("--json", json, "print one JSON object");
    validate_verb->callback(
        [&] { verb = [&] { return validate(options.config, options.overrides, json, std::cout); }; });

    std::string name;
    bool list = false, markdown = false, force = false;
    CLI::App* verify_verb = app.add_subcommand("verify", "run the reference cases: expected, obtained, error, order");
    verify_verb->add_option("case", name, "a case such as C7, or all")->default_str("all");
    verify_verb->add_flag("--list", list, "list the cases");
    verify_verb->add_option("--threads", options.n_threads, "threads")->check(CLI::Range(1, 4096));
    verify_verb->add_flag("--json", json, "print JSON");
    verify_verb->callback(
        [&] { verb = [&] { return verify(name.empty() ? "all" : name, list, json, options.n_threads, std::cout); }; });

    CLI::App* models_verb = app.add_subcommand("models", "list the built-in models, or show one");
    models_verb->add_option("name", name, "a model");
    models_verb->add_flag("--json", json, "print JSON");
    models_verb->add_flag("--markdown", markdown, "print a Markdown table");
    models_verb->callback([&] { verb = [&] { return models(name, json, markdown, std::cout); }; });

    CLI::App* schemes_verb = app.add_subcommand("schemes", "list the schemes with orders, noise, cost and source");
    schemes_verb->add_option("name", name, "a scheme");
    schemes_verb->add_flag("--json", json, "print JSON");
    schemes_verb->add_flag("--markdown", markdown, "print a Markdown table");
    schemes_verb->callback([&] { verb = [&] { return schemes(name, json, markdown, std::cout); }; });

    CLI::App* samplers_verb = app.add_subcommand("samplers", "list the reverse samplers with orders, cost and source");
    samplers_verb->add_option("name", name, "a sampler");
    samplers_verb->add_flag("--json", json, "print JSON");
    samplers_verb->add_flag("--markdown", markdown, "print a Markdown table");
    samplers_verb->callback([&] { verb = [&] { return samplers(name, json, markdown, std::cout); }; });

    CLI::App* info_verb = app.add_subcommand("info", "what a run file holds");
    info_verb->add_option("run", name, "run.h5 or the directory of a run")->required();
    info_verb->add_flag("--json", json, "print JSON");
    info_verb->callback([&] { verb = [&] { return info(name, json, std::cout); }; });

    std::string model;
    CLI::App* init_verb = app.add_subcommand("init", "write an experiment to start from");
    init_verb->add_option("file", name, "default experiment.toml; - for standard output");
    init_verb->add_option("--model", model, "a built-in model");
    init_verb->add_flag("--force", force, "replace an existing file");
    init_verb->callback([&] { verb = [&] { return init(name, model, force, std::cout); }; });

    LmCommandLine lm(app, verb, json, options.command_line);

    if (is_unknown_command(app, argc, argv)) return bad_input;
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& success) {
        return app.exit(success);
    } catch (const CLI::ParseError& error) {
        app.exit(error);
        return bad_input;
    }
    return guarded(verb, json);
}

}  // namespace dynkin::commands
