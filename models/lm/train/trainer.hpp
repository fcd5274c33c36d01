#pragma once
// Training: steps of AdamW on batches, the same bits for any number of threads and for a run that was interrupted.
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "models/lm/train/batch_source.hpp"
#include "models/lm/train/batched_decoder.hpp"
#include "models/lm/train/optimiser.hpp"
#include "models/lm/train/training_state.hpp"

namespace dynkin::lm {

struct TrainingOptions {
    std::int64_t n_steps = 600;
    std::int64_t rows_per_step = 32;
    std::int64_t rows_per_block = 8;  ///< the unit of work of a thread; part of what determines the bits
    int n_threads = 1;                ///< <= 0: as many as the machine has
    std::uint64_t seed = 1;           ///< of the batches
    AdamW adam_w;
    LearningRate learning_rate;
};

/// What an observer sees after each step.
struct TrainingReport {
    std::int64_t step = 0;      ///< 1 ... n_steps
    std::int64_t n_tokens = 0;  ///< seen in all steps so far
    double loss = 0;            ///< mean over the rows of the batch, before the step  [nats]
    double gradient_norm = 0;   ///< before clipping
    double learning_rate = 0;
};

/// Row r of step s draws from Stream::resampling, step s, particle r, of the seed. Rows are worked on in blocks of
/// rows_per_block, each with a gradient of its own; these are added pairwise (0+1, 2+3, ...; then 0+2, ...), whatever
/// thread made them.
class Trainer {
public:
    /// Begins at `start`: initial parameters or a state that was saved. ConfigError: options, sizes, a source whose
    /// rows are longer than the context.
    Trainer(const DecoderSpec& spec, const TrainingOptions& options, std::shared_ptr<const BatchSource> source,
            TrainingState start);

    bool is_done() const { return state_.step >= options_.n_steps; }
    /// One step. NumericsError when the loss or its gradient is not finite: the state is that before the step.
    TrainingReport step();
    /// Steps until is_done() or the observer returns false.
    void run(const std::function<bool(const TrainingReport&)>& observer = {});

    const TrainingState& state() const { return state_; }
    const BatchedDecoder<float>& decoder() const { return decoder_; }
    const TrainingOptions& options() const { return options_; }

private:
    void draw_batch(std::int64_t block, TokenBatch& batch) const;
    double add_up_gradients();
    void move(double scale, double learning_rate);

    TrainingOptions options_;
    std::shared_ptr<const BatchSource> source_;
    BatchedDecoder<float> decoder_;
    TrainingState state_;
    std::vector<std::vector<float>> gradients_;        // one a block of rows
    std::vector<DecoderWorkspace<float>> workspaces_;  // one a thread
};

}  // namespace dynkin::lm
