#include "solvers/check/comparisons.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/core/test_functions.hpp"

#include <cmath>
#include <map>
#include <set>
#include <type_traits>

namespace dynkin {
namespace {

constexpr double round_off = 1e-13;
/// Losses that no particle met have a probability below this over n, but for one run in e^20.
constexpr double unseen_losses = 20.0;

/// Function k of the ensemble's means as the left side of a comparison; budgets start with the time step's share.
struct Sampled {
    const TestFunctions& functions;
    const EnsembleRow& row;
    const AuditRow& audit;

    /// An event that no particle or every particle met says nothing about its probability. A smooth function without
    /// variance is a conserved number (or a point law) and is compared exactly.
    bool seen(std::size_t k) const { return functions[k]->smooth() || row.sd[k] > 0.0; }

    Comparison comparison(const std::string& check, const std::vector<std::size_t>& chosen) const {
        Comparison c;
        c.check = check;
        c.time = row.time;
        c.n_samples = row.n_independent;
        const std::size_t K = functions.size();
        for (const std::size_t k : chosen) {
            c.functions.push_back(functions[k]->name());
            c.left.push_back(row.mean[k]);
            // The two of an antithetic pair may cancel to the last digit, and their mean have no variance but rounding.
            const bool pairs = row.n_independent < row.n;
            c.budgets.push_back({audit.step_bound[k], 0.0, pairs ? round_off * row.sd[k] : 0.0});
            c.scale.push_back(row.sd[k]);
            c.effective_counts.push_back(seen(k) ? effective_count(row.n_independent, audit.skewness[k]) : 0.0);
            for (const std::size_t l : chosen) c.covariance.push_back(row.covariance[k * K + l] / row.n);
        }
        return c;
    }
};

std::vector<std::size_t> all_of(const TestFunctions& functions) {
    std::vector<std::size_t> all(functions.size());
    for (std::size_t k = 0; k < all.size(); ++k) all[k] = k;
    return all;
}

void require_same_outputs(std::size_t a, std::size_t b) {
    if (a != b) throw ConfigError("comparison: the views were looked at a different number of times");
}

}  // namespace

std::vector<Comparison> pairing_comparisons(const TestFunctions& functions, const EnsembleResult& particles,
                                            const AuditResult& audit, const DensityAudit& grid) {
    require_same_outputs(particles.rows.size(), audit.rows.size());
    require_same_outputs(particles.rows.size(), grid.result.rows.size());
    std::vector<Comparison> comparisons;
    for (std::size_t t = 0; t < particles.rows.size(); ++t) {
        Comparison c = Sampled{functions, particles.rows[t], audit.rows[t]}.comparison("pairing", all_of(functions));
        const DensityRow& on_grid = grid.result.rows[t];
        c.right = on_grid.expectation;
        const bool loses_mass = on_grid.mass < 1.0 - 1e-12;
        for (std::size_t k = 0; k < functions.size(); ++k) {
            c.budgets[k].time_step += grid.bounds[t].time_step[k];
            c.budgets[k].grid = grid.bounds[t].grid[k];
            // Not a conserved number, then: no particle has happened to be lost so far.
            if (loses_mass && c.scale[k] == 0.0) c.budgets[k].grid += unseen_losses / c.n_samples * std::abs(c.left[k]);
        }
        comparisons.push_back(std::move(c));
    }
    return comparisons;
}

std::vector<Comparison> weak_residual_comparisons(const TestFunctions& functions, const DensityAudit& grid, double t0) {
    std::vector<Comparison> comparisons;
    for (std::size_t t = 0; t < grid.result.rows.size(); ++t) {
        const DensityRow& row = grid.result.rows[t];
        Comparison c;
        c.check = "weak_residual_grid";
        c.time = row.time;
        for (std::size_t k = 0; k < functions.size(); ++k) {
            if (!std::isfinite(row.residual[k])) continue;
            c.functions.push_back(functions[k]->name());
            c.left.push_back(row.residual[k]);
            c.right.push_back(0.0);
            c.budgets.push_back(
                {grid.bounds[t].residual_time_step[k], grid.bounds[t].residual_grid[k], row.quadrature[k]});
            c.scale.push_back(grid.bounds[t].sd[k]);
        }
        if (row.time > t0 && !c.functions.empty()) comparisons.push_back(std::move(c));
    }
    return comparisons;
}

std::vector<Comparison> exact_moment_comparisons(const TestFunctions& functions, const MomentTable& exact,
                                                 const EnsembleResult* particles, const AuditResult* audit,
                                                 const DensityAudit* grid) {
    std::vector<Comparison> comparisons;
    for (std::size_t t = 0; t < exact.times.size(); ++t) {
        std::vector<std::size_t> closed;
        std::vector<double> value;
        for (std::size_t k = 0; k < functions.size(); ++k)
            if (const auto degree = monomial_degree(*functions[k]))
                if (const auto moment = exact.at(t, *degree)) {
                    closed.push_back(k);
                    value.push_back(*moment);
                }
        if (closed.empty()) continue;
        if (particles != nullptr && audit != nullptr) {
            Comparison c =
                Sampled{functions, particles->rows[t], audit->rows[t]}.comparison("exact_moments_particles", closed);
            c.right = value;
            comparisons.push_back(std::move(c));
        }
        if (grid == nullptr) continue;
        Comparison c;
        c.check = "exact_moments_grid";
        c.time = exact.times[t];
        c.right = value;
        for (const std::size_t k : closed) {
            c.functions.push_back(functions[k]->name());
            c.left.push_back(grid->result.rows[t].expectation[k]);
            // A mean near zero is a sum of large terms: its round-off is that of the spread.
            c.budgets.push_back(
                {grid->bounds[t].time_step[k], grid->bounds[t].grid[k], round_off * grid->bounds[t].sd[k]});
            c.scale.push_back(grid->bounds[t].sd[k]);
        }
        comparisons.push_back(std::move(c));
    }
    return comparisons;
}

std::vector<Comparison> first_passage_comparisons(const std::string& name, const FirstPassageResult& particles,
                                                  const FirstPassageResult& coarse, const FirstPassageOnGrid& grid) {
    const std::size_t T = particles.times.size();
    Comparison survival;
    survival.check = name + "_survival";
    survival.time = particles.times.empty() ? 0.0 : particles.times.back();
    survival.n_samples = particles.n_independent;
    for (std::size_t t = 0; t < T; ++t) {
        char label[64];
        std::snprintf(label, sizeof label, "survival(%.6g)", particles.times[t]);
        survival.functions.emplace_back(label);
        survival.left.push_back(particles.survival[t]);
        survival.right.push_back(grid.survival[t]);
        survival.budgets.push_back({std::abs(particles.survival[t] - coarse.survival[t]), grid.survival_bound[t], 0.0});
        survival.effective_counts.push_back(effective_count_in_unit_interval(particles.n_independent, particles.survival[t]));
        survival.scale.push_back(std::sqrt(particles.n) * particles.survival_standard_error[t]);
    }
    survival.covariance = particles.covariance;

    Comparison mean;
    mean.check = name + "_mean_until";
    mean.time = survival.time;
    mean.n_samples = particles.n_independent;
    mean.functions = {"min(tau, until)"};
    mean.left = {particles.mean};
    mean.right = {grid.mean_until};
    mean.budgets = {{std::abs(particles.mean - coarse.mean), grid.mean_until_bound, 0.0}};
    mean.covariance = {particles.mean_standard_error * particles.mean_standard_error};
    return {survival, mean};
}

Comparison stationary_comparison(const TestFunctions& functions, const EnsembleRow& particles, const AuditRow& audit,
                                 const std::vector<double>& expectation, const std::vector<double>& bound) {
    Comparison c = Sampled{functions, particles, audit}.comparison("stationary_particles", all_of(functions));
    c.right = expectation;
    for (std::size_t k = 0; k < functions.size(); ++k) c.budgets[k].grid = bound[k];
    return c;
}

std::vector<Comparison> without_non_finite(std::vector<Comparison> comparisons, std::vector<std::string>& notes) {
    std::map<std::string, std::set<std::string>> lost;
    std::vector<Comparison> kept;
    for (Comparison& c : comparisons) {
        const std::size_t K = c.functions.size();
        std::vector<std::size_t> finite;
        for (std::size_t k = 0; k < K; ++k) {
            const bool sampled = !c.covariance.empty();
            const double budget = c.budgets.empty() ? 0.0 : c.budgets[k].total();
            if (std::isfinite(c.left[k]) && std::isfinite(c.right[k]) && std::isfinite(budget) &&
                (!sampled || std::isfinite(c.covariance[k * K + k])))
                finite.push_back(k);
            else
                lost[c.check].insert(c.functions[k]);
        }
        if (finite.size() == K) {
            kept.push_back(std::move(c));
            continue;
        }
        if (finite.empty()) continue;
        const auto chosen = [&](auto& values) {
            std::remove_reference_t<decltype(values)> some;
            if (!values.empty())
                for (const std::size_t k : finite) some.push_back(values[k]);
            values = std::move(some);
        };
        std::vector<double> covariance;
        if (!c.covariance.empty())
            for (const std::size_t k : finite)
                for (const std::size_t l : finite) covariance.push_back(c.covariance[k * K + l]);
        c.covariance = std::move(covariance);
        chosen(c.functions);
        chosen(c.left);
        chosen(c.right);
        chosen(c.budgets);
        chosen(c.scale);
        chosen(c.effective_counts);
        kept.push_back(std::move(c));
    }
    for (const auto& [check, functions] : lost) {
        std::string names;
        for (const std::string& name : functions) names += (names.empty() ? "" : ", ") + name;
        notes.push_back(check + ": not finite at some particle or cell, hence left out: " + names);
    }
    return kept;
}

}  // namespace dynkin
