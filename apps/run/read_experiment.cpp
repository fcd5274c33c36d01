#include "apps/run/read_parts.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/grid/fokker_planck.hpp"
#include "solvers/ode/ode_propagator.hpp"
#include "solvers/particle/sde_propagator.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace reading {
namespace {

TimeSettings read_time(const Section& time) {
    TimeSettings settings;
    settings.start = time.real_or("start", 0.0);
    settings.until = time.real("until");
    if (!(settings.until > settings.start))
        time.fail("until", "the run must end after it starts: start " + std::to_string(settings.start) + ", until " +
                               std::to_string(settings.until));
    if (time.kind_of("outputs") == ConfigKind::array) {
        settings.outputs = time.reals("outputs");
        for (std::size_t k = 0; k < settings.outputs.size(); ++k) {
            if (settings.outputs[k] < settings.start)
                time.fail("outputs", "output time " + std::to_string(settings.outputs[k]) + " lies before the start " +
                                         std::to_string(settings.start));
            if (settings.outputs[k] > settings.until)
                time.fail("outputs", "output time " + std::to_string(settings.outputs[k]) + " lies after the end " +
                                         std::to_string(settings.until));
            if (k > 0 && !(settings.outputs[k] > settings.outputs[k - 1]))
                time.fail("outputs", "output times must increase");
        }
        return settings;
    }
    const std::int64_t n = time.integer_or("outputs", 11, 1, 1'000'000);
    settings.outputs =
        make_time_grid(settings.start, settings.until, settings.until - settings.start, static_cast<int>(n)).outputs;
    return settings;
}

/// What to take when the config names no scheme: the highest order that the noise allows.
std::string default_scheme(const Process& process) {
    switch (process.noise_kind()) {
        case NoiseKind::none: return "dopri5";
        case NoiseKind::additive: return "sra1";
        case NoiseKind::diagonal: return process.calculus() == Calculus::ito ? "sriw1" : "milstein";
        case NoiseKind::commutative: return "milstein";
        default: return "euler_maruyama";
    }
}

/// A mistyped section would else be reported as a missing one, or silently leave out a view.
void require_known_sections(const Section& root) {
    static const std::vector<std::string> known = {"name",           "title",       "model", "initial",
                                                   "time",           "particles",   "grid",  "domain",
                                                   "test_functions", "functionals", "check", "output"};
    for (const std::string& key : root.keys())
        if (std::find(known.begin(), known.end(), key) == known.end())
            throw ConfigError(to_string(root.location(key)) + ": " + unknown_name("section or key", key, known) +
                              (key == "schedule" || key == "noise" || key == "sampler" ? " ('dynkin sample' runs files with this one)" : ""));
}

OutputSettings read_output(const Section& output, bool has_grid, bool deterministic) {
    OutputSettings settings;
    settings.particles = output.boolean_or("particles", false);
    settings.density = output.boolean_or("density", true);
    settings.histogram = has_grid && output.boolean_or("histogram", false);
    if (deterministic) settings.log_density = output.boolean_or("log_density", false);
    return settings;
}

void require_even(const Section& section, const std::string& key, std::uint64_t n) {
    if (n % 2 != 0) section.fail(key, "antithetic pairs need an even number, not " + std::to_string(n));
}

std::vector<FirstPassageSettings> read_first_passages(const Section& functionals, const ReadModel& model,
                                                      const std::optional<ParticleSettings>& particles) {
    std::vector<FirstPassageSettings> list;
    for (const Section& section : functionals.sections("first_passage")) {
        FirstPassageSettings settings;
        settings.set = expression_level_set(section.located_text("set"), model.process->variables(), model.constants);
        if (particles)
            settings.n_particles = static_cast<std::uint64_t>(
                section.integer_or("n", static_cast<std::int64_t>(std::min<std::uint64_t>(particles->n, 100'000)), 1,
                                   std::int64_t{1} << 50));
        if (particles && particles->antithetic) require_even(section, "n", settings.n_particles);
        list.push_back(std::move(settings));
    }
    return list;
}

void check_functionals(const Section& functionals, const Experiment& e) {
    if (e.stationary) {
        std::string obstacle =
            e.grid ? obstacle_to_rate_matrix(e) : "it is computed on a grid and there is no section [grid]";
        if (e.process->has_killing()) obstacle = "'" + e.process->name() + "' kills, and what is left decays";
        for (const AxisDomain& axis : e.domain)
            if (axis.at_lower == Boundary::absorbing || axis.at_upper == Boundary::absorbing)
                obstacle = "an absorbing side empties the domain";
        if (!obstacle.empty()) functionals.fail("stationary", "there is no stationary law: " + obstacle);
    }
    const std::string obstacle = e.grid ? obstacle_to_rate_matrix(e) : "";
    const bool by_particles = e.particles && e.process->noise_kind() != NoiseKind::none;
    if (!e.first_passages.empty() && !by_particles && (!e.grid || !obstacle.empty()))
        functionals.fail("first_passage", e.process->noise_kind() == NoiseKind::none
                                              ? "'" + e.process->name() + "' has no noise; first passages need some"
                                              : "neither particles nor a suitable grid: " + obstacle);
}

/// Fails early, with the place in the config, where a solver would refuse later.
void try_solvers(const Section& root, const Experiment& e) {
    if (e.particles) {
        const Section particles = root.section("particles");
        const TimeGrid grid = make_time_grid(e.time.start, e.time.until, e.particles->dt, e.time.outputs);
        located(particles, "scheme", [&] {
            if (e.process->noise_kind() == NoiseKind::none)
                make_ode_propagator(
                    {e.process, e.particles->scheme, grid, e.domain, e.particles->rtol, e.particles->atol, false});
            else
                SdePropagator(particle_problem(e, grid, e.particles->seed));
            return 0;
        });
    }
}

}  // namespace

std::optional<ParticleSettings> read_particles(const Section& root, const Process& process, const TimeSettings& time) {
    const auto section = root.find_section("particles");
    if (!section) return std::nullopt;
    ParticleSettings settings;
    settings.n = static_cast<std::uint64_t>(section->integer("n", 1, std::int64_t{1} << 50));
    std::vector<std::string> known;
    const bool deterministic = process.noise_kind() == NoiseKind::none;
    for (const SchemeInfo& info : deterministic ? ode_scheme_list() : scheme_list()) known.push_back(info.name);
    settings.scheme = section->text_or("scheme", default_scheme(process));
    if (std::find(known.begin(), known.end(), settings.scheme) == known.end()) {
        std::string hint;
        for (const SchemeInfo& info : deterministic ? scheme_list() : ode_scheme_list())
            if (info.name == settings.scheme)
                hint = deterministic
                           ? " ('" + settings.scheme + "' integrates noise, and '" + process.name() + "' has none)"
                           : " ('" + settings.scheme + "' is for sigma = 0)";
        section->fail("scheme", unknown_name("scheme", settings.scheme, known) + hint);
    }
    settings.dt = section->real_or("dt", 0.01 * (time.until - time.start), RealRange::positive);
    settings.seed = static_cast<std::uint64_t>(section->integer_or("seed", 0, 0));
    settings.n_threads = static_cast<int>(section->integer_or("threads", 0, 0, 4096));
    settings.block_size = static_cast<Index>(section->integer_or("block", 0, 0, 1 << 20));
    if (settings.block_size % 128 != 0)
        section->fail("block", "expected a multiple of 128, or 0 for what fits the cache");
    if (deterministic) {
        settings.rtol = section->real_or("rtol", 1e-8, RealRange::positive);
        settings.atol = section->real_or("atol", 1e-10, RealRange::positive);
    } else {
        settings.n_audited = static_cast<std::uint64_t>(
            section->integer_or("audited", static_cast<std::int64_t>(std::min<std::uint64_t>(settings.n, 20'000)), 0,
                                std::int64_t{1} << 40));
        settings.n_audited = std::min(settings.n_audited, settings.n);
        if (section->one_of_or("normals", "double", {"double", "single"}) == "single")
            settings.normals = NormalPrecision::single_precision;
        settings.antithetic = section->boolean_or("antithetic", false);
        if (settings.antithetic) require_even(*section, "n", settings.n);
        if (settings.antithetic) require_even(*section, "audited", settings.n_audited);
    }
    return settings;
}

std::string read_name(const Config& config) {
    const Section root = config.root();
    const std::string stem =
        config.name() == "<standard input>" ? "run" : std::filesystem::path(config.name()).stem().string();
    std::string name = root.text_or("name", stem);
    if (name.empty() || name.find_first_of("/\\") != std::string::npos)
        root.fail("name", "expected a word without slashes: it names the directory of the run");
    if (root.has("title")) root.text("title");
    return name;
}

}  // namespace reading

ParticleProblem particle_problem(const Experiment& e, const TimeGrid& grid, std::uint64_t seed) {
    return {e.process, e.particles->scheme, grid, e.domain, seed, e.particles->normals, e.particles->antithetic};
}

std::string obstacle_to_rate_matrix(const Experiment& e) {
    if (!e.process->autonomous()) return "'" + e.process->name() + "' depends on time";
    const FokkerPlanck op({e.process, e.grid->mesh, e.domain, e.grid->flux});
    for (int j = 0; j < e.process->dim(); ++j)
        if (!op.diffusive(j))
            return "'" + e.process->name() + "' has no noise along " +
                   e.process->variables()[static_cast<std::size_t>(j)] +
                   ", and transport of high order is no rate matrix";
    return {};
}

Experiment read_experiment(Config& config, const std::filesystem::path& directory) {
    using namespace reading;
    config.set_constant_evaluator([](const std::string& text, const SourceLocation& where) {
        return evaluate_constant({text, where});
    });
    for (const char* path : {"particles.threads", "particles.block", "title"}) config.exclude_from_hash(path);
    const Section root = config.root();
    require_known_sections(root);
    Experiment e;
    e.name = read_name(config);

    const ReadModel model = read_model(root.section("model"));
    e.process = model.process;
    e.constants = model.constants;
    e.time = read_time(root.section("time"));
    e.grid = read_grid(root, e.process, e.domain);
    if (!e.grid)
        e.domain = read_domain(root, *e.process);
    else if (root.has("domain"))
        read_domain(root, *e.process);
    e.particles = read_particles(root, *e.process, e.time);
    if (!e.particles && !e.grid)
        throw ConfigError(config.name() + ": nothing to run: expected a section [particles], [grid] or both");
    e.initial = read_initial_law(root.section("initial"), model, e.domain, directory);
    e.functions = read_test_functions(root, model, e.domain);
    const Section functionals = root.section_or_empty("functionals");
    e.stationary = functionals.boolean_or("stationary", false);
    e.first_passages = read_first_passages(functionals, model, e.particles);
    check_functionals(functionals, e);
    const Section check = root.section_or_empty("check");
    e.check.false_alarm_rate = check.real_or("false_alarm_rate", 0.01, RealRange::positive);
    if (e.check.false_alarm_rate >= 1.0) check.fail("false_alarm_rate", "expected a probability below 1");
    e.check.resolution = check.real_or("resolution", 0.1, RealRange::positive);
    const bool deterministic = e.process->noise_kind() == NoiseKind::none;
    const Section output = root.section_or_empty("output");
    e.output = read_output(output, e.grid.has_value(), deterministic);
    if (e.output.log_density && e.initial->is_point())
        output.fail("log_density", "a point has no density to start from; another kind in [initial] has one");
    config.require_all_read();
    try_solvers(root, e);
    return e;
}

}  // namespace dynkin
