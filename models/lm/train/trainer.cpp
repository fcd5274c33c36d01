#include "models/lm/train/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "models/lm/train/row_kernels.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/particle/parallel.hpp"

namespace dynkin::lm {
namespace {

constexpr std::int64_t numbers_per_chunk = 1 << 16;

std::int64_t n_parts(std::int64_t n, std::int64_t size) {
    return (n + size - 1) / size;
}

}  // namespace

Trainer::Trainer(const DecoderSpec& spec, const TrainingOptions& options, std::shared_ptr<const BatchSource> source,
                 TrainingState start)
    : options_(options), source_(std::move(source)), decoder_(spec, Phase::training), state_(std::move(start)) {
    validate(options.adam_w, options.learning_rate);
    if (options.n_steps < 1 || options.rows_per_step < 1 || options.rows_per_block < 1)
        throw ConfigError("training: n_steps, rows_per_step and rows_per_block must be positive");
    if (!source_) throw ConfigError("training: no source of batches");
    if (source_->length() > spec.shape.context)
        throw ConfigError("training: rows of " + std::to_string(source_->length()) + " tokens exceed the context of " +
                          std::to_string(spec.shape.context));
    const std::size_t n = decoder_.parameter_list().size();
    if (state_.parameters.size() != n || state_.first_moment.size() != n || state_.second_moment.size() != n)
        throw ConfigError("training: the state has " + std::to_string(state_.parameters.size()) +
                          " parameters, the decoder " + std::to_string(n));
    const std::int64_t n_blocks = n_parts(options.rows_per_step, options.rows_per_block);
    gradients_.assign(static_cast<std::size_t>(n_blocks), std::vector<float>(n));
    workspaces_.resize(static_cast<std::size_t>(usable_threads(options.n_threads, n_blocks)));
}

void Trainer::draw_batch(std::int64_t block, TokenBatch& batch) const {
    const std::int64_t first = block * options_.rows_per_block;
    batch.n_sequences = std::min(options_.rows_per_block, options_.rows_per_step - first);
    batch.length = source_->length();
    const auto L = static_cast<std::size_t>(batch.length), size = static_cast<std::size_t>(batch.n_sequences) * L;
    batch.tokens.resize(size);
    batch.targets.resize(size);
    batch.weights.resize(size);
    for (std::size_t r = 0; r < static_cast<std::size_t>(batch.n_sequences); ++r) {
        Draws draws({options_.seed, Stream::resampling, static_cast<std::uint64_t>(state_.step)},
                    static_cast<std::uint64_t>(first) + r);
        source_->draw(draws, std::span(batch.tokens).subspan(r * L, L), std::span(batch.targets).subspan(r * L, L),
                      std::span(batch.weights).subspan(r * L, L));
    }
    for (double& weight : batch.weights) weight /= static_cast<double>(options_.rows_per_step);
}

/// The gradients of all blocks into the first, as a tree; returns the square of its norm.
double Trainer::add_up_gradients() {
    const auto n = static_cast<std::int64_t>(state_.parameters.size()), n_chunks = n_parts(n, numbers_per_chunk);
    std::vector<double> squares(static_cast<std::size_t>(n_chunks));
    parallel_blocks(n_chunks, options_.n_threads, [&](std::int64_t chunk, int) {
        const std::int64_t first = chunk * numbers_per_chunk;
        const auto size = static_cast<std::size_t>(std::min(numbers_per_chunk, n - first));
        for (std::size_t half = 1; half < gradients_.size(); half *= 2)
            for (std::size_t k = 0; k + half < gradients_.size(); k += 2 * half)
                add_to(size, gradients_[k + half].data() + first, gradients_[k].data() + first);
        squares[static_cast<std::size_t>(chunk)] = sum_of_squares(gradients_[0].data() + first, size);
    });
    double total = 0.0;
    for (double square : squares) total += square;
    return total;
}

void Trainer::move(double scale, double learning_rate) {
    const AdamW& a = options_.adam_w;
    const double k = static_cast<double>(state_.step + 1);
    const auto& tensors = decoder_.parameter_list().tensors();
    parallel_blocks(static_cast<std::int64_t>(tensors.size()), options_.n_threads, [&](std::int64_t number, int) {
        const ParameterTensor& tensor = tensors[static_cast<std::size_t>(number)];
        const AdamWStep step{learning_rate,
                             tensor.decays ? a.decay : 0.0,
                             a.beta1,
                             a.beta2,
                             a.epsilon,
                             1.0 / (1.0 - std::pow(a.beta1, k)),
                             1.0 / (1.0 - std::pow(a.beta2, k)),
                             scale};
        adam_w(tensor.size, step, gradients_[0].data() + tensor.first, state_.first_moment.data() + tensor.first,
               state_.second_moment.data() + tensor.first, state_.parameters.data() + tensor.first);
    });
}

TrainingReport Trainer::step() {
    const auto n_blocks = static_cast<std::int64_t>(gradients_.size());
    std::vector<double> losses(gradients_.size());
    parallel_blocks(n_blocks, options_.n_threads, [&](std::int64_t block, int thread) {
        auto& gradient = gradients_[static_cast<std::size_t>(block)];
        std::fill(gradient.begin(), gradient.end(), 0.0f);
        TokenBatch batch;
        draw_batch(block, batch);
        losses[static_cast<std::size_t>(block)] = decoder_.loss_and_gradient(
            state_.parameters, batch, workspaces_[static_cast<std::size_t>(thread)], gradient);
    });
    TrainingReport report;
    for (double loss : losses) report.loss += loss;
    report.gradient_norm = std::sqrt(add_up_gradients());
    report.learning_rate = options_.learning_rate.at(state_.step, options_.n_steps);
    if (!std::isfinite(report.loss) || !std::isfinite(report.gradient_norm))
        throw NumericsError("training: loss or gradient is not finite at step " + std::to_string(state_.step + 1) +
                            "; reduce the learning rate");
    const double clip = options_.adam_w.clip_norm;
    move(report.gradient_norm > clip ? clip / report.gradient_norm : 1.0, report.learning_rate);
    ++state_.step;
    report.step = state_.step;
    report.n_tokens = state_.step * options_.rows_per_step * source_->length();
    return report;
}

void Trainer::run(const std::function<bool(const TrainingReport&)>& observer) {
    while (!is_done()) {
        const TrainingReport report = step();
        if (observer && !observer(report)) return;
    }
}

}  // namespace dynkin::lm
