#pragma once
// S5, S7: the checks shared with their mutants.
#include "apps/verify/support/rows.hpp"
#include "solvers/particle/ensemble.hpp"

#include <functional>

namespace dynkin::verify {

/// Adds Var W(t) = t and Cov(W(t), W(h)) = t for t = theta h inside the single step [0, h], from pairs (W(t), W(h)).
using PairSource = std::function<void(std::vector<double>& W_t, std::vector<double>& W_h)>;
void add_off_grid_rows(VerifyReport& report, const std::string& label, double theta, double h, const PairSource& pairs);

/// The number of doubles in means, covariances and histograms that are not the same bits.
VerifyRow same_bits_row(const std::string& quantity, const EnsembleRow& a, const EnsembleRow& b);

}  // namespace dynkin::verify
