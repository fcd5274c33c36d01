#pragma once
// Everything a run of training needs to go on: parameters, moments, the number of steps done.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "models/lm/train/batched_decoder.hpp"

namespace dynkin::lm {

struct TrainingOptions;

struct TrainingState {
    std::int64_t step = 0;             // steps done
    std::vector<float> parameters;     // (P)
    std::vector<float> first_moment;   // (P)
    std::vector<float> second_moment;  // (P)

    /// Before the first step.
    static TrainingState begin(std::vector<float> parameters);
};

/// All that determines the bits of a run besides the texts: shape, head, positions, options but n_threads. One
/// "key = value" a line.
std::string describe(const DecoderSpec& spec, const TrainingOptions& options);

/// Writes a file of the store (variables `parameters`, `first_moment`, `second_moment`; single precision is exact in
/// it) by way of a partial one, fsync and rename; an older file of that name stays as `<path>.previous`. IoError.
void save_training(const std::filesystem::path& path, const TrainingState& state, const std::string& description);

/// Reads it back. IoError: no such file, another size, numbers missing or not finite. ConfigError: it belongs to
/// another description; the first line that differs is named.
TrainingState load_training(const std::filesystem::path& path, const std::string& description);

}  // namespace dynkin::lm
