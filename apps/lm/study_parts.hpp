#pragma once
// What studies that train have in common; not for use elsewhere.
#include "apps/lm/study.hpp"
#include "models/lm/study/study_training.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/store/text_file.hpp"

#include <cstdio>

namespace dynkin::language {

inline std::string text_for_study(const StudyOptions& options, const char* study) {
    if (options.text.empty())
        throw ConfigError(std::string("lm study ") + study + ": needs --text FILE, some 100 kB of prose or more");
    return read_text(options.text);
}

/// Shows the progress of a training and stops it when that is asked for.
inline lm::StudyObserver observer_of(const RunControl& control, std::int64_t n_steps) {
    return [&control, n_steps](const std::string& stage, const lm::TrainingReport& report) {
        if (control.progress != nullptr) {
            if (report.step == 1) control.progress->begin("train " + stage, static_cast<double>(n_steps), "steps");
            control.progress->update(static_cast<double>(report.step));
            if (report.step == n_steps) control.progress->end();
        }
        return !is_stopped(control);
    };
}

inline void apply(const StudyOptions& options, lm::StudyDecoder& decoder) {
    decoder.seed = options.seed;
    decoder.n_threads = threads_of(options.n_threads);
    if (options.n_steps) decoder.n_steps = *options.n_steps;
}

inline Settings settings_of(const char* study, const StudyOptions& options, const lm::StudyDecoder& decoder) {
    return {{"command", std::string("lm study ") + study},
            {"text", options.text},
            {"seed", options.seed},
            {"width", decoder.width},
            {"layers", decoder.n_layers},
            {"heads", decoder.n_heads},
            {"length", decoder.length},
            {"steps", decoder.n_steps},
            {"rows", decoder.rows_per_step},
            {"learning_rate", decoder.learning_rate}};
}

inline std::string title_of(const std::string& what, const lm::StudyDecoder& d) {
    return what + "; decoder of width " + std::to_string(d.width) + ", " + std::to_string(d.n_layers) + " layers, " +
           std::to_string(d.n_heads) + " heads, " + std::to_string(d.n_steps) + " steps of " +
           std::to_string(d.rows_per_step * d.length) + " tokens";
}

/// printf with up to three numbers.
inline std::string gate_text(const char* format, double a, double b = 0.0, double c = 0.0) {
    char text[200];
    std::snprintf(text, sizeof text, format, a, b, c);
    return text;
}

}  // namespace dynkin::language
