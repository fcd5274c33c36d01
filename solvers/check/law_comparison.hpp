#pragma once
// Counts of sampled states of a finite set against a law on them: what the verdict judges of a jump process.
#include "solvers/check/verdict.hpp"
#include "solvers/core/errors.hpp"

#include <cmath>
#include <string>
#include <vector>

namespace dynkin {

/// The indicator of each state as a function: frequencies of independent samples against the law (K), which sums to
/// one. The covariance is that of counts under the law, (diag(p) - p p^T) / n, so that the joint statistic without
/// budgets is Pearson's chi^2. States of probability 0 must have no count.
/// `bound` (K), or empty: what each frequency may owe to the time step of the sampler.
/// ConfigError: lengths that differ, no samples.
inline Comparison law_comparison(const std::string& check, double time, const std::vector<double>& counts,
                                 const std::vector<double>& law, const std::vector<double>& bound = {}) {
    const std::size_t K = law.size();
    double n = 0.0;
    for (double c : counts) n += c;
    if (counts.size() != K || (!bound.empty() && bound.size() != K) || !(n > 0.0))
        throw ConfigError(check + ": " + std::to_string(counts.size()) + " counts of " + std::to_string(n) +
                          " samples and " + std::to_string(bound.size()) + " bounds for a law on " + std::to_string(K) +
                          " states");

    Comparison comparison;
    comparison.check = check;
    comparison.time = time;
    comparison.right = law;
    comparison.covariance.assign(K * K, 0.0);
    for (std::size_t i = 0; i < K; ++i) {
        comparison.functions.push_back("state " + std::to_string(i));
        comparison.left.push_back(counts[i] / n);
        for (std::size_t j = 0; j < K; ++j)
            comparison.covariance[i * K + j] = ((i == j ? law[i] : 0.0) - law[i] * law[j]) / n;
        const bool certain = law[i] <= 0.0 || law[i] >= 1.0;  // one count too many is enough
        comparison.effective_counts.push_back(certain ? n : effective_count_in_unit_interval(n, law[i]));
        comparison.scale.push_back(std::sqrt(law[i] * (1.0 - law[i])));
        comparison.budgets.push_back({bound.empty() ? 0.0 : bound[i], 0.0, 0.0});
    }
    return comparison;
}

}  // namespace dynkin
