#pragma once
// What `dynkin sample` runs: a forward noising, the law of the clean data, a reverse sampler, perhaps guidance.
#include "apps/config/config.hpp"
#include "apps/run/experiment.hpp"
#include "solvers/grid/mesh.hpp"
#include "solvers/sampling/composed_score.hpp"
#include "solvers/sampling/data_law.hpp"
#include "solvers/sampling/gaussian_mixture.hpp"
#include "solvers/sampling/sampling_propagator.hpp"
#include "solvers/sampling/sampling_times.hpp"
#include "solvers/sampling/token_sampler.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dynkin {

/// Rows of a file, split at random into those the model knows and those the verdict is held against.
struct SampleRows {
    Block training, held_out;          ///< (dim, n) in units of the model: (y - centre) / unit
    std::vector<double> centre, unit;  ///< (dim) mean and sd of all rows; 0 and 1 without standardisation
};

/// A density given by an expression: the law at the schedule's t_min, and what the grid knows of it.
struct GridLaw {
    Mesh mesh{};
    std::vector<double> masses{};  ///< at t_min
    DenoiserPtr coarse{};          ///< the score from half the cells along every axis, for the budget
    std::vector<double> coarse_masses{};
    Mesh coarse_mesh{};
};

/// Tokens seen through a tied embedding: atoms at the rows of the matrix.
struct EmbeddedTokens {
    std::shared_ptr<const TiedEmbedding> embedding{};
    std::vector<double> prior{};  ///< (V) normalised
};

/// The law of clean data with its score; one of the four is set.
struct DataLaw {
    DenoiserPtr model{};
    std::optional<GaussianMixture> mixture{};
    std::optional<SampleRows> rows{};
    std::optional<GridLaw> grid{};
    std::optional<EmbeddedTokens> tokens{};
    std::vector<std::string> variables{};
    std::vector<double> mean{}, sd{};  ///< (dim)
};

struct GuidanceSettings {
    Composition composition{};
    bool feynman_kac = false;
    double resample_below = 0.5;  ///< share of effective particles
    int n_replicas = 24;          ///< independent ensembles; their spread is the standard error
};

enum class SamplingStart { gaussian, noise, exact };

struct ContinuousExperiment {
    DataLaw data;
    std::vector<DataLaw> conditions;  ///< of the guidance, else empty
    std::optional<GuidanceSettings> guidance;
    SamplingProblem problem;       ///< its model is the guided one, if there is guidance
    SamplingTimes wanted_times{};  ///< for comparisons, which choose their own number of steps
    SamplingStart start = SamplingStart::gaussian;
    TestFunctions functions;
    std::uint64_t n_audited = 20000;
    int n_permutations = 999, n_directions = 32;

    int dim() const { return data.model->dim(); }
    NoiseLevel last_level() const { return problem.setup.schedule->level(problem.setup.times.back()); }
};

struct TokenExperiment {
    SequenceSpace space;         ///< the mask counted
    std::vector<double> clean;   ///< (V^D) of the data
    std::vector<double> wanted;  ///< (V^D) `clean`, or what the guidance asks for
    TokenModel model;
    std::string sampler;
    TokenSamplerOptions options;
    std::vector<double> times;  ///< falling
};

struct SamplingExperiment {
    std::string name;
    std::optional<ContinuousExperiment> continuous;
    std::optional<TokenExperiment> tokens;
    std::uint64_t n = 10000, seed = 0;
    int n_threads = 0;
    bool store_particles = true;
    CheckSettings check;
};

/// Does the file describe one of these rather than an experiment of `dynkin run`?
bool is_sampling(const Config& config);

/// What the command line asks for in place of `sampler.name` and `sampler.steps`.
struct SamplingOverrides {
    bool for_comparison = false;  ///< [sampler] and [particles] may be absent
};

/// Reads and checks everything, keys nobody knows included. Throws ConfigError with the place in the config, IoError.
SamplingExperiment read_sampling(Config& config, const std::filesystem::path& directory,
                                 const SamplingOverrides& overrides = {});

/// One line for people: "mixture: heun on gaussian_mixture (1-D), schedule edm, 32 steps ...".
std::string plan_of(const SamplingExperiment& experiment);

}  // namespace dynkin
