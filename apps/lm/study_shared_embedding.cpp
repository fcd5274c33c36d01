#include "apps/lm/study_parts.hpp"
#include "models/lm/study/shared_embedding_study.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin::language {
namespace {

constexpr double allowed = 0.02;  // of formulas that are means over embeddings, and of a sum over 2000 tokens

/// Largest distances from the formulas, as parts of them.
struct Distances {
    double refined = 0.0;  ///< of any head
    double plain = 0.0;    ///< beyond the d sigma^2 / 2 that it leaves out
};

Distances distances(const std::vector<lm::SharedEmbeddingRow>& rows) {
    Distances most;
    for (const lm::SharedEmbeddingRow& row : rows) {
        const double neglected = static_cast<double>(row.width) * row.sigma * row.sigma / 2.0;
        const double above = row.measured - row.formula - neglected, below = row.formula - row.measured;
        most.refined = std::max(most.refined, std::abs(row.measured - row.refined) / row.refined);
        most.plain = std::max(most.plain, std::max(above, below) / row.formula);
    }
    return most;
}

}  // namespace

Study study_shared_embedding(const StudyOptions& options) {
    lm::SharedEmbeddingOptions o;
    o.seed = options.seed;
    const std::vector<lm::SharedEmbeddingRow> rows = lm::shared_embedding_study(o);

    Study study{{}, {{"command", "lm study shared-embedding"}, {"seed", o.seed}, {"vocabulary", o.vocabulary}}};
    StudyTable& table = study.table;
    table.name = "shared-embedding";
    table.title = "Loss before training, n = " + std::to_string(o.vocabulary) +
                  " tokens, branches 0; log n = " + gate_text("%.3f", std::log(static_cast<double>(o.vocabulary)));
    table.row_name = "head";
    std::vector<double> width, sigma, measured, error, formula, refined, off;
    for (const lm::SharedEmbeddingRow& row : rows) {
        table.labels.push_back(lm::name_of(row.head));
        width.push_back(static_cast<double>(row.width));
        sigma.push_back(row.sigma);
        measured.push_back(row.measured);
        error.push_back(row.standard_error);
        formula.push_back(row.formula);
        refined.push_back(row.refined);
        off.push_back(100.0 * (row.measured / row.refined - 1.0));
    }
    table.columns = {
        {"width", "d", "width of the embedding", 0, width},
        {"sigma", "sigma", "standard deviation of the embedding", 4, sigma},
        {"measured", "measured", "mean loss over tokens and random targets, in nats", 3, measured},
        {"measured_stderr", "+-", "its standard error for the given embedding", 3, error},
        {"formula", "formula", "log(e^(d sigma) + n - 1) when tied, log n otherwise, in nats", 3, formula},
        {"refined", "refined",
         "log(e^(d sigma) + (n - 1) e^(d sigma^2 / 2)) when tied, log n + d sigma^2 / 2 otherwise", 3, refined},
        {"off", "off %", "measured against refined, in percent", 2, off}};
    const Distances most = distances(rows);
    table.gates = {
        {gate_text("refined: log(e^(d sigma) + (n-1) e^(d sigma^2/2)) within 2 %% (%.2f %%)", 100.0 * most.refined),
         most.refined <= allowed},
        {gate_text("formula: log(e^(d sigma) + n-1), up to the d sigma^2/2 it leaves out, within 2 %% (%.2f %%)",
                   100.0 * most.plain),
         most.plain <= allowed}};
    return study;
}

}  // namespace dynkin::language
