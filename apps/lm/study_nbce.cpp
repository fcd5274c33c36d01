#include "apps/lm/study_parts.hpp"
#include "models/lm/study/nbce_study.hpp"

#include <algorithm>

namespace dynkin::language {
namespace {

using lm::NbceRow;

std::vector<StudyGate> gates_of(const std::vector<NbceRow>& rows) {
    const NbceRow &first = rows.front(), &last = rows.back();
    double margin = 1.0, fewer_jumps = 1.0;
    for (const NbceRow& row : rows) {
        if (row.n_contexts < 4) continue;
        margin = std::min(margin, row.nbce - std::max(row.mean, row.mean_top_p));
        fewer_jumps = std::min(fewer_jumps, row.jumps_without_eta - row.jumps);
    }
    const double n = last.n_contexts;
    return {{gate_text("the mean with beta = n - 1 collapses: %.1f at n = %.0f <= %.1f - 30", 100.0 * last.mean, n,
                       100.0 * first.mean),
             last.mean <= first.mean - 0.3},
            {gate_text("truncation repairs it: %.1f at n = %.0f >= %.1f + 10", 100.0 * last.mean_top_p, n,
                       100.0 * last.mean),
             last.mean_top_p >= last.mean + 0.1},
            {gate_text("min-entropy, top-p and eta are best at n >= 4: by %.1f >= 2 points", 100.0 * margin),
             margin >= 0.02},
            {gate_text("eta holds a context: jumps fall by %.2f >= 0.05 a character at n >= 4", fewer_jumps),
             fewer_jumps >= 0.05}};
}

}  // namespace

Study study_nbce(const StudyOptions& options, const RunControl& control) {
    lm::NbceStudyOptions o;
    apply(options, o.decoder);
    if (options.n_scored) o.n_trials = static_cast<int>(*options.n_scored);
    const std::string text = text_for_study(options, "nbce");
    const std::vector<NbceRow> rows = lm::nbce_study(text, o, observer_of(control, o.decoder.n_steps));

    Study study{{}, settings_of("nbce", options, o.decoder)};
    study.settings["trials"] = o.n_trials;
    study.settings["repeating"] = o.repeating;
    StudyTable& table = study.table;
    table.name = "nbce";
    table.title =
        title_of(std::to_string(o.n_trials) + " prompts, " + std::to_string(o.answer) + " characters each; accuracy %",
                 o.decoder);
    table.row_name = "contexts";
    std::vector<std::vector<double>> values(9);
    for (const NbceRow& row : rows) {
        table.labels.push_back(std::to_string(row.n_contexts));
        const double numbers[] = {row.no_context,  row.oracle, row.mean,          row.mean_top_p,
                                  row.min_entropy, row.nbce,   row.right_context, row.jumps_without_eta,
                                  row.jumps};
        for (std::size_t k = 0; k < values.size(); ++k) values[k].push_back((k < 7 ? 100.0 : 1.0) * numbers[k]);
    }
    table.columns = {
        {"no_context", "none", "accuracy without contexts, in percent", 1, values[0]},
        {"oracle", "oracle", "accuracy with the right context alone, in percent", 1, values[1]},
        {"mean", "mean", "accuracy of the mean with beta = n - 1, in percent", 1, values[2]},
        {"mean_top_p", "mean+top-p", "the same of laws cut to 0.95, in percent", 1, values[3]},
        {"min_entropy", "min-entropy", "accuracy of min-entropy with beta = 0.25, in percent", 1, values[4]},
        {"nbce", "+top-p+eta", "the same with top-p 0.95 and eta = 0.1, in percent", 1, values[5]},
        {"right_context", "right", "characters for which min-entropy chose the right context, in percent", 1,
         values[6]},
        {"jumps_without_eta", "jumps", "changes of context a character, eta = 0", 2, values[7]},
        {"jumps", "with eta", "changes of context a character, eta = 0.1", 2, values[8]}};
    table.gates = gates_of(rows);
    return study;
}

}  // namespace dynkin::language
