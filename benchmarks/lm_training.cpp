// Tokens a CPU-second of training, at the sizes of docs: dynkin_lm_training [n_threads].
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <vector>

#include "models/lm/train/trainer.hpp"
#include "solvers/core/dispatch.hpp"

namespace {

using namespace dynkin;
using namespace dynkin::lm;

double seconds(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Best of 9 steps, so that the machine's other work counts least.
void measure(std::int64_t width, std::int64_t n_layers, std::int64_t length, int n_threads) {
    DecoderSpec spec;
    spec.shape.vocabulary = 256;
    spec.shape.width = width;
    spec.shape.n_layers = n_layers;
    spec.shape.n_heads = spec.shape.n_kv_heads = width / 32;
    spec.shape.head_width = 32;
    spec.shape.hidden = width * 11 / 4;
    spec.shape.context = length;
    spec.shape.rotary_pairing = RotaryPairing::halves;
    std::vector<int> text;
    for (int i = 0; i < 100000; ++i) text.push_back(i * 7919 % 251);
    TrainingOptions options;
    options.n_steps = 1000;
    options.n_threads = n_threads;
    Trainer trainer(spec, options,
                    std::make_shared<NextTokenRows>(std::make_shared<TextWindows>(text, length + 1), length),
                    TrainingState::begin(initial_parameters<float>(spec.shape, spec.head, 1)));
    double cpu = 1e9, wall = 1e9;
    for (int step = 0; step < 10; ++step) {
        const double cpu_before = seconds(CLOCK_PROCESS_CPUTIME_ID), before = seconds(CLOCK_MONOTONIC);
        trainer.step();
        if (step == 0) continue;  // memory is touched for the first time
        cpu = std::min(cpu, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_before);
        wall = std::min(wall, seconds(CLOCK_MONOTONIC) - before);
    }
    const double tokens = static_cast<double>(options.rows_per_step * length);
    std::printf("%8zu parameters, length %3ld, %d threads: %7.0f tokens/CPU-s, %7.0f tokens/s\n",
                trainer.state().parameters.size(), static_cast<long>(length), n_threads, tokens / cpu, tokens / wall);
}

}  // namespace

int main(int argc, char** argv) {
    const int n_threads = argc > 1 ? std::atoi(argv[1]) : 1;
    std::printf("vector level %s\n", name_of(vector_level()));
    measure(64, 2, 64, n_threads);
    measure(128, 3, 128, n_threads);
    measure(256, 6, 256, n_threads);
    return 0;
}
