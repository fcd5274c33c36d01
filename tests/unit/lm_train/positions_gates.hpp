#pragma once
// What the study of positions has to show.
#include <algorithm>
#include <string>
#include <vector>

#include "models/lm/study/positions_study.hpp"
#include "solvers/core/errors.hpp"

namespace dynkin::lm::test {

/// The first row of that name; "at L" are the first ones.
inline const PositionsRow& row_of(const std::vector<PositionsRow>& rows, const std::string& name,
                                  std::int64_t length = 0) {
    for (const PositionsRow& row : rows)
        if (row.name == name && (length == 0 || row.length == length)) return row;
    throw ConfigError("no row " + name);
}

/// Gates that are not met, in words. Points of accuracy against the model at its own length.
inline std::string failed_gates(const std::vector<PositionsRow>& rows, double rope_loses, double rerope_loses) {
    const double at_L = rows.front().accuracy;
    const std::int64_t longest = rows[1].length;
    const double rope = row_of(rows, "RoPE", longest).accuracy, pi = row_of(rows, "PI", longest).accuracy;
    const auto rerope_row = std::find_if(rows.begin(), rows.end(), [](const PositionsRow& row) {
        return row.name.starts_with("ReRoPE") && row.name.ends_with("log-n test");  // w = L / 2 comes first
    });
    const double rerope = rerope_row == rows.end() ? 0.0 : rerope_row->accuracy;
    std::string failed;
    if (rope > at_L - rope_loses) failed += "RoPE does not collapse; ";
    if (rerope < at_L - rerope_loses) failed += "ReRoPE does not carry on; ";
    if (pi > rope + 0.02) failed += "PI helps; ";
    return failed;
}

}  // namespace dynkin::lm::test
