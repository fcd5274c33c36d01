#include "apps/sample/read_parts.hpp"
#include "apps/sample/token_probability.hpp"
#include "solvers/sampling/sampling_propagator.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace reading {
namespace {

/// A mistyped section would else silently leave out what it asks for.
void require_known_sections(const Section& root) {
    static const std::vector<std::string> known = {"name",      "title",          "schedule", "noise",
                                                   "data",      "score",          "sampler",  "guidance",
                                                   "particles", "test_functions", "check",    "output"};
    for (const std::string& key : root.keys())
        if (std::find(known.begin(), known.end(), key) == known.end())
            throw ConfigError(to_string(root.location(key)) + ": " + unknown_name("section or key", key, known));
}

/// The box of the clean law, for the default test functions.
Domain box_of(const DataLaw& data) {
    Domain box(data.mean.size());
    std::vector<double> lower, upper;
    if (data.mixture) {
        initial_law(*data.mixture)->support(1e-3, lower, upper);
    } else {
        for (std::size_t j = 0; j < data.mean.size(); ++j) {
            lower.push_back(data.mean[j] - 3.5 * data.sd[j]);
            upper.push_back(data.mean[j] + 3.5 * data.sd[j]);
        }
    }
    for (std::size_t j = 0; j < box.size(); ++j) {
        box[j].lower = lower[j];
        box[j].upper = upper[j];
    }
    return box;
}

ContinuousExperiment read_continuous(const Section& root, const std::filesystem::path& directory, bool comparison) {
    ContinuousExperiment e;
    e.problem.setup.schedule = read_schedule(root.section("schedule"));
    e.data = read_data(root.section("data"), e.problem.setup.schedule, directory);
    e.problem.setup.model = e.data.model;
    if (!comparison || root.has("sampler")) {
        const Section sampler = root.section("sampler");
        read_sampler(sampler, e);
        read_score(root, e);
        read_guidance(root, e, directory);
        located(sampler, "name", [&] { return make_sampling_propagator(e.problem); });
    }
    e.functions = e.data.tokens && !e.problem.setup.times.empty()
                      ? token_probabilities(e.data.tokens->embedding, e.last_level())
                      : read_test_functions(root, e.data.variables, {}, box_of(e.data), Mass::conserved);
    return e;
}

}  // namespace
}  // namespace reading

bool is_sampling(const Config& config) {
    const std::vector<std::string> keys = config.root().keys();
    return std::any_of(keys.begin(), keys.end(),
                       [](const std::string& key) { return key == "sampler" || key == "data" || key == "schedule"; });
}

SamplingExperiment read_sampling(Config& config, const std::filesystem::path& directory,
                                 const SamplingOverrides& overrides) {
    using namespace reading;
    config.set_constant_evaluator([](const std::string& text, const SourceLocation& where) {
        return evaluate_constant({text, where});
    });
    for (const char* path : {"particles.threads", "title"}) config.exclude_from_hash(path);
    const Section root = config.root();
    require_known_sections(root);
    SamplingExperiment e;
    e.name = read_name(config);
    const bool tokens = root.has("noise");
    if (tokens && root.has("schedule"))
        throw ConfigError(to_string(root.location("schedule")) +
                          ": schedule: [noise] is there too; tokens have the one, numbers the other");
    if (tokens) {
        const auto sampler = overrides.for_comparison && !root.has("sampler")
                                 ? std::nullopt
                                 : std::optional<Section>(root.section("sampler"));
        e.tokens = read_tokens(root, sampler ? &*sampler : nullptr);
    } else {
        e.continuous = read_continuous(root, directory, overrides.for_comparison);
    }
    const Section particles = root.section_or_empty("particles");
    e.n = static_cast<std::uint64_t>(particles.integer_or("n", 10'000, 2, std::int64_t{1} << 40));
    e.seed = static_cast<std::uint64_t>(particles.integer_or("seed", 0, 0));
    e.n_threads = static_cast<int>(particles.integer_or("threads", 0, 0, 4096));
    const Section check = root.section_or_empty("check");
    e.check.false_alarm_rate = check.real_or("false_alarm_rate", 0.01, RealRange::positive);
    if (e.check.false_alarm_rate >= 1.0) check.fail("false_alarm_rate", "expected a probability below 1");
    e.check.resolution = check.real_or("resolution", 0.1, RealRange::positive);
    if (e.continuous) {
        ContinuousExperiment& c = *e.continuous;
        c.problem.seed = e.seed;
        const auto audited = static_cast<std::int64_t>(std::min<std::uint64_t>(e.n, 20'000));
        if (!c.data.rows) c.n_audited = static_cast<std::uint64_t>(particles.integer_or("audited", audited, 2));
        c.n_audited = std::min(c.n_audited, e.n);
        if (c.data.rows) {
            c.n_permutations = static_cast<int>(check.integer_or("permutations", 999, 99, 1'000'000));
            c.n_directions = static_cast<int>(check.integer_or("directions", 32, 1, 10'000));
        }
    }
    e.store_particles = root.section_or_empty("output").boolean_or("particles", true);
    config.require_all_read();
    return e;
}

std::string plan_of(const SamplingExperiment& e) {
    std::string text = e.name + ": " + std::to_string(e.n);
    if (e.tokens) {
        const TokenExperiment& t = *e.tokens;
        return text + " sequences of " + std::to_string(t.space.n_positions) + " tokens with " + t.sampler + ", " +
               std::to_string(t.times.size() - 1) + " steps, seed " + std::to_string(e.seed) + "\n";
    }
    const SamplingProblem& p = e.continuous->problem;
    return text + " particles (" + std::to_string(e.continuous->dim()) + "-D) with " + p.sampler + " on " +
           p.setup.model->name() + ", schedule " + p.setup.schedule->name() + ", " +
           std::to_string(p.setup.times.size() - 1) + " steps, seed " + std::to_string(e.seed) + "\n";
}

}  // namespace dynkin
