#include "apps/lm/loss_curve.hpp"

#include "apps/run/provenance.hpp"
#include "solvers/store/run_reader.hpp"

#include <limits>

namespace dynkin::language {

std::vector<CurveRow> earlier_rows(const std::filesystem::path& file, std::int64_t n) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    std::vector<CurveRow> rows(static_cast<std::size_t>(n), {nan, nan, nan, nan, nan});
    std::filesystem::path partial = file;
    partial += ".partial";
    const std::filesystem::path& source = std::filesystem::exists(partial) ? partial : file;
    if (n == 0 || !std::filesystem::exists(source)) return rows;
    const RunReader reader(source);
    const auto read = [&](const char* name, double CurveRow::*member) {
        const std::vector<double> values = reader.read(name);
        for (std::size_t i = 0; i < rows.size() && i < values.size(); ++i) rows[i].*member = values[i];
    };
    read("loss", &CurveRow::loss);
    read("validation_loss", &CurveRow::validation_loss);
    read("gradient_norm", &CurveRow::gradient_norm);
    read("learning_rate", &CurveRow::learning_rate);
    read("n_tokens", &CurveRow::n_tokens);
    return rows;
}

LossCurve::LossCurve(const std::filesystem::path& file, const std::string& title, std::uint64_t seed,
                     const RunIdentity& identity, std::int64_t n_steps, const std::vector<CurveRow>& earlier)
    : writer_(file) {
    write_identity(writer_, title, seed, identity);
    step_ = writer_.add_unlimited("step", {"1", "step of training, from 1"}, n_steps);
    const auto add_variable = [&](const char* name, const char* long_name) {
        return writer_.add_variable(name, {"step"}, {"1", long_name});
    };
    loss_ = add_variable("loss", "mean loss of the rows of the step, before it, in nats a token");
    validation_ = add_variable("validation_loss", "mean loss of held-out rows after the step, in nats a token");
    gradient_ = add_variable("gradient_norm", "Euclidean norm of the gradient before clipping");
    rate_ = add_variable("learning_rate", "learning rate of the step");
    tokens_ = add_variable("n_tokens", "tokens seen in all steps so far");
    for (const CurveRow& row : earlier) add(row);
    writer_.flush();
}

void LossCurve::add(const CurveRow& row) {
    const Index r = n_rows_++;
    writer_.write_row(step_, r, static_cast<double>(r + 1));
    writer_.write_row(loss_, r, row.loss);
    writer_.write_row(validation_, r, row.validation_loss);
    writer_.write_row(gradient_, r, row.gradient_norm);
    writer_.write_row(rate_, r, row.learning_rate);
    writer_.write_row(tokens_, r, row.n_tokens);
}

void LossCurve::close() {
    writer_.attribute("/provenance", "end", utc_now());
    writer_.close();
}

}  // namespace dynkin::language
