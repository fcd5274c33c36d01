#pragma once
// run.h5 of a training: a row a step.
#include "apps/run/run_file.hpp"
#include "models/lm/train/trainer.hpp"
#include "solvers/store/run_writer.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace dynkin::language {

struct CurveRow {
    double loss, validation_loss, gradient_norm, learning_rate, n_tokens;  ///< validation_loss: NaN, not evaluated
};

/// The rows of the first n steps of an earlier part of the run, finished or cut off; NaN where there are none.
std::vector<CurveRow> earlier_rows(const std::filesystem::path& file, std::int64_t n);

/// step (unlimited, 1 ...): loss, validation_loss, gradient_norm, learning_rate, n_tokens.
class LossCurve {
public:
    /// Begins with `earlier`, rows of steps 1, 2, .... IoError.
    LossCurve(const std::filesystem::path& file, const std::string& title, std::uint64_t seed,
              const RunIdentity& identity, std::int64_t n_steps, const std::vector<CurveRow>& earlier);

    void add(const CurveRow& row);
    std::int64_t n_rows() const { return n_rows_; }
    void flush() { writer_.flush(); }
    void attribute(const std::string& name, double value) { writer_.attribute("/", name, value); }
    void close();

private:
    RunWriter writer_;
    RunWriter::Variable step_, loss_, validation_, gradient_, rate_, tokens_;
    std::int64_t n_rows_ = 0;
};

}  // namespace dynkin::language
