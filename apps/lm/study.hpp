#pragma once
// `dynkin lm study`: published trends at a size for a laptop, each as a table with its gates.
#include "apps/lm/study_table.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace dynkin::language {

struct StudyOptions {
    std::string text;  ///< file; positions and nbce
    std::uint64_t seed = 1;
    int n_threads = 0;
    bool copying = false;                    ///< positions: a larger model that learns to copy, and how far
    std::optional<std::int64_t> n_steps{};   ///< of training, in place of the study's own
    std::optional<std::int64_t> n_scored{};  ///< windows or trials
};

struct Study {
    StudyTable table;
    Settings settings;
};

/// Accuracy of position schemes at 8 times the length of training. ConfigError, IoError, Interrupted.
Study study_positions(const StudyOptions& options, const RunControl& control);
/// Loss of a tied decoder before training against its formulas. ConfigError.
Study study_shared_embedding(const StudyOptions& options);
/// Decoding from many contexts, one of which matters. ConfigError, IoError, Interrupted.
Study study_nbce(const StudyOptions& options, const RunControl& control);

}  // namespace dynkin::language
