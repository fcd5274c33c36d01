#pragma once
// How far position schemes carry a small model beyond the length it was trained on. Su, Scientific Spaces 9706, 9708,
// 9728, at a size that a laptop trains in seconds.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/lm/study/study_training.hpp"

namespace dynkin::lm {

struct PositionsStudyOptions {
    StudyDecoder decoder;          ///< its length is L
    std::int64_t expansion = 8;    ///< scored at expansion * L
    std::int64_t n_windows = 200;  ///< scored, spread evenly over the last tenth of the text
    double repeating = 0;          ///< part of the training rows that repeat themselves; > 0: copying is scored too
    bool inverse_leaky = true;     ///< train a second model with the distances of inv_leaky
};

struct PositionsRow {
    std::string name;      ///< "RoPE", "ReRoPE-w16", "ReRoPE-w32 + log-n test", ...
    std::string training;  ///< positions it was trained with: "rope", "inv_leaky"
    std::int64_t length = 0;
    double accuracy = 0;        ///< of the most probable character, over the last L positions of all windows
    double standard_error = 0;  ///< as if characters were independent
    double loss = 0;            ///< mean cross-entropy there  [nats]
    /// Accuracy where the text repeats itself every 2 L characters (at L: every L / 2): only copying over more than L
    /// tells a scheme that sees far from a sliding window. NaN without `repeating`.
    double copy_accuracy = 0;
};

/// The usual sizes for copying, which takes a larger model and longer training than the other gates: 0.5M parameters.
inline PositionsStudyOptions copying_study_options() {
    PositionsStudyOptions options;
    options.decoder = {.width = 128, .n_layers = 3, .n_heads = 4, .n_steps = 1500};
    options.repeating = 0.5;
    return options;
}

/// A decoder is trained on windows of L characters of the first nine tenths of the text; every scheme is scored on the
/// same characters, the last L of windows of expansion * L, and of the last L alone ("at L", the first rows). The
/// observer may return false to stop: Interrupted. ConfigError: a text too short, options.
std::vector<PositionsRow> positions_study(std::string_view text, const PositionsStudyOptions& options,
                                          const StudyObserver& observer = {});

}  // namespace dynkin::lm
