#pragma once
// Samplers against each other: the error of the law they make, against what they cost.
#include "apps/run/run_file.hpp"
#include "apps/sample/sampling_experiment.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace dynkin {

/// What the columns of a table are: equal numbers of model calls, or of steps.
enum class Effort { model_calls, steps };

struct SamplerRow {
    std::string name;
    double stated_order = 1.0;     ///< infinity: exact
    std::vector<int> steps;        ///< (columns)
    std::vector<double> calls;     ///< (columns) of the model, per sample; NaN: depends on the path
    std::vector<double> error;     ///< (columns)
    std::vector<double> observed;  ///< (columns) order from the column before; NaN in the first
    double floor = 0.0;            ///< sampling noise of the error; 0: none
};

struct SamplerTable {
    std::string measure;  ///< "W1 to the exact quantiles ..."
    std::string unit;     ///< short: "W1"
    std::string setting;  ///< schedule, times, data
    Effort effort = Effort::model_calls;
    std::vector<int> columns;
    std::vector<SamplerRow> rows;
};

/// The experiments a comparison takes when none is named, as text: three bumps in one dimension with the schedule edm;
/// if the first of `samplers` is one for tokens, three positions of three tokens under uniform noise.
std::string reference_experiment(const std::vector<std::string>& samplers);

/// One dimension: W1 by quantiles, sampled for samplers that draw noise. More: mean distance from the probability flow,
/// an upper bound of W1. Tokens: total variation of propagated laws. ConfigError: unknown samplers, an experiment whose
/// data are no mixture or tokens, guidance, efforts that are less than a step.
SamplerTable compare_samplers(const SamplingExperiment& experiment, const std::vector<std::string>& samplers,
                              const std::vector<int>& efforts, Effort effort);

std::string to_text(const SamplerTable& table);
std::string to_json(const SamplerTable& table);
/// /error, /steps, /model_calls, /observed_order (sampler, effort). Throws IoError.
void write_table(const std::filesystem::path& file, const SamplerTable& table, const std::string& title,
                 std::uint64_t seed, const RunIdentity& identity);

}  // namespace dynkin
