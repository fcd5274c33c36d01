#include "apps/lm/train.hpp"

#include "apps/lm/loss_curve.hpp"
#include "models/lm/model_directory.hpp"
#include "models/lm/train/trained_checkpoint.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/store/run_reader.hpp"
#include "solvers/store/text_file.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>

namespace dynkin::language {
namespace {

namespace fs = std::filesystem;

const char* const checkpoint_name = "training.h5";
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::int64_t step_of(const fs::path& checkpoint) {
    const AttributeValue step = RunReader(checkpoint).attribute("/", "step");
    return std::holds_alternative<std::int64_t>(step) ? std::get<std::int64_t>(step) : 0;
}

/// Where the training begins; takes away the model of an earlier one.
lm::TrainingState first_state(const TrainingExperiment& e, const fs::path& directory, Beginning beginning) {
    const fs::path checkpoint = directory / checkpoint_name, config = directory / "config.json";
    if (fs::exists(config) && !read_training_record(directory))
        throw ConfigError(directory.string() +
                          ": holds a model that was not trained here; name another directory by -o");
    if (beginning == Beginning::resume) {
        if (!fs::exists(checkpoint))
            throw ConfigError(checkpoint.string() + ": --resume, but there is no checkpoint to go on from");
        return lm::load_training(checkpoint, e.description);
    }
    if (beginning == Beginning::refuse_unfinished && fs::exists(checkpoint) && !fs::exists(config))
        throw ConfigError(directory.string() + ": holds a training that was stopped after step " +
                          std::to_string(step_of(checkpoint)) + "; --resume goes on, --fresh begins anew");
    std::error_code ignored;
    fs::remove(config, ignored);
    fs::remove(checkpoint, ignored);
    return lm::TrainingState::begin(lm::initial_parameters<float>(e.spec.shape, e.spec.head, e.options.seed));
}

/// Mean loss of always the same rows of the held-out text.
class HeldOut {
public:
    HeldOut(const TrainingExperiment& e) : e_(e) {}

    double loss(const lm::Trainer& trainer) {
        if (!e_.held_out) return nan;
        double sum = 0.0;
        const std::int64_t n_rows = std::max<std::int64_t>(e_.options.rows_per_step, 32);
        for (std::int64_t row = 0; row < n_rows; ++row) {
            lm::TokenBatch batch;
            batch.n_sequences = 1;
            batch.length = e_.held_out->length();
            const auto L = static_cast<std::size_t>(batch.length);
            batch.tokens.resize(L);
            batch.targets.resize(L);
            batch.weights.resize(L);
            Draws draws({e_.options.seed, Stream::bridge, 0}, static_cast<std::uint64_t>(row));
            e_.held_out->draw(draws, batch.tokens, batch.targets, batch.weights);
            sum += trainer.decoder().loss(trainer.state().parameters, batch, workspace_);
        }
        return sum / static_cast<double>(n_rows);
    }

private:
    const TrainingExperiment& e_;
    lm::DecoderWorkspace<float> workspace_;
};

void save_model(const TrainingExperiment& e, const fs::path& directory, const lm::TrainingState& state) {
    const lm::Checkpoint trained = lm::to_checkpoint(e.spec.shape, e.spec.head, state.parameters);
    write_training_record(directory, {e.task, e.length, e.spec.positions});
    lm::save_model_directory(directory, trained.shape(), trained.tensors(), e.tokenizer);
}

bool is_due(std::int64_t step, std::int64_t every, std::int64_t last) {
    return step == last || (every > 0 && step % every == 0);
}

double last_loss(const std::vector<CurveRow>& rows) {
    const std::size_t n = std::max<std::size_t>(1, rows.size() / 20);
    double sum = 0.0;
    for (std::size_t i = rows.size() - std::min(n, rows.size()); i < rows.size(); ++i) sum += rows[i].loss;
    return sum / static_cast<double>(n);
}

}  // namespace

TrainingSummary train(const TrainingExperiment& e, const fs::path& directory, Beginning beginning,
                      const RunIdentity& identity, const RunControl& control) {
    lm::TrainingState start = first_state(e, directory, beginning);
    const std::int64_t first = start.step, n_steps = e.options.n_steps;
    write_text_atomically(directory / "config.toml", identity.config_text);
    if (control.log && first > 0) control.log("goes on after step " + std::to_string(first));
    std::vector<CurveRow> rows = earlier_rows(directory / "run.h5", first);
    lm::Trainer trainer(e.spec, e.options, e.training, std::move(start));
    LossCurve curve(directory / "run.h5", e.name, e.options.seed, identity, n_steps, rows);
    HeldOut held_out(e);
    const auto save = [&] {
        curve.flush();
        lm::save_training(directory / checkpoint_name, trainer.state(), e.description);
    };
    if (control.progress != nullptr) control.progress->begin("training", static_cast<double>(n_steps - first), "steps");
    const auto begun = std::chrono::steady_clock::now();
    while (!trainer.is_done()) {
        const lm::TrainingReport report = trainer.step();
        const bool due = is_due(report.step, e.evaluate_every, n_steps);
        rows.push_back({report.loss, due ? held_out.loss(trainer) : nan, report.gradient_norm, report.learning_rate,
                        static_cast<double>(report.n_tokens)});
        curve.add(rows.back());
        if (control.progress != nullptr) control.progress->update(static_cast<double>(report.step - first));
        const bool stop = is_stopped(control) && !trainer.is_done();
        if (stop || is_due(report.step, e.checkpoint_every, n_steps)) save();
        if (stop)
            throw Interrupted("lm train: stopped after step " + std::to_string(report.step) + " of " +
                              std::to_string(n_steps) + "; the same command with --resume goes on");
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    if (control.progress != nullptr) control.progress->end();
    save_model(e, directory, trainer.state());
    TrainingSummary out{n_steps,
                        first,
                        static_cast<std::int64_t>(rows.back().n_tokens),
                        rows.front().loss,
                        last_loss(rows),
                        rows.back().validation_loss,
                        0.0};
    const auto done = static_cast<double>((n_steps - first) * e.options.rows_per_step * e.length);
    out.tokens_per_second = seconds > 0.0 ? done / seconds : 0.0;
    curve.close();
    return out;
}

std::string to_text(const TrainingSummary& s) {
    char text[300];
    std::snprintf(text, sizeof text, "%lld steps, %lld tokens: loss %.4f at the first step, %.4f over the last ones",
                  static_cast<long long>(s.n_steps), static_cast<long long>(s.n_tokens), s.first_loss, s.last_loss);
    std::string out = text;
    if (std::isfinite(s.validation_loss)) {
        std::snprintf(text, sizeof text, ", %.4f on held-out text", s.validation_loss);
        out += text;
    }
    return out + "  [nats a token]\n";
}

nlohmann::ordered_json to_json(const TrainingSummary& s) {
    return {{"steps", s.n_steps},
            {"resumed_after", s.first_step},
            {"tokens", s.n_tokens},
            {"first_loss", s.first_loss},
            {"last_loss", s.last_loss},
            {"validation_loss", s.validation_loss},
            {"tokens_per_second", s.tokens_per_second}};
}

}  // namespace dynkin::language
