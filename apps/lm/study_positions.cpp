#include "apps/lm/study_parts.hpp"
#include "models/lm/study/positions_study.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin::language {
namespace {

using lm::PositionsRow;

/// The first row of that name at that length; nothing is missing in a study that came to its end.
const PositionsRow& row_of(const std::vector<PositionsRow>& rows, const std::string& name, std::int64_t length) {
    const auto found = std::find_if(rows.begin(), rows.end(),
                                    [&](const PositionsRow& row) { return row.name == name && row.length == length; });
    if (found == rows.end()) throw NumericsError("lm study positions: no row '" + name + "'");
    return *found;
}

/// The scheme that the gates are about: w = L / 2 with scores by log n.
std::string judged_scheme(std::int64_t L) {
    return "ReRoPE-w" + std::to_string(2 * std::max<std::int64_t>(1, L / 4)) + " + log-n test";
}

std::vector<StudyGate> gates_of(const std::vector<PositionsRow>& rows, const lm::PositionsStudyOptions& o) {
    const std::int64_t L = o.decoder.length, far = o.expansion * L;
    const auto percent = [&](const std::string& name, std::int64_t length) {
        return 100.0 * row_of(rows, name, length).accuracy;
    };
    const double at_L = percent("RoPE", L), rope = percent("RoPE", far), pi = percent("PI", far),
                 rerope = percent(judged_scheme(L), far);
    return {{gate_text("RoPE collapses: %.1f <= %.1f - 12", rope, at_L), rope <= at_L - 12.0},
            {judged_scheme(L) + gate_text(" carries on: %.1f >= %.1f - 3", rerope, at_L), rerope >= at_L - 3.0},
            {gate_text("PI without training does not help: %.1f <= %.1f + 2", pi, rope), pi <= rope + 2.0}};
}

/// Copying over a distance of 2 L, which a window of L cannot see.
std::vector<StudyGate> copying_gates(const std::vector<PositionsRow>& rows, const lm::PositionsStudyOptions& o) {
    const std::int64_t L = o.decoder.length, far = o.expansion * L;
    const auto percent = [&](const std::string& name) { return 100.0 * row_of(rows, name, far).copy_accuracy; };
    const double window = percent("window-" + std::to_string(L)), rope = percent("RoPE"),
                 rerope = percent(judged_scheme(L)), inverse = 100.0 * rows.back().copy_accuracy;
    return {{judged_scheme(L) + gate_text(" copies, a window cannot: %.1f >= %.1f + 12", rerope, window),
             rerope >= window + 12.0},
            {gate_text("InvLeaky, run as RoPE, copies: %.1f >= %.1f + 20", inverse, rope), inverse >= rope + 20.0}};
}

}  // namespace

Study study_positions(const StudyOptions& options, const RunControl& control) {
    lm::PositionsStudyOptions o = options.copying ? lm::copying_study_options() : lm::PositionsStudyOptions{};
    apply(options, o.decoder);
    if (options.n_scored) o.n_windows = *options.n_scored;
    const std::string text = text_for_study(options, "positions");
    const std::vector<PositionsRow> rows = lm::positions_study(text, o, observer_of(control, o.decoder.n_steps));

    Study study{{}, settings_of("positions", options, o.decoder)};
    study.settings["windows"] = o.n_windows;
    study.settings["expansion"] = o.expansion;
    study.settings["repeating"] = o.repeating;
    StudyTable& table = study.table;
    table.name = "positions";
    table.title = title_of("L = " + std::to_string(o.decoder.length) + ", the last L characters of " +
                               std::to_string(o.n_windows) + " windows",
                           o.decoder);
    table.row_name = "scheme";
    std::vector<double> length, accuracy, error, loss, copying;
    for (const PositionsRow& row : rows) {
        const std::int64_t times = row.length / o.decoder.length;
        table.labels.push_back(row.name + " at " + (times > 1 ? std::to_string(times) + " " : "") + "L");
        length.push_back(static_cast<double>(row.length));
        accuracy.push_back(100.0 * row.accuracy);
        error.push_back(100.0 * row.standard_error);
        loss.push_back(row.loss);
        copying.push_back(100.0 * row.copy_accuracy);
    }
    table.columns = {
        {"length", "length", "characters seen", 0, length},
        {"accuracy", "accuracy %", "part of the characters that were the most probable, in percent", 1, accuracy},
        {"accuracy_stderr", "+-", "its standard error as if characters were independent", 1, error},
        {"loss", "loss", "mean of -log p, in nats a character", 3, loss}};
    if (options.copying)
        table.columns.push_back({"copy_accuracy", "copying %",
                                 "accuracy where the text repeats itself every 2 L characters (at L: every L / 2)", 1,
                                 copying});
    table.gates = gates_of(rows, o);
    if (options.copying)
        for (StudyGate& gate : copying_gates(rows, o)) table.gates.push_back(std::move(gate));
    return study;
}

}  // namespace dynkin::language
