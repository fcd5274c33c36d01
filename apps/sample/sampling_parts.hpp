#pragma once
// The parts of run_sampling; not for use elsewhere.
#include "apps/sample/expectations.hpp"
#include "apps/sample/sampling_run.hpp"
#include "solvers/particle/ensemble.hpp"
#include "solvers/store/run_writer.hpp"

#include <optional>
#include <string>
#include <vector>

namespace dynkin {

/// What the parts share. The file is theirs to fill; dimensions of their own they add first.
struct SamplingContext {
    const SamplingExperiment& experiment;
    RunWriter& writer;
    const RunControl& control;

    void log(const std::string& line) const {
        if (control.log) control.log(line);
    }
    void begin(const std::string& stage, double total, const std::string& unit) const {
        if (control.progress != nullptr) control.progress->begin(stage, total, unit);
    }
    void update(double done) const {
        if (control.progress != nullptr) control.progress->update(done);
    }
    void end() const {
        if (control.progress != nullptr) control.progress->end();
    }
};

/// What a part leaves for the verdict.
struct Judgement {
    std::vector<Comparison> comparisons;
    std::vector<std::string> notes;
};

/// One ensemble of independent particles against the exact law, the grid's density or held-out rows.
Judgement run_continuous(const SamplingContext& context);
/// Weighted ensembles of a guided sampler against the composed law.
Judgement run_weighted(const SamplingContext& context);
/// Sequences, the law of the sampler and the exact one.
Judgement run_tokens(const SamplingContext& context);

/// Dimensions `test_function`, `component` and, when particles are stored, `particle`.
void add_dimensions(const SamplingContext& context);
/// A variable over test functions.
void write_numbers(const SamplingContext& context, const std::string& name, const std::string& long_name,
                   const std::vector<double>& values);
/// /particles (particle, component) in the units of the data.
void write_particles(const SamplingContext& context, const Block& x);

/// What the exact law at the last time says of the functions: noised mixture, density on the grid, composed law. Not
/// for rows of a file.
Expectations exact_expectations(const ContinuousExperiment& experiment);

/// The law the particles start from.
std::shared_ptr<const InitialLaw> start_law(const ContinuousExperiment& experiment);

}  // namespace dynkin
